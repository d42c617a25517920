"""Collection without a server: workbooks go out, come back, are checked, kept, compiled and signed off."""

from .model import Answers as Answers
from .model import Finding as Finding
from .municipalities import Municipalities as Municipalities
from .municipalities import read_municipalities as read_municipalities
from .tables import load_returns as load_returns
from .tables import save_returns as save_returns
from .tables import tabulate as tabulate

__all__ = [
    "Answers", "Finding", "Municipalities", "load_returns", "read_municipalities", "save_returns", "tabulate",
]

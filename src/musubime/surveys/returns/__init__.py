"""Collection without a server: workbooks go out, come back, are checked, kept, compiled and signed off."""

from .collect import Order as Order
from .collect import check_folder as check_folder
from .collect import write_workbooks as write_workbooks
from .history import history as history
from .history import returned_answers as returned_answers
from .model import Answers as Answers
from .model import Finding as Finding
from .municipalities import Municipalities as Municipalities
from .municipalities import read_municipalities as read_municipalities
from .overview import overview as overview
from .sent import Sent as Sent
from .sent import as_given as as_given
from .signing import settle as settle
from .signing import sign_off as sign_off
from .signing import use as use
from .tables import csv_text as csv_text
from .tables import load_returns as load_returns
from .tables import save_returns as save_returns
from .tables import tabulate as tabulate
from .template import write_workbook as write_workbook
from .wave import Wave as Wave
from .wave import compile_waves as compile_waves
from .wave import open_wave as open_wave

__all__ = [
    "Answers", "Finding", "Municipalities", "Order", "Sent", "Wave", "as_given", "check_folder",
    "compile_waves", "csv_text", "history", "load_returns", "open_wave", "overview",
    "read_municipalities", "returned_answers", "save_returns", "settle", "sign_off", "tabulate", "use",
    "write_workbook", "write_workbooks",
]

"""Tables counted from returns: exact, with their base, their N and what did not answer. See docs/methods/tables.md."""

from .build import Standing as Standing
from .build import build as build
from .make import make_tables as make_tables
from .model import Column as Column
from .model import Row as Row
from .model import Table as Table
from .rounding import Exact as Exact
from .rounding import exact as exact
from .rounding import half_up as half_up
from .rounding import printed as printed
from .rounding import ratio as ratio

__all__ = [
    "Column", "Exact", "Row", "Standing", "Table", "build", "exact", "half_up", "make_tables", "printed", "ratio",
]

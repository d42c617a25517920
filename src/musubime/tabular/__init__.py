"""Strangers' tables opened whatever they are, and what one of their cells says."""

from .cells import Date as Date
from .cells import Number as Number
from .cells import dates as dates
from .cells import harmless as harmless
from .cells import number as number
from .cells import plain as plain
from .cells import squeezed as squeezed
from .cells import years as years
from .tables import Row as Row
from .tables import Sheet as Sheet
from .tables import decode as decode
from .tables import delimiter_of as delimiter_of
from .tables import is_workbook as is_workbook
from .tables import peek_tables as peek_tables
from .tables import read_tables as read_tables
from .tables import table_bytes as table_bytes

__all__ = [
    "Date", "Number", "Row", "Sheet", "dates", "decode", "delimiter_of", "harmless", "is_workbook", "number",
    "peek_tables", "plain", "read_tables", "squeezed", "table_bytes", "years",
]

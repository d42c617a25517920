"""Figures through time: read from a plain long table, compared only where the same thing was counted."""

from .compare import break_between as break_between
from .compare import compare as compare
from .compare import compare_years_before as compare_years_before
from .compare import difference_of as difference_of
from .compare import latest_months as latest_months
from .compare import share_of as share_of
from .compare import sums_of_months as sums_of_months
from .compare import unbroken as unbroken
from .model import Break as Break
from .model import Comparison as Comparison
from .model import Point as Point
from .model import Series as Series
from .periods import Period as Period
from .periods import period as period
from .periods import year_before as year_before
from .published import published_tables as published_tables
from .reader import read_series as read_series
from .reader import select as select
from .tables import against as against
from .tables import comparison_table as comparison_table
from .tables import months_table as months_table
from .tables import periods_table as periods_table
from .waves import series_of_waves as series_of_waves

__all__ = [
    "Break", "Comparison", "Period", "Point", "Series", "against", "break_between", "compare", "compare_years_before",
    "comparison_table", "difference_of", "latest_months", "months_table", "period", "periods_table",
    "published_tables", "read_series", "select", "series_of_waves", "share_of", "sums_of_months", "unbroken",
    "year_before",
]

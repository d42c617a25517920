"""Figures through time: read from a plain long table, compared only where the same thing was counted."""

from .model import Break as Break
from .model import Comparison as Comparison
from .model import Point as Point
from .model import Series as Series

__all__ = ["Break", "Comparison", "Point", "Series"]

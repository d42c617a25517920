"""Dated, sourced values that a council could dispute, and their reader."""

from ._reader import Parameter as Parameter
from ._reader import Parameters as Parameters
from ._reader import load as load

__all__ = ["Parameter", "Parameters", "load"]

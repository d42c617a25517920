"""Indicators: definition, base, target with its year, actual value, pace needed and pace so far, traffic light."""

from .model import Definition as Definition
from .model import Indicator as Indicator
from .model import Light as Light
from .model import Target as Target

__all__ = ["Definition", "Indicator", "Light", "Target"]

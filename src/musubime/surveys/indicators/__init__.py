"""Indicators: definition, base, target with its year, actual value, pace needed and pace so far, traffic light."""

from .definitions import national as national
from .definitions import published_values as published_values
from .definitions import unused_targets as unused_targets
from .definitions import with_own_targets as with_own_targets
from .evaluate import evaluate as evaluate
from .evaluate import indicator as indicator
from .model import Definition as Definition
from .model import Indicator as Indicator
from .model import Light as Light
from .model import Target as Target

__all__ = [
    "Definition", "Indicator", "Light", "Target", "evaluate", "indicator", "national", "published_values",
    "unused_targets", "with_own_targets",
]

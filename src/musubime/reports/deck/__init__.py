"""The state of things as slides: a PowerPoint file with native charts and tables, and the same slides as a page."""

from ._build import build as build
from ._publish import paged as paged
from ._publish import publish_deck as publish_deck
from .model import Deck as Deck
from .model import Slide as Slide

__all__ = ["Deck", "Slide", "build", "paged", "publish_deck"]

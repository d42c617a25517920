"""How many people will live in each settlement, by sex and age, and what follows from it."""

from .derived import counts as counts
from .derived import demand as demand
from .derived import falls_below as falls_below
from .derived import people_in as people_in
from .model import Counts as Counts
from .model import Projection as Projection
from .model import Rates as Rates
from .outlook import project as project

__all__ = ["Counts", "Projection", "Rates", "counts", "demand", "falls_below", "people_in", "project"]

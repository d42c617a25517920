"""From the answers of a sample to the related population, with its error. See docs/methods/estimate.md."""

from .estimate import estimate as estimate
from .model import RELATED as RELATED
from .model import UNCLASSIFIED as UNCLASSIFIED
from .model import Cell as Cell
from .model import Classification as Classification
from .model import Estimate as Estimate
from .model import Margin as Margin
from .model import Pair as Pair
from .model import Respondents as Respondents
from .model import Total as Total
from .model import in_words as in_words
from .population import read_population as read_population
from .responses import read_respondents as read_respondents
from .rules import load_rules as load_rules

__all__ = [
    "RELATED", "UNCLASSIFIED", "Cell", "Classification", "Estimate", "Margin", "Pair", "Respondents", "Total",
    "estimate", "in_words", "load_rules", "read_population", "read_respondents",
]

"""How many people will live in each settlement, by sex and age, how sure that is, and what follows from it."""

from .derived import counts as counts
from .derived import demand as demand
from .derived import falls_below as falls_below
from .derived import people_in as people_in
from .households import Households as Households
from .households import households as households
from .households import licence_shares as licence_shares
from .households import without_licence as without_licence
from .model import Counts as Counts
from .model import Projection as Projection
from .outlook import project as project
from .prognosis import CLASSES as PROGNOSIS_CLASSES
from .prognosis import compare_prognosis as compare_prognosis
from .settle import HOUSEHOLDS as HOUSEHOLDS
from .settle import AreaSettle as AreaSettle
from .settle import SettleResult as SettleResult
from .settle import settle as settle
from .uncertainty import CHANCES as CHANCES
from .uncertainty import LEVELS as LEVELS
from .uncertainty import MEASURES as MEASURES
from .uncertainty import DrawnProjection as DrawnProjection
from .uncertainty import Intervals as Intervals
from .uncertainty import project_with_draws as project_with_draws

__all__ = [
    "CHANCES", "HOUSEHOLDS", "LEVELS", "MEASURES", "PROGNOSIS_CLASSES", "AreaSettle", "Counts", "DrawnProjection",
    "Households", "Intervals", "Projection", "SettleResult", "compare_prognosis", "counts",
    "demand", "falls_below", "households", "licence_shares", "people_in", "project",
    "project_with_draws", "settle", "without_licence",
]

"""Does what is printed follow? Printed figures recomputed from one another, and those named that do not add up."""

from .model import Explanation as Explanation
from .model import Inconsistency as Inconsistency
from .model import Relation as Relation
from .model import Verification as Verification
from .verify import verify_figures as verify_figures

__all__ = ["Explanation", "Inconsistency", "Relation", "Verification", "verify_figures"]

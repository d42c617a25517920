"""Compose the subjects: plan one region, study its access, its people. Does no arithmetic of its own."""

from .access import AccessOptions as AccessOptions
from .access import access_of_region as access_of_region
from .access_document import AccessStudy as AccessStudy
from .access_document import AccessSummary as AccessSummary
from .document import PlanDocument as PlanDocument
from .options import PlanOptions as PlanOptions
from .plan import plan_region as plan_region
from .population import PopulationOptions as PopulationOptions
from .population import population_of_region as population_of_region
from .population_document import PopulationDocument as PopulationDocument
from .workshop import Workshop as Workshop
from .workshop import fingerprint as fingerprint
from .workshop import make_workshop as make_workshop
from .workshop import open_workshop as open_workshop
from .workshop import options_of as options_of
from .workshop_document import WorkshopAnswer as WorkshopAnswer

__all__ = [
    "AccessOptions", "AccessStudy", "AccessSummary", "PlanDocument", "PlanOptions", "PopulationDocument",
    "PopulationOptions", "Workshop", "WorkshopAnswer", "access_of_region", "fingerprint", "make_workshop",
    "open_workshop", "options_of", "plan_region", "population_of_region",
]

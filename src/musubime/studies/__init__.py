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

__all__ = [
    "AccessOptions", "AccessStudy", "AccessSummary", "PlanDocument", "PlanOptions", "PopulationDocument",
    "PopulationOptions", "access_of_region", "plan_region", "population_of_region",
]

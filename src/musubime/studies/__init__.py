"""Compose the subjects: plan one region, study its access. Does no arithmetic of its own."""

from .access import AccessOptions as AccessOptions
from .access import access_of_region as access_of_region
from .access_document import AccessStudy as AccessStudy
from .access_document import AccessSummary as AccessSummary
from .document import PlanDocument as PlanDocument
from .options import PlanOptions as PlanOptions
from .plan import plan_region as plan_region

__all__ = [
    "AccessOptions", "AccessStudy", "AccessSummary", "PlanDocument", "PlanOptions", "access_of_region", "plan_region",
]

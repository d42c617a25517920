"""Compose the subjects: plan one region. Does no arithmetic of its own."""

from .document import PlanDocument as PlanDocument
from .options import PlanOptions as PlanOptions
from .plan import plan_region as plan_region

__all__ = ["PlanDocument", "PlanOptions", "plan_region"]

"""Where services should stand: exact models with a proven bound."""

from . import changes as changes
from ._sites import check_memory as check_memory
from .changes import Change as Change
from .changes import apply as apply
from .covering import solve_max_cover as solve_max_cover
from .covering import solve_p_center as solve_p_center
from .covering import solve_set_cover as solve_set_cover
from .evaluate import Evaluation as Evaluation
from .evaluate import evaluate as evaluate
from .evaluate import without_plan as without_plan
from .facility import solve_facility_location as solve_facility_location
from .hubs import solve_hubs as solve_hubs
from .medians import solve_p_median as solve_p_median
from .model import FacilityLocation as FacilityLocation
from .model import HubProblem as HubProblem
from .model import HubSolution as HubSolution
from .model import MaxCover as MaxCover
from .model import NearLists as NearLists
from .model import PCenter as PCenter
from .model import PMedian as PMedian
from .model import SetCover as SetCover
from .model import SiteSolution as SiteSolution
from .whatif import WhatIf as WhatIf

__all__ = [
    "Change", "Evaluation", "FacilityLocation", "HubProblem", "HubSolution", "MaxCover", "NearLists", "PCenter",
    "PMedian", "SetCover", "SiteSolution", "WhatIf", "apply", "changes", "check_memory", "evaluate",
    "solve_facility_location", "solve_hubs", "solve_max_cover", "solve_p_center", "solve_p_median",
    "solve_set_cover", "without_plan",
]

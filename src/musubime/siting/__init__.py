"""Where services should stand: exact models with a proven bound."""

from .evaluate import Evaluation as Evaluation
from .evaluate import evaluate as evaluate
from .evaluate import without_plan as without_plan
from .hubs import solve_hubs as solve_hubs
from .model import HubProblem as HubProblem
from .model import HubSolution as HubSolution

__all__ = ["Evaluation", "HubProblem", "HubSolution", "evaluate", "solve_hubs", "without_plan"]

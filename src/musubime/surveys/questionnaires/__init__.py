"""Questionnaires as data: YAML files with versions, read with all their faults at once. See docs/methods/surveys.md."""

from ._read import parse as parse
from ._read import read as read
from .expressions import Answer as Answer
from .expressions import Scope as Scope
from .labels import same as same
from .lineage import Link as Link
from .lineage import lineage as lineage
from .lineage import lineage_faults as lineage_faults
from .model import Check as Check
from .model import Option as Option
from .model import Question as Question
from .model import Questionnaire as Questionnaire
from .model import Roster as Roster
from .shipped import questionnaire as questionnaire
from .shipped import questionnaire_text as questionnaire_text
from .shipped import shipped as shipped

__all__ = [
    "Answer", "Check", "Link", "Option", "Question", "Questionnaire", "Roster", "Scope", "lineage", "lineage_faults",
    "parse", "questionnaire", "questionnaire_text", "read", "same", "shipped",
]

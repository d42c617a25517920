"""Read plan.json again."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from musubime.errors import Fault, InputError
from musubime.language import text

from .document import PlanDocument


def read_plan(path: Path) -> PlanDocument:
    """plan.json as `musubime plan` wrote it. Raises InputError when it is something else."""
    try:
        return PlanDocument.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(Fault(text("The plan cannot be read ({reason}).", reason=error.strerror or str(error)),
                               text("Give the file plan.json that `musubime plan` wrote."), file=str(path))) from error
    except (ValidationError, ValueError) as error:
        first = str(error).split("\n", 1)[0][:120]
        raise InputError(Fault(text("This is not a plan of this version of Musubime ({reason}).", reason=first),
                               text("Make it again with `musubime plan`."), file=str(path))) from error

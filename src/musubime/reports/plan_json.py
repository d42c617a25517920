"""plan.json: the document as one JSON object with a stable order of keys (docs/plan-json.md)."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from musubime.studies.document import PlanDocument


def write_json(document: PlanDocument, path: Path) -> None:
    """Write the document. Each member of the top level, and each element of its lists, stands on a line of its own."""
    path.write_text(as_json(document), "utf-8", newline="\n")


def as_json(document: BaseModel) -> str:
    """The text of plan.json; numbers are rounded so that sums over a thousand of them still agree to 0.001."""
    data = document.model_dump(mode="json", by_alias=True)
    members = [f"{json.dumps(key)}: {_lines(_rounded(value))}" for key, value in data.items()]
    return "{\n" + ",\n".join(members) + "\n}\n"


def _lines(value: Any) -> str:
    if isinstance(value, list) and value:
        return "[\n " + ",\n ".join(_line(one) for one in value) + "\n]"
    return _line(value)


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(", ", ": "))


def _rounded(value: Any) -> Any:
    """Six decimals, for small numbers six significant digits; what is not a number becomes null."""
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        short = round(value, 6) if abs(value) >= 1 else float(f"{value:.6g}")
        return int(short) if short == int(short) and abs(short) < 1e15 else short
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return [_rounded(one) for one in value] if isinstance(value, list) else value

"""A workshop in one file: arrays in an npz, the rest as JSON within it, nothing that is run when it is read."""

from __future__ import annotations

import io
import json
import os
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.siting import HubProblem, HubSolution

from .basis import PlanBasis

FORMAT = "musubime-workshop/1"


def write_workshop(path: Path, problem: HubProblem, solution: HubSolution, basis: PlanBasis, made_from: str) -> None:
    arrays: dict[str, Any] = {}
    words: dict[str, Any] = {"format": FORMAT, "made_from": made_from}
    for name, part in (("problem", problem), ("solution", solution), ("basis", basis)):
        words[name] = {}
        for field in fields(part):
            value = getattr(part, field.name)
            if isinstance(value, np.ndarray):
                arrays[f"{name}.{field.name}"] = value
            else:
                words[name][field.name] = value
    told = json.dumps(words, ensure_ascii=False, default=lambda number: number.item())
    arrays["words"] = np.frombuffer(told.encode(), dtype=np.uint8)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(buffer.getvalue())
    beside.replace(path)


def read_workshop(path: Path) -> tuple[HubProblem, HubSolution, PlanBasis, str]:
    """Raises InputError when the file is not one, or of another version."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
        words = json.loads(bytes(arrays["words"]))
        if words["format"] != FORMAT:
            raise ValueError(words["format"])
        problem = _part(HubProblem, "problem", words, arrays)
        solution = _part(HubSolution, "solution", words, arrays)
        basis = _part(PlanBasis, "basis", words, arrays)
        return problem, solution, basis, str(words["made_from"])
    except OSError as error:
        raise InputError(Fault(text("The file cannot be read ({reason}).", reason=error.strerror or str(error)),
                               text("Give a file that a workshop was saved to."), file=str(path))) from error
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, IndexError, EOFError) as error:
        raise InputError(Fault(text("This is not a workshop of this version of Musubime."),
                               text("Open it from the region's folder again."), file=str(path))) from error


def _part(kind: Any, name: str, words: dict[str, Any], arrays: dict[str, Any]) -> Any:
    values = {
        field.name: arrays.get(f"{name}.{field.name}", _tuples(words[name].get(field.name))) for field in fields(kind)}
    return kind(**values)


def _tuples(value: Any) -> Any:
    return tuple(_tuples(part) for part in value) if isinstance(value, list) else value

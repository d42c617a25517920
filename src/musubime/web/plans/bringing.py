"""A plan made on another computer: only its plan.json is taken, and everything else is made from it here, so that
nothing that a stranger wrote is ever served as a file of the site."""

from __future__ import annotations

import secrets
import zipfile
from pathlib import Path
from typing import IO

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.studies import PlanDocument
from musubime.studies.plan_file import read_plan
from musubime.web.data import data_folder

MOST_BYTES = 60 * 1024 * 1024  # of plan.json; 300 settlements have 4 MB
CHUNK = 1024 * 1024


def take(given: IO[bytes]) -> tuple[Path, PlanDocument]:
    """Keep the plan.json of an upload (the file itself, or the one in a zip) and read it. Raises InputError."""
    path = data_folder().uploads / f"plan-{secrets.token_hex(16)}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        if zipfile.is_zipfile(given):
            given.seek(0)
            _unpack(given, path)
        else:
            given.seek(0)
            _copy(given, path)
        return path, read_plan(path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _unpack(given: IO[bytes], path: Path) -> None:
    try:
        with zipfile.ZipFile(given) as packed:
            found = [one for one in packed.infolist() if one.filename.rsplit("/", 1)[-1] == "plan.json"]
            if len(found) != 1:
                raise InputError(Fault(
                    text("There is no plan.json in this zip file.") if not found
                    else text("There are several plan.json in this zip file."),
                    text("Give the folder that `musubime plan` wrote, as a zip file, or its plan.json."),
                ))
            with packed.open(found[0]) as file:
                _copy(file, path)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise InputError(Fault(text("This zip file cannot be opened."),
                               text("Make it anew, without a password, or give plan.json itself."))) from error


def _copy(source: IO[bytes], path: Path) -> None:
    """At most MOST_BYTES, however much a zip file claims or hides."""
    size = 0
    with path.open("xb") as target:
        while chunk := source.read(CHUNK):
            size += len(chunk)
            if size > MOST_BYTES:
                raise InputError(Fault(
                    text("plan.json is larger than {most:,.0f} MB; no plan is.", most=MOST_BYTES / 1024 / 1024),
                    text("Give the file plan.json that `musubime plan` wrote."), file="plan.json"))
            target.write(chunk)

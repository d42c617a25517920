"""Regions are brought in and built in the background."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.opendata import build_region
from musubime.provenance import Ledger
from musubime.web.accounts.audit import record
from musubime.web.data import data_folder
from musubime.web.jobs.work import Cancelled, JobContext, work

from . import unzip
from .bring_in import bring_in, keep
from .models import Region

STEPS = 12  # that a build usually tells; the bar only has to move evenly


@work("places.import", text("Bring in a region folder"))
def bring(job: JobContext, *, file: str, slug: str, public: bool) -> dict[str, Any]:
    """A zip of a region folder."""
    with _given(file) as (path, into):
        job.progress(0.1, text("Unpacking"))
        names = unzip.members(path)
        top = unzip.common_folder(names)
        unzip.unpack(path, into, lambda name: _of_region(name, top))
        job.progress(0.3, text("Reading and checking the region"))
        region = bring_in(into, public=public, slug=slug, code=job.code)
    return _told(job, region, Ledger())


@work("places.build", text("Build a region from open data"))
def build(job: JobContext, *, file: str, slug: str, public: bool) -> dict[str, Any]:
    """What `musubime build` does with the files of a zip."""
    with _given(file) as (path, into):
        job.progress(0.02, text("Unpacking"))
        unzip.unpack(path, into, lambda name: name)
        told = 0

        def say(_: str) -> None:
            nonlocal told
            told += 1
            job.progress(0.05 + 0.75 * (1 - (1 - 1 / STEPS) ** told),
                         text("Building the region, step {number}", number=told))

        region = build_region(into, job.code, progress=say)
        faults = region.check()
        if any(fault.blocks for fault in faults):
            raise InputError(faults)
        job.progress(0.85, text("Keeping the region"))
        row = keep(region, slug, public=public)
    return _told(job, row, region.ledger)


def _told(job: JobContext, region: Region, ledger: Ledger) -> dict[str, Any]:
    record(None, "places.import", region, organisation=job.organisation, code=region.code, job=str(job.job.pk))
    return {
        "address": region.get_absolute_url(), "notes": [note.as_json() for note in ledger.notes],
        "sources": [source.file for source in ledger.sources],
    }


def _of_region(name: PurePosixPath, top: str) -> PurePosixPath | None:
    """Where a member of the zip belongs in a region folder; None for all that is no part of one."""
    inside = name.relative_to(top) if top else name
    if str(inside) in ("region.toml", "region.gpkg", "sources.json"):
        return inside
    return inside if len(inside.parts) == 2 and inside.parts[0] == "transit" and inside.suffix == ".zip" else None


@contextmanager
def _given(file: str) -> Iterator[tuple[Path, Path]]:
    """The uploaded file and an empty folder. The file is gone when the work is over, however it ends; not when the
    process is stopped, since the work is then done again."""
    path = data_folder().uploads / Path(file).name
    if not path.is_file():
        raise InputError(Fault(text("The file that was given is no longer there."), text("Give it again.")))
    folder = path.with_suffix(".unpacked")
    shutil.rmtree(folder, ignore_errors=True)  # of a run that was broken off
    folder.mkdir()
    try:
        yield path, folder
    except (Exception, Cancelled):
        path.unlink(missing_ok=True)
        raise
    else:
        path.unlink(missing_ok=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)

"""Tables, slides and raw answers of a wave, made in the background."""

from __future__ import annotations

import json
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from django.urls import reverse
from django.utils import timezone

from musubime.errors import Fault, InputError
from musubime.language import LANGUAGES, text
from musubime.surveys.returns import save_returns
from musubime.surveys.tables import Table, make_tables
from musubime.web.jobs.work import JobContext, work

from .checking import questionnaire_of
from .models import Made
from .waves import compile_returns


@work("surveys.make", text("Make tables and slides of a survey"))
def make(job: JobContext, *, made: int) -> dict[str, Any]:
    one = Made.objects.select_related("wave", "wave__previous").get(pk=made)
    wave = one.wave
    about = questionnaire_of(wave)
    said = job.part(0.02, 0.4)
    reading = text("Reading the returns")
    returns, counted = compile_returns(wave, one.area, accepted_only=one.accepted_only,
                                       progress=lambda share: said(share, reading))
    if not counted.counted:
        raise InputError(Fault(
            text("There is nothing to count: {asked:,} were asked, and none of their returns can be counted.",
                 asked=counted.asked),
            text("Accept returns first, or count the submitted ones too.")))
    one.folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=".making-", dir=one.folder.parent))
    try:
        job.progress(0.4, text("Counting the tables"))
        save_returns(returns, new / "returns", wave.questionnaire)
        previous = None
        if wave.previous is not None:
            before, counted_before = compile_returns(wave.previous, one.area, accepted_only=one.accepted_only)
            previous = before if counted_before.counted else None
        tables = make_tables(returns, previous, form=about, previous_form=questionnaire_of(wave.previous)
                             if wave.previous is not None and previous is not None else None)
        job.progress(0.6, text("Writing the tables"))
        _write_tables(tables, new, counted.as_json() | {"accepted_only": one.accepted_only, "area": one.area})
        job.progress(0.75, text("Writing the slides"))
        _write_deck(new, one.area)
        _pack(new / "returns", new / "returns.zip")
        shutil.rmtree(new / "returns")
        if one.folder.exists():  # the work was broken off after it had been done
            shutil.rmtree(one.folder)
        new.rename(one.folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    one.counts, one.done_at = counted.as_json(), timezone.now()
    one.files = sorted(path.name for path in one.folder.iterdir())
    one.save()
    return {"address": reverse("surveys:files", args=[wave.key]), "counts": one.counts}


def _write_tables(tables: tuple[Table, ...], folder: Path, counts: dict[str, Any]) -> None:
    from musubime.reports.survey_workbook import write_survey_tables

    for language in LANGUAGES:
        write_survey_tables(tables, folder / f"tables-{language}.xlsx", language)
    document = {"counts": counts, "tables": [{
        "id": table.id, "title": table.title.as_json(), "base": table.base.as_json(), "n": table.n,
        "columns": [{"id": column.id, "head": column.head.as_json()} for column in table.columns],
        "rows": [{"id": row.id, "head": row.head.as_json(),
                  "values": {column.id: table.printed(row.id, column.id) for column in table.columns}}
                 for row in table.rows]} for table in tables]}
    (folder / "tables.json").write_text(json.dumps(document, ensure_ascii=False, indent=1, default=str), "utf-8")


def _write_deck(folder: Path, area: str) -> None:
    from musubime.reports.deck import build, paged, publish_deck
    from musubime.studies.deck import DeckOptions, gather

    today = timezone.localdate().isoformat()
    facts = gather(DeckOptions(area or "JP", None, (folder / "returns",), None, None, today))
    deck = build(facts)
    for language in LANGUAGES:
        publish_deck(paged(deck, language), folder / f"deck-{language}.pptx", language)


def _pack(folder: Path, target: Path) -> None:
    """Raw answers as `musubime survey compile` writes them: CSV that no spreadsheet runs."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(folder.iterdir()):
            packed.write(path, f"returns/{path.name}")

"""The workbook of a return: sent out with what is known, read back into the same record."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from musubime.language import Language, text
from musubime.surveys.returns import (
    Asked,
    Finding,
    Municipalities,
    Received,
    Sent,
    given_of,
    receive_one,
    record_of,
    write_workbook,
)

from .checking import content_of, last_of, questionnaire_of
from .models import Action, Contact, Receipt, Return, Revision
from .records import Record, differences, fresh, numbered, plain, storable, undone
from .saving import NotOpenError, Saved, Who, is_editable, locked, save

LARGEST = 15 << 20  # bytes of an upload; 3,000 settlements are about 1 MB
MOST_ROWS_TO_TYPE = 40  # beyond, the workbook is recommended


def workbook(one: Return, language: Language) -> bytes:
    """The return as a workbook: what is written, or last rows to begin with; its hidden sheet knows the version."""
    content, about = content_of(one), questionnaire_of(one.wave)
    begun = any(content.record["answers"]) or any(content.record["rosters"].values())
    sent = Sent(
        about, one.wave.fiscal_year, one.code[:5], one.name, language, one.wave.due.isoformat(), one.wave.send_to,
        last_of(one, content), given_of(plain(content.record), about, language) if begun else None,
        notes=content.record["notes"], mark=str(one.version))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "return.xlsx"
        write_workbook(sent, path)
        return path.read_bytes()


def file_name(one: Return) -> str:
    return "".join(c for c in f"{one.wave.key}_{one.code}_{one.name}.xlsx" if c not in '/\\:*?"<>|\r\n')


def upload(one: Return, file: UploadedFile[Any], who: Who) -> tuple[Receipt, Saved | None]:
    """Read a file into the record of a return. None: it cannot be used, and the receipt's findings say why.

    Raises NotOpenError. Every file is kept, whatever becomes of it.
    """
    name = re.sub(r"[\x00-\x1f/\\]", "_", Path(file.name or "file").name)[-120:]
    with tempfile.NamedTemporaryFile(suffix=".upload") as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        received = _received(one, name, Path(copy.name))
    receipt = Receipt(of=one, user=who.user, organisation=who.organisation, name=name, sha256=received.sha256[0],
                      size=received.sizes[0], findings=storable([finding.as_json() for finding in received.findings]))
    if not received.usable or received.code != one.code[:5]:
        if received.usable:
            receipt.findings.insert(0, Finding(
                "fault", text("This is the return of another municipality ({code}).", code=received.code),
                text("Send the workbook that was made for {name}.", name=one.name), file=name).as_json())
        receipt.refused = True
        receipt.save()
        return receipt, None
    with transaction.atomic():
        saved = _merged(one.pk, received, who)
        receipt.taken = len(saved.taken)
        receipt.save()
        if any(received.contact.values()):
            _keep_contact(one, received)
    return receipt, saved


def _received(one: Return, name: str, path: Path) -> Received:
    towns = {code[:5]: town for code, town in Return.objects.filter(wave=one.wave).values_list("code", "name")}
    asked = Asked(questionnaire_of(one.wave), one.wave.fiscal_year, Municipalities(towns), {}, one.wave.folder, True,
                  frozenset(towns))
    return receive_one(name, path, asked)


def _merged(pk: int, received: Received, who: Who) -> Saved:
    """The file's answers against those that stood in the workbook when it was downloaded: what was changed in it.

    A workbook without the mark of its version (an older one, a CSV) has no such answers: what it says is taken where
    nothing is written, what it leaves empty deletes nothing, and the rest is a choice.
    """
    one = locked(pk)
    if not is_editable(one):
        raise NotOpenError
    content, about = content_of(one, lock=True), questionnaire_of(one.wave)
    mark = int(received.mark) if received.mark.isdecimal() and len(received.mark) < 9 else -1
    known = 0 <= mark <= one.version
    since = Revision.objects.filter(of=one, version__gt=mark if known else 0)
    base = undone(content.record, [change for revision in since for change in reversed(revision.changes)])
    given = storable(record_of(received.given, received.answers, about, received.notes))
    _without_lost(given, received, base)
    record, content.next_row = numbered(given, base if known else content.record, about, content.next_row)
    content.save(update_fields=("next_row",))
    patches = differences(base if known else fresh(about), record)
    return save(pk, patches, mark if known else 0, who, Action.UPLOADED)


def _without_lost(given: Record, received: Received, base: Record) -> None:
    """Questions, columns and sheets that are no longer in the file say nothing; they delete no answer."""
    for finding in received.findings:
        kind, _, name = finding.check.partition(".")
        if kind == "no_roster":
            given["rosters"][name] = [{k: v for k, v in row.items() if k != "#"} for row in base["rosters"][name]]
        elif kind == "no_questions":
            given["answers"], given["notes"] = dict(base["answers"]), dict(base["notes"])
        elif kind == "lost" and not finding.roster and name in base["answers"]:
            given["answers"][name] = base["answers"][name]
        elif kind == "lost" and finding.roster:
            for row, before in zip(given["rosters"][finding.roster], base["rosters"][finding.roster], strict=False):
                if name in before:
                    row[name] = before[name]


def _keep_contact(one: Return, received: Received) -> None:
    fields: dict[str, Any] = {
        "department": received.contact.get("Department", "")[:120],
        "person": received.contact.get("Name of the person in charge", "")[:80],
        "telephone": received.contact.get("Telephone", "")[:40], "email": received.contact.get("E-mail", "")[:200]}
    Contact.objects.update_or_create(
        of=one, defaults={name: storable(value) for name, value in fields.items() if value})


def as_language(name: str) -> Language:
    return "en" if name == "en" else "ja"

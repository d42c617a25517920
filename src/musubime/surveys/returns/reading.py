"""One file, or the CSV files that one workbook was saved as, from bytes to answers: what a worker process does."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from musubime.errors import InputError
from musubime.language import text
from musubime.surveys.questionnaires import Questionnaire, same

from . import receipts
from .check import check_return
from .find import Found, Labels, find, labels_of
from .identity import Identity, identify, read_code
from .layout import cell_name
from .model import Answers, Finding, Given
from .municipalities import Municipalities
from .workbook import Grid, open_file, refuse_large

_CODE_CELL = text("Write the code of your own municipality as it was in the workbook that was sent to you.")


@dataclass(frozen=True)
class Asked:
    """What every worker knows: the survey, its year, who is asked, and their last answers."""

    questionnaire: Questionnaire
    fiscal_year: int
    places: Municipalities
    last: Mapping[str, Answers]
    wave: Path
    complete: bool = True
    codes: frozenset[str] = frozenset()


@dataclass
class Received:
    """A file that came back. usable: it is a return of this wave; otherwise its findings say why it is none.

    code: five digits, "" when nobody can say whose it is. sha256: of each file. mark: that of the workbook (`Sent`).
    """

    files: tuple[str, ...]
    sha256: tuple[str, ...]
    sizes: tuple[int, ...]
    code: str = ""
    usable: bool = False
    answers: Answers = field(default_factory=Answers)
    given: Given = field(default_factory=Given)
    findings: list[Finding] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    contact: dict[str, str] = field(default_factory=dict)
    mark: str = ""

    @property
    def id(self) -> str:
        """The file's SHA-256; of several, the hash of their hashes."""
        if len(self.sha256) == 1:
            return self.sha256[0]
        return hashlib.sha256("\n".join(sorted(self.sha256)).encode()).hexdigest()


_asked: Asked | None = None
_labels: Labels | None = None


def begin(asked: Asked) -> None:
    """Called once in each worker."""
    global _asked, _labels
    _asked, _labels = asked, labels_of(asked.questionnaire)


def receive(task: tuple[tuple[str, Path], ...]) -> Received:
    """Keep and read the files of one return, (name, path) each. Never raises for bad content."""
    assert _asked is not None
    assert _labels is not None
    return _receive(task, _asked, _labels)


def receive_one(name: str, path: Path, asked: Asked) -> Received:
    """Keep and read one file in this process: what a site does with an upload. Never raises for bad content."""
    return _receive(((name, path),), asked, labels_of(asked.questionnaire))


def _receive(task: tuple[tuple[str, Path], ...], asked: Asked, labels: Labels) -> Received:
    names = tuple(name for name, _ in task)
    try:
        kept = [receipts.keep(path, asked.wave) for _, path in task]
    except InputError as error:  # not readable at all: there is nothing to keep
        return Received(names, ("",) * len(names), (0,) * len(names), findings=[
            Finding("fault", f.what, f.remedy, file=names[0], check="unreadable") for f in error.faults])
    received = Received(names, tuple(sha for sha, _ in kept), tuple(size for _, size in kept))
    grids: list[Grid] = []
    try:
        for (name, path), (_, size) in zip(task, kept, strict=True):
            refuse_large(size, name)
            opened = open_file(path.read_bytes(), name)
            received.findings += opened.findings
            grids += opened.grids if len(task) == 1 else [_named(grid, name) for grid in opened.grids]
        _understand(received, grids, asked, labels)
    except InputError as error:
        received.findings += [
            Finding("fault", f.what, f.remedy, file=names[0], check="unreadable") for f in error.faults
        ]
        received.code = read_code(identify((), names[0]).name_code or "?", asked.places).code
        if received.code and asked.complete and received.code not in asked.places.names:
            received.code = ""
    except Exception as error:  # a stranger's file must not stop the collection; the fuzz tests look for these
        received.usable = False
        received.findings.append(
            Finding(
                "fault",
                text("This file cannot be read ({reason}).", reason=f"{type(error).__name__}: {error}"[:160]),
                text("Copy your answers into the workbook that was sent to you; please report this file to us."),
                file=names[0],
                check="unreadable",
            )
        )
    return received


def lost(task: tuple[tuple[str, Path], ...], asked: Asked) -> Received:
    """Files that killed the process that read them: kept, and told."""
    names = tuple(name for name, _ in task)
    kept = [receipts.keep(path, asked.wave) for _, path in task]
    return Received(names, tuple(sha for sha, _ in kept), tuple(size for _, size in kept), findings=[Finding(
        "fault", text("This file cannot be read ({reason}).", reason="killed"), text(
            "Copy your answers into the workbook that was sent to you; please report this file to us."), file=names[0],
        check="unreadable")])


def _named(grid: Grid, name: str) -> Grid:
    return grid if grid.name else Grid(name, grid.rows, grid.formulas, grid.merged)


def _understand(received: Received, grids: list[Grid], asked: Asked, labels: Labels) -> None:
    file = received.files[0]
    who = identify(grids, file)
    about = asked.questionnaire
    blame = received.findings.append
    received.mark = who.mark
    received.code = _whose(who, asked, file, received.findings)
    if who.survey and who.survey != about.survey:
        blame(
            Finding(
                "fault",
                text("This is a return of another survey ({survey}).", survey=who.survey),
                text("Send the workbook of this survey: {survey}.", survey=about.title),
                file=file,
                check="wrong_survey",
                value=who.survey,
            )
        )
        return
    if who.survey and (who.fiscal_year != asked.fiscal_year or who.version != about.version):
        blame(
            Finding(
                "fault",
                text(
                    "This is the workbook of fiscal year {year} (version {version}), not of {wanted}.",
                    year=who.fiscal_year,
                    version=who.version,
                    wanted=asked.fiscal_year,
                ),
                text("Fill the workbook of this year: {survey}.", survey=about.title),
                file=file,
                check="wrong_year",
                value=str(who.fiscal_year),
            )
        )
        return
    found = find(grids, about, labels)
    if not found.answers and not found.rosters:
        blame(Finding("fault", text("None of the survey's questions is in this file."),
                      text("Fill the workbook that was sent to you, and send it."), file=file, check="no_questions"))
        return
    if not who.survey:
        blame(Finding("query", text("The file does not say for which year it is."),
                      text("Confirm that it is the return of fiscal year {year}.", year=asked.fiscal_year), file=file,
                      check="no_year"))
    if not received.code or any(f.check in ("other_code", "merged", "not_asked") for f in received.findings):
        _fill(received, found, about, None)
        received.findings = [f for f in received.findings if f.check in _ABOUT_THE_FILE or f.kind == "repair"]
        return
    _fill(received, found, about, asked.last.get(received.code))
    received.usable = True


_ABOUT_THE_FILE = frozenset(("other_code", "merged", "not_asked", "no_code", "no_year", "far"))


def _fill(received: Received, found: Found, about: Questionnaire, last: Answers | None) -> None:
    checked = check_return(found, about, received.files[0], last)
    received.answers, received.given = checked.answers, checked.given
    received.notes, received.contact = checked.notes, checked.contact
    received.findings += checked.findings


def _whose(who: Identity, asked: Asked, file: str, findings: list[Finding]) -> str:
    """The five-digit code of the municipality, "" when nobody can tell; what has to be told about it is added."""
    places = asked.places
    sheet, cell = (who.where[0], cell_name(who.where[1], who.where[2])) if who.where else ("", "")
    written = read_code(who.cover_code, places, who.cover_name) if who.cover_code else None
    code = written.code if written is not None and written.code else who.code
    if written is not None and written.what is not None and written.remedy is not None:
        kind = "repair" if code and written.certain else "query" if code else "fault"
        what = written.what if written.code or not code else text(
            "{what} The code that the workbook was made for was taken: {code}.", what=written.what, code=code)
        findings.append(Finding(kind, what, written.remedy, file=file, sheet=sheet,  # type: ignore[arg-type]
                                cell=cell, value=who.cover_code, check="code" if code else "no_code"))
    if not code:
        return _by_name(who, asked, file, findings)
    if written is not None and written.code and who.code and written.code != who.code:
        findings.append(Finding(
            "fault", text("The workbook was made for {made} ({made_code}), but its cover names {code}.",
                          made=places.name(who.code) or "?", made_code=who.code, code=code),
            text("Fill the workbook that was sent to your own municipality."), file=file, sheet=sheet, cell=cell,
            value=who.cover_code, check="other_code"))
        return code
    other = next((c for c, name in places.names.items() if who.cover_name and c[:2] == code[:2] and c != code
                  and same(name) == same(who.cover_name)), None)
    if other is not None and same(places.name(code)) != same(who.cover_name):
        findings.append(Finding(
            "fault", text("The cover names {name}, but the code is that of {other}.", name=who.cover_name,
                          other=places.name(code) or code), _CODE_CELL, file=file, sheet=sheet, cell=cell,
            value=who.cover_name, check="other_code"))
        return code
    return _still_there(code, asked, file, findings, sheet, cell)


def _by_name(who: Identity, asked: Asked, file: str, findings: list[Finding]) -> str:
    """No code in the file: its name, or the municipality's name, may tell; both are asked about."""
    named = read_code(who.name_code, asked.places) if who.name_code else None
    code = named.code if named is not None and (not asked.complete or named.code in asked.places.names) else ""
    if not code and who.cover_name:
        alike = [c for c, name in asked.places.names.items() if same(name) == same(who.cover_name)]
        code = alike[0] if len(alike) == 1 else ""
    if code:
        findings.append(
            Finding(
                "query",
                text(
                    "The file does not give the municipality's code; from its name it is taken for {name} ({code}).",
                    name=asked.places.name(code) or "?",
                    code=code,
                ),
                _CODE_CELL,
                file=file,
                check="code",
            )
        )
    else:
        findings.append(
            Finding(
                "fault",
                text("The file does not say which municipality it is from."),
                _CODE_CELL,
                file=file,
                check="no_code",
            )
        )
    return code


def _still_there(code: str, asked: Asked, file: str, findings: list[Finding], sheet: str, cell: str) -> str:
    places = asked.places
    if code in places.successors and code not in places.names:
        now = places.latest(code)
        findings.append(Finding(
            "fault", text("{former} ({code}) has been merged into {name} ({now}).", former=places.name(code) or code,
                          code=code, name=places.name(now) or now, now=now),
            text("Its answers belong into the return of {name}: send one return for the whole municipality.",
                 name=places.name(now) or now), file=file, sheet=sheet, cell=cell, value=code, check="merged"))
        return now
    if asked.complete and code not in asked.codes:
        findings.append(Finding(
            "fault", text("No municipality that is asked has the code {code}.", code=code), _CODE_CELL, file=file,
            sheet=sheet, cell=cell, value=code, check="not_asked"))
        return code if code in places.names else ""
    return code

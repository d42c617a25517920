"""A folder of returned files checked: kept, read by several processes, sorted to municipalities, told to everybody."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from musubime.errors import Fault, InputError
from musubime.language import Language, text
from musubime.region.files import explained, staged
from musubime.surveys.questionnaires import Questionnaire

from . import receipts
from .find import find, labels_of
from .identity import identify, read_code
from .model import Answers, Finding
from .municipalities import Municipalities
from .overview import write_overview
from .reading import Asked, Received, begin, lost, receive
from .sent import Sent
from .template import write_workbook
from .wave import Version, Wave, open_wave, write_wave
from .workbook import open_file

SEND_BACK = "send-back"
_NOT_RETURNS = frozenset((".db", ".ds_store", ".ini", ".lnk", ".tmp", ".eml", ".msg"))
_OWN = frozenset(("wave.json", "questionnaire.yaml", "versions.jsonl", "files.jsonl", "decisions.jsonl",
                  "overview.json", "overview.xlsx"))
_SIGNS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


@dataclass(frozen=True)
class Order:
    """What to check. last: answers of the wave before by five-digit code. now: when, as text, for the log."""

    folder: Path
    out: Path
    questionnaire: Questionnaire
    questionnaire_text: str
    fiscal_year: int
    places: Municipalities
    complete: bool = True
    prefecture: str = ""
    last: Mapping[str, Answers] | None = None
    language: Language = "ja"
    deadline: str = ""
    send_to: str = ""
    now: str = ""
    workers: int = 0


def check_folder(order: Order, progress: Callable[[str], None] = lambda _: None) -> Wave:
    """Check every file of a folder into the wave `out`, which may exist: what it knows is kept.

    Raises InputError when the folder holds no file or the wave is of another survey; what is wrong with single
    returns raises nothing and stands in the wave.
    """
    before = _earlier(order)
    asked_codes = tuple(code for code in order.places.asked(order.questionnaire.asks)
                        if not order.prefecture or code[:2] == order.prefecture)
    files = list(_files(order))
    asked = Asked(order.questionnaire, order.fiscal_year, order.places, order.last or {}, order.out, order.complete,
                  frozenset(asked_codes))
    tasks = _tasks(files, asked)
    progress(str(text("Reading {count:,} files", count=len(files))))
    receipts.clear_abandoned(order.out)
    with explained(order.out):
        received = _received(tasks, order.workers, asked)
    run = 1 + max((int(one["run"]) for one in (before.runs if before else ())), default=0)
    wave = _joined(order, before, asked_codes, received, run)
    logged = {(line["file"], line["sha256"]) for line in receipts.read_log(order.out / receipts.LOG)}
    receipts.append(order.out / receipts.LOG, [
        {"at": order.now, "run": run, "file": name, "sha256": sha, "bytes": size}
        for one in received for name, sha, size in zip(one.files, one.sha256, one.sizes, strict=True)
        if sha and (name, sha) not in logged
    ])
    progress(str(text("Writing what goes back")))
    _publish(order, wave, received)
    return wave


def _earlier(order: Order) -> Wave | None:
    """The wave as earlier checks left it."""
    if not (order.out / "wave.json").is_file():
        return None
    wave = open_wave(order.out)
    if wave.questionnaire != order.questionnaire or wave.fiscal_year != order.fiscal_year:
        raise InputError(Fault(
            text("The folder already holds another wave: {survey} {version}, fiscal year {year}.",
                 survey=wave.questionnaire.survey, version=wave.questionnaire.version, year=wave.fiscal_year),
            text("Give another folder with --out; a wave is never overwritten."), file=order.out.name))
    return wave


def _files(order: Order) -> Iterator[tuple[str, Path]]:
    """Every file that may be a return, with its name as it is told. Raises InputError when there is none."""
    if not order.folder.is_dir():
        raise InputError(Fault(text("There is no such folder."), text("Give the folder with the returned files."),
                               file=str(order.folder)))
    out, home = order.out.resolve(), order.folder.resolve()
    ours = {out} if out not in (home, *home.parents) else {out / receipts.FOLDER, out / SEND_BACK}
    found = []
    for path in sorted(order.folder.rglob("*")):
        name = path.relative_to(order.folder).as_posix()
        hidden = any(part.startswith((".", "~$")) for part in name.split("/"))
        if hidden or path.suffix.lower() in _NOT_RETURNS or not path.is_file() or ours & set(path.resolve().parents):
            continue
        if path.resolve().parent == out and name.split("/")[-1] in _OWN:
            continue
        found.append((name, path))
    if not found:
        raise InputError(Fault(text("The folder holds no file."), text("Give the folder with the returned files."),
                               file=str(order.folder)))
    yield from found


def _tasks(files: Sequence[tuple[str, Path]], asked: Asked) -> list[tuple[tuple[str, Path], ...]]:
    """Each file is one return, except CSV files in one folder that hold different sheets of one workbook."""
    tasks: list[tuple[tuple[str, Path], ...]] = []
    parts: dict[tuple[str, str], list[tuple[tuple[str, Path], frozenset[str]]]] = {}
    labels = labels_of(asked.questionnaire)
    for name, path in files:
        with path.open("rb") as file:
            head = file.read(4)
        if (
            head.startswith(_SIGNS)
            or path.suffix.lower() not in (".csv", ".txt", ".tsv")
            or path.stat().st_size > 5_000_000
        ):
            tasks.append(((name, path),))
            continue
        try:
            grids = open_file(path.read_bytes(), name).grids
            who, found = identify(grids, name), find(grids, asked.questionnaire, labels)
            code = who.code or read_code(who.cover_code, asked.places).code
            sheets = frozenset([*([""] if found.answers else []), *found.rosters])
        except InputError:
            code, sheets = "", frozenset()
        if code:
            parts.setdefault((code, str(path.parent)), []).append(((name, path), sheets))
        else:
            tasks.append(((name, path),))
    for pieces in parts.values():
        covers = [piece for piece, sheets in pieces if not sheets]  # no questions on them: part of whatever came along
        full = [(piece, sheets) for piece, sheets in pieces if sheets]
        if not full or sum(len(sheets) for _, sheets in full) == len({one for _, sheets in full for one in sheets}):
            tasks.append(tuple(piece for piece, _ in full) + tuple(covers))
        else:
            tasks += [(piece, *(covers if number == 0 else ())) for number, (piece, _) in enumerate(full)]
    return sorted(tasks)


def _mapped(work: Callable[[Any], Any], tasks: Sequence[Any], workers: int, asked: Asked | None = None
            ) -> Iterator[Any]:
    """`work` on every task, in order, in as many processes as there are processors (one for a handful)."""
    workers = workers or os.cpu_count() or 1
    if workers == 1 or len(tasks) < 24:
        if asked is not None:
            begin(asked)
        yield from map(work, tasks)
        return
    begun: dict[str, Any] = {} if asked is None else {"initializer": begin, "initargs": (asked,)}
    with ProcessPoolExecutor(workers, **begun) as pool:
        yield from pool.map(work, tasks, chunksize=max(1, min(16, len(tasks) // (4 * workers))))


def _received(tasks: Sequence[Any], workers: int, asked: Asked) -> list[Received]:
    """Every task read. A file that kills the process that reads it does not take the others along."""
    found: list[Received] = []
    try:
        for one in _mapped(receive, tasks, workers, asked):
            found.append(one)
    except BrokenProcessPool:
        for task in tasks[len(found):]:
            try:
                with ProcessPoolExecutor(1, initializer=begin, initargs=(asked,)) as pool:
                    found.append(pool.submit(receive, task).result())
            except BrokenProcessPool:
                found.append(lost(task, asked))
    return found


def write_workbooks(sent: Sequence[Sent], folder: Path, workers: int = 0) -> list[Path]:
    """One workbook for each municipality, named by code and name; all appear together."""
    with staged(folder) as new:
        jobs = [(one, new / _file_name(one)) for one in sent]
        list(_mapped(_write, jobs, workers))
    return [folder / path.name for _, path in jobs]


def _file_name(sent: Sent) -> str:
    name = f"{sent.six}_{sent.name}" if sent.name else sent.six
    return "".join(c for c in f"{name}.xlsx" if c not in '/\\:*?"<>|')


# -- sorting ---------------------------------------------------------------------------------------------------------


def _joined(order: Order, before: Wave | None, asked: tuple[str, ...], received: Sequence[Received], run: int
            ) -> Wave:
    known = {version.id: version for version in (before.versions if before else ())}
    versions: dict[str, Version] = dict(known)
    lines = list(before.files if before else ())
    first: dict[tuple[str, str], Received] = {}
    for one in received:
        earlier = known.get(one.id)
        content = json.dumps(one.answers.as_json(), sort_keys=True) if one.usable else one.id
        twin = first.setdefault((one.code, content), one)
        if twin is not one and one.code:
            twin.findings.append(Finding(
                "repair", text("{first} and {second} say the same; it was counted once.", first=twin.files[0],
                               second=one.files[0]), text("Nothing needs to be done if this is right."),
                file=one.files[0], check="twin"))
    for one in received:
        earlier = known.get(one.id)
        content = json.dumps(one.answers.as_json(), sort_keys=True) if one.usable else one.id
        twin = first[one.code, content]
        for name, sha in zip(one.files, one.sha256, strict=True):
            lines.append({
                "run": run, "at": order.now, "file": name, "sha256": sha, "code": one.code, "usable": one.usable,
                "twin": "" if twin is one else twin.files[0], "known": earlier is not None,
                "findings": [] if one.code else [f.as_json() for f in one.findings],
            })
        if one.code and (twin is one or one.id != twin.id):
            versions[one.id] = Version(
                one.code, one.id, earlier.run if earlier else run, earlier.received if earlier else order.now,
                tuple(zip(one.files, one.sha256, strict=True)), one.usable, one.answers,
                tuple(finding.as_json() for finding in one.findings), one.notes, one.contact,
            )
    if not order.complete:
        asked = tuple(sorted({version.code for version in versions.values()} | set(asked)))
    runs = (*(before.runs if before else ()), {"run": run, "at": order.now, "folder": order.folder.name})
    return Wave(
        order.out,
        order.questionnaire,
        order.questionnaire_text,
        order.fiscal_year,
        order.places,
        order.complete,
        asked,
        runs,
        tuple(sorted(versions.values(), key=lambda v: (v.code, v.run, v.files))),
        tuple(receipts.read_log(order.out / "decisions.jsonl")),
        tuple(lines),
    )


# -- telling ---------------------------------------------------------------------------------------------------------


def _publish(order: Order, wave: Wave, received: Sequence[Received]) -> None:
    """The wave, the overview, and one workbook for each municipality that has something to mend; all or none."""
    standings = wave.standings()
    by_code: dict[str, list[Received]] = {}
    for one in received:
        if one.code:
            by_code.setdefault(one.code, []).append(one)
    with staged(order.out) as new:
        write_wave(wave, new)
        (new / SEND_BACK).mkdir()
        jobs = []
        for code, ones in sorted(by_code.items()):
            standing = standings[code]
            if standing.state != "queried":
                continue
            best = next((one for one in ones if one.usable), ones[0])
            findings = [
                f
                for one in (ones if standing.current is None and not standing.rivals else [best])
                for f in one.findings
            ]
            if standing.rivals:
                rival = standing.open[0]
                findings = [Finding("query", _pair(rival["what"]), _pair(rival["remedy"]), file=""), *findings]
            sent = Sent(
                order.questionnaire,
                order.fiscal_year,
                code,
                wave.places.name(code) or code,
                order.language,
                order.deadline,
                order.send_to,
                (order.last or {}).get(code),
                best.given if best.usable else None,
                tuple(findings),
            )
            jobs.append((sent, new / SEND_BACK / _file_name(sent)))
        list(_mapped(_write, jobs, order.workers))
        write_overview(wave, standings, new, order.language)
    kept = {path.name for _, path in jobs}
    for path in (order.out / SEND_BACK).glob("*.xlsx"):
        if path.name not in kept:
            path.unlink()


def _pair(words: Mapping[str, str]) -> Any:
    from musubime.language import verbatim

    return verbatim(words)


def _write(job: tuple[Sent, Path]) -> None:
    sent, path = job
    write_workbook(sent, path)

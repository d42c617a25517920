"""One wave of a survey as a folder: everything received, every version of each return, decisions, and who is where.

questionnaire.yaml   what was asked, word for word
wave.json            year, who is asked, last answers' origin, runs
versions.jsonl       each return that could be read, one line a version, with answers and findings
files.jsonl          every file of every run and what became of it
decisions.jsonl      settled queries, chosen versions, sign-offs: append-only, each line with the hash of the one before
receipts/            the files themselves, by SHA-256
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.surveys.model import Returns
from musubime.surveys.questionnaires import Questionnaire, parse

from .model import Answers
from .municipalities import Municipalities
from .receipts import read_log
from .tables import tabulate

SCHEMA = "musubime-wave/1"
ANSWERED = ("accepted", "submitted", "queried")
State = Literal["accepted", "submitted", "queried", "missing"]


@dataclass(frozen=True)
class Version:
    """One return as it was read. run: the check in which it first came. files: (name, SHA-256). findings: as JSON."""

    code: str
    id: str
    run: int
    received: str
    files: tuple[tuple[str, str], ...]
    usable: bool
    answers: Answers
    findings: tuple[Mapping[str, Any], ...]
    notes: Mapping[str, str] = field(default_factory=dict)
    contact: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code, "id": self.id, "run": self.run, "received": self.received,
            "files": [list(pair) for pair in self.files], "usable": self.usable, **self.answers.as_json(),
            "findings": list(self.findings), "notes": dict(self.notes), "contact": dict(self.contact),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Version:
        return cls(
            data["code"], data["id"], int(data["run"]), data["received"], tuple((n, s) for n, s in data["files"]),
            bool(data["usable"]), Answers.from_json(data), tuple(data["findings"]), data["notes"], data["contact"],
        )

    @property
    def hash(self) -> str:
        """Of what was answered and the files it stands in: what a sign-off signs."""
        signed = {"code": self.code, "files": sorted(sha for _, sha in self.files), **self.answers.as_json()}
        return hashlib.sha256(json.dumps(signed, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Standing:
    """Where one municipality stands. current: the version that counts; None when nothing usable came, or two disagree.

    open: findings that still need an answer. rivals: ids of versions of the same run that differ.
    """

    code: str
    state: State
    current: Version | None = None
    open: tuple[Mapping[str, Any], ...] = ()
    rivals: tuple[Version, ...] = ()
    signed_by: str = ""
    outdated_signature: bool = False


@dataclass(frozen=True)
class Wave:
    folder: Path
    questionnaire: Questionnaire
    questionnaire_text: str
    fiscal_year: int
    places: Municipalities
    complete: bool
    asked: tuple[str, ...]
    runs: tuple[Mapping[str, Any], ...] = ()
    versions: tuple[Version, ...] = ()
    decisions: tuple[Mapping[str, Any], ...] = ()
    files: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    def standings(self) -> dict[str, Standing]:
        """Every municipality asked, and any other that answered, in order of code."""
        by_code: dict[str, list[Version]] = {code: [] for code in self.asked}
        for version in self.versions:
            by_code.setdefault(version.code, []).append(version)
        return {code: self._standing(code, by_code[code]) for code in sorted(by_code) if code}

    def _standing(self, code: str, versions: Sequence[Version]) -> Standing:
        usable = [version for version in versions if version.usable]
        if not usable:
            broken = [f for version in versions for f in version.findings if f["kind"] != "repair"]
            return Standing(code, "queried" if versions else "missing", open=tuple(broken))
        chosen = next((d["version"] for d in reversed(self.decisions) if d["kind"] == "use" and d["code"] == code), "")
        newest = max(version.run for version in usable)
        latest = [version for version in usable if version.run == newest]
        picked = next((version for version in usable if version.id == chosen), None)
        if picked is not None and picked.run >= newest:
            latest = [picked]
        distinct = {json.dumps(version.answers.as_json(), sort_keys=True): version for version in reversed(latest)}
        if len(distinct) > 1:
            rivals = tuple(sorted(latest, key=lambda version: version.files))
            return Standing(code, "queried", None, (_two_returns(rivals),), rivals)
        current = min(latest, key=lambda version: (sum(f["kind"] != "repair" for f in version.findings), version.id))
        settled = {(d["version"], d["finding"]) for d in self.decisions if d["kind"] == "settle" and d["code"] == code}
        left = tuple(f for f in current.findings if f["kind"] == "fault"
                     or (f["kind"] == "query" and (current.id, f["id"]) not in settled))
        signature = next(
            (d for d in reversed(self.decisions) if d["kind"] == "sign-off" and code in d["returns"]), None
        )
        valid = signature is not None and signature["returns"][code] == current.hash
        state: State = "queried" if left else "accepted" if valid else "submitted"
        return Standing(code, state, current, left, (), signature["by"] if signature is not None and valid else "",
                        signature is not None and not valid)


def _two_returns(rivals: Iterable[Version]) -> dict[str, Any]:
    names = "、".join(f"{name} ({version.id[:8]})" for version in rivals for name, _ in version.files)
    what = text("There are different returns from this municipality: {files}.", files=names)
    remedy = text("Ask which one counts, or send the right one again; none of them is counted until then.")
    return {"id": "two_returns", "kind": "query", "file": names, "sheet": "", "cell": "", "value": "", "roster": "",
            "row": None, "question": "", "option": "", "what": what.as_json(), "remedy": remedy.as_json()}


def open_wave(folder: Path) -> Wave:
    """A wave from its folder. Raises InputError when there is none, or its log was changed."""
    try:
        about = json.loads((folder / "wave.json").read_text("utf-8"))
        if about["schema"] != SCHEMA:
            raise ValueError(about["schema"])
        words = (folder / "questionnaire.yaml").read_text("utf-8")
        versions = [Version.from_json(json.loads(line)) for line in _lines(folder / "versions.jsonl")]
        files = [json.loads(line) for line in _lines(folder / "files.jsonl")]
        places = Municipalities(about["names"], about["designation"], about["successors"], about["former"],
                                about["vintage"], about["designation_vintage"])
        asked, runs = tuple(about["asked"]), tuple(about["runs"])
        year, complete = int(about["fiscal_year"]), bool(about["complete"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(Fault(
            text("This folder holds no wave of a survey ({reason}).", reason=type(error).__name__),
            text("Give the folder that musubime survey check wrote with --out."), file=folder.name,
        )) from error
    return Wave(folder, parse(words, "questionnaire.yaml"), words, year, places, complete, asked, runs, tuple(versions),
                tuple(read_log(folder / "decisions.jsonl")), tuple(files))


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text("utf-8").split("\n") if line] if path.is_file() else []


def write_wave(wave: Wave, new: Path) -> None:
    """The wave's own files into a staging folder; receipts and decisions are append-only and stay where they are."""
    places = wave.places
    about = {
        "schema": SCHEMA, "survey": wave.questionnaire.survey, "version": wave.questionnaire.version,
        "fiscal_year": wave.fiscal_year, "complete": wave.complete, "asked": list(wave.asked),
        "names": dict(places.names), "designation": dict(places.designation), "successors": dict(places.successors),
        "former": dict(places.former), "vintage": places.vintage, "designation_vintage": places.designation_vintage,
        "runs": list(wave.runs),
    }
    (new / "wave.json").write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n", "utf-8")
    (new / "questionnaire.yaml").write_text(wave.questionnaire_text, "utf-8")
    for name, lines in (("versions", [v.as_json() for v in wave.versions]), ("files", list(wave.files))):
        content = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (new / f"{name}.jsonl").write_text(content, "utf-8")


def compile_waves(waves: Sequence[Wave]) -> Returns:
    """The exchange tables of one wave, or of several parts of it (the prefectures'), put together.

    Raises InputError when the parts are of different surveys or years, or two speak of the same municipality.
    """
    first, faults = waves[0], []
    seen: dict[str, str] = {}
    rows: list[tuple[str, str, str, str | None, str]] = []
    returned: dict[str, Answers] = {}
    for wave in waves:
        if wave.questionnaire != first.questionnaire or wave.fiscal_year != first.fiscal_year:
            faults.append(Fault(text("This wave is of another survey, version or year than the first."),
                                text("Compile the parts of one wave only."), file=wave.folder.name,
                                value=f"{wave.questionnaire.survey} {wave.questionnaire.version} {wave.fiscal_year}"))
            continue
        for code, standing in wave.standings().items():
            if code not in wave.asked:
                continue  # its findings say why it is nobody's
            if code in seen:
                faults.append(
                    Fault(
                        text("Two waves speak of the same municipality: {name}.", name=wave.places.name(code)),
                        text("Check each prefecture with --prefecture."),
                        file=wave.folder.name,
                        value=code,
                    )
                )
            seen[code] = wave.folder.name
            rows.append(
                (code, wave.places.name(code), code[:2], _designation(wave.places, code), standing.state)
            )
            if standing.current is not None:
                returned[code] = standing.current.answers
    if faults:
        raise InputError(faults)
    rows.sort(key=lambda row: row[0])
    columns = list(zip(*rows, strict=True)) if rows else [(), (), (), (), ()]
    asked = pd.DataFrame(
        {name: pd.array(list(values), dtype="string")
         for name, values in zip(("name", "prefecture", "designation", "status"), columns[1:], strict=True)},
        index=pd.Index(list(columns[0]), name="code", dtype="string"),
    )
    return tabulate(first.questionnaire, first.fiscal_year, asked, returned)


def _designation(places: Municipalities, code: str) -> str | None:
    """None where no list of designations was given: not being in a list that nobody looked at says nothing."""
    return places.designation.get(code, "none") if places.designation_vintage else None

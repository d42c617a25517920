"""musubime survey template|check|compile|query|sign-off|tables|series"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Annotated, Any

import typer

from musubime.errors import Fault, InputError
from musubime.language import current_language, text, verbatim
from musubime.provenance import Ledger
from musubime.region.codes import six_digits
from musubime.region.files import staged
from musubime.reports.survey_workbook import write_survey_tables
from musubime.studies.municipalities import municipalities
from musubime.surveys.questionnaires import Questionnaire, questionnaire, questionnaire_text, shipped
from musubime.surveys.returns import (
    Answers,
    Municipalities,
    Order,
    Sent,
    Wave,
    check_folder,
    compile_waves,
    csv_text,
    history,
    load_returns,
    open_wave,
    overview,
    returned_answers,
    save_returns,
    settle,
    sign_off,
    use,
    write_workbooks,
)
from musubime.surveys.tables import Table, make_tables

from ._terminal import JsonOption, command, progress, say

app = typer.Typer(no_args_is_help=True, add_completion=False, help=str(text(
    "Questionnaires as workbooks: send them out, check what comes back, keep it, compile it, sign it off, count it.")))

QuestionnaireOption = Annotated[str, typer.Option("--questionnaire", metavar="NAME", help=str(text(
    "A shipped questionnaire such as small-hubs-2022, or a YAML file of your own.")))]
ListOption = Annotated[list[Path] | None, typer.Option("--municipalities", metavar="FILE", help=str(text(
    "List of municipality codes and names; may be given more than once (an older one tells what has merged).")))]
DesignationOption = Annotated[Path | None, typer.Option("--designation", metavar="FILE", help=str(text(
    "List of 過疎 designations in force on the day of the survey.")))]
PreviousOption = Annotated[Path | None, typer.Option("--previous", metavar="FOLDER", help=str(text(
    "The wave before, compiled or as it was checked: its answers are shown and compared.")))]
YearOption = Annotated[int | None, typer.Option("--year", metavar="YEAR", help=str(text(
    "Fiscal year of the survey; without it the current one.")))]
DeadlineOption = Annotated[
    str, typer.Option(metavar="WORDS", help=str(text("Printed on the cover: until when to answer.")))
]
SendToOption = Annotated[str, typer.Option("--send-to", metavar="WORDS", help=str(text(
    "Printed on the cover: where to send it.")))]
PrefectureOption = Annotated[str, typer.Option(metavar="NN", help=str(text("Only this prefecture, two digits.")))]
ByOption = Annotated[str, typer.Option("--by", metavar="WORDS", help=str(text("Who decides: name and office.")))]
NoteOption = Annotated[str, typer.Option(metavar="WORDS", help=str(text("Why, in your own words.")))]
MunicipalityOption = Annotated[str | None, typer.Option("--municipality", metavar="CODE", help=str(text(
    "One municipality, by its code of five or six digits.")))]
WaveArgument = Annotated[Path, typer.Argument(metavar="WAVE", help=str(text("Folder that survey check wrote.")))]


def register(parent: typer.Typer) -> None:
    parent.add_typer(app, name="survey")


def _now() -> str:
    return dt.datetime.now(dt.UTC).astimezone().isoformat(timespec="seconds")


def _year(given: int | None) -> int:
    today = dt.datetime.now(dt.UTC).astimezone().date()
    return given if given is not None else today.year - (today.month < 4)


def _places(lists: list[Path] | None, designated: Path | None, ledger: Ledger) -> Municipalities:
    if not lists:
        if designated is not None:
            raise InputError(Fault(text("A list of 過疎 designations needs a list of municipalities."),
                                   text("Give one with --municipalities."), file=designated.name))
        return Municipalities({})
    return municipalities(lists, designated, ledger)


def _last(folder: Path | None, about: Questionnaire) -> dict[str, Answers]:
    """Last answers by five-digit code, from a compiled wave or a wave; of another version only what is the same."""
    if folder is None:
        return {}
    if (folder / "wave.json").is_file():
        wave = open_wave(folder)
        return returned_answers(compile_waves([wave]), wave.questionnaire, about)
    returns = load_returns(folder)
    asked = own_questionnaire(folder) or questionnaire(f"{returns.survey}-{returns.version}")
    return returned_answers(returns, asked, about)


def _prefecture(given: str) -> str:
    if given and not re.fullmatch(r"0[1-9]|[1-3]\d|4[0-7]", given):
        raise InputError(Fault(text("This is no prefecture."), text("Give two digits, 01 to 47."), value=given))
    return given


def _notes(ledger: Ledger, *, json: bool) -> None:
    for note in ledger.notes:
        say(text("{what} ({count:,}; {source})", what=note.what, count=note.count, source=note.source), json=json)


@app.command("template", help=str(text(
    "Write the workbooks that municipalities fill. "
    "Example: musubime survey template small-hubs-2022 --all --municipalities codes.csv --year 2026 --out outbox")))
@command
def template(
    name: Annotated[str, typer.Argument(metavar="QUESTIONNAIRE", help=str(text(
        "A shipped questionnaire such as small-hubs-2022, or a YAML file of your own.")))],
    out: Annotated[Path, typer.Option(help=str(text("Folder for the workbooks.")))],
    municipality: MunicipalityOption = None,
    all_: Annotated[bool, typer.Option("--all", help=str(text("Everybody the survey asks.")))] = False,
    lists: ListOption = None,
    prefecture: PrefectureOption = "",
    previous: PreviousOption = None,
    year: YearOption = None,
    deadline: DeadlineOption = "",
    send_to: SendToOption = "",
    json: JsonOption = False,
) -> dict[str, Any]:
    about, ledger = questionnaire(name), Ledger()
    places = _places(lists, None, ledger)
    wanted = _prefecture(prefecture)
    if (municipality is None) == (not all_ and not wanted):
        raise InputError(Fault(text("It is not said for whom."), text(
            "Give --municipality CODE, or --all or --prefecture NN with a list after --municipalities.")))
    if municipality is not None:
        codes: tuple[str, ...] = (six_digits(municipality, field="--municipality")[:5],)
    else:
        codes = tuple(code for code in places.asked(about.asks) if not wanted or code[:2] == wanted)
    if not codes:
        raise InputError(Fault(
            text("Nobody is asked: there is no list of municipalities, or none of this prefecture in it."),
            text("Give a list of codes and names with --municipalities.")))
    last = _last(previous, about)
    sent = [
        Sent(about, _year(year), code, places.name(code), current_language(), deadline, send_to, last.get(code))
        for code in codes
    ]
    _known_year(about, _year(year), ledger)
    progress(text("Writing {count:,} workbooks", count=len(sent)))
    files = write_workbooks(sent, out)
    _notes(ledger, json=json)
    say(text("{count:,} workbooks are in {folder}.", count=len(files), folder=str(out)), json=json)
    return {"out": str(out), "workbooks": len(files), "with_last_answers": sum(code in last for code in codes)}


def _known_year(about: Questionnaire, year: int, ledger: Ledger) -> None:
    ledger.note(
        "assumption",
        text("The questionnaire does not name the fiscal year {year} as one of its own.", year=year),
        count=int(year not in about.fiscal_years),
        source=f"{about.survey}-{about.version}",
    )


@app.command("check", help=str(text(
    "Read a folder of returned workbooks, keep every file, list all faults, and write what goes back. "
    "Example: musubime survey check inbox --questionnaire small-hubs-2022 --municipalities codes.csv --out wave")))
@command
def check(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help=str(text("Folder with the returned files.")))],
    name: QuestionnaireOption,
    out: Annotated[Path, typer.Option(help=str(text(
        "Folder of the wave: receipts, overview, workbooks to send back.")))],
    lists: ListOption = None,
    designated: DesignationOption = None,
    prefecture: PrefectureOption = "",
    previous: PreviousOption = None,
    year: YearOption = None,
    deadline: DeadlineOption = "",
    send_to: SendToOption = "",
    workers: Annotated[int, typer.Option(min=0, help=str(text("Processes; 0: one for each processor.")))] = 0,
    json: JsonOption = False,
) -> dict[str, Any]:
    about, ledger = questionnaire(name), Ledger()
    places = _places(lists, designated, ledger)
    _known_year(about, _year(year), ledger)
    wave = check_folder(Order(
        folder, out, about, questionnaire_text(name), _year(year), places, bool(lists), _prefecture(prefecture),
        _last(previous, about), current_language(), deadline, send_to, _now(), workers), progress)
    _notes(ledger, json=json)
    answer = _summary(wave, json=json)
    if not lists:
        say(text("No list of municipalities was given: who is missing is not known."), json=json)
    say(text("Overview: {path}", path=str(out / "overview.xlsx")), json=json)
    back = len(list((out / "send-back").glob("*.xlsx")))
    say(text("{count:,} workbooks to send back are in {folder}.", count=back, folder=str(out / "send-back")), json=json)
    return answer | {"out": str(out), "send_back": back, "notes": [note.as_json() for note in ledger.notes]}


def _summary(wave: Wave, *, json: bool) -> dict[str, Any]:
    document = overview(wave, wave.standings())
    states = document["states"]
    say(
        text(
            "{survey}, fiscal year {year}: {asked:,} asked; {accepted:,} signed off, {submitted:,} with nothing open, "
            "{queried:,} to be queried, {missing:,} missing; {unplaced:,} files that nobody can place.",
            survey=wave.questionnaire.title,
            year=wave.fiscal_year,
            asked=document["asked"],
            unplaced=len(document["unplaced"]),
            **states,
        ),
        json=json,
    )
    findings = [f for m in document["municipalities"] for f in [*m["findings"], *m["other_findings"]]]
    kinds = {kind: sum(f["kind"] == kind for f in findings) for kind in ("fault", "query", "repair")}
    for line in document["unplaced"]:
        for finding in line["findings"]:
            say(f"{line['file']}: {verbatim(finding['what'])} {verbatim(finding['remedy'])}", json=json)
    say(text("Found: {fault:,} faults, {query:,} queries, {repair:,} repairs.", **kinds), json=json)
    return {"survey": document["survey"], "version": document["version"], "fiscal_year": document["fiscal_year"],
            "asked": document["asked"], "states": states, "files": len(document["files"]),
            "unplaced": [{key: line[key] for key in ("file", "sha256", "findings")} for line in document["unplaced"]],
            "findings": kinds,
            "municipalities": document["municipalities"]}


@app.command("compile", help=str(text(
    "Put the returns of one wave, or of several prefectures' waves, into tables. "
    "Example: musubime survey compile wave-35 wave-32 --out returns")))
@command
def compile_(
    waves: Annotated[list[Path], typer.Argument(metavar="WAVE...", help=str(text("Folders that survey check wrote.")))],
    out: Annotated[Path, typer.Option(help=str(text("Folder for returns.json and the CSV tables.")))],
    json: JsonOption = False,
) -> dict[str, Any]:
    opened = [open_wave(folder) for folder in waves]
    returns = compile_waves(opened)
    files = save_returns(returns, out, opened[0].questionnaire_text)
    states = {str(state): int(count) for state, count in returns.asked["status"].value_counts().items()}
    say(text("{answered:,} of {asked:,} returns compiled into {folder}.", answered=len(returns.answers),
             asked=len(returns.asked), folder=str(out)), json=json)
    return {"out": str(out), "files": [str(file) for file in files], "asked": len(returns.asked),
            "answered": len(returns.answers), "states": states,
            "rows": {roster: len(table) for roster, table in returns.rosters.items()}}


@app.command("query", help=str(text(
    "List what is still open, settle a query that was answered, or say which of two returns counts. "
    "Example: musubime survey query wave --municipality 352080 --settle as_many_as_last_year --by \"Name, office\"")))
@command
def query(
    folder: WaveArgument,
    municipality: MunicipalityOption = None,
    settle_: Annotated[list[str] | None, typer.Option("--settle", metavar="ID", help=str(text(
        "Id of a query that the municipality has confirmed.")))] = None,
    use_: Annotated[str | None, typer.Option("--use", metavar="SHA", help=str(text(
        "Of several returns, the one that counts: the beginning of its SHA-256.")))] = None,
    by: ByOption = "",
    note: NoteOption = "",
    json: JsonOption = False,
) -> dict[str, Any]:
    wave = open_wave(folder)
    code = None if municipality is None else six_digits(municipality, field="--municipality")[:5]
    if (settle_ or use_) and code is None:
        raise InputError(
            Fault(text("It is not said whose."), text("Give --municipality CODE."), field="--municipality")
        )
    for one in settle_ or []:
        settle(wave, str(code), one, by, note, _now())
    if use_:
        use(wave, str(code), use_, by, note, _now())
    if settle_ or use_:
        wave = open_wave(folder)
    standings = {c: s for c, s in wave.standings().items() if code is None or c == code}
    for c, standing in standings.items():
        for finding in standing.open:
            place = " ".join(str(finding[key]) for key in ("file", "sheet", "cell") if finding[key])
            say(text("{code} {name}: {place} \"{value}\": {what} {remedy} [{id}]", code=six_digits(c),
                     name=wave.places.name(c), place=place, value=finding["value"], what=verbatim(finding["what"]),
                     remedy=verbatim(finding["remedy"]), id=finding["id"]), json=json)
    missing = [c for c, standing in standings.items() if standing.state == "missing"]
    if missing:
        say(
            text("Nothing has come from: {names}", names="、".join(wave.places.name(c) or c for c in missing)),
            json=json,
        )
    return {"open": {six_digits(c): list(s.open) for c, s in standings.items() if s.open},
            "missing": [six_digits(c) for c in missing],
            "states": {six_digits(c): s.state for c, s in standings.items()}}


@app.command("sign-off", help=str(text(
    "Sign the returns that nothing is open about; a return that changes afterwards is no longer signed. "
    "Example: musubime survey sign-off wave --prefecture 35 --by \"Name, office\"")))
@command
def sign_off_(
    folder: WaveArgument,
    by: ByOption,
    prefecture: PrefectureOption = "",
    municipality: MunicipalityOption = None,
    partly: Annotated[bool, typer.Option(help=str(text("Sign those that are ready, and leave the others.")))] = False,
    note: NoteOption = "",
    json: JsonOption = False,
) -> dict[str, Any]:
    wave = open_wave(folder)
    code = "" if municipality is None else six_digits(municipality, field="--municipality")[:5]
    signed = sign_off(wave, by, _now(), prefecture=_prefecture(prefecture), code=code, partly=partly, note=note)
    say(
        text(
            "{count:,} returns are signed off by {by} at {at}; {left:,} are left. Hash: {hash}",
            count=len(signed.signed),
            by=signed.by,
            at=signed.at,
            left=len(signed.left),
            hash=signed.hash,
        ),
        json=json,
    )
    return {"by": signed.by, "at": signed.at, "hash": signed.hash, "signed": [six_digits(c) for c in signed.signed],
            "left": [six_digits(c) for c in signed.left]}


@app.command("tables", help=str(text(
    "Count a compiled wave: the survey's tables, and the change since an earlier wave. "
    "Example: musubime survey tables returns-2026 --previous returns-2025 --out tables")))
@command
def tables(
    folder: Annotated[Path, typer.Argument(metavar="RETURNS", help=str(text("Folder that survey compile wrote.")))],
    out: Annotated[Path | None, typer.Option(help=str(text("Folder for tables.xlsx.")))] = None,
    previous: Annotated[Path | None, typer.Option(metavar="RETURNS", help=str(text(
        "The compiled wave to compare with.")))] = None,
    json: JsonOption = False,
) -> dict[str, Any]:
    returns = load_returns(folder)
    before = None if previous is None else load_returns(previous)
    found = make_tables(returns, before, form=own_questionnaire(folder),
                        previous_form=None if previous is None else own_questionnaire(previous))
    files = []
    if out is not None:
        files.append(str(write_survey_tables(found, out / "tables.xlsx")))
    for table in found:
        say(text("{title}: N {n}", title=table.title, n="–" if table.n is None else f"{table.n:,}"), json=json)
    for file in files:
        say(text("Open {path}", path=file), json=json)
    return {"survey": returns.survey, "fiscal_year": returns.fiscal_year, "files": files,
            "tables": [_table(table) for table in found]}


def own_questionnaire(folder: Path) -> Questionnaire | None:
    """The questionnaire kept beside compiled returns."""
    path = folder / "questionnaire.yaml"
    return questionnaire(path) if path.is_file() else None


def _table(table: Table) -> dict[str, Any]:
    return {"id": table.id, "title": table.title.as_json(), "base": table.base.as_json(), "n": table.n,
            "rows": [{"id": row.id, "head": row.head.as_json(),
                      "values": {column.id: table.printed(row.id, column.id) for column in table.columns}}
                     for row in table.rows]}


@app.command("series", help=str(text(
    "One survey through its waves: every answer ever given, with every break of the series. "
    "Example: musubime survey series returns-2018 returns-2022 --out series")))
@command
def series(
    folders: Annotated[list[Path], typer.Argument(metavar="RETURNS...", help=str(text(
        "Folders that survey compile wrote.")))],
    out: Annotated[Path, typer.Option(help=str(text("Folder for series.csv and questions.csv.")))],
    json: JsonOption = False,
) -> dict[str, Any]:
    waves = [load_returns(folder) for folder in folders]
    versions = {(q.survey, q.version): q for q in shipped()}
    for folder in folders:
        own = own_questionnaire(folder)
        if own is not None:
            versions[own.survey, own.version] = own
    wanted = [q for (survey, _), q in sorted(versions.items()) if survey == waves[0].survey]
    answers, questions = history(waves, wanted)
    with staged(out) as new:
        (new / "series.csv").write_text(csv_text(answers), "utf-8-sig")
        (new / "questions.csv").write_text(csv_text(questions), "utf-8-sig")
    broken = questions[questions["break"].notna()]
    say(
        text(
            "{answers:,} answers to {questions:,} questions; {breaks:,} breaks, {removed:,} questions no longer asked.",
            answers=len(answers),
            questions=questions["series"].nunique(),
            breaks=len(broken),
            removed=int(questions["ended"].notna().sum()),
        ),
        json=json,
    )
    return {"out": str(out), "answers": len(answers), "questions": int(questions["series"].nunique()),
            "breaks": [str(name) for name in broken["series"]],
            "removed": sorted({str(name) for name in questions[questions["ended"].notna()]["series"]})}

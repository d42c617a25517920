"""musubime indicators [REGION|--for CODE] [--plan plan.json] [--values TABLE] [--returns RETURNS]... [--out OUT]"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger
from musubime.region import Region
from musubime.region.codes import six_digits
from musubime.reports import indicators_json, lights, publish_indicators
from musubime.studies.indicators import NATION, IndicatorStudy, indicators_of_region, indicators_of_table
from musubime.studies.plan_file import read_plan
from musubime.surveys.indicators import Indicator, published_values, unused_targets
from musubime.surveys.returns import load_returns
from musubime.surveys.series import Series, read_series, series_of_waves
from musubime.surveys.tables import printed

from ._terminal import JsonOption, command, progress, say
from .survey import own_questionnaire


def register(app: typer.Typer) -> None:
    app.command("indicators", help=str(text(
        "Where targets stand: value, pace needed and pace so far, of a municipality, a prefecture or the nation. "
        "Example: musubime indicators town --plan plan/plan.json --out standing"
    )))(indicators)


@command
def indicators(
    folder: Annotated[Path | None, typer.Argument(metavar="[REGION]", help=str(text(
        "Folder of a municipality's region.")))] = None,
    for_: Annotated[str | None, typer.Option("--for", metavar="CODE", help=str(text(
        "JP, a prefecture's two digits or a municipality's code, where there is no region. JP alone: published "
        "figures.")))] = None,
    plan: Annotated[Path | None, typer.Option(metavar="plan.json", help=str(text(
        "The plan that was made of the region.")))] = None,
    values: Annotated[Path | None, typer.Option(metavar="TABLE", help=str(text(
        "Figures of one's own: a long table with the columns series, key, period, value and unit.")))] = None,
    returns: Annotated[list[Path] | None, typer.Option(metavar="RETURNS", help=str(text(
        "Folder that survey compile wrote; give the option once for each wave.")))] = None,
    out: Annotated[Path | None, typer.Option(help=str(text(
        "Folder for indicators.xlsx, indicators.csv and indicators.json.")))] = None,
    json: JsonOption = False,
) -> dict[str, Any]:
    place = _place(folder, for_, plan, values, returns)
    ledger = Ledger()
    region = None if folder is None else Region.open(folder)
    if region is not None:
        place = six_digits(region.code)
    series = _series(values, returns or [], place, ledger)
    if region is None:
        study = indicators_of_table(series, place)
    else:
        study = indicators_of_region(region, None if plan is None else read_plan(plan), series, progress=progress)
    unused = unused_targets([i.definition for i in study.indicators], series)
    ledger.note("missing", text("Targets of the table that no indicator takes: it knows no such indicator, year or "
                                "value ({targets}).", targets=", ".join(unused)), count=len(unused), examples=unused)
    files = [] if out is None else publish_indicators(study, out, ledger)
    _say(study, ledger, json=json)
    for file in files:
        say(text("Open {path}", path=str(file)), json=json)
    return indicators_json(study, ledger) | {
        "out": None if out is None else str(out), "files": [str(file) for file in files],
        "lights": lights(study.indicators),
    }


def _series(values: Path | None, returns: list[Path], place: str, ledger: Ledger) -> list[Series]:
    """What the waves counted, then what the table says; a figure that both have is that of the waves."""
    waves = [load_returns(folder) for folder in returns]
    if values is None and not waves and place == NATION:
        ledger.note("assumption", text("No figures were given: the published ones that come with Musubime were taken, "
                                       "each with its source."))
        return list(published_values())
    counted = list(series_of_waves(waves, area=place, forms=[own_questionnaire(folder) for folder in returns]))
    told = [] if values is None else list(read_series(values, ledger, area=place))
    both = {(one.id, one.key) for one in counted} & {(one.id, one.key) for one in told}
    ledger.note("dropped", text("Figures of the table that the returns also count were taken from the returns."),
                count=len(both), examples=[f"{series}/{key}" for series, key in sorted(both)])
    return [*counted, *(one for one in told if (one.id, one.key) not in both)]


def _place(
    folder: Path | None, asked: str | None, plan: Path | None, values: Path | None, returns: list[Path] | None,
) -> str:
    faults = []
    if folder is not None and asked is not None:
        faults.append(Fault(text("A region and --for were both given."), text("Give one of them."), field="--for",
                            value=asked))
    if folder is None and plan is not None:
        faults.append(Fault(text("A plan needs the region that it was made of."),
                            text("Give the folder of the region first."), field="--plan", value=str(plan)))
    nation = asked is not None and asked.strip().upper() == NATION
    if folder is None and values is None and not returns and not nation:
        faults.append(Fault(text("There is nothing to compute indicators from."),
                            text("Give the folder of a region, a table of figures with --values, or --returns.")))
    place = NATION
    if asked is not None and not nation:
        digits = asked.strip()
        if len(digits) == 2 and digits.isascii() and digits.isdigit() and 1 <= int(digits) <= 47:
            place = digits
        else:
            try:
                place = six_digits(digits, field="--for")
            except InputError as error:
                faults += error.faults
    if faults:
        raise InputError(faults)
    return place


def _say(study: IndicatorStudy, ledger: Ledger, *, json: bool) -> None:
    say(text("Indicators: {name}", name=study.name), json=json)
    for i in study.indicators:
        if i.actual is None:
            continue
        say(text("· {title}: {value} {unit} ({period}). {why}", title=i.definition.title, value=_shown(i),
                 unit="" if i.definition.share else i.definition.unit, period=i.period, why=i.why), json=json)
    missing = [i for i in study.indicators if i.actual is None]
    if missing:
        say(text("Not known:"), json=json)
    for why in dict.fromkeys(i.why for i in missing):
        titles = [str(i.definition.title) for i in missing if i.why == why]
        say(text("· {titles}: {why}", titles=str(text(", ")).join(titles), why=why), json=json)
    for words in dict.fromkeys(words for i in missing for words in i.notes):
        say(words, json=json)
    for note in ledger.notes:
        say(note.what, json=json)


def _shown(i: Indicator) -> str:
    return printed(i.actual, i.definition.decimals, percent=i.definition.share)

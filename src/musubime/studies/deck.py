"""Gather what a deck shows: a table of figures, returns of surveys, a region and its plan. Nothing is computed here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from musubime.errors import Fault, InputError
from musubime.language import Text, text, verbatim
from musubime.provenance import Ledger
from musubime.region import Region
from musubime.region.codes import PREFECTURES, prefecture_name, six_digits
from musubime.surveys.figures import verify_figures
from musubime.surveys.indicators import evaluate
from musubime.surveys.series import Series, period, read_series
from musubime.surveys.series.reader import HEADINGS

from . import deck_figures as known
from .deck_facts import Area, Correction, DeckFacts
from .deck_returns import surveys
from .document import PlanDocument
from .indicators import indicators_of_region
from .plan_file import read_plan

Read = TypeVar("Read")


@dataclass(frozen=True)
class DeckOptions:
    """What a deck is made of. for_: "JP", a prefecture (two digits, six digits or its name), a municipality's code; ""
    means the place of the region and plan, else JP."""

    for_: str = ""
    figures: Path | None = None
    returns: tuple[Path, ...] = ()
    region: Path | None = None
    plan: Path | None = None
    date: str = ""  # YYYY-MM-DD


def gather(options: DeckOptions, *, progress: Callable[[Text], None] = lambda words: None) -> DeckFacts:
    """Read everything and hand it over. Raises InputError with the faults of all inputs together."""
    faults: list[Fault] = []
    ledger = Ledger()
    _something_to_show(options, faults)
    facts: dict[str, Any] = {}
    if options.region is not None or options.plan is not None:
        progress(text("Reading the region"))
        facts |= _of_place(options, faults)
    codes = [facts["region"].code] if "region" in facts else [facts["plan"].place.code] if "plan" in facts else []
    area = _tried(lambda: area_of(options.for_ or (codes[0] if codes else "JP")), faults)
    if area is not None:
        faults += _of_another_place(codes, area)
    counted: tuple[Series, ...] = ()
    if options.figures is not None:
        progress(text("Reading the figures"))
        path = options.figures
        facts |= _tried(lambda: _of_figures(path, ledger), faults) or {}
    if options.returns and area is not None:
        progress(text("Counting the returns"))
        facts["surveys"] = surveys(options.returns, area, faults)
        counted = tuple(s for one in facts["surveys"] for s in one.series)
        if area.kind == "nation" and not facts.get("indicators"):
            facts["indicators"] = evaluate(counted)
    if faults or area is None:
        raise InputError(faults)
    if "region" in facts and "plan" in facts:
        own = [one for one in facts.get("series", ()) if one.id == "target"]  # other series are the nation's
        facts["own_indicators"] = indicators_of_region(facts["region"], facts["plan"], [*own, *counted]).indicators
    elif area.kind != "nation" and counted:
        facts["own_indicators"] = evaluate(counted, place=area.code[:5])
    return DeckFacts(_named(area, facts), options.date, ledger=ledger, **facts)


def _tried(read: Callable[[], Read], faults: list[Fault]) -> Read | None:
    try:
        return read()
    except InputError as error:
        faults += error.faults
        return None


def _something_to_show(options: DeckOptions, faults: list[Fault]) -> None:
    if options.figures is None and not options.returns and options.region is None and options.plan is None:
        faults.append(Fault(
            text("There is nothing to show."),
            text("Give a table of figures (--figures), returns (--returns), or a region with its plan (--region, "
                 "--plan)."),
        ))


def area_of(given: str) -> Area:
    """Whom a deck speaks of.

    >>> [area_of(words).code for words in ("jp", "35", "350001", "山口県", "35208", "３５２０８０")]
    ['JP', '35', '35', '35', '352080', '352080']
    """
    words = unicodedata.normalize("NFKC", given).strip()
    if words.upper() in ("JP", "全国", "日本"):
        return Area("nation", "JP", text("Japan"))
    for n, name in enumerate(PREFECTURES, start=1):
        if words in (name, name.removesuffix("県").removesuffix("府")) or (
                words == name.removesuffix("都") and name == "東京都") or words == f"{n:02}":
            return Area("prefecture", f"{n:02}", prefecture_words(f"{n:02}"))
    if re.fullmatch(r"\d{5,6}", words):
        code = six_digits(words, field="--for")
        if code[2:5] == "000":
            return Area("prefecture", code[:2], prefecture_words(code[:2]))
        return Area("municipality", code, verbatim(code))
    raise InputError(Fault(
        text("This names neither the nation, nor a prefecture, nor a municipality."),
        text("Write JP, a prefecture (35 or 山口県), or a municipality's code (352080)."), field="--for", value=given))


_ROMAN = (
    "Hokkaido Aomori Iwate Miyagi Akita Yamagata Fukushima Ibaraki Tochigi Gunma Saitama Chiba Tokyo Kanagawa Niigata "
    "Toyama Ishikawa Fukui Yamanashi Nagano Gifu Shizuoka Aichi Mie Shiga Kyoto Osaka Hyogo Nara Wakayama Tottori "
    "Shimane Okayama Hiroshima Yamaguchi Tokushima Kagawa Ehime Kochi Fukuoka Saga Nagasaki Kumamoto Oita Miyazaki "
    "Kagoshima Okinawa"
).split()


def prefecture_words(code: str) -> Text:
    """A prefecture's name in both languages by its two digits."""
    n = int(code) - 1
    return verbatim({"ja": PREFECTURES[n], "en": _ROMAN[n]})


def _named(area: Area, facts: dict[str, Any]) -> Area:
    """A municipality with the name that its plan or region gives."""
    region: Region | None = facts.get("region")
    plan: PlanDocument | None = facts.get("plan")
    name = region.name if region is not None else plan.place.name if plan is not None else next(
        (one.name for one in facts.get("surveys", ()) if one.name), "")
    if area.kind != "municipality" or not name:
        return area
    return Area(area.kind, area.code, verbatim({
        "ja": f"{prefecture_name(area.code)}{name}", "en": f"{name}, {_ROMAN[int(area.code[:2]) - 1]}"}))


def _of_figures(path: Path, ledger: Ledger) -> dict[str, Any]:
    if not path.is_file():
        raise InputError(Fault(
            text("There is no such file."), text("Give the table of figures, a CSV or an Excel file."),
            field="--figures", file=str(path)))
    faults: list[Fault] = []
    series = _tried(lambda: read_series(path, ledger), faults)
    corrections = _tried(lambda: corrections_in(path), faults)
    if series is None or corrections is None:
        raise InputError(list(dict.fromkeys(faults)))
    # A table without a column of sources has its own name there; the survey behind a series says more.
    series = tuple(replace(one, points=tuple(
        replace(p, source="" if p.source == path.name else p.source) for p in one.points)) for one in series)
    figures = known.Figures(series, [(c.series, c.key, c.period) for c in corrections if c.copied])
    estimate, share = known.estimate(figures)
    return {
        "series": figures.series, "indicators": evaluate([*figures.series, *known.target_series(figures)]),
        "formation": known.formation(figures), "hub_survey": known.hub_survey(figures),
        "population": {one.key: one for one in figures.keys("population")},
        "settlements": known.settlements(figures), "settlement_changes": known.settlement_changes(figures),
        "support": known.support(figures), "interest": known.interest(figures), "migration": known.migration(figures),
        "estimate": estimate, "estimate_share": share, "efforts": known.efforts(figures),
        "case": {one.key: one.latest for one in figures.keys("case_outcome") if one.latest},
        "corrections": corrections, "table_name": path.name,
    }


def corrections_in(path: Path) -> tuple[Correction, ...]:
    """What the check of printed figures (surveys.figures) finds in a long table with claims."""
    checked = verify_figures(path)
    if checked.layout != "claims":
        return ()
    found = []
    for one in checked.inconsistent:
        cells = _named_cells((checked.sheets or {}).get(one.sheet, ()), one.row)
        found.append(Correction(
            cells.get("slide", ""), cells.get("series", ""), cells.get("key", ""),
            period(cells.get("period", "")).label, one.printed, one.recomputed, one.why, one.kind == "copy"))
    return tuple(found)


def _named_cells(rows: Sequence[Sequence[str]], number: int) -> dict[str, str]:
    """The cells of a row by their headings; the headings stand above it."""
    for row in rows[:number - 1]:
        cells = [cell.strip().lower() for cell in row]
        columns = {name: next(i for i, cell in enumerate(cells) if cell in spellings)
                   for name, spellings in HEADINGS.items() if any(cell in spellings for cell in cells)}
        if {"series", "key", "period"} <= set(columns):
            columns |= {"slide": cells.index("slide")} if "slide" in cells else {}
            line = rows[number - 1]
            return {name: line[i].strip() for name, i in columns.items() if i < len(line)}
    return {}


def _of_place(options: DeckOptions, faults: list[Fault]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    folder, file = options.region, options.plan
    if folder is not None and (opened := _tried(lambda: Region.open(folder), faults)) is not None:
        facts["region"] = opened
    if file is not None and (document := _tried(lambda: read_plan(file), faults)) is not None:
        facts["plan"] = document
    region, plan = facts.get("region"), facts.get("plan")
    if region is not None and plan is not None and six_digits(region.code) != six_digits(plan.place.code):
        faults.append(Fault(text("The plan is of another place than the region."),
                            text("Give the plan.json that was made of this region."), file=str(options.plan),
                            value=plan.place.code))
    if options.region is not None and options.plan is None:
        faults.append(Fault(text("A region alone has no plan to show."),
                            text("Make one with `musubime plan`, and give its plan.json with --plan."),
                            file=str(options.region)))
    return facts


def _of_another_place(codes: Sequence[str], area: Area) -> list[Fault]:
    return [Fault(text("What was given is of {code}, the deck is for {area}.", code=code, area=area.code),
                  text("Write --for {code}, or give the region and the plan of {area}.", code=code, area=area.code),
                  field="--for", value=area.code) for code in codes if six_digits(code) != area.code]


__all__: Sequence[str] = ("DeckOptions", "area_of", "corrections_in", "gather", "prefecture_words", "read_plan")

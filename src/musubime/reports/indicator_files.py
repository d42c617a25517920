"""indicators.xlsx, indicators.csv and indicators.json: where a place stands, what is missing and why."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from musubime.language import LANGUAGES, Language, Text, current_language, text
from musubime.provenance import Ledger
from musubime.region.files import staged
from musubime.studies.indicators import IndicatorStudy
from musubime.surveys.indicators import Indicator, Light
from musubime.surveys.tables import Exact, half_up, printed

from .access_files import plain
from .survey_workbook import FACE, GREY, UNKNOWN, add_table, put_heads, put_small
from .words import say
from .workbook import fit_height, fit_paper, put

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

FILES = ("indicators.xlsx", "indicators.csv", "indicators.json")
SCHEMA = "musubime-indicators/1"

LIGHTS: dict[Light, tuple[Text, str]] = {
    "green": (text("green"), "C6E7CB"), "amber": (text("amber"), "FFE699"), "red": (text("red"), "F4B6B6"),
    "grey": (text("grey"), "DDDDDD"),
}


def publish_indicators(study: IndicatorStudy, out: Path, ledger: Ledger | None = None) -> list[Path]:
    """Write the three files; all appear together, or none. Raises OutputError when the folder cannot be written to."""
    ledger = ledger or Ledger()
    with staged(out) as new:
        _book(study, ledger, current_language()).save(new / FILES[0])
        with (new / FILES[1]).open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(_long(study))
        (new / FILES[2]).write_text(
            json.dumps(indicators_json(study, ledger), ensure_ascii=False, indent=1, allow_nan=False) + "\n", "utf-8",
            newline="\n")
    return [out / name for name in FILES]


def indicators_json(study: IndicatorStudy, ledger: Ledger) -> dict[str, Any]:
    """Numbers as they are (shares as fractions of 1) and as printed; what is not known is null, with `why`."""
    return {
        "schema": SCHEMA, "place": study.place, "name": study.name.as_json(),
        "indicators": [_one(i) for i in study.indicators],
        "tables": [_table(t) for t in study.tables],
        "notes": [note.as_json() for note in ledger.notes],
    }


def _one(i: Indicator) -> dict[str, Any]:
    d = i.definition
    return {
        "id": d.id, "title": d.title.as_json(), "definition": d.definition.as_json(), "unit": d.unit.as_json(),
        "base": d.base.as_json(), "not_with": list(d.not_with), "share": d.share, "rising": d.rising,
        "actual": _number(i.actual), "printed": shown(i, i.actual), "period": i.period, "source": i.source,
        "vintage": i.vintage, "target": None if i.target is None else _number(i.target.value),
        "target_year": None if i.target is None else i.target.year,
        "target_stated": None if i.target is None else i.target.stated,
        "target_source": None if i.target is None else i.target.source, "gap": _number(i.gap),
        "needed_per_year": _number(i.needed_per_year), "pace_per_year": _number(i.pace_per_year),
        "pace_years": i.pace_years, "expected": _number(i.expected), "reached_in": i.reached_in, "light": i.light,
        "why": i.why.as_json(), "notes": [note.as_json() for note in i.notes],
        "history": [{"period": p.period, "value": _number(p.value)} for p in i.history],
    }


def _table(table: Any) -> dict[str, Any]:
    return {
        "id": table.id, "title": table.title.as_json(), "base": table.base.as_json(), "n": table.n,
        "columns": [{"id": c.id, "head": c.head.as_json(), "kind": c.kind} for c in table.columns],
        "rows": [{"id": r.id, "head": r.head.as_json(), "values": [_number(table.value(r.id, c.id))
                                                                   for c in table.columns]} for r in table.rows],
    }


def _number(value: Exact | None) -> int | float | None:
    return value if value is None or isinstance(value, int) else float(value)


def shown(i: Indicator, value: Exact | None, *, change: bool = False) -> str:
    """A value of an indicator as printed. Changes of a share are points, with one decimal at least."""
    d = i.definition
    if not change:
        return printed(value, d.decimals, percent=d.share)
    if value is None:
        return ""
    moved: Exact = value * 100 if d.share else value
    return printed(moved, max(d.decimals, 1) if d.share or abs(Fraction(moved)) < 10 else d.decimals, sign=True)


# -- the workbook ----------------------------------------------------------------------------------------------


def _book(study: IndicatorStudy, ledger: Ledger, language: Language) -> Workbook:
    from openpyxl import Workbook
    from openpyxl.styles import Font, PatternFill

    book = Workbook()
    book.remove(book.worksheets[0])
    page = _listing(book, text("Indicators"), _STANDING, study, language)
    put(page.cell(2, 1), say(light_rule(study), language)).font = Font(name=FACE, size=9, color=GREY)
    for at, i in enumerate(study.indicators, start=_FIRST_ROW):
        page.cell(at, 1).fill = PatternFill("solid", fgColor=LIGHTS[i.light][1])
    _listing(book, text("Definitions and sources"), _MEANING, study, language)
    for number, table in enumerate(study.tables, start=1):
        add_table(book, say(text("Table {number}", number=number), language), table, language)
    _history(book, study, language)
    if ledger.notes:
        notes: Worksheet = book.create_sheet(say(text("Remarks"), language))
        for at, note in enumerate(ledger.notes, start=1):
            put(notes.cell(at, 1), say(note.what, language)).font = Font(name=FACE, size=10)
        notes.column_dimensions["A"].width = 110
    book.properties.creator = "Musubime"
    return book


@dataclass(frozen=True)
class _Column:
    head: Text
    width: float
    of: Callable[[Indicator, Language], Any]
    kind: Literal["words", "value", "change", "gap", "year", "mark"] = "words"


_STANDING = (
    _Column(text("Light"), 6, lambda i, language: say(LIGHTS[i.light][0], language), "mark"),
    _Column(text("Indicator"), 40, lambda i, language: say(i.definition.title, language)),
    _Column(text("Value"), 12, lambda i, _: UNKNOWN if i.actual is None else _value(i, i.actual), "value"),
    _Column(text("Unit"), 12, lambda i, language: say(i.definition.unit, language)),
    _Column(text("As of"), 11, lambda i, _: i.period or UNKNOWN),
    _Column(text("Target"), 13, lambda i, _: None if i.target is None else _value(i, i.target.value), "value"),
    _Column(text("Target year"), 7, lambda i, _: None if i.target is None else i.target.year, "year"),
    _Column(text("Still missing"), 13, lambda i, _: _change(i, i.gap), "gap"),
    _Column(text("Needed a year"), 12, lambda i, _: _change(i, i.needed_per_year), "change"),
    _Column(text("Pace a year"), 12, lambda i, _: _change(i, i.pace_per_year), "change"),
    _Column(text("Pace over (years)"), 8, lambda i, _: i.pace_years, "year"),
    _Column(text("Expected in the target year"), 13, lambda i, _: None if i.expected is None else _value(i, i.expected),
            "value"),
    _Column(text("Reached in"), 8, lambda i, _: i.reached_in, "year"),
    _Column(text("Why"), 54, lambda i, language: say(i.why, language)),
)
_MEANING = (
    _Column(text("Indicator"), 40, lambda i, language: say(i.definition.title, language)),
    _Column(text("Definition"), 56, lambda i, language: say(i.definition.definition, language)),
    _Column(text("Base"), 34, lambda i, language: say(i.definition.base, language)),
    _Column(text("Source"), 24, lambda i, _: i.source),
    _Column(text("Source of the target"), 40, lambda i, _: "" if i.target is None else (
        f"{i.target.source} ({i.target.stated})".removesuffix(" ()"))),
    _Column(text("Notes"), 50, lambda i, language: "\n".join(say(note, language) for note in i.notes)),
)
_FIRST_ROW = 6


def _listing(
    book: Workbook, name: Text, columns: Sequence[_Column], study: IndicatorStudy, language: Language,
) -> Worksheet:
    """One sheet with a row for each indicator."""
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    page: Worksheet = book.create_sheet(say(name, language))
    put(page.cell(1, 1), say(text("Indicators: {name}", name=study.name), language)).font = Font(
        name=FACE, size=14, bold=True)
    other = next(one for one in LANGUAGES if one != language)
    put_small(page, _FIRST_ROW - 2, [say(c.head, other) for c in columns])
    put_heads(page, _FIRST_ROW - 1, [(say(c.head, language), "") for c in columns])
    page.row_dimensions[_FIRST_ROW - 1].height = 32
    for number, c in enumerate(columns, start=1):
        page.column_dimensions[get_column_letter(number)].width = c.width
    for at, i in enumerate(study.indicators, start=_FIRST_ROW):
        cells = [c.of(i, language) for c in columns]
        for number, (c, value) in enumerate(zip(columns, cells, strict=True), start=1):
            cell = put(page.cell(at, number), value)
            cell.font = Font(name=FACE, size=10)
            side = {"words": None, "mark": "center"}.get(c.kind, "right")
            cell.alignment = Alignment(vertical="top", wrap_text=True, horizontal=side)
            if c.kind in ("value", "change", "gap", "year"):
                cell.number_format = _format(i, c.kind)
        fit_height(page, at, [value if isinstance(value, str) else "" for value in cells], [c.width for c in columns])
    page.freeze_panes = f"{'C' if len(columns) == len(_STANDING) else 'B'}{_FIRST_ROW}"
    last = get_column_letter(len(columns))
    page.auto_filter.ref = f"A{_FIRST_ROW - 1}:{last}{_FIRST_ROW - 1 + max(len(study.indicators), 1)}"
    fit_paper(page, f"{_FIRST_ROW - 1}:{_FIRST_ROW - 1}")
    return page


def _value(i: Indicator, value: Exact) -> int | float:
    d = i.definition
    if d.share:
        return float(half_up(value * 100, d.decimals).scaleb(-2))
    return int(half_up(value)) if d.decimals == 0 else float(half_up(value, d.decimals))


def _change(i: Indicator, value: Exact | Fraction | None) -> float | None:
    if value is None:
        return None
    return float(half_up(value * 100 if i.definition.share else value, 1))


def _format(i: Indicator, kind: str) -> str:
    d = i.definition
    digits = "." + "0" * d.decimals if d.decimals else ""
    if kind == "value":
        return f"0{digits}%" if d.share else f"#,##0{digits}"
    if kind == "gap" and not d.share:
        return f"+#,##0{digits};-#,##0{digits};0"
    return "+#,##0.0;-#,##0.0;0" if kind in ("change", "gap") else "0"


def _history(book: Workbook, study: IndicatorStudy, language: Language) -> None:
    from openpyxl.styles import Font

    page: Worksheet = book.create_sheet(say(text("Values by year"), language))
    rows = _long(study)
    put_heads(page, 1, [(head, "") for head in rows[0]])
    for at, row in enumerate(rows[1:], start=2):
        for column, word in enumerate(row, start=1):
            put(page.cell(at, column), word).font = Font(name=FACE, size=10)
    for letter, width in zip("ABCDEFGHIJ", (14, 30, 11, 14, 14, 40, 12, 30, 14, 10), strict=True):
        page.column_dimensions[letter].width = width
    page.freeze_panes = "A2"
    fit_paper(page, "1:1")


def _long(study: IndicatorStudy) -> list[list[Any]]:
    """A long table that `--values` reads again: every value behind every indicator, and the targets."""
    rows: list[list[Any]] = [["series", "key", "period", "value", "unit", "source", "vintage", "base", "definition",
                              "area"]]
    for i in study.indicators:
        share, area = i.definition.share, study.place
        unit = "%" if share else i.definition.unit.to("en")
        for p in i.history:
            rows.append(["indicator", i.definition.id, p.period, _decimal(p.value, share), unit, plain(p.source),
                         p.vintage, plain(p.base), p.definition, area])
        if i.target is not None:
            rows.append(["target", i.definition.id, str(i.target.year), _decimal(i.target.value, share), unit,
                         plain(i.target.source), i.target.stated, "", "", area])
    return rows


def _decimal(value: Exact | None, share: bool) -> str:
    if value is None:
        return ""
    exact = value * 100 if share else value
    return str(exact) if isinstance(exact, int) else f"{half_up(exact, 6).normalize():f}"


def light_rule(study: IndicatorStudy) -> Text:
    return text("Light: green, the target is reached, or at the pace of the last {pace} years it is by its year; "
                "amber, at that pace it is at most {amber} years later; red, later, never, or missed; grey, no value, "
                "no target, or nothing to compare with. The rule: docs/methods/indicators.md", pace=study.pace_years,
                amber=study.amber_years)


def lights(indicators: Sequence[Indicator]) -> dict[str, int]:
    """How many indicators have each light."""
    return {light: sum(i.light == light for i in indicators) for light in LIGHTS}

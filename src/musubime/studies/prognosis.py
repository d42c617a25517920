"""The town's own prognosis of settlements (国の集落調査の将来見通し), read from a table and set beside the draws."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from musubime.errors import Fault, InputError
from musubime.language import Text, text
from musubime.population import PROGNOSIS_CLASSES, DrawnProjection, compare_prognosis
from musubime.region import Region, Settlements
from musubime.tabular import read_tables, squeezed

from . import document as d
from .population_document import Prognosis, PrognosisRow, PrognosisYear

FILE = "prognosis.csv"
"""Taken from the region's folder when no file is named."""

_PLACE = ("集落コード", "コード", "id", "code", "集落名", "集落", "地域名", "name", "settlement")
_CLASS = (
    "将来見通し", "見通し", "今後の見通し", "無人化の可能性", "今後の無人化の可能性", "消滅の可能性", "存続の可能性",
    "区分", "prognosis", "class",
)
_WORDS = {
    "within_10_years": ("10年以内", "within_10_years", "within10years"),
    "eventually": ("いずれ", "eventually"),
    "for_now": ("当面", "存続", "増加", "for_now", "lasting"),
    "unknown": ("不明", "無回答", "未記入", "unknown"),
}
_LINES = 30  # in which the headings are looked for


def find_prognosis(region: Region, given: Path | None) -> Path | None:
    """The file named, else the region's own, else None."""
    if given is not None:
        return given
    own = region.folder / FILE if region.folder is not None else None
    return own if own is not None and own.is_file() else None


def read_prognosis(path: Path, settlements: Settlements) -> dict[str, str]:
    """Settlement id to class, of the settlements that the table names. Raises InputError with every fault."""
    if not path.is_file():
        raise InputError(Fault(
            text("There is no such file."), text("Give a CSV or Excel file with a settlement and its prognosis a row."),
            file=str(path), field="--prognosis",
        ))
    rows = next((sheet.rows for sheet in read_tables(path) if sheet.rows), ())
    for line, row in enumerate(rows[:_LINES]):
        heads = [squeezed(cell).lower() for cell in row]
        places = [heads.index(word) for word in _PLACE if word in heads]
        classes = [heads.index(word) for word in _CLASS if word in heads]
        if places and classes:
            return _classes(path.name, list(enumerate(rows))[line + 1:], places, classes[0], settlements)
    raise InputError(Fault(
        text("No headings are found for settlements and their prognosis."),
        text("Name one column {place} and one {prognosis}.", place="集落名", prognosis="将来見通し"), file=path.name,
    ))


def _classes(
    file: str, rows: list[tuple[int, tuple[str, ...]]], places: list[int], column: int, settlements: Settlements
) -> dict[str, str]:
    by_name: dict[str, list[str]] = {}
    for identity, name in zip(settlements.ids, settlements.names, strict=True):
        by_name.setdefault(squeezed(name), []).append(identity)
    known, told, faults = set(settlements.ids), {}, list[Fault]()

    def fault(line: int, what: Text, remedy: Text, value: str) -> None:
        faults.append(Fault(what, remedy, file=file, row=line + 1, value=value))

    for line, row in rows:
        cells = [row[at].strip() if at < len(row) else "" for at in places]
        if not any(cells):
            continue
        given = row[column] if column < len(row) else ""
        found = next(([cell] if cell in known else by_name[squeezed(cell)] for cell in cells
                      if cell in known or squeezed(cell) in by_name), [])
        name = next(cell for cell in cells if cell)
        if not found:
            fault(line, text("There is no such settlement in the region."),
                  text("Use its code or name as in region.gpkg, layer settlements, or take the row out."), name)
        elif len(found) > 1:
            fault(line, text("Several settlements have this name."),
                  text("Add a column {column} with their codes, for example {example}.", column="集落コード",
                       example=found[0]), name)
        elif found[0] in told:
            fault(line, text("This settlement occurs twice."), text("Keep one of the rows."), name)
        elif (named := _class_of(given)) is None:
            fault(line, text("This is no class of the prognosis."),
                  text("Write one of {names}.", names="10年以内に無人化, いずれ無人化, 当面存続, 不明"), given)
        else:
            told[found[0]] = named
    if not told and not faults:
        fault(0, text("No settlement is told of in this table."), text("Write one row for each settlement."), "")
    if faults:
        raise InputError(faults)
    return told


def _class_of(cell: str) -> str | None:
    """The class that a cell names.

    >>> _class_of("１０年以内に消滅"), _class_of("当面存続"), _class_of(""), _class_of("たぶん大丈夫")
    ('within_10_years', 'for_now', 'unknown', None)
    """
    word = squeezed(cell).lower()
    if not word:
        return "unknown"
    return next((name for name, starts in _WORDS.items() if word.startswith(starts)), None)


def compared(drawn: DrawnProjection, classes: Mapping[str, str], file: str) -> Prognosis:
    """The classes beside the draws, for every year after the base."""
    years = drawn.settlements.years[1:]
    by_year = {year: compare_prognosis(drawn, classes, year) for year in years}
    rows = []
    for name in PROGNOSIS_CLASSES:
        told = {year: row for year, (found, _) in by_year.items() for row in found if row.name == name}
        if told:
            rows.append(PrognosisRow(
                name=name, settlements=next(iter(told.values())).settlements,
                by_year={year: PrognosisYear(nobody=row.nobody_mean, few_households=row.few_households_mean)
                         for year, row in told.items()},
            ))
    return Prognosis(
        file=file, rows=rows, not_told=len(drawn.settlements.unit_ids) - len(classes),
        worth=d.words(by_year[years[0]][1]),
    )

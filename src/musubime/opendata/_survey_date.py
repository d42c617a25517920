"""When people were counted: from the table's own column, else a title, else (noted as assumed) the file's name."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from musubime.errors import Fault
from musubime.language import text
from musubime.provenance import Ledger
from musubime.tabular import Date, dates, plain, squeezed, years

from .model import Probe

FIRST_YEAR = 1920
"""Japan's first census; nobody counted by age before."""


def row_dates(
    probe: Probe, ledger: Ledger, faults: list[Fault], *, cells: Sequence[str], rows: Sequence[int],
    names: Sequence[str], field: str, titles: Iterable[str], codes: Collection[str],
) -> list[Date]:
    """The date at which each row counts: months, without days. One date, unless the same places stand at several.

    Adds a fault for a cell that is no date, for a year that cannot be meant, and for rows with another date than the
    others in a table where every place stands once.
    """
    found = [next((date for date in dates(cell) if date.month), None) for cell in cells]
    name = probe.path.name
    if not any(found):
        missing: list[Fault] = []
        date = survey_date(probe, ledger, missing, titles=titles, codes=codes)._replace(day=None)
        odd = [
            (row, cell) for cell, row in zip(cells, rows, strict=True)
            if cell and (not date.year or str(date.year) not in plain(cell))
        ]
        faults += [
            Fault(text("This is not a date."), text("Write it like 2024-04-01."), file=name, row=row, field=field,
                  value=cell[:40]) for row, cell in odd[:1]
        ] or missing
        return [date] * len(cells)
    usual = Counter(date for date in found if date).most_common(1)[0][0]._replace(day=None)
    months = [date._replace(day=None) if date else usual for date in found]
    faults += [
        Fault(text("This is not a date."), text("Write it like 2024-04-01."), file=name, row=row, field=field,
              value=cell[:40])
        for cell, date, row in zip(cells, found, rows, strict=True) if cell.strip() and date is None
    ]
    today = dt.datetime.now(tz=dt.UTC)
    faults += _impossible(dict(zip(months[::-1], rows[::-1], strict=True)), name, field, (today.year, today.month))
    if len(set(months)) > 1 and len(set(names)) == len(names):
        faults += [
            Fault(
                text("This row is of {date}, the others of {usual}.", date=str(date), usual=str(usual)),
                text("Correct the date, or give each date's rows in a table of their own."), file=name, row=row,
                field=field, value=cell[:40],
            )
            for cell, date, row in zip(cells, months, rows, strict=True) if date != usual
        ]
    return months


def _impossible(
    first_rows: Mapping[Date, int | None], file: str, field: str, last: tuple[int, int] = (2100, 12)
) -> list[Fault]:
    """Years in which nobody was counted by age, or which lie ahead. first_rows: where each date stands."""
    return [
        Fault(
            text("People cannot have been counted in {year}.", year=date.year),
            text("Write the Western year of the count, for example 2020."), file=file, row=row, field=field,
            value=str(date),
        )
        for date, row in first_rows.items()
        if date.year < FIRST_YEAR or (date.year, date.month) > last
    ]


def survey_date(
    probe: Probe, ledger: Ledger, faults: list[Fault], *, titles: Iterable[str] = (), codes: Collection[str] = (),
    year_is_enough: int = 0,
) -> Date:
    """The date at which a table counts. titles: title cells and sheet names, nearest first.

    codes: municipality codes of the table, six digits that a file name may hold and that are no date.
    year_is_enough: the month that is meant where a name holds a year alone. Adds a fault when nothing tells it.
    """
    in_titles = [(date, title) for title in titles for date in dates(title)]
    for date, title in in_titles:
        if date.month:
            faults += _impossible({date: None}, probe.path.name, squeezed(title)[:40])
            return date
    for date, title in in_titles:
        if year_is_enough and "国勢調査" in title:
            ledger.note("assumption", text("The title names a census of {year} without a day; 1 October was taken.",
                                           year=date.year), source=probe.path.name)
            faults += _impossible({date._replace(month=10): None}, probe.path.name, squeezed(title)[:40])
            return Date(date.year, 10, None)
    name = probe.path.name
    for code in codes:
        name = name.replace(code, " ").replace(code[:5], " ") if code else name
    named = [*dates(name), *(Date(year, 0, None) for year in years(name))]
    for date in (date if date.month else date._replace(month=year_is_enough) for date in named):
        if date.month:
            ledger.note("assumption", text("The survey date {date} was taken from the file's name.", date=str(date)),
                        source=probe.path.name)
            faults += _impossible({date: None}, probe.path.name, probe.path.name)
            return date
    faults.append(Fault(
        text("Nothing in the table says when people were counted."),
        text("Write the date into the column 調査年月日, or into the file's name, for example _20240401."),
        file=probe.path.name, field="調査年月日", blocks=False,
    ))
    return Date(0, 0, None)

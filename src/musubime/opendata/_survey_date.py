"""When people were counted: from the table's own column, else a title, else (noted as assumed) the file's name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from musubime.errors import Fault
from musubime.language import text
from musubime.provenance import Ledger
from musubime.tabular import Date, dates, years

from .model import Probe


def survey_date(
    probe: Probe, ledger: Ledger, faults: list[Fault], *, cells: Iterable[str] = (), titles: Iterable[str] = (),
    codes: Collection[str] = (), year_is_enough: int = 0,
) -> Date:
    """The date at which a table counts. cells: its date column; titles: title cells and sheet names, nearest first.

    codes: municipality codes of the table, six digits that a file name may hold and that are no date.
    year_is_enough: the month that is meant where a name holds a year alone. Adds a fault when nothing tells it.
    """
    column = Counter(date for cell in cells for date in dates(cell)[:1] if date.month)
    if column:
        if len(column) > 1:
            ledger.note(
                "assumption", text("The table has several survey dates; the most frequent was taken for all rows."),
                count=sum(column.values()) - max(column.values()), source=probe.path.name, examples=map(str, column),
            )
        return column.most_common(1)[0][0]
    in_titles = [(date, title) for title in titles for date in dates(title)]
    for date, _ in in_titles:
        if date.month:
            return date
    for date, title in in_titles:
        if year_is_enough and "国勢調査" in title:
            ledger.note("assumption", text("The title names a census of {year} without a day; 1 October was taken.",
                                           year=date.year), source=probe.path.name)
            return Date(date.year, 10, None)
    name = probe.path.name
    for code in codes:
        name = name.replace(code, " ").replace(code[:5], " ") if code else name
    named = [*dates(name), *(Date(year, 0, None) for year in years(name))]
    for date in (date if date.month else date._replace(month=year_is_enough) for date in named):
        if date.month:
            ledger.note("assumption", text("The survey date {date} was taken from the file's name.", date=str(date)),
                        source=probe.path.name)
            return date
    faults.append(Fault(
        text("Nothing in the table says when people were counted."),
        text("Write the date into the column 調査年月日, or into the file's name, for example _20240401."),
        file=probe.path.name, field="調査年月日",
    ))
    return Date(0, 0, None)

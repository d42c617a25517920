"""What no single claim of a long table shows: copies, contradictions, impossible shares."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from musubime.language import text

from .claims import spelled
from .long import LongRow
from .long_model import Instance, LongCheck, entry
from .model import Explanation, Inconsistency
from .printed import agrees
from .repeats import repeats
from .slips import explain_number, kind_of_slip


def beyond_claims(check: LongCheck) -> Iterator[tuple[int, Inconsistency]]:
    """Entries by row."""
    for found in (_copies, _contradictions, _restated, _ranges):
        yield from found(check)


def _copies(check: LongCheck) -> list[tuple[int, Inconsistency]]:
    rows = [row for row in check.table.rows if row.printed.is_number]
    groups: dict[str, list[LongRow]] = defaultdict(list)
    for row in rows:
        groups[spelled(row.series)].append(row)
    lines = list(groups.values())
    bad = [one for one in check.instances if not one.holds]
    entries: list[tuple[int, Inconsistency]] = []
    for one in repeats([[row.printed.value for row in line] for line in lines]):
        first = lines[one.first][one.first_at : one.first_at + one.length]
        second = lines[one.second][one.second_at : one.second_at + one.length]
        if one.first == one.second and any(
            a.period == b.period and a.key == b.key for a, b in zip(first, second, strict=True)
        ):
            continue
        copy, source = (first, second) if _charges(bad, first) > _charges(bad, second) else (second, first)
        entries += [
            (mine.row, _copied(check, mine, other, copy, source, bad)) for mine, other in zip(copy, source, strict=True)
        ]
    return entries


def _charges(bad: list[Instance], rows: list[LongRow]) -> int:
    numbers = {row.row for row in rows}
    return sum(1 for one in bad if one.row.row in numbers or one.rows & numbers)


def _copied(
    check: LongCheck, mine: LongRow, other: LongRow, copy: list[LongRow], source: list[LongRow], bad: list[Instance]
) -> Inconsistency:
    what = text(
        "Rows {first}–{last} ({name}) repeat rows {other_first}–{other_last} ({other}) figure by figure: a copy.",
        first=copy[0].row,
        last=copy[-1].row,
        name=f"{mine.place} {mine.series}".strip(),
        other_first=source[0].row,
        other_last=source[-1].row,
        other=f"{other.place} {other.series}".strip(),
    )
    same = text(
        "Here {printed} stands as in row {row} ({name}).", printed=mine.printed.words, row=other.row, name=other.name
    )
    return entry(check.table, mine, "copy", mine.printed.words, "", None, what, [Explanation("copy", same)])


def _contradictions(check: LongCheck) -> list[tuple[int, Inconsistency]]:
    groups: dict[tuple[str, str, str, str], list[LongRow]] = defaultdict(list)
    for row in check.table.rows:
        if row.printed.is_number:
            groups[(spelled(row.series), spelled(row.key), spelled(row.period), spelled(row.unit))].append(row)
    bad = [one for one in check.instances if not one.holds]
    entries: list[tuple[int, Inconsistency]] = []
    for rows in groups.values():
        charged = sorted(rows, key=lambda row: (_charges(bad, [row]), row.row))
        first = charged[0]
        for row in charged[1:]:
            if not agrees(first.printed.exact, row.printed.exact, max(row.printed.step, first.printed.step)):
                entries.append(
                    (
                        row.row,
                        entry(
                            check.table,
                            row,
                            "contradiction",
                            row.printed.words,
                            first.printed.words,
                            float(row.printed.exact - first.printed.exact),
                            text(
                                "Row {row} gives {other} under the same name.", row=first.row, other=first.printed.words
                            ),
                            explain_number(row.printed.exact, row.printed.step, first.printed.exact),
                        ),
                    )
                )
    return entries


def _restated(check: LongCheck) -> list[tuple[int, Inconsistency]]:
    """A value that its own claim writes out differently: 1,480 beside 1158 + 250 = 1408."""
    mine: dict[int, list[Instance]] = defaultdict(list)
    for one in check.instances:
        mine[one.row.row].append(one)
    entries: list[tuple[int, Inconsistency]] = []
    for ones in mine.values():
        row = ones[0].row
        if not row.printed.is_number or any(row.row in one.rows for one in ones):
            continue
        literals = [(words, printed) for one in ones for words, printed in one.claim.literals()]
        value = abs(row.printed.exact)
        if not literals or any(printed.exact == value for _, printed in literals):
            continue
        for words, printed in literals:
            if kind_of_slip(round(value / row.printed.step), round(printed.exact / row.printed.step)) and all(
                one.holds for one in ones
            ):
                entries.append(
                    (
                        row.row,
                        entry(
                            check.table,
                            row,
                            "contradiction",
                            row.printed.words,
                            words,
                            float(value - printed.exact),
                            text(
                                "The row prints {printed}, but its claim speaks of {other}.",
                                printed=row.printed.words,
                                other=words,
                            ),
                            explain_number(value, row.printed.step, printed.exact),
                        ),
                    )
                )
                break
    return entries


def _ranges(check: LongCheck) -> list[tuple[int, Inconsistency]]:
    entries: list[tuple[int, Inconsistency]] = []
    for row in check.table.rows:
        name = f"{row.series} {row.key}".lower()
        if (
            row.printed.is_number
            and row.percent
            and any(word in name for word in ("構成比", "割合", "share", "シェア"))
            and not any(word in name for word in ("増", "減", "変化", "change", "growth", "差"))
            and not 0 <= row.printed.exact <= 100
        ):
            entries.append(
                (
                    row.row,
                    entry(
                        check.table,
                        row,
                        "range",
                        row.printed.words,
                        "",
                        None,
                        text("A share must lie between 0 and 100%."),
                    ),
                )
            )
    return entries

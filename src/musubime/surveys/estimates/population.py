"""The population to which a sample is expanded: people by area, sex and age, from a table."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from pathlib import Path

import numpy as np

from musubime.errors import Fault, InputError
from musubime.language import Text, text
from musubime.provenance import Ledger
from musubime.tabular import Row, number, read_tables, squeezed

from .model import VARIABLES, Margin, Variable, age_words
from .responses import HEADING_WITHIN, HEADINGS, SEXES, age_span

PEOPLE = ("people", "population", "freq", "人口", "総人口", "人数", "母集団", "value", "値")
TOTALS = frozenset(("計", "合計", "総数", "総計", "total", "all", "男女計", "全国", "全体", "全年齢", "両性", "both"))
SEX_HEADINGS = frozenset(word for word in SEXES if not (word.isascii() and len(word) == 1))
MOST_EXAMPLES = 5
UNIT_BELOW = 3
"""Rows at a table's end in which its unit may stand, as it may above its headings."""

_UNIT = re.compile(r"[(\[](?:単位)?[:=]?(千人|万人|百人|人|歳|才)[)\]]$")
_SCALES = (
    (re.compile(r"単位[:=、・]?千人|[(\[]千人[)\]]|thousandpersons|\((?:in)?thousands?\)", re.I), 1_000),
    (re.compile(r"単位[:=、・]?万人|[(\[]万人[)\]]"), 10_000),
    (re.compile(r"単位[:=、・]?百人|[(\[]百人[)\]]"), 100),
)

_AGAIN = re.compile("再掲|小計")
"""Of people who stand in other rows as well: which, only a reader can tell."""
_FOOTNOTE = re.compile(r"[(（]?(注|※|\*|資料|出典|出所|単位|note|source)", re.I)

Words = dict[str, str]


@dataclass(frozen=True)
class _Entry:
    """A number of people, where it stands in the file, and what the table says of whom it counts."""

    row: int
    words: Mapping[str, str]
    headings: Mapping[str, str]

    def is_total(self, name: str) -> bool:
        """Of everybody, whatever his area, sex or age. No area is called 計."""
        words = self.words.get(name, "").lower()
        return words in TOTALS or (name == "area" and words.endswith("計"))


def read_population(path: Path, ledger: Ledger, *, min_age: int = 18, bounds: tuple[int, ...] = ()) -> Margin:
    """People by whichever of area, sex and age the table is by: one row a cell, or sexes or ages side by side.

    Totals are left out, as are ages under `min_age` and people whose age or sex is not known. bounds: first ages of
    the classes wanted (18, 30, 45, 60); the table's ages are added up to them. Raises InputError with every fault.
    """
    entries, scale = _entries(path)
    variables = _variables(entries, path, ledger)
    faults: list[Fault] = []
    cells: dict[tuple[str, str, float, float], float] = {}
    parts: list[tuple[_Entry, float]] = []
    totals: list[tuple[_Entry, float]] = []
    young = broken = again = 0
    unknown = 0.0
    for entry in entries:
        words = entry.words

        def fault(what: Text, remedy: Text, name: str, entry: _Entry = entry) -> None:
            faults.append(Fault(what, remedy, file=path.name, row=entry.row, value=entry.words[name],
                                field=entry.headings[name]))

        read = number(words["people"])
        people = read.value * scale
        if read.state not in ("number", "none") or people < 0:
            if not any(entry.is_total(v) for v in variables):
                fault(text("A number of people is expected here."), text("Give a whole number of zero or more."),
                      "people")
            continue
        broken += people != math.floor(people)
        if any(entry.is_total(v) for v in variables):
            totals.append((entry, people))
            continue
        if any(_AGAIN.search(words[v]) for v in variables):
            again += 1
            continue
        parts.append((entry, people))
        if any("不詳" in words[v] or "不明" in words[v] for v in variables):
            unknown += people
            continue
        sex = SEXES.get(words["sex"].lower()) if "sex" in variables else ""
        span = age_span(words["age"]) if "age" in variables else (0.0, math.inf)
        area = words["area"] if "area" in variables else ""
        if sex is None:
            fault(text("This names no sex."), text("Write 男 or 女 (male or female)."), "sex")
        if span is None:
            fault(text("This names no age."), text("Write 18-29 or 65+ (18～29歳, 65歳以上)."), "age")
        if "area" in variables and not area:
            fault(text("This names no area."), text("Write in every row which area it is of."), "area")
        if sex is None or span is None or ("area" in variables and not area):
            continue
        if "age" in variables:
            if span[1] < min_age:
                young += 1
                continue
            if span[0] < min_age:
                fault(text("An age class holds people under {age} and others.", age=min_age),
                      text("Give a table whose classes begin at {age}, or single ages; or estimate from the age at "
                           "which one of its classes begins (--min-age).", age=min_age), "age")
                continue
            within = _within(*span, bounds)
            if within is None:
                fault(text("An age class lies across the limits {bounds}.", bounds=", ".join(map(str, bounds))),
                      text("Give limits at which the table's classes begin."), "age")
                continue
            span = within
        key = (area, sex, *span)
        if key in cells and not bounds:
            fault(text("This cell of the population stands there twice."), text("Keep one of them."), "people")
        cells[key] = cells.get(key, 0.0) + people
    rounded = 0.0 if scale == 1 and not broken else scale / 2
    faults += _against_totals(totals, parts, variables, rounded, path, ledger)
    if not faults and sum(cells.values()) <= 0:
        faults.append(Fault(text("The table has no people."), text("Give people by sex and age."), file=path.name))
    faults += _overlaps({key[2:] for key in cells}, path)
    if faults:
        raise InputError(faults)
    ledger.note("dropped", text("Totals of the population were left out: the cells add up to them."),
                count=len(totals) + again, source=path.name)
    ledger.note("dropped", text("Ages under {age} were left out of the population.", age=min_age), count=young,
                source=path.name)
    ledger.note("dropped", text("People of unknown age or sex were left out of the population."), count=round(unknown),
                source=path.name)
    ledger.note("assumption", text("The table gives people in units of {scale:,}: its numbers were multiplied.",
                                   scale=scale), count=0 if scale == 1 else len(parts), source=path.name)
    ledger.note("assumption", text("Numbers of people with a fraction were taken as they are. If the table is in "
                                   "thousands, write （千人） behind its heading."), count=broken, source=path.name)
    kept = [(key, people) for key, people in cells.items() if people > 0]
    return Margin(
        path.name, variables, tuple(key[0] for key, _ in kept), tuple(key[1] for key, _ in kept),
        np.array([key[2] for key, _ in kept]), np.array([key[3] for key, _ in kept]), np.array([n for _, n in kept]),
    )


def _variables(entries: list[_Entry], path: Path, ledger: Ledger) -> tuple[Variable, ...]:
    """What the table is by: a column that holds nothing but totals (性別 計, 地域 全国) tells nobody apart."""
    named = [v for v in VARIABLES if v in entries[0].words]
    found = tuple(v for v in named if not all(entry.is_total(v) for entry in entries))
    ledger.note("assumption", text("A column that holds totals only was not used."), count=len(named) - len(found),
                source=path.name, examples=[entries[0].headings[v] for v in named if v not in found])
    if not found:
        raise InputError(Fault(text("The table holds nothing but totals."), text("Give people by sex and age."),
                               file=path.name))
    return found


def _against_totals(
    totals: list[tuple[_Entry, float]], parts: list[tuple[_Entry, float]], variables: tuple[Variable, ...],
    rounded: float, path: Path, ledger: Ledger,
) -> list[Fault]:
    """Totals of which no part is there would be lost; those that their parts do not add up to are told.

    rounded: what each number may be off by, 0 where the table counts single people.
    """
    sums: dict[tuple[bool, ...], dict[Row, list[float]]] = {}
    faults, differing = [], []
    for entry, people in totals:
        over = tuple(entry.is_total(v) for v in variables)
        if over not in sums:
            sums[over] = defaultdict(list)
            for part, n in parts:
                sums[over][tuple("" if o else part.words[v] for o, v in zip(over, variables, strict=True))].append(n)
        key = tuple("" if o else entry.words[v] for o, v in zip(over, variables, strict=True))
        if key not in sums[over]:
            faults.append(Fault(
                text("Only the total stands in the table, not what it is the total of."),
                text("Add the rows by sex, age and area, or remove this one."), file=path.name, row=entry.row,
                field=entry.headings["people"], value=" ".join(entry.words[v] for v in variables)))
            continue
        found = sums[over][key]
        if abs(sum(found) - people) > 0.5 + rounded * (len(found) + 1):
            differing.append(f"{' '.join(entry.words[v] for v in variables)} {people:,.0f} ≠ {sum(found):,.0f}")
    ledger.note("assumption", text("Totals that their parts do not add up to; the parts were used."),
                count=len(differing), source=path.name, examples=differing[:MOST_EXAMPLES])
    return faults


# -- the file --------------------------------------------------------------------------------------------------


def _entries(path: Path) -> tuple[list[_Entry], int]:
    """Every number of people with what it is of, and how many one of them stands for (1,000 where 単位：千人).

    A number is of the nearest columns of area, sex and age on its left: tables stand side by side on one sheet. Below
    a heading that is itself a sex (男, 女) or an age class it is of these.
    """
    for sheet in read_tables(path):
        for at, row in _heading_rows(sheet.rows[: HEADING_WITHIN + 1]):
            columns, values = _headings(row)
            if not values or not (columns or values[0][1]):
                continue
            _check_twice(row, columns, values, path)
            entries = []
            of = {c: {name: max([i for i in found if i < c] or found[:1]) for name, found in columns.items()}
                  for c, _ in values}
            for below in range(at + 1, len(sheet.rows)):
                cells = [squeezed(cell) for cell in sheet.rows[below]] + [""] * (len(row) - len(sheet.rows[below]))
                if not any(cells[c] for c, _ in values) and _FOOTNOTE.match("".join(cells)):
                    continue
                for c, fixed in values:
                    words = {name: cells[i] for name, i in of[c].items()}
                    if cells[c] or any(words.values()):
                        entries.append(_Entry(below + 1, words | fixed | {"people": cells[c]}, {
                            name: squeezed(row[of[c].get(name, c)]) for name in (*words, *fixed, "people")}))
            if entries:
                around = ["".join(map(squeezed, r)) for r in (*sheet.rows[: at + 1], *sheet.rows[-UNIT_BELOW:])]
                first = zip(row, sheet.rows[entries[0].row - 1], strict=False)
                around += [f"単位:{squeezed(cell)}" for heading, cell in first
                           if squeezed(heading).lower() in ("単位", "unit")]
                return entries, next((n for unit, n in _SCALES if any(unit.search(words) for words in around)), 1)
    raise InputError(Fault(
        text("No row names the columns of the population: people (人口) by sex (性別), age (年齢) or area (居住地)."),
        text("Put headings in one row, and one cell of the population in each row below, or 男 and 女 side by side."),
        file=path.name,
    ))


def _heading_rows(rows: tuple[Row, ...]) -> Iterator[tuple[int, Row]]:
    """Rows that may be the headings. 男 and 女 below 総人口: what they have no word for stands in the row above."""
    for at, row in enumerate(rows):
        if at and _only_sexes(row):
            yield at, tuple(here or above for here, above in zip_longest(row, rows[at - 1], fillvalue=""))
        elif at + 1 == len(rows) or not _only_sexes(rows[at + 1]):
            yield at, row


def _only_sexes(row: Row) -> bool:
    columns, values = _headings(row)
    return not columns and any("sex" in fixed for _, fixed in values)


def _headings(row: Row) -> tuple[dict[str, list[int]], list[tuple[int, Words]]]:
    """Columns of area, sex and age, and those that hold people, with the sex or age class that their heading is."""
    names = {squeezed(h).lower(): v for v in VARIABLES for h in HEADINGS[v]} | dict.fromkeys(PEOPLE, "people")
    columns: dict[str, list[int]] = defaultdict(list)
    people, totals, sexes, ages = [], [], [], []
    for c, cell in enumerate(row):
        heading = squeezed(cell).lower()
        word = _UNIT.sub("", heading)
        name = names.get(word)
        if name == "people":
            people.append(c)
        elif name is not None:
            columns[name].append(c)
        elif word in TOTALS:
            totals.append(c)
        elif word in SEX_HEADINGS:
            sexes.append((c, {"sex": word}))
        elif not heading.isdigit() and age_span(heading) is not None:
            ages.append((c, {"age": heading}))
    if "sex" not in columns and len({SEXES[fixed["sex"]] for _, fixed in sexes}) == 2:
        return columns, sorted([*sexes, *((c, {"sex": "計"}) for c in (*people, *totals))], key=lambda v: v[0])
    if "age" not in columns and len(ages) > 1:
        return columns, sorted([*ages, *((c, {"age": "計"}) for c in (*people, *totals))], key=lambda v: v[0])
    return columns, [(c, {}) for c in people]


def _check_twice(row: Row, columns: Mapping[str, list[int]], values: list[tuple[int, Words]], path: Path) -> None:
    """One column of a kind for each block of numbers: which of two would count is not ours to say."""
    faults = [
        Fault(text("Two columns say the same: {first} and {second}.", first=squeezed(row[a]), second=squeezed(row[b])),
              text("Keep one of them, or rename the other."), file=path.name, field=squeezed(row[b]))
        for found in columns.values() for a, b in pairwise(found) if not any(a < c < b for c, _ in values)
    ]
    starts = sorted({i for found in columns.values() for i in found[1:]})
    seen: dict[tuple[int, tuple[str, ...]], int] = {}
    for c, fixed in values:
        block = sum(start <= c for start in starts)
        key = block, tuple("計" if word in TOTALS else SEXES.get(word, word) for word in fixed.values())
        if key in seen and "計" not in key[1]:
            faults.append(Fault(
                text("Two columns say the same: {first} and {second}.", first=squeezed(row[seen[key]]),
                     second=squeezed(row[c])),
                text("Keep one of them, or rename the other."), file=path.name, field=squeezed(row[c])))
        seen[key] = c
    if faults:
        raise InputError(faults)


def _within(low: float, high: float, bounds: tuple[int, ...]) -> tuple[float, float] | None:
    """The class of `bounds` that holds all ages from low to high."""
    if not bounds:
        return low, high
    below = [b for b in bounds if b <= low]
    above = [b for b in bounds if b > low]
    if not below or (above and high >= above[0]):
        return None
    return float(below[-1]), float(above[0] - 1) if above else math.inf


def _overlaps(spans: set[tuple[float, float]], path: Path) -> list[Fault]:
    """Age classes of which one holds ages of another would count people twice."""
    return [
        Fault(text("The age classes {a} and {b} overlap.", a=age_words(*a), b=age_words(*b)),
              text("Give each age in one class only."), file=path.name, field="age")
        for a, b in pairwise(sorted(spans)) if a[1] >= b[0]
    ]

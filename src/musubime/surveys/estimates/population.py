"""The population to which a sample is expanded: people by area, sex and age, from a table."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np

from musubime.errors import Fault, InputError
from musubime.language import Text, text
from musubime.provenance import Ledger
from musubime.tabular import Row, number, read_tables, squeezed

from .model import VARIABLES, Margin, Variable, age_words
from .responses import HEADING_WITHIN, HEADINGS, SEXES, age_span

PEOPLE = ("people", "population", "freq", "人口", "総人口", "人数", "母集団")
TOTALS = frozenset(("計", "合計", "総数", "総計", "total", "all", "男女計"))


def read_population(path: Path, ledger: Ledger, *, min_age: int = 18, bounds: tuple[int, ...] = ()) -> Margin:
    """People by whichever of area, sex and age the table's columns name, one row a cell.

    Rows of totals are left out, as are ages under `min_age`. bounds: first ages of the classes wanted (18, 30, 45,
    60); the table's ages are added up to them. Raises InputError with every fault.
    """
    rows, columns, heading = _table(path)
    variables: tuple[Variable, ...] = tuple(v for v in VARIABLES if v in columns)
    faults: list[Fault] = []
    cells: dict[tuple[str, str, float, float], float] = {}
    totals = young = 0
    for at in range(heading + 1, len(rows)):
        row = {name: squeezed(rows[at][c]) if c < len(rows[at]) else "" for name, c in columns.items()}

        def fault(what: Text, remedy: Text, name: str, at: int = at, row: dict[str, str] = row) -> None:
            faults.append(Fault(what, remedy, file=path.name, row=at + 1, value=row[name],
                                field=squeezed(rows[heading][columns[name]])))

        if not any(row.values()):
            continue
        if any(row[v].lower() in TOTALS for v in variables):
            totals += 1
            continue
        people = number(row["people"])
        if people.state not in ("number", "none") or people.value < 0:
            fault(text("A number of people is expected here."), text("Give a whole number of zero or more."), "people")
            continue
        sex = SEXES.get(row["sex"].lower()) if "sex" in variables else ""
        span = age_span(row["age"]) if "age" in variables else (0.0, math.inf)
        area = row.get("area", "")
        for name, missing in (("sex", sex is None), ("age", span is None), ("area", "area" in variables and not area)):
            if missing:
                fault(text("This cell names no {variable}.", variable=name),
                      text("Give sex as male or female (男, 女), age as 18-29 or 65+ (65歳以上)."), name)
        if sex is None or span is None or ("area" in variables and not area):
            continue
        if "age" in variables:
            if span[1] < min_age:
                young += 1
                continue
            if span[0] < min_age:
                fault(text("An age class holds people under {age} and others.", age=min_age),
                      text("Give a table whose classes begin at {age}, or single ages.", age=min_age), "age")
                continue
            within = _within(*span, bounds)
            if within is None:
                fault(text("An age class lies across the limits {bounds}.", bounds=", ".join(map(str, bounds))),
                      text("Give limits at which the table's classes begin."), "age")
                continue
            span = within
        key = (area, sex, *span)
        if key in cells and not bounds:
            fault(text("This cell of the population stands there twice."), text("Keep one of the rows."), "people")
        cells[key] = cells.get(key, 0.0) + people.value
    if not faults and sum(cells.values()) <= 0:
        faults.append(Fault(text("The table has no people."), text("Give people by sex and age."), file=path.name))
    faults += _overlaps({key[2:] for key in cells}, path)
    if faults:
        raise InputError(faults)
    ledger.note("dropped", text("Rows of totals were left out: the cells add up to them."), count=totals,
                source=path.name)
    ledger.note("dropped", text("Ages under {age} were left out of the population.", age=min_age), count=young,
                source=path.name)
    kept = [(key, people) for key, people in cells.items() if people > 0]
    return Margin(
        path.name, variables, tuple(key[0] for key, _ in kept), tuple(key[1] for key, _ in kept),
        np.array([key[2] for key, _ in kept]), np.array([key[3] for key, _ in kept]), np.array([n for _, n in kept]),
    )


def _table(path: Path) -> tuple[tuple[Row, ...], dict[str, int], int]:
    names = {squeezed(h).lower(): v for v in VARIABLES for h in HEADINGS[v]} | dict.fromkeys(PEOPLE, "people")
    for sheet in read_tables(path):
        for at, row in enumerate(sheet.rows[:HEADING_WITHIN]):
            columns: dict[str, int] = {}
            for c, cell in enumerate(row):
                name = names.get(squeezed(cell).lower())
                if name is not None:
                    columns.setdefault(name, c)
            if "people" in columns and len(columns) > 1:
                return sheet.rows, columns, at
    raise InputError(Fault(
        text("No row names the columns of the population: people (人口) by sex (性別), age (年齢) or area (居住地)."),
        text("Put headings in the first row, and one cell of the population in each row."), file=path.name,
    ))


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

"""Two tables of one municipality: settlements by size and ageing; who reaches each service, today and with a plan."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from musubime import population
from musubime.language import LANGUAGES, Text, text, verbatim
from musubime.parameters import Parameters
from musubime.region import Region
from musubime.surveys.tables import Column, Exact, Row, Standing, Table, build, exact

from .assemble import basis_of
from .document import PlanDocument, ReachOfService

SIZES = (1, 10, 25, 50, 100, 200, 500)
"""Lower limits of the classes of size in people; 0 stands apart. No published classes were found."""
AGEING = (0, 25, 50, 70)
"""Lower limits of the classes of ageing in per cent; 50 and 70 as in DOMAIN's classifications (以上)."""


def ages_known(region: Region) -> NDArray[np.bool_]:
    """Settlements whose own ages were counted: not taken from the municipality or from a larger district."""
    return np.array([basis in ("counted", "sample") for basis in region.settlements.basis], dtype=bool)


def people_table(region: Region) -> Table:
    """People and ageing at every count of the region."""
    counts = population.counts(region.population)
    counted = region.population
    dates = [f"{year}-{month:02}" for year, month in zip(counted.years, counted.months, strict=True)]
    people = text("people")
    columns = (
        Column("people", text("People"), "amount", people), Column("young", text("under 15"), "amount", people),
        Column("aged", text("65 and over"), "amount", people), Column("old", text("75 and over"), "amount", people),
        Column("share", text("Share aged 65 and over"), "share", text("%"), 1, "aged", "people"),
    )
    given = {
        name: {date: _n(n) for date, n in zip(dates, values.sum(axis=1), strict=True)}
        for name, values in (("people", counts.total), ("young", counts.under_15), ("aged", counts.over_65),
                             ("old", counts.over_75))
    }
    return build(
        "people_by_date", text("People and the share aged 65 and over"), [Row(date, verbatim(date)) for date in dates],
        columns, given, Standing(text("all people of the region"), _source(region), f"{dates[0]} – {dates[-1]}",
                                 notes=(basis_of(region.settlements),)), row_head=text("As of"))


def settlement_table(region: Region) -> Table:
    """Settlements by size and share aged 65 and over, at the newest count. Ages that are not the settlement's own put
    it in no class of ageing."""
    counts = population.counts(region.population)
    people, aged = counts.total[-1], counts.over_65[-1]
    size = np.searchsorted(SIZES, people + 1e-9, side="right")  # 0: fewer than one person
    share = 100 * np.divide(aged, people, out=np.zeros_like(people), where=people > 0)
    ageing = np.searchsorted(AGEING, share + 1e-9, side="right") - 1
    rows = [Row("size_0", text("Fewer than one person"))]
    for low, high in zip(SIZES, (*SIZES[1:], None), strict=True):
        rows.append(Row(f"size_{low}", text("{low} to {high} people", low=low, high=high - 1) if high else
                        text("{low} people and more", low=low)))
    unit = text("settlements")
    classes = [
        Column(f"age_{low}", text("{low}% to under {high}%", low=low, high=high) if high else
               text("{low}% and more", low=low), "count", unit)
        for low, high in zip(AGEING, (*AGEING[1:], None), strict=True)
    ]
    nobody = Column("nobody", text("No share: nobody"), "count", unit)
    unknown = Column("unknown", text("Its ages are not known"), "count", unit)
    parts = [*classes, nobody, *([] if (known := ages_known(region)).all() else [unknown])]
    columns = (
        *parts, Column("total", text("Total"), "count", unit, sum_of=tuple(c.id for c in parts)),
        Column("people", text("People"), "amount", text("people")),
    )
    given: dict[str, dict[str, Exact | None]] = {c.id: {} for c in (*parts, columns[-1])}
    for n, row in enumerate(rows):
        inside = size == n
        for k, column in enumerate(classes):
            given[column.id][row.id] = int((inside & (ageing == k) & known & (size > 0)).sum())
        given["nobody"][row.id] = int((inside & (size == 0)).sum())
        if unknown in parts:
            given["unknown"][row.id] = int((inside & ~known & (size > 0)).sum())
        given["people"][row.id] = exact(round(float(people[inside].sum()), 6))
    total = Row("total", text("Total"), "total", tuple(row.id for row in rows))
    date = f"{region.population.years[-1]}-{region.population.months[-1]:02}"
    return build(
        "settlements_by_size_and_ageing", text("Settlements by size and share aged 65 and over"), (*rows, total),
        columns, given,
        Standing(text("all {number:,} settlements of the region", number=len(people)), _source(region), date,
                 n=len(people), notes=(basis_of(region.settlements),)),
        row_head=text("Size of the settlement"))


def reach_table(region: Region, today: Mapping[str, ReachOfService] | Text, plan: PlanDocument | None,
                values: Parameters) -> Table:
    """Users within reach of each service: today by car and on foot, and in the plan's year without and with it."""
    known = today if isinstance(today, Mapping) else {}
    order = [str(service) for service in values["service.order"].value]
    rows = [Row(s, verbatim({language: values.words(f"service.{s}.name_{language}") for language in LANGUAGES}))
            for s in order]
    people, percent = text("people"), text("%")
    columns = [
        Column("users", text("Users today"), "amount", people),
        Column("car", text("Within reach by car"), "amount", people),
        Column("car_share", text("Share within reach by car"), "share", percent, 1, "car", "users"),
        Column("walk", text("Within reach on foot"), "amount", people),
        Column("walk_share", text("Share within reach on foot"), "share", percent, 1, "walk", "users"),
    ]
    given: dict[str, dict[str, Exact | None]] = {
        "users": {s: _n(known[s].users) for s in known}, "car": {s: _n(known[s].within_car) for s in known},
        "walk": {s: _n(known[s].within_walk) for s in known},
    }
    if plan is not None:
        at = plan.plan_year
        futures = (("without", text("without a plan"), plan.without_plan.get(at)),
                   ("with", text("with the plan"), plan.alternatives[0].by_year.get(at) if plan.alternatives else None))
        columns.append(Column("later", text("Users in {year}", year=at), "amount", people))
        given["later"] = {}
        for key, how, measures in futures:
            reach = {} if measures is None else measures.reach
            columns += [
                Column(key, text("Within reach by car in {year}, {how}", year=at, how=how), "amount", people),
                Column(f"{key}_share", text("Share within reach by car in {year}, {how}", year=at, how=how), "share",
                       percent, 1, key, "later"),
            ]
            given[key] = {s: _n(reach[s].within_car) for s in reach}
            given["later"] |= {s: _n(reach[s].users) for s in reach}
    missing = text("No file tells where it can be had.")
    why = {(s, "*"): missing for s in order}
    return build(
        "reach_of_services", text("Users within reach of each service"), rows, columns, given,
        Standing(text("users of each service: the ages and share of people that use it"),
                 _source(region) if plan is None else text("plan.json of {date}", date=plan.created[:10]),
                 str(region.base_year)),
        row_head=text("Service"), why=why)


def _n(value: float) -> Exact | None:
    return exact(round(float(value), 6))


def _source(region: Region) -> Text:
    return text("region folder of {name}", name=region.name)

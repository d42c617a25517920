"""The tables of the government's deck of 2022 from a long table of figures: see docs/methods/tables.md for its names.

Totals, shares, means and changes are computed here from the counts; a printed total that its parts do not make is told.
"""

from __future__ import annotations

from collections.abc import Sequence

from musubime.language import Text, text, verbatim

from ..tables.build import NO_ANSWER, TOTAL, amount, build, count, mean, no_answer_row, share, total_row
from ..tables.model import Column, Row, Table
from ..tables.rounding import Exact, printed
from .compare import share_of
from .figures import Figures, noted, told, whole
from .migration import migration_tables
from .model import Series
from .periods import period
from .tables import comparison_table, periods_table

SUPPORT, EFFORTS = "extinction_by_support", "efforts_multiple_answer"
MUNICIPALITIES, HUBS, SETTLEMENTS = text("municipalities"), text("hubs"), text("settlements")
ORGANISATIONS, PEOPLE = text("organisations"), text("people")

CLASSES = (
    ("kaso", text("Depopulated municipalities (過疎)"), "kaso_municipalities"),
    ("non_kaso", text("Other municipalities"), "non_kaso_municipalities"),
)
STATES = (
    ("formed_in_strategy", text("Formed, named in the strategy")),
    ("formed_not_in_strategy", text("Formed, not named in the strategy")),
    ("planned_in_strategy", text("Planned, named in the strategy")),
    ("planned_not_in_strategy", text("Planned, not named in the strategy")),
    ("none", text("Neither formed nor planned")),
)
PROGNOSES = (
    ("within_10_years", text("Gone within 10 years")), ("eventually", text("Gone eventually")),
    ("lasting", text("Lasting for the time being")), ("growing", text("Growing")), ("unknown", text("Not known")),
)
MENTIONS = (
    ("mentions", text("It mentions related population")),
    ("same_idea_other_words", text("It has the same idea in other words")),
    ("not_mentioned", text("It has neither the words nor the idea")),
    ("no_strategy_yet", text("There is no strategy for this period")),
)
MEASURES = (
    ("information_coordination_reception", text("Information for, coordination and reception of city dwellers")),
    ("hometown_tax_donors", text("Measures for hometown-tax donors")),
    ("telework_workation", text("Telework and workation")),
    ("open_call_coordination", text("Open calls for local activities and their coordination")),
    ("registration_system", text("A registration system")),
    ("urban_events", text("Events and consultations in cities")),
)


def published_tables(series: Sequence[Series]) -> tuple[Table, ...]:
    """Every table for which the long table has figures, in the order of the deck."""
    figures = Figures(series)
    tables: list[Table] = []
    makers = (_by_class, _states, _presence, _annual, _ageing, _settlements, _support, migration_tables, _efforts,
              _mentions, _measures)
    for make in makers:
        tables += make(figures)
    return tuple(tables)


def _by_class(figures: Figures) -> list[Table]:
    """Slide 3: municipalities and what they have, by class; shares of all municipalities of the class."""
    parts = (
        ("small_hub_municipalities", "small_hub_count", "hubs_by_class", text("Small hubs by class of municipality"),
         text("Municipalities with hubs in their strategy"), text("Hubs in the strategy"), HUBS),
        ("rmo_municipalities", "rmo_count", "rmos_by_class", text("RMOs by class of municipality"),
         text("Municipalities with an RMO"), text("RMOs"), ORGANISATIONS),
    )
    rows = tuple(Row(key, head) for key, head, _ in CLASSES)
    tables = []
    for have, number, name, title, has, what, unit in parts:
        label = figures.latest(have, *(key for key, _, _ in CLASSES))
        if label is None:
            continue
        bases = {key: figures.value("municipality_base", base, label) for key, _, base in CLASSES}
        columns = (
            count("municipalities", text("Municipalities"), MUNICIPALITIES), count("with", has, MUNICIPALITIES),
            share("share", text("Share of the municipalities"), "with", "municipalities", decimals=0),
            amount("units", what, unit),
        )
        counts = {
            "municipalities": bases, "with": {key: figures.value(have, key, label) for key, _, _ in CLASSES},
            "units": {key: figures.value(number, key, label) for key, _, _ in CLASSES},
        }
        names = [(have, key) for key, _, _ in CLASSES]
        standing = figures.standing(
            text("all municipalities of the class, special wards included; the survey of small hubs does not ask those")
            if number == "small_hub_count" else text("all municipalities of the class, special wards included"),
            label, *names)
        table = build(f"published_{name}", title, (*rows, total_row(rows)), columns, counts, standing,
                      row_head=text("Class"))
        tables.append(noted(table, *(note for name_, column in ((have, "with"), (number, "units")) for note in told(
            figures, name_, "total", label, table.value(TOTAL, column))), *told(
            figures, "municipality_base", "all_municipalities", label, table.value(TOTAL, "municipalities"))))
    return tables


def _states(figures: Figures) -> list[Table]:
    """Slide 4: each responding municipality in one of five states."""
    label = figures.latest("hub_formation_pie", *(key for key, _ in STATES))
    if label is None:
        return []
    rows = tuple(Row(key, head) for key, head in STATES)
    standing = figures.standing(text("municipalities that answered; the special wards are not asked"), label,
                                *(("hub_formation_pie", key) for key, _ in STATES))
    columns = (count("count", text("Municipalities"), MUNICIPALITIES),
               share("share", text("Share of N"), "count", row=TOTAL, decimals=0))
    counts = {"count": {key: figures.value("hub_formation_pie", key, label) for key, _ in STATES}}
    total = sum(v for v in map(whole, counts["count"].values()) if v is not None)
    table = build("published_hub_status", text("Small hubs: where municipalities stand"),
                  (*rows, total_row(rows, text("Total (N)"))), columns, counts, standing.of(standing.base, total),
                  row_head=text("Status"))
    return [noted(table, *told(figures, "survey_response", "responding_municipalities", label, total))]


def _presence(figures: Figures) -> list[Table]:
    label = figures.latest("hub_rmo_presence", "rmo_present", "rmo_absent")
    if label is None:
        return []
    rows = (Row("rmo_present", text("With an RMO")), Row("rmo_absent", text("Without an RMO")))
    counts = {"count": {row.id: figures.value("hub_rmo_presence", row.id, label) for row in rows}}
    standing = figures.standing(text("small hubs placed in a municipal strategy"), label,
                                ("hub_rmo_presence", "rmo_present"))
    table = build("published_hubs_rmo", text("Small hubs in the strategy with and without an RMO"),
                  (*rows, total_row(rows, text("Total (N)"))),
                  (count("count", text("Hubs"), HUBS),
                   share("share", text("Share of N"), "count", row=TOTAL, decimals=0)),
                  counts, standing, row_head=text("Region management organization"))
    return [noted(table, *told(figures, "hub_count", "in_strategy", label, table.value(TOTAL, "count")))]


def _annual(figures: Figures) -> list[Table]:
    """Slide 3: the number of hubs and of RMOs by year."""
    wanted = (
        ("hub_count", "in_strategy", text("Small hubs in the municipal strategy, by year")),
        ("hub_count", "all", text("All small hubs, in the strategy or not, by year")),
        ("rmo_count_series", "national", text("RMOs by year")),
    )
    return [periods_table(one, title) for name, key, title in wanted if (one := figures.one(name, key)) is not None]


def _ageing(figures: Figures) -> list[Table]:
    """Slide 7: people, people of 65 and over, and their share."""
    everybody, aged = figures.one("population", "total"), figures.one("population", "age65plus")
    if everybody is None or aged is None:
        return []
    shares = share_of("population", "ageing_rate", aged, everybody)
    known = [p.period for p in shares.points if p.value is not None]
    if not known:
        return []
    unit = verbatim(everybody.unit)
    return [build(
        "published_ageing", text("People and the share aged 65 and over"), [Row(p, verbatim(p)) for p in known],
        (amount("people", text("People"), unit), amount("aged", text("65 and over"), unit),
         share("share", text("Share aged 65 and over"), "aged", "people")),
        {"people": {p: everybody.value(p) for p in known}, "aged": {p: aged.value(p) for p in known}},
        figures.standing(text("residents"), known[-1], ("population", "total"), ("population", "age65plus")),
        row_head=text("Year"))]


def _settlements(figures: Figures) -> list[Table]:
    """Slide 9: settlements, their people, the mean, and the change since the survey before."""
    number, people = figures.one("settlements", "count"), figures.one("settlement_population", "count")
    if number is None or people is None:
        return []
    both = [p.period for p in number.points if p.value is not None and people.value(p.period) is not None]
    if not both:
        return []
    standing = figures.standing(text("settlements of depopulated areas that can be compared between the surveys"),
                                both[-1], ("settlements", "count"), ("settlement_population", "count"))
    tables = [build(
        "published_settlements", text("Settlements, their people and the mean"), [Row(p, verbatim(p)) for p in both],
        (count("settlements", text("Settlements"), SETTLEMENTS), amount("people", text("People"), PEOPLE),
         mean("mean", text("Mean people per settlement"), text("people per settlement"), "people", "settlements")),
        {"settlements": {p: number.value(p) for p in both}, "people": {p: people.value(p) for p in both}}, standing,
        row_head=text("Survey"))]
    if len(both) > 1:
        tables.append(comparison_table(
            [(number, text("Settlements")), (people, text("People of the settlements"))], both[-1], both[-2:-1],
            text("Settlements and their people against the survey before"), id="published_settlements_change",
            decimals=1))
    return tables


def _support(figures: Figures) -> list[Table]:
    """Slide 10: settlements by prognosis and support personnel, one table for each survey."""
    found = [(name, head) for name, head in PROGNOSES if figures.has(SUPPORT, f"{name}/support_yes")]
    if not found:
        return []
    first = figures.one(SUPPORT, f"{found[0][0]}/support_yes")
    tables = []
    for point in first.points if first else ():
        rows = tuple(Row(name, head) for name, head in found)
        counts = {
            column: {name: figures.value(SUPPORT, f"{name}/support_{column}", point.period) for name, _ in found}
            for column in ("yes", "no")
        }
        columns: tuple[Column, ...] = (
            count("yes", text("Support personnel: yes"), SETTLEMENTS),
            count("no", text("Support personnel: no"), SETTLEMENTS),
            count(TOTAL, text("Total"), SETTLEMENTS, sum_of=("yes", "no")),
            share("share", text("With support: share"), "yes", TOTAL),
        )
        tables.append(build(
            f"published_support_{period(point.period).year or point.period}",
            text("Settlements by prognosis and support personnel, {period}", period=point.period),
            (*rows, total_row(rows)), columns, counts,
            figures.standing(text("settlements of the classes shown"), point.period,
                             *((SUPPORT, f"{name}/support_yes") for name, _ in found)),
            row_head=text("Prognosis")))
    return tables


def _efforts(figures: Figures) -> list[Table]:
    """Slide 18: who carried out initiatives. Those of N in neither answer are shown as not answered."""
    label = figures.latest("municipal_efforts", "done", "not_done")
    if label is None:
        return []
    rows = (Row("done", text("Carried out initiatives")), Row("not_done", text("Carried out none")))
    return [_of_n(figures, "published_efforts", text("Initiatives for related population"), "municipal_efforts", label,
                  rows)]


def _mentions(figures: Figures) -> list[Table]:
    label = figures.latest("strategy_mention", *(key for key, _ in MENTIONS))
    if label is None:
        return []
    rows = tuple(Row(key, head) for key, head in MENTIONS)
    return [_of_n(figures, "published_mentions", text("Related population in the local strategies"), "strategy_mention",
                  label, rows)]


def _n(figures: Figures) -> int | None:
    """The N of the survey of efforts, whatever year its other figures are of."""
    found = figures.one("municipal_efforts", "N")
    return None if found is None or found.latest is None else whole(found.latest.value)


def _of_n(figures: Figures, id: str, title: Text, series: str, label: str, rows: tuple[Row, ...]) -> Table:
    counts: dict[str, Exact | None] = {row.id: figures.value(series, row.id, label) for row in rows}
    total, n = sum(v for v in map(whole, counts.values()) if v is not None), _n(figures)
    listed: tuple[Row, ...] = (*rows, total_row(rows, text("Total of the answers")))
    notes: tuple[Text, ...] = ()
    if n is not None and n != total:
        listed = (*listed, no_answer_row())
        counts[NO_ANSWER] = n - total
        notes = (text("The answers make {total}, N is printed as {n}: {rest} is in none of them.", total=printed(total),
                      n=printed(n), rest=printed(n - total)),)
    standing = figures.standing(text("local governments that answered"), label, *((series, row.id) for row in rows))
    return build(id, title, listed, (
        count("count", text("Local governments"), text("local governments")),
        share("share", text("Share of the answers"), "count", row=TOTAL, decimals=0)), {"count": counts},
        standing.of(standing.base, total, *notes), row_head=text("Answer"))


def _measures(figures: Figures) -> list[Table]:
    """Slide 18: what was done, several answers."""
    found = [(key, head) for key, head in MEASURES if figures.has(EFFORTS, key)]
    n = _n(figures)
    if not found or n is None:
        return []
    label = figures.latest(EFFORTS, *(key for key, _ in found)) or ""
    counts: dict[str, Exact | None] = {key: figures.value(EFFORTS, key, label) for key, _ in found}
    counts["n"] = n
    names = [(EFFORTS, key) for key, _ in found]
    standing = figures.standing(text("local governments that answered"), label, *names, n=n)
    return [build(
        "published_measures", text("What was done for related population (several answers)"),
        (*(Row(key, head) for key, head in found), Row("n", text("Answered (N)"), "base")),
        (count("count", text("Local governments"), text("local governments")),
         share("share", text("Share of N"), "count", row="n")), {"count": counts}, standing, multiple=True,
        row_head=text("Answer"))]

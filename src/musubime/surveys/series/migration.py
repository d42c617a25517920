"""Net migration by month, and the newest months against a year before and against 2019."""

from __future__ import annotations

from musubime.language import Text, text, verbatim

from ..tables.model import Table
from ..tables.rounding import printed
from .compare import latest_months, sums_of_months
from .figures import Figures, noted
from .model import Series
from .tables import against, comparison_table, months_table

NET = "net_inflow_"
REFERENCE = "2019"
"""The last year before the pandemic, with which the deck compares."""


def migration_tables(figures: Figures) -> list[Table]:
    """Slides 13 and 14, for every series "net_inflow_PLACE" with the key "monthly".

    Arrivals and departures are set beside it where the table has them: by month (keys "monthly_in", "monthly_out"), or
    of January and February as the deck prints them ("bullet_PLACE", "jan_feb_in", "jan_feb_out"). Where arrivals less
    departures are not the net of the months they belong to another place (slide 14): they are left out, and told.
    """
    tables = []
    for one in figures.series:
        if not one.id.startswith(NET) or one.key != "monthly" or one.latest is None:
            continue
        place = one.id.removeprefix(NET)
        tables.append(months_table(one, text("Net migration by month: {place}", place=_name(place))))
        months = latest_months(one)
        net = sums_of_months(one, months) if months else None
        if net is not None and net.latest is not None:
            tables.append(_against(figures, place, net, months))
    return tables


def _against(figures: Figures, place: str, net: Series, months: tuple[int, ...]) -> Table:
    now = net.latest.period if net.latest is not None else ""
    rows = [(net, text("Net migration"))]
    notes: list[Text] = []
    flows = _flows(figures, place, months)
    if flows is not None:
        arrivals, departures = flows
        wrong = _contradictions(net, arrivals, departures)
        if wrong:
            notes.append(text(
                "Arrivals and departures as given are left out: their difference is not the net of the months "
                "({years}).", years="、".join(wrong)))
        else:
            rows += [(arrivals, text("Arrivals")), (departures, text("Departures"))]
    stretch = text("January") if months[-1] == 1 else text("January to month {month}", month=months[-1])
    return noted(comparison_table(
        rows, now, against(now, REFERENCE),
        text("Net migration, {stretch}, against earlier years: {place}", stretch=stretch, place=_name(place)),
        id=f"{net.id}_against", decimals=0), *notes)


def _flows(figures: Figures, place: str, months: tuple[int, ...]) -> tuple[Series, Series] | None:
    by_month = figures.one(f"{NET}{place}", "monthly_in"), figures.one(f"{NET}{place}", "monthly_out")
    if by_month[0] is not None and by_month[1] is not None:
        return sums_of_months(by_month[0], months), sums_of_months(by_month[1], months)
    printed_ones = figures.one(f"bullet_{place}", "jan_feb_in"), figures.one(f"bullet_{place}", "jan_feb_out")
    if months == (1, 2) and printed_ones[0] is not None and printed_ones[1] is not None:
        return printed_ones[0], printed_ones[1]
    return None


def _contradictions(net: Series, arrivals: Series, departures: Series) -> list[str]:
    """The years in which arrivals less departures are not the net."""
    wrong = []
    for point in net.points:
        came, left = arrivals.value(point.period), departures.value(point.period)
        if point.value is not None and came is not None and left is not None and came - left != point.value:
            wrong.append(f"{point.period}: {printed(came - left)} ≠ {printed(point.value)}")
    return wrong


def _name(place: str) -> Text:
    known = {"tokyo_area": text("Tokyo area"), "tokyo_metropolis": text("Tokyo Metropolis")}
    return known.get(place, verbatim(place))

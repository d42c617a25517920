"""A deck's facts from a long table of figures: known series become tables, and nothing is summed that does not add up.

The names of the series are those of the deck of 2022 (docs/methods/deck.md); a later table with the same names gives
the same slides. All numbers come from surveys.series and surveys.tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from musubime.language import Text, text, verbatim
from musubime.surveys.series import (
    Point,
    Series,
    against,
    comparison_table,
    difference_of,
    latest_months,
    months_table,
    periods_table,
    select,
    sums_of_months,
)
from musubime.surveys.tables import Column, Exact, Row, Table
from musubime.surveys.tables.build import Counts, Standing, build, share

from .deck_facts import Efforts, Formation, HubSurvey, Migration
from .deck_words import KEYS, SERIES_TITLES, base_of, survey_of

_HUBS, _PEOPLE, _TOWNS, _RMOS = text("hubs"), text("persons"), text("municipalities"), text("organisations")
_SHARE = text("Share")
_NET = "net_inflow_"
REFERENCE = "2019"  # the last year before the pandemic, with which the deck compares
_FIRST = ("net_inflow_tokyo_area", "net_inflow_tokyo_metropolis")


class Figures:
    """The series of a table, with lookups that say what is missing by giving None.

    copied: (series, key, period) of figures that repeat another series' and are not used.
    """

    def __init__(self, series: Sequence[Series], copied: Iterable[tuple[str, str, str]] = ()) -> None:
        dropped = set(copied)
        self.series = tuple(replace(one, points=tuple(
            replace(p, value=None) if (one.id, one.key, p.period) in dropped else p for p in one.points))
            for one in series)

    def one(self, name: str, key: str) -> Series | None:
        found = select(self.series, name, key)
        return found if found is not None and found.latest is not None else None

    def keys(self, name: str) -> list[Series]:
        """The series of a name that have values, sums that were only checked left out."""
        return [one for one in self.series
                if one.id == name and one.latest is not None and not one.key.startswith("sum_")]

    def at(self, name: str, key: str, when: str | None) -> Exact | None:
        """The value of a period; of the newest where no period is asked for."""
        found = self.one(name, key)
        if found is None or found.latest is None:
            return None
        return found.latest.value if when is None else found.value(when)

    def newest(self, name: str, *keys: str) -> str | None:
        """The newest period of the first of the keys that has one."""
        return next((one.latest.period for key in keys if (one := self.one(name, key)) and one.latest), None)


def _table(
    name: str, title: Text, rows: Sequence[Row], columns: Sequence[Column], counts: Counts, given: Sequence[Series],
    when: str, *, row_head: Text | None = None, n: Exact | None = None, multiple: bool = False,
    answered: Exact | None = None,
) -> Table:
    """A table of the survey. A printed total that is not the sum of its parts stays as printed, and that is noted."""
    standing = Standing(_base(name, given), _source(name, given), when, answered=_whole(answered), n=_whole(n))
    parts: dict[str, Any] = {"multiple": multiple, "row_head": row_head}
    try:
        return build(name, title, rows, columns, counts, standing, **parts)
    except ValueError:
        noted = replace(standing, notes=(text("A printed total is not the sum of its parts."),))
        rows = [replace(row, role="base", sum_of=()) if row.sum_of else row for row in rows]
        return build(name, title, rows, [replace(column, sum_of=()) for column in columns], counts, noted, **parts)


def _whole(value: Exact | None) -> int | None:
    return None if value is None else int(value)


def _base(name: str, given: Sequence[Series]) -> Text:
    named = list(dict.fromkeys(p.base for one in given for p in one.points if p.base))
    return verbatim(" / ".join(named)) if named else base_of(name)


def _source(name: str, given: Sequence[Series]) -> Text:
    """The source that the table names, else the survey that the series is known from."""
    named = list(dict.fromkeys(p.source for one in given for p in one.points if p.source))
    return verbatim(" / ".join(named)) if named else survey_of(name)


def formation(figures: Figures) -> Formation | None:
    """Slide 3."""
    when = figures.newest("small_hub_count", "total", "kaso", "non_kaso") or figures.newest("rmo_count", "total")
    rmo = figures.one("rmo_count_series", "national")
    if when is None and rmo is None:
        return None
    rows = (Row("kaso", KEYS["kaso"]), Row("non_kaso", KEYS["non_kaso"]),
            Row("total", KEYS["total"], "total", ("kaso", "non_kaso")))
    columns = (
        Column("base", text("All municipalities"), "count", _TOWNS),
        Column("hub_towns", text("Municipalities with small hubs"), "count", _TOWNS),
        share("hub_share", _SHARE, "hub_towns", "base", decimals=0),
        Column("hubs", text("Small hubs"), "count", _HUBS),
        Column("rmo_towns", text("Municipalities with RMOs"), "count", _TOWNS),
        share("rmo_share", _SHARE, "rmo_towns", "base", decimals=0),
        Column("rmos", text("RMOs"), "count", _RMOS),
    )
    bases = {"kaso": "kaso_municipalities", "non_kaso": "non_kaso_municipalities", "total": "all_municipalities"}
    counts: dict[str, dict[str, Exact | None]] = {
        "base": {row: figures.at("municipality_base", key, None) for row, key in bases.items()}}
    parts = {"hub_towns": "small_hub_municipalities", "hubs": "small_hub_count", "rmo_towns": "rmo_municipalities",
             "rmos": "rmo_count"}
    for column, name in parts.items():
        counts[column] = {row: figures.at(name, row, when) for row in bases}
    table = _table("formation", text("By designation"), rows, columns, counts,
                   [one for name in parts.values() for one in figures.keys(name)], when or "",
                   row_head=text("Designation"))
    target = figures.one("rmo_target", "national")
    return Formation(
        table, rmo, None if target is None else target.latest,
        figures.one("small_hub_municipality_share_series", "national"),
        figures.one("rmo_municipality_share_series", "national"),
    )


def hub_survey(figures: Figures) -> HubSurvey | None:
    """Slide 4."""
    answered = figures.at("survey_response", "responding_municipalities", None)
    formed = _shares(figures, "hub_formation_pie", text("Municipalities by state of small hubs"), _TOWNS,
                     whole=answered)
    presence = _shares(figures, "hub_rmo_presence", text("Small hubs by presence of an RMO"), _HUBS)
    response = None
    with_hubs = figures.at("hub_formation", "municipalities_with_hubs", None)
    in_strategy = figures.at("hub_formation", "municipalities_with_hubs_in_strategy", None)
    if answered is not None and with_hubs is not None:
        rows = [Row("with_hubs", text("with small hubs")),
                Row("in_strategy", text("of these, placed in the municipal strategy")),
                Row("answered", text("answered"), "base")]
        columns = (Column("towns", _TOWNS, "count", _TOWNS),
                   share("share", _SHARE, "towns", row="answered", decimals=0))
        response = _table(
            "hub_formation", text("Municipalities that answered"), rows, columns,
            {"towns": {"with_hubs": with_hubs, "in_strategy": in_strategy, "answered": answered}},
            figures.keys("hub_formation"), figures.newest("hub_formation", "municipalities_with_hubs") or "",
            answered=answered)
    by_year = figures.one("hub_count", "in_strategy")
    if formed is None and presence is None and response is None and by_year is None:
        return None
    return HubSurvey(formed, presence, response, by_year)


def _shares(
    figures: Figures, name: str, title: Text, unit: Text, *, whole: Exact | None = None, base_name: Text | None = None,
) -> Table | None:
    """Every key of a series at its newest period, with its share of `whole`, else of their sum."""
    given = figures.keys(name)
    if not given:
        return None
    rows = [Row(one.key, KEYS.get(one.key, verbatim(one.key))) for one in given]
    counts: dict[str, Exact | None] = {one.key: one.latest.value for one in given if one.latest}
    parts = tuple(counts)
    if whole is not None:
        counts["all"] = whole
    rows.append(Row("all", base_name or text("total"), "total", parts))
    columns = (Column("count", unit, "count", unit), share("share", _SHARE, "count", row="all", decimals=0))
    return _table(name, title, rows, columns, {"count": counts}, given, _when(given), n=whole)


def _several(figures: Figures, name: str, title: Text, unit: Text) -> Table | None:
    """Every key of a question with several answers, without shares: the base is not given with it."""
    given = figures.keys(name)
    if not given:
        return None
    rows = [Row(one.key, KEYS.get(one.key, verbatim(one.key))) for one in given]
    counts = {"count": {one.key: one.latest.value for one in given if one.latest}}
    return _table(name, title, rows, [Column("count", unit, "count", unit)], counts, given, _when(given), multiple=True)


def _when(given: Sequence[Series]) -> str:
    return " / ".join(dict.fromkeys(one.latest.period for one in given if one.latest))


def settlements(figures: Figures) -> Table | None:
    """Slide 9: settlements, their people and the mean, at each survey."""
    count, people = figures.one("settlements", "count"), figures.one("settlement_population", "count")
    if count is None or people is None:
        return None
    labels = [p.period for p in count.points if p.value is not None and people.value(p.period) is not None]
    if not labels:
        return None
    columns = (
        Column("settlements", text("Settlements"), "count", text("settlements")),
        Column("people", text("People of the settlements"), "amount", _PEOPLE),
        Column("mean", text("People per settlement"), "mean", _PEOPLE, 1, "people", "settlements"),
    )
    counts = {"settlements": {w: count.value(w) for w in labels}, "people": {w: people.value(w) for w in labels}}
    return _table("settlements", text("Settlements and their people"), [Row(w, verbatim(w)) for w in labels], columns,
                  counts, [count, people], " – ".join(labels), row_head=text("Survey"))


def settlement_changes(figures: Figures) -> tuple[Table, ...]:
    """How the number of settlements and of their people changed since the survey before."""
    given = ((figures.one("settlements", "count"), text("Settlements")),
             (figures.one("settlement_population", "count"), text("People of the settlements")))
    return tuple(
        replace(periods_table(one, title), source=_source(one.id, [one]), base=_base(one.id, [one]))
        for one, title in given if one is not None and len(one.points) > 1)


def support(figures: Figures) -> Table | None:
    """Slide 10: settlements by prognosis and support personnel, for each survey."""
    name = "extinction_by_support"
    given = figures.keys(name)
    pairs = list(dict.fromkeys(one.key.split("/")[0] for one in given if "/" in one.key))
    labels = sorted({p.period for one in given for p in one.points if p.value is not None})
    if not pairs or not labels:
        return None
    rows: list[Row] = []
    counts: dict[str, dict[str, Exact | None]] = {"yes": {}, "no": {}}
    for prognosis in pairs:
        for when in labels:
            head = KEYS.get(prognosis, verbatim(prognosis))
            rows.append(Row(f"{prognosis}/{when}", text("{prognosis}, {when}", prognosis=head, when=when)))
            for part, column in counts.items():
                column[rows[-1].id] = figures.at(name, f"{prognosis}/support_{part}", when)
    unit = text("settlements")
    columns = (
        Column("yes", KEYS["support_yes"], "count", unit), Column("no", KEYS["support_no"], "count", unit),
        Column("all", KEYS["total"], "count", unit, sum_of=("yes", "no")),
        share("share", text("Share with support"), "yes", "all"),
    )
    return _table(name, text("Settlements by prognosis and support personnel"), rows, columns, counts, given,
                  " – ".join(labels), row_head=text("Prognosis, survey"))


def interest(figures: Figures) -> Table | None:
    """Slide 12."""
    name = "interest_in_rural_migration"
    given = figures.keys(name)
    if not given:
        return None
    return _table(
        name, text("People interested in moving to the country"),
        [Row(one.key, KEYS.get(one.key, verbatim(one.key))) for one in given],
        [Column("value", text("%"), "amount", text("%"), 1)],
        {"value": {one.key: one.latest.value for one in given if one.latest}}, given, _when(given))


def migration(figures: Figures) -> tuple[Migration, ...]:
    """Slides 13 and 14, and any other series net_inflow_… by month."""
    names = {one.id for one in figures.series if one.id.startswith(_NET) and one.key == "monthly"}
    order = [*(name for name in _FIRST if name in names), *sorted(names - set(_FIRST))]
    made = (_migration(figures, name) for name in order)
    return tuple(one for one in made if one is not None)


def _migration(figures: Figures, name: str) -> Migration | None:
    monthly = figures.one(name, "monthly")
    window = latest_months(monthly) if monthly is not None else ()
    if monthly is None or not window:
        return None
    place = name.removeprefix(_NET)
    net = sums_of_months(monthly, window)
    now = net.latest.period if net.latest else ""
    monthly_flows = [figures.one(name, f"monthly_{part}") for part in ("in", "out")]
    flows = [sums_of_months(flow, window) for flow in monthly_flows if flow is not None]
    if len(flows) < 2 and window == (1, 2):  # the deck's bullets are of January and February
        flows = [flow for part in ("in", "out") if (flow := figures.one(f"bullet_{place}", f"jan_feb_{part}"))]
    known = [flow for flow in flows if flow.value(now) is not None]
    if len(known) == 2 and not _agree(net, known[0], known[1]):
        known = []
    sums = (net, *known)
    heads = (text("Net migration"), text("Arrivals"), text("Departures"))
    years = [p.period for p in net.points if p.value is not None and p.period < now]
    fixed = [REFERENCE] if REFERENCE in years else years[:1]
    compared = comparison_table(
        list(zip(sums, heads[:len(sums)], strict=True)), now, against(now, *fixed), text("Against earlier years"),
        id=f"{name}_compared")
    source, base = _source(name, [monthly]), _base(name, [monthly])
    return Migration(
        name, SERIES_TITLES.get(name, text("Net migration: {place}", place=place)),
        replace(months_table(monthly, text("Net migration by month")), source=source, base=base), monthly, window,
        replace(compared, source=source, base=base), sums, sums_of_months(monthly),
        next((p.period for p in monthly.points if p.value is not None and p.value < 0), None))


def _agree(net: Series, arrivals: Series, departures: Series) -> bool:
    """Whether arrivals less departures give the net migration of the table; if not, they are of another place."""
    made = difference_of("net", "net", arrivals, departures)
    return all(p.value == net.value(p.period) for p in made.points
               if p.value is not None and net.value(p.period) is not None)


def estimate(figures: Figures) -> tuple[Mapping[str, Point], Table | None]:
    """Slide 17: the estimate, its frame and its respondents; the estimate as a share of the frame."""
    given = figures.keys("related_population")
    points = {one.key: one.latest for one in given if one.latest is not None}
    people, frame = points.get("visiting_type_estimate"), points.get("frame_population_18plus")
    if people is None:
        return {}, None
    if frame is None:
        return points, None
    table = _table(
        "related_population", text("Related population (visiting type)"),
        [Row("visiting", text("related population (visiting type)")),
         Row("frame", text("residents aged 18 and over"), "base")],
        [Column("people", text("10,000 persons"), "amount", text("10,000 persons")),
         share("share", _SHARE, "people", row="frame")],
        {"people": {"visiting": people.value, "frame": frame.value}}, given, people.period)
    return points, table


def efforts(figures: Figures) -> Efforts | None:
    """Slide 18."""
    printed = figures.one("municipal_efforts", "N")
    answers = Figures([one for one in figures.series if (one.id, one.key) != ("municipal_efforts", "N")])
    base = None if printed is None else printed.latest
    whole = None if base is None else base.value
    unit, n = text("local governments"), None if whole is None else text("N as printed")
    tables = (
        _shares(answers, "municipal_efforts", text("Efforts for related population"), unit, whole=whole, base_name=n),
        _shares(answers, "strategy_mention", text("Related population in the local strategy"), unit, whole=whole,
                base_name=n),
        _several(answers, "efforts_multiple_answer", text("What was done (several answers)"), unit),
    )
    return Efforts(base, *tables) if any(tables) else None


def target_series(figures: Figures) -> tuple[Series, ...]:
    """Targets that the table itself gives, in the form in which indicators read them."""
    found = []
    for name, key, indicator in (("kpi_target", "small_hubs_target", "hubs_in_strategy"),
                                 ("kpi_target", "rmo_presence_share_target", "rmo_presence_share"),
                                 ("rmo_target", "national", "rmos")):
        one = figures.one(name, key)
        if one is not None and select(figures.series, "target", indicator) is None:
            found.append(replace(one, id="target", key=indicator, points=tuple(
                replace(p, source=p.source or f"{name}/{key}") for p in one.points)))
    return tuple(found)

"""Slides of one municipality from its plan: hubs, map, people, settlements, services, and how they compare."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from musubime.language import Text, text, verbatim
from musubime.studies.deck_facts import DeckFacts
from musubime.studies.document import Hub, Measures

from ..views import Plan
from ..words import as_text, gap_percent, money, money_cell, number, percent
from . import _say as say
from ._shared import described, source_of
from .model import Block, Cell, Chart, Evidence, Light, Series, Slide, Table, Tile, Tiles, Words


def place_slides(facts: DeckFacts) -> Iterator[Slide]:
    """Every slide that the plan gives."""
    if facts.plan is None:
        return
    plan = Plan(facts.plan)
    yield _hubs(plan)
    if facts.region is not None and plan.first.assignment:
        from ._map import map_slide

        yield map_slide(facts, plan)
    yield _people(plan)
    yield _settlements(plan)
    yield _services(plan)
    yield _compared(plan)


def _evidence(plan: Plan, title: Text, lines: Sequence[Text], base: Text) -> Evidence:
    document = plan.document
    when = f"{plan.base_year}" if document.plan_year == plan.base_year else f"{plan.base_year} – {plan.last_year}"
    return Evidence(title, tuple(lines), base, when, source_of(document))


def _everybody(plan: Plan) -> Text:
    place = plan.document.place
    return text("everybody in the {count} settlements of {place}; {basis}", count=place.settlements, place=place.name,
                basis=verbatim({"ja": place.settlement_basis.ja.rstrip("。"),
                                "en": place.settlement_basis.en.rstrip(".")}))


def _slide(
    plan: Plan, key: str, origin: int, title: Text, lead: Sequence[Text], rows: Sequence[tuple[Block, ...]],
    evidence: Sequence[Evidence], *, remarks: tuple[Text, ...] = (), also: tuple[int, ...] = (),
) -> Slide:
    if plan.document.place.fictional:
        remarks = (*remarks, text(
            "This place is fictional: the slides show how a deck reads, and describe no real town."))
    return Slide(key, origin, title, tuple(lead), tuple(rows), say.source_line(evidence), tuple(evidence), (), remarks,
                 also)


def _hubs(plan: Plan) -> Slide:
    document, first, year = plan.document, plan.first, plan.document.plan_year
    measures = first.by_year.get(year)
    title = text("Small hubs planned in {place}", place=document.place.name)
    lead = [text("{count} hubs: {names}.", count=len(first.hubs),
                 names=say.listed([h.name for h in first.hubs], 6))] if first.hubs else [
        text("The plan proposes no hub.")]
    if measures is not None:
        lead.append(text("In {year}, {served} people have every service of a hub within its limit by car; {unserved} "
                         "lack at least one.", year=year, served=number(measures.served_people),
                         unserved=number(measures.unserved_people)))
    tiles = [Tile(text("Hubs planned"), verbatim(str(len(first.hubs))), as_text(first.name)),
             Tile(text("Cost a year"), money(first.cost_jpy_per_year), text("municipality and RMO together"))]
    if measures is not None:
        tiles.append(Tile(text("People with every service within reach, {year}", year=year),
                          verbatim(percent(measures.served_people, measures.served_people + measures.unserved_people)),
                          text("{people} people", people=number(measures.served_people))))
    lines = [text("{hub}: {settlements} settlements; people {then} ({base}), {now} ({year}); {cost} a year; services: "
                  "{services}", hub=h.name, settlements=len(h.settlements), then=_at(h.people, plan.base_year),
                  base=plan.base_year, now=_at(h.people, year), year=year, cost=money(h.cost_jpy_per_year),
                  services=plan.service_names([s.service for s in h.services])) for h in first.hubs]
    lines.append(text("Proven: cost and travel are at most {gap} from the best for this model.",
                      gap=gap_percent(first.gap)))
    found = _evidence(plan, text("Hubs of the plan"), lines,
                      text("settlements within the hub limit of their nearest hub"))
    rows: list[tuple[Block, ...]] = [(Tiles(tuple(tiles)),)]
    if first.hubs:
        rows.append((_hub_table(plan, first.hubs),))
    return _slide(plan, "place_hubs", 1, title, lead, rows, [found])


def _at(values: Mapping[int, float], year: int) -> str:
    return number(values.get(year))


def _hub_table(plan: Plan, hubs: Sequence[Hub]) -> Table:
    year = plan.document.plan_year
    rows = tuple((
        Cell(text("{number} {name}", number=n, name=hub.name)), Cell(verbatim(str(len(hub.settlements)))),
        Cell(verbatim(_at(hub.people, plan.base_year))), Cell(verbatim(_at(hub.people, year))),
        Cell(plan.service_names([s.service for s in hub.services]), left=True), Cell(money_cell(hub.cost_jpy_per_year)),
    ) for n, hub in enumerate(hubs, start=1))
    head = (text("Hub"), text("Settlements"), text("People {year}", year=plan.base_year),
            text("People {year}", year=year), text("Services offered"), text("Cost a year (million JPY)"))
    return Table(verbatim(""), text("Table: {count} hubs with settlements, people, services and cost.",
                                    count=len(rows)), head, rows, largest_pt=14)


def _people(plan: Plan) -> Slide:
    document = plan.document
    counts = document.outlook.people
    years = sorted(counts)
    base, last = years[0], years[-1]
    names = tuple(verbatim(str(y)) for y in years)
    series = (
        Series(text("under 15"), tuple(_round(counts[y].under_15) for y in years), "pale"),
        Series(text("15 to 64"), tuple(_round(counts[y].total - counts[y].under_15 - counts[y].over_65) for y in years),
               "sky"),
        Series(text("65 to 74"), tuple(_round(counts[y].over_65 - counts[y].over_75) for y in years), "blue"),
        Series(text("75 and over"), tuple(_round(counts[y].over_75) for y in years), "navy"))
    title = text("People by age")
    chart = Chart("stacked_columns", title, described("stacked_columns", title, names, series), names, series,
                  text("people"), weight=1.5)
    share = (Series(text("aged 65 and over"), tuple(
        round(100 * counts[y].over_65 / counts[y].total, 1) if counts[y].total else None for y in years), "orange"),)
    ageing_title = text("Share of people aged 65 and over")
    ageing = Chart("line", ageing_title, described("line", ageing_title, names, share), names, share, text("%"),
                   digits=1, low=0)
    lead = [text("{place} has {then} people in {base} and, by the projection, about {now} in {last} ({change}).",
                 place=document.place.name, then=number(counts[base].total), base=base, now=number(counts[last].total),
                 last=last, change=_change(counts[base].total, counts[last].total)),
            text("Aged 65 and over: {then} in {base}, {now} in {last}.",
                 then=percent(counts[base].over_65, counts[base].total), base=base,
                 now=percent(counts[last].over_65, counts[last].total), last=last)]
    lines = [text("{year}: {total} people; under 15 {young}; 65 and over {old}; 75 and over {oldest}", year=y,
                  total=number(counts[y].total), young=number(counts[y].under_15), old=number(counts[y].over_65),
                  oldest=number(counts[y].over_75)) for y in years]
    lines.append(text("Method: {method}", method=as_text(document.outlook.method)))
    found = _evidence(plan, text("Population"), lines, _everybody(plan))
    return _slide(plan, "place_people", 7, text("Population and ageing of {place}", place=document.place.name), lead,
                  [(chart, ageing)], [found], also=(6,),
                  remarks=(text("Years after {base} are a projection; its intervals are in population.html "
                                "(`musubime population`).", base=base),))


def _round(value: float) -> float:
    return float(round(max(value, 0.0)))


def _change(then: float, now: float) -> str:
    return say.DASH if not then else f"{100 * (now / then - 1):+.0f}%"


def _settlements(plan: Plan) -> Slide:
    outlook, years = plan.document.outlook, sorted(plan.document.outlook.people)
    names = tuple(verbatim(str(y)) for y in years)
    total = len(plan.document.settlements)
    charts, lines = [], []
    for title, counts, tone in (
            (text("Settlements with fewer than 50 people"), outlook.settlements_under_50, "blue"),
            (text("Settlements in which half or more are 65 or over"), outlook.settlements_over_half_65plus, "orange")):
        series = (Series(text("settlements"), tuple(_known(counts.get(y)) for y in years),
                         "blue" if tone == "blue" else "orange"),)
        charts.append(Chart("columns", title, described("columns", title, names, series), names, series,
                            text("settlements")))
        lines.append(text("{title}: {values}", title=title, values=say.joined(
            [text("{year} {count}", year=y, count=counts.get(y, say.DASH)) for y in years])))
    base, last = years[0], years[-1]
    lead = [text("Of {total} settlements, {then} have fewer than 50 people in {base}, {now} in {last}.", total=total,
                 then=outlook.settlements_under_50.get(base, say.DASH), base=base,
                 now=outlook.settlements_under_50.get(last, say.DASH), last=last),
            text("In {then} half or more of the people are 65 or over in {base}, in {now} in {last}.",
                 then=outlook.settlements_over_half_65plus.get(base, say.DASH), base=base,
                 now=outlook.settlements_over_half_65plus.get(last, say.DASH), last=last)]
    found = _evidence(plan, text("Settlements"), lines, text("{count} settlements", count=total))
    return _slide(plan, "place_settlements", 9, text("Settlements of {place}", place=plan.document.place.name), lead,
                  [tuple(charts)], [found], also=(8,))


def _known(value: int | None) -> float | None:
    return None if value is None else float(value)


def _services(plan: Plan) -> Slide:
    document, year = plan.document, plan.document.plan_year
    today, without = document.diagnosis.reach, document.without_plan.get(year)
    planned = plan.first.by_year.get(year)
    rows, lines = [], []
    for service in document.services:
        cells = []
        for reach in (today.get(service.id), without and without.reach.get(service.id),
                      planned and planned.reach.get(service.id)):
            share = percent(reach.within_car, reach.users) if reach else say.DASH
            cells += [share, number(reach.beyond) if reach else say.DASH]
        rows.append((Cell(as_text(service.name)), *(Cell(verbatim(c)) for c in cells)))
        lines.append(text("{service} (limit {limit} min by car): within reach today {a}, beyond {b}; without a plan "
                          "{c}, beyond {d}; with the plan {e}, beyond {f}", service=as_text(service.name),
                          limit=number(service.limit_car_min), a=cells[0], b=cells[1], c=cells[2], d=cells[3],
                          e=cells[4], f=cells[5]))
    head = (text("Service"), text("within reach\n{year}", year=plan.base_year),
            text("beyond\n{year}", year=plan.base_year), text("without a plan\n{year}", year=year),
            text("beyond\n{year}", year=year), text("with the plan\n{year}", year=year),
            text("beyond\n{year}", year=year))
    unknown = [as_text(s.name) for s in document.services if not s.known_today]
    lead = [text("Share of users who reach each service within its limit by car, and people beyond it: today, and in "
                 "{year} without and with the plan.", year=year)]
    if unknown:
        lead.append(text("No file tells where these are today, so that today is not known: {services}.",
                         services=say.joined(unknown)))
    table = Table(verbatim(""), text(
        "Table: {count} services, within and beyond reach today, without and with the plan.", count=len(rows)), head,
        tuple(rows), largest_pt=13)
    chart = _beyond(plan)
    found = _evidence(plan, text("Services within reach"), lines, text("users of each service, by age and frequency"))
    return _slide(plan, "place_services", 0, text("Services of {place}: today, without and with the plan",
                                                  place=document.place.name), lead,
                  [(table,), *([(chart,)] if chart else [])], [found],
                  remarks=(text("Times are by car; people without a car are counted in plan.html."),))


def _beyond(plan: Plan) -> Chart | None:
    """People beyond each service in the year of the plan, without it and with it."""
    year = plan.document.plan_year
    without, planned = plan.document.without_plan.get(year), plan.first.by_year.get(year)
    if without is None or planned is None:
        return None
    both = [s for s in plan.document.services if s.id in without.reach and s.id in planned.reach]
    names = tuple(as_text(s.name) for s in both)
    series = (Series(text("without a plan"), tuple(_round(without.reach[s.id].beyond) for s in both), "orange"),
              Series(text("with the plan"), tuple(_round(planned.reach[s.id].beyond) for s in both), "blue"))
    title = text("People beyond the limit by car, {year}", year=year)
    return Chart("columns", title, described("columns", title, names, series), names, series, text("people"))


def _compared(plan: Plan) -> Slide:
    document, year = plan.document, plan.document.plan_year
    known = all(s.known_today for s in document.services if s.placeable)
    now, without = document.without_plan.get(plan.base_year) if known else None, document.without_plan.get(year)
    planned = plan.first.by_year.get(year)
    rows: list[tuple[Cell, ...]] = []
    lines: list[Text] = []

    def row(name: Text, values: Sequence[float | None], shown: Sequence[str], rising: bool) -> None:
        light = judged(values, rising)
        rows.append((Cell(name), *(Cell(verbatim(v)) for v in shown),
                     Cell(LIGHT_WORDS[light], light=light, left=True)))
        lines.append(text("{name}: today {a}; {year} without a plan {b}, with the plan {c}: {light}", name=name,
                          a=shown[0], b=shown[1], c=shown[2], year=year, light=LIGHT_WORDS[light]))

    both = (now, without, planned)
    shares = [_served(m) for m in both]
    row(text("People with every service within reach"), shares,
        [percent(v) if v is not None else say.DASH for v in shares], True)
    lacking = [m.unserved_people if m and _served(m) is not None else None for m in both]
    row(text("People lacking at least one service"), lacking, [number(v) for v in lacking], False)
    minutes = [m.mean_min if m else None for m in both]
    row(text("Minutes to the nearest offer, mean"), minutes, [number(v, 1) for v in minutes], False)
    worst = [m.worst_min if m else None for m in both]
    row(text("Longest way within the limits, minutes"), worst, [number(v, 1) for v in worst], False)
    table = Table(verbatim(""), text("Table: {count} indicators today, without and with the plan, with a judgement.",
                                     count=len(rows)),
                  (text("Indicator"), text("today, {year}", year=plan.base_year),
                   text("without a plan, {year}", year=year), text("with the plan, {year}", year=year),
                   text("Judgement")), tuple(rows), largest_pt=15)
    lead = [text("What the plan changes by {year}.", year=year)]
    if not known:
        lead.append(text("Today's values are not known, since no file tells where {count} of the services are today.",
                         count=sum(1 for s in document.services if s.placeable and not s.known_today)))
    rule = Words(text("The rule of the judgement"), (
        text("● keeps or betters today's value; ▲ worse than today, better than without a plan; ■ no better than "
             "without a plan; ○ today or one of the years is not known."),
        text("Values of {year} are computed by the model of the plan; they are no observations.", year=year)))
    found = _evidence(plan, text("Indicators"), lines, _everybody(plan))
    return _slide(plan, "place_indicators", 0, text("Indicators of {place}", place=document.place.name),
                  lead, [(table,), (rule,)], [found])


LIGHT_WORDS: Mapping[Light, Text] = {
    "green": text("keeps or betters today"), "amber": text("better than without a plan"),
    "red": text("no better than without a plan"), "grey": text("cannot be judged")}


def judged(values: Sequence[float | None], rising: bool) -> Light:
    """The light of (today, without a plan, with the plan).

    >>> judged((0.9, 0.5, 0.95), True), judged((0.9, 0.5, 0.7), True), judged((5, 9, 9), False)
    ('green', 'amber', 'red')
    >>> judged((None, 1, 2), True)
    'grey'
    """
    today, without, planned = values
    if today is None or without is None or planned is None:
        return "grey"
    sign = 1 if rising else -1
    if sign * planned >= sign * today:
        return "green"
    return "amber" if sign * planned > sign * without else "red"


def _served(measures: Measures | None) -> float | None:
    """Share of people with everything in reach; None where no service is known."""
    if measures is None:
        return None
    total = measures.served_people + measures.unserved_people
    return measures.served_people / total if total > 0 else None

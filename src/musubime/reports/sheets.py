"""The tables of plan.xlsx, picked out of the document."""

from __future__ import annotations

from typing import Any

from musubime.language import Text, text, verbatim
from musubime.studies.document import Chances, Measures, PlanDocument, SettlementOfPlan

from .chances import chance_words
from .cuts import cuts_sheet
from .sheet import JPY, MINUTES, PEOPLE, SHARE, WHOLE, Column, Sheet
from .views import ACTIONS, BASES, NOTE_KINDS, STATUSES, Plan, silences, source_words, unit, words_of
from .words import as_text, listed, weekdays


def sheets(document: PlanDocument) -> list[Sheet]:
    plan = Plan(document)
    made = (
        _summary, _hubs, _hub_services, _settlements, _services, _futures, _people, _alternatives, _unserved,
        cuts_sheet, _sensitivity, _parameters, _figures, _sources, _notes,
    )
    return [sheet for make in made if (sheet := make(plan)) is not None and sheet.rows]


def _summary(plan: Plan) -> Sheet:
    document, first = plan.document, plan.first
    rows: list[list[Any]] = [
        [text("Municipality"), f"{document.place.prefecture} {document.place.name} ({document.place.code})", ""],
        [text("Alternative shown first"), as_text(first.name), ""],
        [text("Result of the solver"), words_of(STATUSES, first.status), ""],
        [text("Hubs"), len(first.hubs), text("hubs")],
        [text("Names of the hubs"), listed(h.name for h in first.hubs), ""],
        [text("Cost a year"), round(first.cost_jpy_per_year), text("JPY per year")],
        [text("Settlements that lack at least one service"), len(first.unserved), text("settlements")],
    ]
    for year, count in sorted(document.outlook.people.items()):
        rows.append([text("People of the municipality, {year}", year=year), count.total, text("people")])
    for year, found in sorted(first.by_year.items()):
        nothing = document.without_plan.get(year)
        rows.append([text("People lacking a service without a plan, {year}", year=year),
                     nothing.unserved_people if nothing else None, text("people")])
        rows.append([text("People lacking a service with it, {year}", year=year), found.unserved_people,
                     text("people")])
    return Sheet(
        text("Summary"), text("Small hubs for {place}: a plan", place=document.place.name),
        text("Made with Musubime {version}, {created}, seed {seed}. Figures: plan.json, schema {schema}.",
             version=document.version, created=document.created, seed=document.seed, schema=document.schema_),
        [Column(text("Item"), width=44), Column(text("Value"), PEOPLE, 44), Column(text("Unit"), width=14)], rows)


def _hubs(plan: Plan) -> Sheet:
    document = plan.document
    columns = [
        Column(text("Alternative"), width=22), Column(text("Hub"), width=18), Column(text("Services"), WHOLE, 9),
        Column(text("Newly offered"), width=30), Column(text("Kept with support"), width=26),
        Column(text("Buildings"), width=28), Column(text("Settlements"), WHOLE, 10),
        *(Column(text("People {year}", year=year), PEOPLE, 10) for year in document.years),
        Column(text("Cost a year (JPY)"), JPY, 14), Column(text("Why there"), width=46),
        Column(text("Holds in draws of the outlook"), "0%", 12),
        Column(text("Longitude"), "0.000000", 12), Column(text("Latitude"), "0.000000", 12),
    ]
    rows = [
        [
            as_text(a.name), hub.name, len(hub.services),
            plan.service_names([s.service for s in hub.services if s.action == "opened"]),
            plan.service_names([s.service for s in hub.services if s.action == "kept"]),
            listed(plan.facility_names.get(b, b) for b in hub.buildings_used), len(hub.settlements),
            *(hub.people.get(year) for year in document.years), round(hub.cost_jpy_per_year), as_text(hub.why),
            hub.holds, hub.lon, hub.lat,
        ]
        for a in document.alternatives for hub in a.hubs
    ]
    return Sheet(text("Hubs"), text("Hubs of every alternative"),
                 text("People: those whose nearest hub it is, within the hub limit."), columns, rows, 2)


def _hub_services(plan: Plan) -> Sheet:
    document = plan.document
    columns = [
        Column(text("Alternative"), width=22), Column(text("Hub"), width=18), Column(text("Service"), width=20),
        Column(text("What happens"), width=20), Column(text("Building"), width=24),
        Column(text("Floor (m²)"), WHOLE, 10),
        *(Column(text("users {year}", year=year), PEOPLE, 10) for year in document.years),
        Column(text("Cost a year (JPY)"), JPY, 14),
    ]
    rows: list[list[Any]] = []
    for a in document.alternatives:
        for hub in a.hubs:
            rows += [
                [as_text(a.name), hub.name, plan.service_name(s.service), words_of(ACTIONS, s.action),
                 s.building_name or "", s.floor_m2 or None, *(s.users.get(year) for year in document.years),
                 round(s.cost_jpy_per_year)]
                for s in hub.services
            ]
        rows += [
            [as_text(a.name), text("outside the hubs: {name}", name=kept.name), plan.service_name(kept.service),
             text("kept with support"), "", None, *(None for _ in document.years), round(kept.cost_jpy_per_year)]
            for kept in a.kept_outside
        ]
    return Sheet(text("Hub services"), text("Services at the hubs, and those kept outside"),
                 text("Users at a hub are those for whom it is the nearest offer."), columns, rows, 3)


def _settlements(plan: Plan) -> Sheet:
    document, first = plan.document, plan.first
    known = list(document.diagnosis.reach)
    columns = [
        Column(text("Code"), width=14), Column(text("Settlement"), width=18), Column(text("District"), width=14),
        Column(text("How people are known"), width=16), Column(text("Households"), WHOLE, 9),
        *(Column(text("People {year}", year=year), PEOPLE, 10) for year in document.years),
        *_spread_heads(plan),
        *(Column(text("65 and over {year}", year=year), SHARE, 10) for year in document.years),
        Column(text("without a car {year}", year=plan.base_year), PEOPLE, 11),
        Column(text("short of food access"), PEOPLE, 12), Column(text("Nearest hub"), width=16),
        Column(text("Services out of reach"), width=34),
    ]
    for service in known:
        name = plan.service_name(service)
        columns += [
            Column(text("{service}: nearest", service=name), width=18),
            Column(text("{service}: by car (min)", service=name), MINUTES, 11),
            Column(text("{service}: second choice (min)", service=name), MINUTES, 11),
            Column(text("{service}: within reach", service=name), width=9),
            Column(text("{service}: bus days", service=name), width=11),
        ]
    hub_of, lacking = plan.hub_of(first), {u.settlement: u.services for u in first.unserved}
    rows: list[list[Any]] = []
    for s in document.settlements:
        counts = [s.people.get(year) for year in document.years]
        row: list[Any] = [
            s.id, s.name, s.district, words_of(BASES, s.basis), s.households, *(c.total if c else None for c in counts),
            *_spread_cells(plan, s),
            *(c.over_65 / c.total if c and c.total > 0 else None for c in counts),
            counts[0].without_car if counts[0] else None, s.food_access_short, hub_of.get(s.id, ""),
            plan.service_names(lacking.get(s.id, [])),
        ]
        for service in known:
            near = s.today.get(service)
            row += (
                [near.name or "", near.car_min, near.second_car_min,
                 text("yes") if near.within_limit_car or near.within_limit_walk else text("no"),
                 weekdays(near.bus_weekdays) if near.bus_weekdays is not None else None]
                if near else [None] * 5
            )
        rows.append(row)
    return Sheet(text("By settlement"), text("Every settlement"),
                 text("Nearest hub and services out of reach: alternative “{name}”.", name=as_text(first.name)),
                 columns, rows, 2)


def _spread_heads(plan: Plan) -> list[Column]:
    """80 % interval and chances at the last year; none where they were not worked out."""
    spread, last = plan.document.outlook.intervals, plan.last_year
    if spread is None:
        return []
    people = text("People {year}", year=last)
    chances = chance_words(spread.few_households, spread.few_people).values()
    return [
        *(Column(head, PEOPLE, 11) for head in (
            text("{what}, 80% from", what=people), text("{what}, 80% to", what=people))),
        *(Column(text("chance of {what}", what=words), SHARE, 11) for words in chances),
    ]


def _spread_cells(plan: Plan, s: SettlementOfPlan) -> list[Any]:
    if plan.document.outlook.intervals is None:
        return []
    found, chances = s.intervals.get(plan.last_year), s.chances.get(plan.last_year)
    return [
        found.low_80 if found else None, found.high_80 if found else None,
        *(getattr(chances, name) if chances else None for name in Chances.model_fields),
    ]


def _services(plan: Plan) -> Sheet:
    """Reach of every service: today, without a plan, and under each alternative, by year."""
    document = plan.document
    columns = [
        Column(text("Case"), width=24), Column(text("Year"), "0", 8), Column(text("Service"), width=20),
        Column(text("Users"), PEOPLE, 10), Column(text("within reach by car"), PEOPLE, 12),
        Column(text("within reach on foot"), PEOPLE, 12), Column(text("beyond reach"), PEOPLE, 12),
        Column(text("share beyond"), SHARE, 10), Column(text("65 and over, beyond"), PEOPLE, 12),
        Column(text("without a car, beyond"), PEOPLE, 12), Column(text("without a car, too far to walk"), PEOPLE, 12),
        Column(text("mean by car (min)"), MINUTES, 12),
    ]
    cases: list[tuple[Text, int, Any]] = [(text("today"), plan.base_year, document.diagnosis.reach)]
    cases += [(text("without a plan"), year, m.reach) for year, m in sorted(document.without_plan.items())]
    cases += [(as_text(a.name), year, m.reach) for a in document.alternatives for year, m in sorted(a.by_year.items())]
    rows = [
        [case, year, plan.service_name(service), r.users, r.within_car, r.within_walk, r.beyond,
         r.beyond / r.users if r.users else None, r.over_65_beyond, r.without_car_beyond,
         r.without_car_beyond_walk, r.mean_car_min]
        for case, year, reach in cases for service, r in reach.items()
    ]
    return Sheet(text("By service"), text("Users of each service within and beyond reach"),
                 text("Today holds only services of which a file tells where they are."), columns, rows, 3)


def _futures(plan: Plan) -> Sheet:
    years = plan.document.years
    kinds = {f.id: f for f in plan.document.facilities}
    columns = [
        Column(text("Service"), width=20), Column(text("Where"), width=32), Column(text("Needs (users)"), PEOPLE, 11),
        *(Column(text("users {year}", year=year), PEOPLE, 10) for year in years),
        Column(text("Below from"), "0", 12), Column(text("Below today"), width=12),
        Column(text("Closes in"), "0", 12),
    ]
    rows = [
        [plan.service_name(o.service), plan.facility_names.get(o.facility, o.facility), o.threshold,
         *(o.users.get(year) for year in years), o.falls_below_year, text("yes") if o.below_today else text("no"),
         kinds[o.facility].closing_year if o.facility in kinds else None]
        for o in plan.document.outlook.services
    ]
    return Sheet(text("Service outlook"), text("Services of today and the users they need"), text(
        "Users of a place are those for whom it is the nearest within the limit; where several stand together, one may "
        "have none. Being below does not mean closing: public services end by decision, and a shop that lives on few "
        "users today shows that it can."), columns, rows, 2)


def _people(plan: Plan) -> Sheet:
    columns = [
        Column(text("Code"), width=14), Column(text("Settlement"), width=18), Column(text("District"), width=14),
        Column(text("Year"), "0", 8), Column(text("People"), PEOPLE, 10), Column(text("under 15"), PEOPLE, 10),
        Column(text("65 and over"), PEOPLE, 10), Column(text("75 and over"), PEOPLE, 10),
        Column(text("share 65 and over"), SHARE, 11), Column(text("without a car"), PEOPLE, 11),
        *(Column(head, PEOPLE, 11) for head in (
            text("{what}, 95% from", what=text("People")), text("{what}, 80% from", what=text("People")),
            text("{what}, 80% to", what=text("People")), text("{what}, 95% to", what=text("People")))),
    ]
    rows = [
        [s.id, s.name, s.district, year, c.total, c.under_15, c.over_65, c.over_75,
         c.over_65 / c.total if c.total > 0 else None, c.without_car,
         *((i.low_95, i.low_80, i.high_80, i.high_95) if (i := s.intervals.get(year)) else [None] * 4)]
        for s in plan.document.settlements for year, c in sorted(s.people.items())
    ]
    outlook = plan.document.outlook
    return Sheet(text("Future people"), text("People of every settlement by year"),
                 verbatim({"ja": f"{outlook.method.ja} {outlook.controlled_to.ja}",
                           "en": f"{outlook.method.en} {outlook.controlled_to.en}"}), columns, rows, 2)


def _alternatives(plan: Plan) -> Sheet:
    document = plan.document
    columns = [
        Column(text("Alternative"), width=24), Column(text("Question"), width=34), Column(text("Result"), width=22),
        Column(text("Hubs"), WHOLE, 8), Column(text("Names of the hubs"), width=34),
        Column(text("Cost a year (JPY)"), JPY, 14), Column(text("Value (JPY a year)"), JPY, 15),
        Column(text("Bound (JPY a year)"), JPY, 15), Column(text("gap"), "0.000%", 9),
    ]
    for year in document.years:
        columns += [
            Column(text("With every service {year} (people)", year=year), PEOPLE, 12),
            Column(text("Lacking a service {year} (people)", year=year), PEOPLE, 12),
            Column(text("Mean {year} (min)", year=year), MINUTES, 10),
            Column(text("Longest {year} (min)", year=year), MINUTES, 10),
        ]

    def by_year(measures: dict[int, Measures]) -> list[Any]:
        cells: list[Any] = []
        for year in document.years:
            m = measures.get(year)
            cells += [m.served_people, m.unserved_people, m.mean_min, m.worst_min] if m else [None] * 4
        return cells

    rows: list[list[Any]] = [
        [text("without a plan"), "", "", None, "", None, None, None, None, *by_year(document.without_plan)]
    ]
    for a in document.alternatives:
        rows.append([
            as_text(a.name), as_text(a.question), words_of(STATUSES, a.status), len(a.hubs),
            listed(h.name for h in a.hubs), round(a.cost_jpy_per_year), round(a.objective_jpy), round(a.bound_jpy),
            a.gap, *by_year(a.by_year),
        ])
    return Sheet(text("Alternatives"), text("Alternatives, side by side"), text(
        "People lacking a service are all who live where at least one service that a hub may offer lies beyond its "
        "limit by car. The mean way is one way by car over all trips; one that cannot be made within the limit counts "
        "as {unserved:.0f} minutes. Buildings and users are judged for {year}.", unserved=plan.first.unserved_min,
        year=document.plan_year), columns, rows)


def _unserved(plan: Plan) -> Sheet:
    columns = [
        Column(text("Alternative"), width=24), Column(text("Settlement"), width=18), Column(text("People"), PEOPLE, 10),
        Column(text("Services out of reach"), width=40), Column(text("Nearest hub (min)"), MINUTES, 12),
        Column(text("Reason"), width=60),
    ]
    rows = [
        [as_text(a.name), u.name, u.people, plan.service_names(u.services), u.nearest_hub_min, as_text(u.reason)]
        for a in plan.document.alternatives for u in sorted(a.unserved, key=lambda u: -u.people)
    ]
    return Sheet(text("Unserved"), text("Settlements that lack a service"),
                 text("People: of {year}.", year=plan.document.plan_year), columns, rows, 2)


def _sensitivity(plan: Plan) -> Sheet | None:
    sensitivity = plan.document.sensitivity
    if sensitivity is None:
        return None
    hubs = plan.first.hubs
    columns = [
        Column(text("What moves"), width=36), *(Column(verbatim(hub.name), width=11) for hub in hubs),
        Column(text("Other hubs"), width=30), Column(text("Cost a year (JPY)"), JPY, 14),
        Column(text("gap"), "0.000%", 9),
    ]
    own = {hub.place for hub in hubs}
    rows: list[list[Any]] = [
        [as_text(row.change), *("●" if hub.place in row.hubs else "○" for hub in hubs),
         listed(plan.place_name(p) for p in row.hubs if p not in own), round(row.cost_jpy_per_year), row.gap]
        for row in sensitivity.rows
    ]
    return Sheet(text("Sensitivity"), text("Sensitivity: which hubs stay when the assumptions move"),
                 text("● stays a hub, ○ does not"), columns, rows)


def _parameters(plan: Plan) -> Sheet:
    columns = [
        Column(text("Parameter"), width=52), Column(text("Value"), "General", 16), Column(text("Unit"), width=18),
        Column(text("Source"), width=60), Column(text("in force since"), width=13),
        Column(text("set by the region"), width=10), Column(text("Name in region.toml"), width=34),
    ]
    rows = [
        [as_text(p.description), _cell(p.value), unit(p.unit), source_words(p.source), p.since,
         text("yes") if p.overridden else "", p.name]
        for p in plan.document.parameters
    ]
    return Sheet(text("Assumptions"), text("Assumptions, with their sources"),
                 text("Put your own values in region.toml, table [parameters]."), columns, rows)


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return text("yes") if value else text("no")
    if isinstance(value, int | float | str) or value is None:
        return value
    return ", ".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value)


def _figures(plan: Plan) -> Sheet:
    columns = [Column(text("Figure"), width=36), Column(text("Value"), "#,##0.###", 18), Column(text("Unit"), width=16),
               Column(text("Formula"), width=80), Column(text("Sources"), width=40)]
    rows = [[f.id, _cell(f.value), unit(f.unit), f.formula, ", ".join(f.sources)] for f in plan.document.figures]
    return Sheet(text("Formulas"), text("Figures and how they were computed"),
                 text("Names in formulas are those of plan.json."), columns, rows)


def _sources(plan: Plan) -> Sheet:
    columns = [Column(text("Title"), width=40), Column(text("File"), width=40), Column(text("As of"), width=14),
               Column(text("Publisher"), width=26), Column(text("Licence"), width=22), Column(text("Format"), width=26),
               Column(text("Rows"), WHOLE, 10), Column(text("SHA-256"), width=68)]
    rows = [[s.title, s.file, s.vintage, s.publisher, s.licence, s.format, s.rows, s.sha256]
            for s in plan.document.sources]
    return Sheet(text("Sources"), text("Files that the figures rest on"),
                 text("The hash tells whether a file is the same."), columns, rows)


def _notes(plan: Plan) -> Sheet:
    columns = [Column(text("Kind"), width=16), Column(text("What"), width=90), Column(text("Cases"), WHOLE, 9),
               Column(text("Source"), width=30), Column(text("Examples"), width=50)]
    rows: list[list[Any]] = [[text("Not said"), one, None, "", ""] for one in silences(plan)]
    rows += [
        [words_of(NOTE_KINDS, note.kind), as_text(note.what), note.count, note.source, " / ".join(note.examples)]
        for kind in NOTE_KINDS for note in plan.document.notes if note.kind == kind
    ]
    return Sheet(text("Notes"), text("What this plan does not say"),
                 text("Repairs, rows left out, assumptions and gaps, as the readers and methods noted them."),
                 columns, rows)

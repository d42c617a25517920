"""Put the results of the subjects into one document. Nothing is computed here but counts, sums and names."""

from __future__ import annotations

import datetime as dt

import numpy as np

from musubime import __version__
from musubime.access import reach as reach_count
from musubime.language import Text, text
from musubime.parameters import Parameters
from musubime.provenance import Ledger
from musubime.region import Settlements

from . import document as d
from .alternatives import Answer, Trial
from .assemble_hubs import alternative, assignments
from .basis import basis_of_plan
from .figures import figures_of
from .intervals import chances, interval, share_interval
from .measures import measure, minutes_to_nearest, reach_of
from .options import PlanOptions
from .outlook import Outlook
from .road_cuts import road_cuts_of
from .today import Today


def assemble(
    today: Today, outlook: Outlook, answers: list[Answer], trials: list[Trial], ledger: Ledger, options: PlanOptions
) -> d.PlanDocument:
    """The whole plan as one document."""
    parameters, basis = today.parameters, basis_of_plan(today, outlook, options.plan_year)
    without = {
        year: measure(basis, t, outlook.known | outlook.assumed[t] if t == 0 else outlook.stays[t])
        for t, year in enumerate(outlook.years)
    }
    last = len(outlook.years) - 1
    settlements = _settlements(today, outlook)
    diagnosis = _diagnosis(today, outlook)
    alternatives = [alternative(answer, answers[0].problem, basis) for answer in answers]
    sensitivity = _sensitivity(answers[0], trials, today)
    place = _place(today, outlook)
    services = _services(today)
    told = _outlook(today, outlook)
    figures = figures_of(place, diagnosis, without, alternatives, options.plan_year, told)
    return d.PlanDocument(
        version=__version__, created=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), seed=options.seed,
        asked_hubs=options.hubs, asked_budget_jpy=options.budget_jpy,
        place=place, years=list(outlook.years), plan_year=options.plan_year,
        age_from=list(outlook.projection.population.age_from), services=services,
        settlements=settlements, facilities=_facilities(today), diagnosis=diagnosis,
        outlook=told, without_plan=without,
        without_plan_assignment=assignments(basis, outlook.stays[last], basis.limit_min),
        alternatives=alternatives, sensitivity=sensitivity,
        road_cuts=road_cuts_of(today, outlook, answers[0], options.plan_year), notes=notes_of(ledger),
        parameters=parameters_of(parameters),
        sources=[d.SourceOfPlan(**vars(source)) for source in ledger.sources], figures=figures,
    )


def _place(today: Today, outlook: Outlook) -> d.PlaceOfPlan:
    region = today.region
    return d.PlaceOfPlan(
        code=region.code, name=region.name, prefecture=region.prefecture, fictional=region.fictional,
        base_year=outlook.years[0], settlements=len(region.settlements), people=float(outlook.counts.total[0].sum()),
        people_65plus=float(outlook.counts.over_65[0].sum()), travel_basis=today.car.basis,
        detour_factor=today.detour.factor if today.detour else None,
        settlement_basis=d.words(basis_of(region.settlements)),
    )


def _services(today: Today) -> list[d.Service]:
    p = today.parameters
    return [
        d.Service(
            id=s, name=d.Words(ja=p.words(f"service.{s}.name_ja"), en=p.words(f"service.{s}.name_en")),
            known_today=s not in today.unknown, placeable=bool(p[f"service.{s}.placeable"].value),
            users_age_from=int(p.number(f"service.{s}.users_age_from")),
            users_age_to=int(p.number(f"service.{s}.users_age_to")),
            **{key: p.number(f"service.{s}.{key}") for key in (
                "limit_car_min", "limit_walk_m", "users_share", "trips_per_year", "viability_people",
                "hub_min_people", "floor_m2", "cost_jpy_per_year",
            )},
        )
        for s in today.services
    ]


def _counts(outlook: Outlook, t: int, i: int | slice) -> d.AgeCounts:
    c = outlook.counts
    total, under, over65, over75, no_car = (
        float(np.sum(values[t, i])) for values in (c.total, c.under_15, c.over_65, c.over_75, outlook.without_car)
    )
    return d.AgeCounts(total=total, under_15=under, over_65=over65, over_75=over75, without_car=no_car)


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _settlements(today: Today, outlook: Outlook) -> list[d.SettlementOfPlan]:
    s, f, p = today.region.settlements, today.facilities, today.parameters
    pyramids = outlook.projection.population.people
    straight = today.region.straight_m(f.lon, f.lat)
    walk_m_per_min = p.number("access.walk.m_per_min")
    nearest: list[dict[str, d.NearestToday]] = [{} for _ in s.ids]
    for column, service in enumerate(today.services):
        if service in today.unknown:
            continue
        some = np.flatnonzero(today.offered[:, column])
        limit = p.number(f"service.{service}.limit_car_min")
        limit_walk = p.number(f"service.{service}.limit_walk_m") / walk_m_per_min
        car = today.car.minutes[:, some]
        order = np.argsort(car, axis=1, kind="stable")
        walk = today.walk.minutes[:, some].min(axis=1)
        metres = straight[:, some].min(axis=1)
        for i in range(len(s.ids)):
            first = order[i, 0]
            second = order[i, 1] if len(some) > 1 else None
            reached = np.isfinite(car[i, first])
            reached2 = second is not None and np.isfinite(car[i, second])
            days = today.bus.weekdays.get((i, column), ()) if today.bus else None
            nearest[i][service] = d.NearestToday(
                facility=f.ids[some[first]] if reached else None, name=f.names[some[first]] if reached else None,
                car_min=_finite(car[i, first]), walk_min=_finite(walk[i]), straight_m=_finite(metres[i]),
                second_facility=f.ids[some[second]] if reached2 and second is not None else None,
                second_car_min=_finite(car[i, second]) if second is not None else None,
                within_limit_car=bool(car[i, first] <= limit), within_limit_walk=bool(walk[i] <= limit_walk),
                bus_weekdays=None if days is None else [int(day) for day in days],
            )
    return [
        d.SettlementOfPlan(
            id=s.ids[i], name=s.names[i], district=s.districts[i], lon=float(s.lon[i]), lat=float(s.lat[i]),
            basis=s.basis[i], households=_finite(s.households[i]),
            people={year: _counts(outlook, t, i) for t, year in enumerate(outlook.years)},
            pyramid={year: pyramids[t, i].tolist() for t, year in enumerate(outlook.years)},
            food_access_short=float(today.food.short[i]) if today.food else None, today=nearest[i],
            intervals={
                year: interval(outlook.drawn.settlements, "total", t, i) for t, year in enumerate(outlook.years)},
            chances={year: chances(outlook.drawn.settlements, t, i) for t, year in enumerate(outlook.years)},
        )
        for i in range(len(s.ids))
    ]


def _facilities(today: Today) -> list[d.FacilityOfPlan]:
    f = today.facilities
    return [
        d.FacilityOfPlan(
            id=f.ids[i], name=f.names[i], kind=f.kinds[i], services=list(f.services[i]), status=f.statuses[i],
            closing_year=int(f.closing_year[i]) if np.isfinite(f.closing_year[i]) else None,
            days_per_week=_finite(f.days_per_week[i]), floor_m2=_finite(f.floor_m2[i]), host=bool(f.host[i]),
            lon=float(f.lon[i]), lat=float(f.lat[i]), place=today.places.ids[today.places.of_facility[i]],
        )
        for i in range(len(f))
    ]


def _diagnosis(today: Today, outlook: Outlook) -> d.Diagnosis:
    p = today.parameters
    walk_m_per_min = p.number("access.walk.m_per_min")
    reach = {}
    for column, service in enumerate(today.services):
        if service not in today.unknown:
            offered = today.offered[:, column]
            reach[service] = reach_of(reach_count(
                minutes_to_nearest(today.car.minutes, offered), minutes_to_nearest(today.walk.minutes, offered),
                outlook.demand.users[0, :, column], outlook.counts.over_65[0], outlook.without_car[0],
                p.number(f"service.{service}.limit_car_min"),
                p.number(f"service.{service}.limit_walk_m") / walk_m_per_min,
            ))
    bus = None
    if today.bus:
        bus = {
            service: sum(1 for i, v in today.bus.weekdays if v == column)
            for column, service in enumerate(today.services) if service not in today.unknown
        }
    return d.Diagnosis(
        reach=reach, food_access_short=float(today.food.short.sum()) if today.food else None,
        food_access_base_65plus=float(outlook.counts.over_65[0].sum()), bus_settlements=bus,
        snapped=today.snapping.figures(),
    )


def _outlook(today: Today, outlook: Outlook) -> d.Outlook:
    under, over = outlook.counts.below(50), outlook.counts.half_over_65()
    return d.Outlook(
        people={year: _counts(outlook, t, slice(None)) for t, year in enumerate(outlook.years)},
        method=d.words(outlook.projection.method), controlled_to=d.words(outlook.projection.controlled_to),
        services=[
            d.ServiceOutlook(
                facility=today.facilities.ids[future.facility], service=today.services[future.service],
                users={year: float(future.users[t]) for t, year in enumerate(outlook.years)},
                threshold=future.threshold, falls_below_year=future.falls_below_year, below_today=future.below_today,
            )
            for future in outlook.futures
        ],
        settlements_under_50={year: int(under[t]) for t, year in enumerate(outlook.years)},
        settlements_over_half_65plus={year: int(over[t]) for t, year in enumerate(outlook.years)},
        intervals=_intervals(today, outlook),
    )


def _intervals(today: Today, outlook: Outlook) -> d.OutlookIntervals:
    drawn = outlook.drawn
    whole, years = drawn.municipality, list(enumerate(outlook.years))
    total, under_15, over_65 = (
        {year: interval(whole, measure, t, 0) for t, year in years} for measure in ("total", "under_15", "over_65"))
    return d.OutlookIntervals(
        draws=drawn.draws, seed=drawn.seed, few_households=today.parameters.number("population.few_households"),
        few_people=today.parameters.number("population.few_people"), total=total, under_15=under_15, over_65=over_65,
        share_65={year: share_interval(whole, t, 0) for t, year in years},
    )


def _sensitivity(reference: Answer, trials: list[Trial], today: Today) -> d.Sensitivity | None:
    if not trials:
        return None
    ids = today.places.ids
    rows = [
        d.SensitivityRow(
            change=d.words(trial.change), hubs=[ids[j] for j in trial.solution.hubs], gap=trial.solution.gap,
            cost_jpy_per_year=trial.solution.cost_jpy,
        )
        for trial in trials
    ]
    kept = {ids[j]: sum(ids[j] in row.hubs for row in rows) for j in reference.solution.hubs}
    return d.Sensitivity(rows=rows, kept_in=kept)


def basis_of(settlements: Settlements) -> Text:
    """How the people of most settlements are known."""
    bases = {basis: settlements.basis.count(basis) for basis in dict.fromkeys(settlements.basis)}
    sentences = {
        "counted": text("People are counted in each settlement."),
        "disaggregated": text("People are counted in larger districts and spread over the settlements within each."),
        "ages_fitted": text("Each settlement's total is counted; its ages follow those of the municipality."),
        "sample": text("People are made up: the place is fictional."),
    }
    return sentences[max(bases, key=lambda basis: bases[basis])]


def notes_of(ledger: Ledger) -> list[d.NoteOfPlan]:
    return [
        d.NoteOfPlan(kind=note.kind, what=d.words(note.what), count=note.count, source=note.source,
                     examples=list(note.examples))
        for note in ledger.notes
    ]


def parameters_of(parameters: Parameters) -> list[d.ParameterOfPlan]:
    return [
        d.ParameterOfPlan(
            name=p.name, description=d.words(p.description), value=p.value, unit=p.unit, source=p.source,
            since=p.since.isoformat(), overridden=p.overridden,
        )
        for p in parameters.values()
    ]

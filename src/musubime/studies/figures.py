"""The figures that a council will quote, each with how it is recomputed from plan.json."""

from __future__ import annotations

from . import document as d


def figures_of(
    place: d.PlaceOfPlan, diagnosis: d.Diagnosis, without: dict[int, d.Measures], alternatives: list[d.Alternative],
    plan_year: int, outlook: d.Outlook,
) -> list[d.FigureOfPlan]:
    """Every number of the summary: id, value, unit, formula in the terms of plan.json, sources."""
    base = place.base_year
    last = max(without)
    out = [
        _figure("people.base", place.people, "people", f"sum over settlements of people[{base}].total", "population"),
        _figure("people_65plus.base", place.people_65plus, "people",
                f"sum over settlements of people[{base}].over_65", "population"),
        _figure("without_plan.unserved", without[last].unserved_people, "people",
                f"without_plan[{last}]: people[{last}].total of settlements in which without_plan_assignment has no "
                "place for at least one service that is placeable", "population", "facilities"),
    ]
    if outlook.intervals is not None:
        spread = outlook.intervals
        out.append(_figure(f"people.{last}", outlook.people[last].total, "people",
                           f"sum over settlements of people[{last}].total; docs/methods/population.md", "population"))
        out += [
            _figure(f"people.{last}.{end}", getattr(spread.total[last], end), "people",
                    f"quantile {level} of the people of {last} over {spread.draws} draws, seed {spread.seed}; each "
                    "draw is the sum of its settlements; docs/methods/population.md, Draws", "population")
            for end, level in (("low_80", 0.1), ("high_80", 0.9), ("low_95", 0.025), ("high_95", 0.975))
        ]
    if diagnosis.food_access_short is not None:
        out.append(_figure("food_access.short", diagnosis.food_access_short, "people",
                           "sum over settlements of food_access_short", "population", "facilities"))
    for service, reach in diagnosis.reach.items():
        out.append(_figure(
            f"today.{service}.beyond", reach.beyond, "people",
            f"sum over settlements where today.{service} has neither within_limit_car nor within_limit_walk of the "
            f"users: pyramid[{base}] within users_age_from..users_age_to × users_share", "population", "facilities"))
    for a in alternatives:
        measures = a.by_year[plan_year]
        out += [
            _figure(f"{a.id}.hubs", len(a.hubs), "hubs", f"count of alternatives[{a.id}].hubs"),
            _figure(f"{a.id}.cost", a.cost_jpy_per_year, "JPY per year",
                    "sum of hubs.cost_jpy_per_year and kept_outside.cost_jpy_per_year; a hub costs "
                    "plan.hub_cost_jpy_per_year, its buildings building.*.cost_jpy_per_year, its services their own"),
            _figure(f"{a.id}.objective", a.objective_jpy, "JPY per year",
                    "cost plus, over settlements, services and the mean of the years after the base year: users × "
                    "trips_per_year × 2 × minutes of the assignment (unserved_min where place is null) × "
                    "plan.jpy_per_minute", "population", "facilities"),
            _figure(f"{a.id}.gap", a.gap, "share", "(objective_jpy - bound_jpy) / objective_jpy"),
            _figure(f"{a.id}.unserved", measures.unserved_people, "people",
                    f"sum of unserved.people: settlements lacking a placeable service in {plan_year}", "population"),
        ]
    return out


def _figure(id: str, value: float, unit: str, formula: str, *sources: str) -> d.FigureOfPlan:
    return d.FigureOfPlan(id=id, value=value, unit=unit, formula=formula, sources=list(sources))

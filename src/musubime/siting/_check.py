"""Everything that is wrong with a hub problem, at once."""

from __future__ import annotations

import numpy as np

from musubime.errors import Fault
from musubime.language import Text, text

from .model import HubProblem


def problem_faults(p: HubProblem) -> list[Fault]:
    """Faults of shape, then of values (which need sound shapes to be read)."""
    return _shape_faults(p) or _value_faults(p)


def _fault(what: Text, remedy: Text, field: str, value: object = "") -> Fault:
    return Fault(what, remedy, field=field, value=str(value))


def _shape_faults(p: HubProblem) -> list[Fault]:
    years, settlements, services = len(p.years), len(p.settlement_ids), len(p.service_ids)
    places, buildings = len(p.place_ids), len(p.building_ids)
    expected: dict[str, tuple[int, ...]] = {
        "year_weights": (years,), "users": (years, settlements, services), "minutes": (settlements, places),
        "limit_min": (services,), "trips_per_year": (services,), "existing": (places, services),
        "rescue": (places, services), "may_open": (places, services), "min_users": (services,),
        "building_place": (buildings,), "floor_m2": (buildings,), "building_cost_jpy": (buildings,),
        "service_floor_m2": (services,), "service_cost_jpy": (services,), "rescue_cost_jpy": (services,),
    }
    if p.reach_min is not None:
        expected["reach_min"] = (services,)
    if p.draws is not None:
        expected["draws"] = (len(p.draws), years, settlements, services)
        if p.draw_weights is not None:
            expected["draw_weights"] = (len(p.draws),)
    return [
        _fault(
            text("The table has the shape {found}, but {shape} is needed.", found=str(np.shape(getattr(p, name))),
                 shape=str(shape)),
            text("Give one value for every id."), name,
        )
        for name, shape in expected.items() if np.shape(getattr(p, name)) != shape
    ]


def _value_faults(p: HubProblem) -> list[Fault]:
    faults: list[Fault] = []
    for name in ("users", "year_weights", "trips_per_year", "min_users", "building_cost_jpy", "service_floor_m2",
                 "service_cost_jpy", "rescue_cost_jpy", "hub_cost_jpy", "jpy_per_minute", "unserved_min",
                 "limit_min", "draws", "draw_weights", "hold_share"):
        if getattr(p, name) is None:
            continue
        values = np.asarray(getattr(p, name), dtype=np.float64)
        bad = ~np.isfinite(values) | (values < 0)
        if bad.any():
            faults.append(_fault(
                text("{count} values are negative or not a number.", count=int(bad.sum())),
                text("Give numbers of zero or more."), name, values[bad].flat[0],
            ))
    for name in ("minutes", "floor_m2", "reach_min"):  # these may be inf
        if getattr(p, name) is None:
            continue
        values = np.asarray(getattr(p, name), dtype=np.float64)
        bad = np.isnan(values) | (values < 0)
        if bad.any():
            faults.append(_fault(
                text("{count} values are negative or not a number.", count=int(bad.sum())),
                text("Give numbers of zero or more; inf where no way leads or no limit is known."), name,
                values[bad].flat[0],
            ))
    if faults:
        return faults
    if len(p.years) and abs(float(np.sum(p.year_weights)) - 1.0) > 1e-6:
        faults.append(_fault(text("The weights of the years add up to {total:.6g}, not to 1.",
                                  total=float(np.sum(p.year_weights))),
                             text("Divide each by their sum."), "year_weights"))
    if len(p.limit_min) and p.unserved_min < float(np.max(p.limit_min)):
        worst = int(np.argmax(p.limit_min))
        faults.append(_fault(
            text("An unserved trip counts {minutes:g} minutes, fewer than the limit of {service} ({limit:g}): "
                 "a plan would gain by serving nobody.", minutes=p.unserved_min, service=p.service_ids[worst],
                 limit=float(p.limit_min[worst])),
            text("Raise unserved_min to the longest limit at least."), "unserved_min", p.unserved_min,
        ))
    if p.draw_weights is not None and abs(float(np.sum(p.draw_weights)) - 1.0) > 1e-6:
        faults.append(_fault(text("The weights of the draws add up to {total:.6g}, not to 1.",
                                  total=float(np.sum(p.draw_weights))),
                             text("Divide each by their sum."), "draw_weights"))
    if p.hold_share > 1 or (p.hold_share > 0 and (p.draws is None or not len(p.draws))):
        faults.append(_fault(
            text("A share of {share:g} of the draws cannot be asked for: there are {draws} draws.",
                 share=p.hold_share, draws=0 if p.draws is None else len(p.draws)),
            text("Give a share from 0 to 1, and draws of the outlook with it."), "hold_share", p.hold_share,
        ))
    places = len(p.place_ids)
    positions = {
        "apart": [x for pair in p.apart for x in pair], "must_open": [j for j, _, _ in p.must_open],
    }
    ends = {"apart": places, "must_open": places}
    positions |= {"excused": list(p.excused), "never_buildings": list(p.never_buildings)}
    ends |= {"excused": len(p.settlement_ids), "never_buildings": len(p.building_ids)}
    for name, found in positions.items():
        outside = [int(x) for x in found if not 0 <= x < ends[name]]
        if outside:
            faults.append(_fault(
                text("{count} positions are not in the list they point to.", count=len(outside)),
                text("Positions run from 0 to {last}.", last=ends[name] - 1), name, outside[0],
            ))
    wrong_room = [
        (j, s, b) for j, s, b in p.must_open
        if not 0 <= s < len(p.service_ids) or not -1 <= b < len(p.building_ids) or (b >= 0 and p.building_place[b] != j)
    ]
    if wrong_room:
        faults.append(_fault(
            text("A service must be opened in a building that does not stand at its place."),
            text("Give a building of the same place, or -1 for any."), "must_open", wrong_room[0],
        ))
    for name in ("must_hubs", "never_hubs", "building_place"):
        wrong = [int(j) for j in getattr(p, name) if not 0 <= j < places]
        if wrong:
            faults.append(_fault(
                text("{count} positions are not those of a place.", count=len(wrong)),
                text("Positions run from 0 to {last}.", last=places - 1), name, wrong[0],
            ))
    for name in ("hubs", "max_hubs", "budget_jpy", "min_services"):
        value = getattr(p, name)
        if value is not None and not value >= 0:
            faults.append(_fault(text("The limit is negative or not a number."),
                                 text("Give zero or more, or leave it out."), name, value))
    return faults

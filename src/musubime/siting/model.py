"""The hub problem and its answer. The model is written out in docs/methods/siting.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from musubime.language import Text
from musubime.region import Floats, Ints

Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class HubProblem:
    """Which places become hubs, which services each offers in which building, and what stays as it is.

    A *place* is a handful of buildings within walking distance of one another; a *site* of a service is a place.

    users: (years, settlements, services) people who would use a service, at each planning year.
    year_weights: (years,), sum 1. minutes: (settlements, places), inf where no way leads; one way.
    limit_min: (services,) beyond it a user is not served. trips_per_year: (services,) of one user.
    existing: (places, services) can be had there today and stays by itself, at no cost to the plan.
    rescue: (places, services) can be had there today but will close unless supported (announced, or below
        its viability); keeping it costs rescue_cost_jpy and needs no hub.
    may_open: (places, services) a hub there may offer it anew. min_users: (services,) fewest users a year
        (weighted over years) for which a rescued or new service is offered.
    building_place: (buildings,) position of a building's place; floor_m2: (buildings,) usable floor, inf where
        not known; building_cost_jpy: (buildings,) per year once it is used (renovation spread, upkeep).
    service_floor_m2, service_cost_jpy: (services,) of a service newly offered in a hub, per year.
    rescue_cost_jpy: (services,). hub_cost_jpy: per hub and year (its coordinator).
    jpy_per_minute: value of one person's minute; unserved_min: minutes, one way, that an unserved trip counts
        for in place of the minutes to the closest offer (there and back: twice, as for everybody).
    min_services: a hub offers at least so many services at its place, those that exist there included.
    hubs: exactly so many hubs, or None. max_hubs, budget_jpy (per year): limits, or None.
    must_hubs, never_hubs: positions of places.

    Limits that a plan may add; left out, none applies:
    draws: (draws, years, settlements, services) users in each draw of an uncertain outlook; draw_weights: (draws,),
        sum 1, None = alike. hold_share: a new or kept service has its fewest users in draws that together weigh at
        least so much. every_year: fewest users hold in each planning year, not only in the average one.
    reach_min: (services,) nobody lives farther than so many minutes from an offer, inf where that is not asked;
        excused: positions of the settlements for which it need not hold.
    apart: pairs of places that are not both hubs. must_open: (place, service, building) newly offered in that
        building, or in any one where building is -1. never_buildings: buildings that the plan does not use.
    """

    settlement_ids: tuple[str, ...]
    service_ids: tuple[str, ...]
    place_ids: tuple[str, ...]
    building_ids: tuple[str, ...]
    years: tuple[int, ...]
    year_weights: Floats
    users: Floats
    minutes: Floats
    limit_min: Floats
    trips_per_year: Floats
    existing: Bools
    rescue: Bools
    may_open: Bools
    min_users: Floats
    building_place: Ints
    floor_m2: Floats
    building_cost_jpy: Floats
    service_floor_m2: Floats
    service_cost_jpy: Floats
    rescue_cost_jpy: Floats
    hub_cost_jpy: float
    jpy_per_minute: float
    unserved_min: float
    min_services: int
    hubs: int | None = None
    max_hubs: int | None = None
    budget_jpy: float | None = None
    must_hubs: tuple[int, ...] = ()
    never_hubs: tuple[int, ...] = ()
    draws: Floats | None = None
    draw_weights: Floats | None = None
    hold_share: float = 0.0
    every_year: bool = False
    reach_min: Floats | None = None
    excused: tuple[int, ...] = ()
    apart: tuple[tuple[int, int], ...] = ()
    must_open: tuple[tuple[int, int, int], ...] = ()
    never_buildings: tuple[int, ...] = ()


@dataclass(frozen=True)
class HubSolution:
    """The answer with its proof. Everything is recomputed from the decisions, not read off the solver.

    hubs: positions of places, ascending. offered: (places, services) what can be had where, all kinds.
    building_of: (places, services) building position of a newly offered service, -1 elsewhere.
    assigned: (settlements, services) place of the closest offer within the limit, -1 = not served.
    objective_jpy: the value minimised; bound_jpy: proven lower bound; gap = (objective - bound) / objective.
    cost_jpy: yearly public cost. conflict: when infeasible, the smallest set of requirements that conflict,
    in the language current when it was solved; conflict_texts are the same for both languages.
    status: "optimal" is proven to a millionth; "unknown" means that the time ran out before any plan was found
    and before it was proven that there is none (conflict then says so).
    holds: (places, services) weight of the draws in which a new or kept service has its fewest users, NaN elsewhere;
    hub_holds: for each hub the least of its new and kept services. None without draws.
    """

    status: Literal["optimal", "feasible", "infeasible", "unknown"]
    hubs: tuple[int, ...]
    offered: Bools
    opened: Bools
    rescued: Bools
    building_of: Ints
    assigned: Ints
    objective_jpy: float
    bound_jpy: float
    gap: float
    cost_jpy: float
    seconds: float
    conflict: tuple[str, ...] = ()
    conflict_texts: tuple[Text, ...] = ()
    holds: Floats | None = None
    hub_holds: tuple[float, ...] | None = None

    def is_feasible(self) -> bool:
        """May the plan be used? Only then do the other fields describe one."""
        return self.status in {"optimal", "feasible"}

    def why(self) -> tuple[Text, ...]:
        """Why there is no plan: requirements of which every one may be given up to get one."""
        return self.conflict_texts


@dataclass(frozen=True)
class NearLists:
    """Each client's nearest sites only: site[ptr[i]:ptr[i+1]] ascending in cost (for one unit of weight).

    Everything nearer than the last of a list is in it. sites: how many sites there are.
    """

    ptr: Ints
    site: NDArray[np.int32]
    cost: Floats
    sites: int


@dataclass(frozen=True)
class PMedian:
    """Open exactly p sites so that the weighted way to the closest one is least.

    cost: (clients, sites) minutes, metres or yen for one unit of weight, inf where no way leads; or the lists
    of `instances.near_lists` where a full matrix is too large. weight: (clients,). must: sites that stand already.
    """

    cost: Floats | NearLists
    weight: Floats
    p: int
    must: tuple[int, ...] = ()


@dataclass(frozen=True)
class PCenter:
    """Open exactly p sites so that the longest way to the closest one is shortest. cost: (clients, sites)."""

    cost: Floats
    p: int
    must: tuple[int, ...] = ()


@dataclass(frozen=True)
class MaxCover:
    """Open exactly p sites so that most weight lies within reach. reach: (clients, sites), true where within."""

    reach: Bools
    weight: Floats
    p: int
    must: tuple[int, ...] = ()


@dataclass(frozen=True)
class SetCover:
    """Open the cheapest sites that reach everybody. reach: (clients, sites); open_cost: (sites,)."""

    reach: Bools
    open_cost: Floats
    must: tuple[int, ...] = ()


@dataclass(frozen=True)
class FacilityLocation:
    """Open sites and serve every client at least cost. cost: (clients, sites) for a client's whole demand.

    demand: (clients,), capacity: (sites,) in the same unit, inf where one has no limit, or None: no limit. Demand may
    be split between sites unless `single` is true. p: exactly so many sites, or None. must: sites that stand already.
    """

    cost: Floats
    open_cost: Floats
    demand: Floats | None = None
    capacity: Floats | None = None
    single: bool = False
    p: int | None = None
    must: tuple[int, ...] = ()


@dataclass(frozen=True)
class SiteSolution:
    """The open sites with their proof. objective is counted from them; bound is a proven limit of the optimum
    (lower, or upper for MaxCover, whose objective is the weight reached); gap = |objective - bound| / objective.

    assigned: (clients,) the site that serves each, -1 = none. flow: (clients, sites) shares, only where demand
    is split. why(): when infeasible, what stands against it, those concerned named by position; conflict_clients:
    the clients that cannot be served together, where that is what stands against it.
    """

    status: Literal["optimal", "feasible", "infeasible", "unknown"]
    open: tuple[int, ...]
    assigned: Ints
    objective: float
    bound: float
    gap: float
    seconds: float
    conflict_texts: tuple[Text, ...] = ()
    steps: tuple[str, ...] = ()
    flow: Floats | None = None
    conflict_clients: tuple[int, ...] = ()

    def is_feasible(self) -> bool:
        return self.status in {"optimal", "feasible"}

    def why(self) -> tuple[Text, ...]:
        return self.conflict_texts

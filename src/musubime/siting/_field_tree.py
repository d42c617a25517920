"""Branch and bound over what is offered where, on Lagrangian bounds (docs/methods/siting.md, "The tree").

A decision "offered" ends the lists of everybody who passes there: nobody goes beyond an open door. That is what
makes closest assignment, which the Lagrangian lets go, hold again further down.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise

import numpy as np

from musubime.region import Floats, Ints

from . import _field_bound as kb
from . import _field_search as ks
from ._field import Field, Ground, make_field, make_ground
from .evaluate import Evaluation, evaluate, without_plan
from .model import Bools, HubProblem

SPREAD = 10.0  # weights of what a search may miss vary by so much
SIDE_BY_SIDE = 2  # parts that are bounded at the same time
SELDOM = 4  # where parts of another tree are given the plan is good already: a glance into every so many of them
HEAVY = 100.0  # times as much: a search that starts at an allowed plan does not leave what is allowed


@dataclass
class Prices:
    """Of one bound: by client, by set of services that clash, by whom must be reached, of the budget's yen."""

    client: Floats
    toll: dict[bytes, float] = field(default_factory=dict)
    grant: dict[bytes, float] = field(default_factory=dict)
    mu: float = 0.0


@dataclass
class Bounded:
    """A bound with what it rests on. bad: pairs of candidates that exclude each other."""

    field: Field
    value: float
    prices: Prices
    often: Floats
    bad: Bools
    arguments: tuple[object, ...]

    def of_each(self) -> Floats:
        """(candidates,) a bound of every plan that offers it."""
        return np.asarray(kb.forced_bounds(self.field, *self.arguments), dtype=np.float64)


def bound(
    f: Field, prices: Prices | None, upper: float, *, most: int, patience: int = 12, step: float = 1.0
) -> Bounded:
    """Raise prices from where they stand. upper: value of a plan."""
    view = int(np.argmax(f.draw < 0))
    bad = kb.served_alone(f, view)
    ptr, member = kb.cover_with_cliques(bad)
    member = member.astype(np.int64)
    sets, needs = _names(f, ptr, member), _names(f, f.rptr, f.rcand)
    ends = f.cost[f.ptr[1:] - 1]
    if prices is None:
        client, mu = kb.first_prices(f), np.zeros(1)
        toll, grant = np.zeros(len(sets)), np.zeros(len(needs))
    else:
        client, mu = np.minimum(prices.client, ends), np.array([prices.mu])
        toll = np.array([prices.toll.get(key, 0.0) for key in sets], dtype=np.float64)
        grant = np.array([prices.grant.get(key, 0.0) for key in needs], dtype=np.float64)
    group, groups = _groups(f)
    often = np.zeros(len(f.place))
    value = kb.lagrange(f, client, toll, grant, mu, ptr, member, group, groups, upper, most, patience, step, often)
    found = Prices(
        client, {k: float(v) for k, v in zip(sets, toll, strict=True) if v > 0},
        {k: float(v) for k, v in zip(needs, grant, strict=True) if v > 0}, float(mu[0]),
    )
    return Bounded(f, float(value), found, often, bad, (client, toll, grant, mu, ptr, member, group, groups))


def _names(f: Field, ptr: Ints, member: Ints) -> list[bytes]:
    """A name for each set of candidates that is the same in every problem with these places and services."""
    pairs = (f.place * 4096 + f.service)[member]
    return [pairs[a:b].tobytes() for a, b in pairwise(ptr.tolist())]


def _groups(f: Field) -> tuple[Ints, int]:
    """Places in groups of which any two exclude each other: (places,), count."""
    group = np.full(len(f.here), -1, dtype=np.int64)
    count = 0
    for j in range(len(group)):
        if group[j] < 0:
            group[j] = count
            members = {j}
            for other in f.aplace[f.aptr[j] : f.aptr[j + 1]]:
                beside = set(f.aplace[f.aptr[other] : f.aptr[other + 1]].tolist())
                if group[other] < 0 and members <= beside:
                    group[other] = count
                    members.add(int(other))
            count += 1
    return group, count


def start_weights(problem: HubProblem) -> Floats:
    """What a search pays for what it misses: the whole of a service's users, one unreached, one lacking service, one
    hub too many or few, one clash: 3 thousandths of doing nothing; a yen over the budget: 3."""
    some = 0.003 * max(without_plan(problem).objective_jpy, 1e4)
    return np.array([some, some, some, some, some, 3.0])


def state_of(f: Field, weight: Floats, hubs: tuple[int, ...], opened: Bools, rescued: Bools) -> ks.State:
    """A plan as the start of a search."""
    kind = np.where(opened[f.place, f.service], ks.OPENED, np.where(rescued[f.place, f.service], ks.KEPT, ks.NOTHING))
    hub = np.zeros(len(f.here), dtype=bool)
    hub[list(hubs)] = True
    return ks.start_from(f, kind.astype(np.int8), hub, weight)  # type: ignore[no-any-return]


def counted(problem: HubProblem, f: Field, state: ks.State) -> Evaluation | None:
    """A state counted out by `evaluate`, services housed in the cheapest buildings; None when it breaks a rule."""
    building_of = np.full(problem.existing.shape, -1, dtype=np.int64)
    rescued = np.zeros(problem.existing.shape, dtype=bool)
    rescued[f.place[state.kind == ks.KEPT], f.service[state.kind == ks.KEPT]] = True
    for j in np.unique(f.place[state.kind == ks.OPENED]):
        services = f.service[(state.kind == ks.OPENED) & (f.place == j)]
        housed = housing(problem, int(j), services)
        if housed is None:
            return None
        building_of[j, services] = housed
    answer = evaluate(problem, np.flatnonzero(state.hub).tolist(), building_of, rescued)
    return None if answer.broken else answer


def housing(problem: HubProblem, place: int, services: Ints) -> list[int] | None:
    """The cheapest buildings for these services, one each; None when they do not fit. Tried service by service."""
    p = problem
    only = {s: b for j, s, b in p.must_open if j == place and b >= 0}
    here = [int(b) for b in np.flatnonzero(p.building_place == place) if b not in p.never_buildings]
    order = sorted(range(len(services)), key=lambda n: -p.service_floor_m2[services[n]])
    room = {b: float(p.floor_m2[b]) * (1 + 5e-7) for b in here}
    best: list[float | list[int] | None] = [np.inf, None]
    chosen = [-1] * len(services)

    def place_next(n: int, cost: float) -> None:
        if cost >= best[0]:  # type: ignore[operator]
            return
        if n == len(order):
            best[:] = [cost, chosen.copy()]
            return
        at = order[n]
        need = float(p.service_floor_m2[services[at]])
        for b in here:
            if only.get(int(services[at]), b) == b and need <= room[b]:
                more = 0.0 if b in chosen else float(p.building_cost_jpy[b])
                chosen[at] = b
                room[b] -= need
                place_next(n + 1, cost + more)
                room[b] += need
                chosen[at] = -1

    place_next(0, 0.0)
    return best[1]  # type: ignore[return-value]


@cache
def prepare() -> None:
    """Compile the kernels, or load what was compiled, on a problem of one place: no clock of a solve runs yet."""
    one, yes, no = np.ones(1), np.ones((1, 1), dtype=bool), np.zeros((1, 1), dtype=bool)
    search_tree(HubProblem(
        settlement_ids=("a",), service_ids=("s",), place_ids=("p",), building_ids=("b",), years=(2030,),
        year_weights=one, users=np.ones((1, 1, 1)), minutes=np.ones((1, 1)), limit_min=one, trips_per_year=one,
        existing=no, rescue=no, may_open=yes, min_users=one, building_place=np.zeros(1, dtype=np.int64), floor_m2=one,
        building_cost_jpy=one, service_floor_m2=one, service_cost_jpy=one, rescue_cost_jpy=one, hub_cost_jpy=1.0,
        jpy_per_minute=1.0, unserved_min=2.0, min_services=1, hubs=1,
    ), seconds=1e9, gap=0.0, kicks=1)


@dataclass
class Leaf:
    """A part of all plans: those that offer all of `force` and none of `drop` (places, services). bound: proven."""

    force: Bools
    drop: Bools
    prices: Prices | None
    bound: float = -np.inf


@dataclass
class _Looked:
    """What came of looking at a part: its bound (got: None, and inf, when it holds no plan), and plans seen."""

    number: int
    leaf: Leaf
    drop: Bools
    bound: float
    got: Bounded | None
    plans: list[Evaluation]


@dataclass
class TreeAnswer:
    """best: None when no plan was found. bound: inf when there is none. prices: of the root. leaves: parts that
    together are all plans of *any* problem with these places and services, each with prices that fit it."""

    best: Evaluation | None
    bound: float
    nodes: int
    prices: Prices | None
    leaves: list[Leaf] = field(default_factory=list)
    root_bound: float = -np.inf


def search_tree(
    problem: HubProblem, *, seconds: float, gap: float, best: Evaluation | None = None, prices: Prices | None = None,
    ground: Ground | None = None, leaves: list[Leaf] | None = None, below: float = -np.inf, kicks: int = 60,
    seed: int = 1, fix: bool = True,
    told: Callable[[float, float, float], None] | None = None, stop: Callable[[], bool] | None = None,
) -> TreeAnswer:
    """Search for a plan, then branch until its gap is proven, time is up or `stop()` says so.

    leaves: parts to begin with, of the tree of a similar problem, with bounds that hold for this one; below: a bound
    of all of them.
    fix: leave out what no plan within the gap offers; without it the prices of the leaves fit other problems better.
    told: called with (seconds, value, bound).
    """
    began = time.perf_counter()
    ground = ground or make_ground(problem)
    root = make_field(problem, ground)
    if root is None:
        return TreeAnswer(None, float("inf"), 0, None)
    weight = start_weights(problem)
    dice = np.array([seed], dtype=np.uint64)
    done = stop or (lambda: False)

    def look(f: Field, state: ks.State, kicks: int) -> None:
        nonlocal best
        found = ks.fresh(f)
        if ks.search(f, state, found, weight, dice, kicks, SPREAD):
            plan = counted(problem, f, found)
            if plan is not None and (best is None or plan.objective_jpy < best.objective_jpy):
                best = plan

    def glance(f: Field, often: Floats, value: float) -> list[Evaluation]:
        """A short search in a part of all plans, from what its bound offers; then without the part's limits."""
        kind = np.where(f.opens, ks.OPENED, ks.KEPT) * (often > 0.5)
        state = ks.start_from(f, kind.astype(np.int8), np.zeros(len(f.here), dtype=bool), weight)
        if not ks.settle(f, state, weight, False):
            return []
        now = state.total[ks.TRAVEL] + state.total[ks.COST]
        plan = counted(problem, f, state) if now <= value * 1.004 else None
        if plan is None:
            return []
        state = state_of(root, weight, plan.hubs, plan.opened, plan.rescued)
        polished = counted(problem, root, state) if ks.settle(root, state, weight * HEAVY, True) else None
        return [plan] if polished is None else [plan, polished]

    def known(f: Field) -> ks.State:
        return ks.fresh(f) if best is None else state_of(f, weight, best.hubs, best.opened, best.rescued)

    for _ in range(-(-kicks // 20)):
        if not done() and time.perf_counter() - began < seconds / 3:
            look(root, known(root), min(kicks, 20))
    none = np.zeros(problem.existing.shape, dtype=bool)
    apart = kb.served_alone(root, int(np.argmax(root.draw < 0)))  # what cannot stand together stays so in every part
    begin = leaves or [Leaf(none, none, prices)]
    first = made = len(begin)
    # bound, number, part, what is left out of it
    heap = [(max(below, leaf.bound), n, leaf, leaf.drop) for n, leaf in enumerate(begin)]
    heapq.heapify(heap)
    nodes, closed = 0, np.inf  # closed: least bound of what is not looked at further
    root_prices, root_bound = prices, below
    ended: list[Leaf] = []

    def look_at(part: tuple[float, int, Leaf, Bools], value: float, at: int) -> _Looked:
        """Bound one part, number `at` of those looked at, and glance into it. May run beside another."""
        below, number, leaf, drop = part
        beside = apart[leaf.force[root.place, root.service]].any(axis=0)
        drop = drop.copy()
        drop[root.place[beside], root.service[beside]] = True
        f = None if (drop & leaf.force).any() else make_field(problem, ground, drop, leaf.force)
        if f is None:
            return _Looked(number, leaf, drop, np.inf, None, [])
        upper = value if np.isfinite(value) else 2.0 * float(f.cost[f.ptr[1:] - 1].sum())
        if number < first and leaves:
            start = leaf.prices
            if start is not None and prices is not None:
                start = replace(start, mu=prices.mu)  # a budget may be new
            got = bound(f, start, upper, most=8, step=0.2)
        elif at == 1:
            got = bound(f, leaf.prices, upper, most=400, step=1.0)
        else:
            got = bound(f, leaf.prices, upper, most=30 if leaves else 50, step=0.3)
        below = max(below, got.value)
        rare = bool(leaves) and at % SELDOM != 0
        plans = [] if below >= value * (1 - gap) or done() or rare else glance(f, got.often, value)
        return _Looked(number, leaf, drop, below, got, plans)

    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        while heap:
            value = best.objective_jpy if best is not None else np.inf
            cutoff = value * (1 - gap) + 1e-9
            if told and nodes:
                told(time.perf_counter() - began, value, min(heap[0][0], closed, value))
            if nodes and (heap[0][0] >= cutoff or done() or time.perf_counter() - began > seconds):
                break
            some = [heapq.heappop(heap)]
            while heap and heap[0][0] < cutoff and len(some) < SIDE_BY_SIDE:
                some.append(heapq.heappop(heap))
            looks = [(part, value, nodes + n) for n, part in enumerate(some, 1)]
            nodes += len(some)
            looked = list(pool.map(lambda look: look_at(*look), looks)) if len(looks) > 1 else [look_at(*looks[0])]
            for plan in (plan for one in looked for plan in one.plans):
                if best is None or plan.objective_jpy < best.objective_jpy:
                    best = plan
            cutoff = (best.objective_jpy if best is not None else np.inf) * (1 - gap) + 1e-9
            for one in looked:
                leaf, drop, below, got = one.leaf, one.drop, one.bound, one.got
                leaf.bound = below
                ended.append(leaf)
                if got is None:
                    continue
                leaf.prices = got.prices
                if one.number == 0 and first == 1:
                    root_prices, root_bound = got.prices, got.value
                if below >= cutoff:
                    closed = min(closed, below)
                    continue
                f, fixed = got.field, got.of_each()
                beside = got.bad[f.forced].any(axis=0)  # cannot stand beside what is decided here
                out = ((fixed >= cutoff) & fix) | beside
                closed = min(closed, float(fixed[out & ~beside].min(initial=np.inf)))
                if (out & f.forced).any():
                    continue
                drop[f.place[out], f.service[out]] = True
                free = ~out & ~f.forced
                if not free.any():
                    closed = min(closed, below)  # all is decided but buildings and bare hubs: the bound stays
                    continue
                stake = kb.stakes(f, got.prices.client)
                undecided = np.where(free, np.minimum(got.often, 1 - got.often) + 1e-3, -1.0)
                c = int(np.argmax(undecided * np.where(free, stake + 1.0, 1.0)))
                ended.pop()
                for offered in (True, False):
                    part = Leaf(leaf.force.copy(), leaf.drop.copy(), got.prices, below)
                    (part.force if offered else part.drop)[int(f.place[c]), int(f.service[c])] = True
                    made += 1
                    heapq.heappush(heap, (below, made, part, drop | part.drop))
    left = min([item[0] for item in heap], default=np.inf)
    value = best.objective_jpy if best is not None else np.inf
    return TreeAnswer(
        best, float(min(left, closed, value)), nodes, root_prices, ended + [item[2] for item in heap],
        root_bound)

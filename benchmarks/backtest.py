"""Predict what is already known from what was known before, never peeking, and print how far it was off.

    python benchmarks/backtest.py [--data ../shared/data] [--draws 1000] [--json] [--mesh]

Cases: 岩国's 22 districts, 美祢's 8, 山陽小野田's 11 school districts and 下関's 592 towns (registers), Yamaguchi's 19
municipalities and its former towns (censuses). Each is projected from an origin with the counts up to it alone, and
compared with a later count. Baselines: nobody moves or dies (constant), the last trend goes on (linear), everybody
follows the municipality's ratios (parent), each unit follows its own ratios, unshrunk (own), Inoue's weights (inoue).

Point accuracy and intervals are judged twice: with the shipped parameters, which were fitted to these places too, and
out of sample ("elsewhere"), where no place has a part in its own parameters (`groups`): the spreads of ratios
(population.spread_*) are fitted anew by maximum likelihood to all other places, the scales of the draws
(population.draw_*) chosen anew on all other places with these spreads, and for registers the spread of the municipality
(population.town_*) taken from errors of censuses before the origin alone. For the censuses "the municipality" is the
prefecture, of which no error before the first origins is known: there the shipped one stands. The correlations of ages
(population.spread_*_together) and the periods' weights are the shipped ones throughout.
--mesh compares the mesh projection of 国土数値情報 for Nara (2020 to 2050) with ours from the same base.
"""

from __future__ import annotations

import argparse
import csv
import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from itertools import product as product_of
from pathlib import Path

import numpy as np
import pandas as pd
import pyogrio
from scipy.optimize import minimize

from musubime.parameters import Parameters, load
from musubime.population import project
from musubime.population.ages import AgePattern
from musubime.population.model import BANDS, Rates
from musubime.population.ratios import changes, child_woman_ratio, cohorts, ratio, to_five_years, women
from musubime.population.steps import at_years, run
from musubime.population.uncertainty import project_with_draws
from musubime.population.vital import reference_rates
from musubime.region import FIVE_YEAR_AGES, MunicipalSeries, Population, Settlements

SIZES = (0, 100, 300, 1_000, 5_000, 20_000, 10**9)
GROUPS = {"total": slice(0, 18), "65+": slice(13, 18), "0-14": slice(0, 3)}


@dataclass(frozen=True)
class Case:
    """Counts up to position `origin` of `table` are known; the count at `target` is to be told."""

    name: str
    family: str  # cases that share places or years; intervals are calibrated on other families
    table: Population
    known: tuple[int, ...]
    target: int
    municipal: Population | None = None

    @property
    def past(self) -> Population:
        return pick(self.table, self.known)

    @property
    def horizon_years(self) -> int:
        return self.table.years[self.target] - self.table.years[self.known[-1]]


def pick(table: Population, dates: Sequence[int]) -> Population:
    return Population(
        table.unit_ids, tuple(table.years[i] for i in dates), tuple(table.months[i] for i in dates), table.age_from,
        table.people[list(dates)],
    )


def units(table: Population, names: Sequence[str]) -> Population:
    places = [table.unit_ids.index(name) for name in names]
    return Population(tuple(names), table.years, table.months, table.age_from, table.people[:, places])


# ---- what is told, and by whom ----------------------------------------------------------------------------------


def product(case: Case, parameters: Parameters) -> np.ndarray:
    """Musubime's projection at the target: (units, 2, 18)."""
    series = MunicipalSeries(case.municipal)
    return project(case.past, series, [case.table.years[case.target]], parameters).population.people[-1]


def constant(case: Case, parameters: Parameters) -> np.ndarray:
    return case.past.latest


def linear(case: Case, parameters: Parameters) -> np.ndarray:
    """The trend of the last known span goes on, group by group; with one count, the municipality's trend."""
    past = case.past
    if len(past.years) > 1:
        first = past.people[0] if case.family != "census" else past.people[-2]
        start = past.dates[0] if case.family != "census" else past.dates[-2]
        pace = (past.latest - first) / (past.dates[-1] - start)
    else:
        assert case.municipal is not None
        whole = case.municipal
        change = (whole.people[-1] - whole.people[-2]).sum() / whole.people[-1].sum()
        pace = past.latest * change / (whole.dates[-1] - whole.dates[-2])
    return np.maximum(past.latest + pace * case.horizon_years, 0)


def by_ratios(own: bool) -> Callable[[Case, Parameters], np.ndarray]:
    def tell(case: Case, parameters: Parameters) -> np.ndarray:
        past, pattern, reference = case.past, AgePattern.of(parameters), reference_rates(parameters)
        found = changes(past, pattern) if len(past.years) > 1 else []
        parent = [found[0].summed()] if found else changes(case.municipal, pattern)[:1]
        change = parent[0]
        ratios = ratio(change.q, change.p, reference.ccr ** (change.years / 5))
        whole = past.latest.sum(axis=0, keepdims=True)
        rates = Rates(to_five_years(ratios, change.years), child_woman_ratio(whole))
        if own and found:
            rates_of_units = Rates(
                to_five_years(ratio(found[0].q, found[0].p, ratios), change.years),
                child_woman_ratio(past.latest, rates.cwr),
            )
        else:
            count = len(past.unit_ids)
            rates_of_units = Rates(rates.ccr.repeat(count, axis=0), rates.cwr.repeat(count, axis=0))
        steps = -(-case.horizon_years // 5)
        totals = run(whole, rates, steps)
        grid = run(past.latest, rates_of_units, steps, totals[:, 0])
        target = case.table.years[case.target]
        return at_years(grid, totals, past.years[-1], float(past.dates[-1]), [target], pattern)[0][0]

    return tell


def inoue(case: Case, parameters: Parameters) -> np.ndarray:
    return product(case, load(overrides={"population.shrinkage": "inoue"}))


TELLERS: dict[str, Callable[[Case, Parameters], np.ndarray]] = {
    "musubime": product, "constant": constant, "linear": linear, "parent": by_ratios(own=False),
    "own": by_ratios(own=True), "inoue": inoue,
}


# ---- how far off -----------------------------------------------------------------------------------------------


def errors(observed: np.ndarray, told: np.ndarray) -> dict[str, float]:
    """MAPE, MALPE and MAPE-R in percent, over units where somebody was."""
    there = observed > 0
    if not there.any():
        return {"mape": np.nan, "malpe": np.nan, "mape_r": np.nan}
    relative = (observed[there] - told[there]) / observed[there]
    size = np.abs(relative)
    return {
        "mape": 100 * size.mean(), "malpe": 100 * relative.mean(), "mape_r": 100 * np.sqrt(size).mean() ** 2,
    }


def classes(case: Case) -> list[tuple[str, np.ndarray]]:
    size = case.past.latest.sum(axis=(1, 2))
    found = [("all", size > 0)]
    for low, high in pairwise(SIZES):
        inside = (size >= max(low, 1)) & (size < high)
        if inside.any():
            found.append((f"{low:,}-{high - 1:,}" if high < 10**9 else f"{low:,}+", inside))
    return found


def table_of_errors(
    cases: Sequence[Case], parameters: Parameters, spreads: Mapping[str, Mapping[str, object]]
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for case in cases:
        truth = case.table.people[case.target]
        told = {name: teller(case, parameters) for name, teller in TELLERS.items()}
        told["elsewhere"] = told_elsewhere(case, spreads)
        for size, chosen in classes(case):
            for group, ages in GROUPS.items():
                observed = truth[chosen][..., ages].sum(axis=(1, 2))
                for name, people in told.items():
                    row = {"case": case.name, "size": size, "units": int(chosen.sum()), "group": group, "by": name}
                    rows.append(row | errors(observed, people[chosen][..., ages].sum(axis=(1, 2))))
    return rows


BASELINES = ("constant", "linear", "parent")
MEASURES = (("total", "total"), ("over_65", "65+"), ("under_15", "0-14"))
Inside = dict[str, np.ndarray]


def coverage(case: Case, overrides: Mapping[str, object], draws: int, seed: int = 1) -> Inside:
    """Whether the truth lies within the 80 % and 95 % intervals, by unit with somebody at the origin."""
    result = project_with_draws(
        case.past, MunicipalSeries(case.municipal), [case.table.years[case.target]], load(overrides=overrides),
        draws=draws, seed=seed,
    )
    truth, lived = case.table.people[case.target], case.past.latest.sum(axis=(1, 2)) > 0
    inside = {}
    for measure, ages in MEASURES:
        observed = truth[..., GROUPS[ages]].sum(axis=(1, 2))
        for name, low, high in (("80", 0.1, 0.9), ("95", 0.025, 0.975)):
            lower, upper = (result.settlements.of(measure, level)[-1] for level in (low, high))
            inside[f"{measure}_{name}"] = ((observed >= lower) & (observed <= upper))[lived]
    return inside


SCALES = tuple(product_of((0.4, 0.6, 0.8, 1.0), (1.0, 3.0), (0.3, 0.5, 0.7, 1.0)))  # lasting, passing, chance


def scales(lasting: float, passing: float, chance: float) -> dict[str, object]:
    return {
        "population.draw_lasting": lasting, "population.draw_passing": passing, "population.draw_chance": chance,
    }


def groups(case: Case) -> list[str]:
    """The group of each unit with somebody at the origin: a unit is never judged by what its own group chose.

    Registers of one city are a group. Of Yamaguchi's municipalities every second one is (they were one prefecture, so
    shocks of the whole of it are in both); 岩国's former towns are one more, without 岩国市 among those who choose.
    """
    names = [n for n, people in zip(case.past.unit_ids, case.past.latest.sum(axis=(1, 2)), strict=True) if people > 0]
    if case.family != "census":
        return [case.family] * len(names)
    if set(names) <= set(IWAKUNI_BEFORE_2006):
        return ["former"] * len(names)
    order = {name: i for i, name in enumerate(case.table.unit_ids)}
    return ["岩国市" if name == "岩国市" else f"towns {order[name] % 2}" for name in names]


def apart(group: str) -> set[str]:
    """Groups that have no part in the parameters of a group: itself, and what holds the same people."""
    return {group, "岩国市", "former", "iwakuni"} if group in ("岩国市", "former", "iwakuni") else {group}


# ---- spreads of ratios, fitted to places -------------------------------------------------------------------------

DEGREES = 4.0  # of Student's t: mostly little happens, now and then a home for the aged opens
FEWEST_EXPECTED = 5.0
USUAL, USUAL_LOG_SD = (0.06, 0.05, 1.0), 1.5  # a weak prior: a handful of units must not make a parameter nothing


Ratios = tuple[np.ndarray, np.ndarray, np.ndarray]


def observed_ratios(table: Population, pattern: AgePattern, band: int) -> Ratios:
    """Steps' lengths (periods,), seen over expected less one and expected people (units, periods) of one band, from
    dates that follow one another; children per woman from dates five years apart."""
    steps, seen, expected = [], [], []
    if band < len(BANDS) - 1:
        for first in range(len(table.years) - 1):
            for change in changes(pick(table, (first, first + 1)), pattern):
                whole = change.summed()
                told = np.add.reduceat((change.p * ratio(whole.q, whole.p, 1.0)).sum(axis=1), BANDS[:-1], axis=-1)
                steps.append(change.years / 5)
                seen.append(np.add.reduceat(change.q.sum(axis=1), BANDS[:-1], axis=-1)[:, band])
                expected.append(told[:, band])
    else:
        last = np.inf
        for date in range(len(table.years) - 1, -1, -1):
            if last - table.dates[date] > 4.9:
                last, people = table.dates[date], table.people[date]
                children, mothers = people[..., 0].sum(axis=-1), women(people)
                steps.append(1.0)
                seen.append(children)
                expected.append(mothers * children.sum() / mothers.sum())
    told, found = np.stack(expected, axis=1), np.stack(seen, axis=1)
    return np.array(steps), np.divide(found, told, out=np.ones_like(told), where=told > 0) - 1, told


def fitted(blocks: Sequence[Ratios]) -> np.ndarray:
    """lasting, passing and chance of one band by maximum likelihood (Student's t), from places' `observed_ratios`.

    Over periods of g five-year steps the ratios of a unit to its place's, y, have the covariance
    g_i g_j lasting^2 + [i = j] g_i (passing^2 + chance / expected), as in `small_area.credible_factors`.
    """

    def unlikely(logs: np.ndarray) -> float:
        lasting, passing, chance = np.exp(logs)
        total = float((((logs - np.log(USUAL)) / USUAL_LOG_SD) ** 2).sum() / 2)
        for steps, y, expected in blocks:
            n, each = len(steps), np.arange(len(steps))
            scale = np.repeat((lasting**2 * np.outer(steps, steps) + np.diag(steps) * passing**2)[None], len(y), 0)
            scale[:, each, each] += steps * chance / expected
            scale *= (DEGREES - 2) / DEGREES
            distance = np.einsum("ui,uij,uj->u", y, np.linalg.inv(scale), y)
            of_units = np.linalg.slogdet(scale)[1] + (DEGREES + n) * np.log1p(distance / DEGREES)
            total += float(of_units.sum() / 2)
        return total

    start = np.log(USUAL)
    simplex = np.vstack([start, *(start + 0.7 * axis for axis in np.eye(3))])
    options = {"maxiter": 600, "xatol": 1e-3, "fatol": 1e-3, "initial_simplex": simplex}
    return np.exp(minimize(unlikely, start, method="Nelder-Mead", options=options).x)


def fitted_spreads(places: Sequence[tuple[Population, np.ndarray]], pattern: AgePattern) -> dict[str, object]:
    """population.spread_* fitted to units of places (table, chosen units)."""
    found = []
    for band in range(len(BANDS)):
        blocks = []
        for table, chosen in places:
            steps, y, expected = observed_ratios(table, pattern, band)
            usable = chosen & (expected >= FEWEST_EXPECTED).all(axis=1)
            blocks.append((steps, y[usable], expected[usable]))
        found.append(fitted(blocks))
    lasting, passing, chance = np.array(found).T
    return {
        "population.spread_lasting": [round(float(x), 4) for x in lasting],
        "population.spread_passing": [round(float(x), 4) for x in passing],
        "population.spread_chance": [round(float(x), 3) for x in chance],
    }


def spreads_elsewhere(found: Sequence[Case], parameters: Parameters) -> dict[str, dict[str, object]]:
    """For each group the spreads fitted to all places outside of it, each place once with all its dates."""
    pattern = AgePattern.of(parameters)
    tables = {case.family: case.table for case in found if groups(case)[0] != "former"}
    fitted = {}
    for group in sorted({group for case in found for group in groups(case)}):
        places = []
        for family, table in tables.items():
            if family == "census":
                of = ["岩国市" if n == "岩国市" else f"towns {i % 2}" for i, n in enumerate(table.unit_ids)]
                chosen = np.array([g not in apart(group) for g in of])
            else:
                chosen = np.full(len(table.unit_ids), family not in apart(group))
            if chosen.any():
                places.append((table, chosen))
        fitted[group] = fitted_spreads(places, pattern)
    return fitted


def told_elsewhere(case: Case, elsewhere: Mapping[str, Mapping[str, object]]) -> np.ndarray:
    """Musubime's projection with each unit's spreads from other groups: (units, 2, 18)."""
    of = np.array(groups(case))
    lived = np.flatnonzero(case.past.latest.sum(axis=(1, 2)) > 0)
    told = product(case, load(overrides=elsewhere[of[0]]))
    for group in sorted(set(of[1:].tolist()) - {of[0]}):
        told[lived[of == group]] = product(case, load(overrides=elsewhere[group]))[lived[of == group]]
    return told


def chosen_elsewhere(
    found: Sequence[Case], spreads: Mapping[str, dict[str, object]], draws: int
) -> dict[str, dict[str, object]]:
    """For each group its spreads and the scales with which, by these, the totals of the other groups are covered best:
    all their registers together and all their censuses together, each as much, misses of 95 % four times."""
    best = {}
    for group, own in spreads.items():
        losses = []
        for combination in SCALES:
            overrides = own | scales(*combination)
            inside: dict[bool, dict[str, list[np.ndarray]]] = {}
            for case in found:
                of = np.array(groups(case))
                judged = np.array([g not in apart(group) for g in of])
                if judged.any():
                    covered = coverage(case, overrides, draws)
                    kind = inside.setdefault(case.family == "census", {"80": [], "95": []})
                    for level in kind:
                        kind[level].append(covered[f"total_{level}"][judged])
            losses.append(sum(
                (np.concatenate(kind["80"]).mean() - 0.80) ** 2 + 4 * (np.concatenate(kind["95"]).mean() - 0.95) ** 2
                for kind in inside.values()
            ))
        best[group] = own | scales(*SCALES[int(np.argmin(losses))])
    return best


def coverage_elsewhere(
    case: Case, elsewhere: Mapping[str, dict[str, object]], extra: Mapping[str, object], draws: int
) -> Inside:
    """Coverage with each unit's spreads and scales from other groups."""
    of = np.array(groups(case))
    inside: Inside = {}
    for group in sorted(set(of)):
        found = coverage(case, dict(elsewhere[group]) | dict(extra), draws)
        for key, values in found.items():
            inside.setdefault(key, np.zeros(len(of), dtype=bool))[of == group] = values[of == group]
    return inside


def town_spread(towns: Population, until: int) -> dict[str, object]:
    """Errors of telling one census period by the one before, municipalities over 20,000, as known in the year `until`.

    Root mean squares by band and of children per woman; 0.6 of them taken to last and 0.8 to pass. Empty when no two
    periods are known.
    """
    known = [i for i, year in enumerate(towns.years) if year <= until]
    if len(known) < 3:
        return {}
    missed = []
    for i in known[2:]:
        before, here, after = (towns.people[j] for j in (i - 2, i - 1, i))
        large = here.sum(axis=(1, 2)) > 20_000
        past = ratio(np.concatenate([here[..., 1:-1], here[..., -1:]], axis=-1), cohorts(before), 1.0)
        start, end = cohorts(here), np.concatenate([after[..., 1:-1], after[..., -1:]], axis=-1)
        error = [
            np.log(end[..., a:b].sum(axis=(1, 2)) / (start * past)[..., a:b].sum(axis=(1, 2)))
            for a, b in pairwise(BANDS)
        ]
        born = [child_woman_ratio(people).sum(axis=-1) for people in (here, after)]
        missed.append(np.array([*error, np.log(born[1] / born[0])])[:, large])
    rms = np.sqrt((np.concatenate(missed, axis=1) ** 2).mean(axis=1))
    return {
        "population.town_lasting": [round(float(0.6 * x), 4) for x in rms],
        "population.town_passing": [round(float(0.8 * x), 4) for x in rms],
    }


# ---- Nara by mesh ------------------------------------------------------------------------------------------------


def meshes(folder: Path) -> tuple[list[str], list[str], np.ndarray]:
    """Mesh ids, their municipalities, and people (years 2020 ... 2050, meshes, 18), both sexes, without hidden ones."""
    table = pyogrio.read_dataframe(
        folder / "mesh" / "1km_mesh_suikei_2018_shape_29" / "1km_mesh_2018_29.shp", read_geometry=False
    )
    years = range(2020, 2055, 5)
    hidden = np.any([table[f"HITOKU{year}"].notna() | table[f"GASSAN{year}"].notna() for year in years], axis=0)
    table = table[~hidden]
    ages = np.stack([table[[f"PT{k}_{year}" for k in range(1, 20)]].to_numpy(float) for year in years])
    joined = np.concatenate([ages[..., :17], ages[..., 17:].sum(axis=-1, keepdims=True)], axis=-1)
    return table["MESH_ID"].astype(str).tolist(), table["SHICODE"].astype(str).tolist(), joined


def mesh_comparison(folder: Path, parameters: Parameters) -> dict[str, object]:
    """Nara's 1 km meshes: what 国土数値情報 (base 2015, H30) tells of 2050 and what we tell from its 2020 and 2025.

    The mesh table has no sexes: half of each is taken. Hidden meshes and those that hold a neighbour's are left out.
    """
    ids, towns, people = meshes(folder)
    both = np.repeat(people[:, :, None, :] / 2, 2, axis=2)
    table = Population(tuple(ids), (2020, 2025), (10, 10), FIVE_YEAR_AGES, both[:2])
    nan = np.full(len(ids), np.nan)
    places = Settlements(tuple(ids), tuple(ids), tuple(towns), nan, nan, nan, ("counted",) * len(ids))
    ours = project(table, MunicipalSeries(), [2050], parameters, places).population.people[-1].sum(axis=(1, 2))
    theirs, size = people[-1].sum(axis=1), people[0].sum(axis=1)
    by_town = {town: np.array([t == town for t in towns]) for town in sorted(set(towns))}
    rows = []
    for low, high in pairwise(SIZES):
        inside = (size >= max(low, 1)) & (size < high) & (theirs > 0)
        if inside.any():
            off = ours[inside] / theirs[inside] - 1
            rows.append({
                "size_2020": f"{low:,}+", "meshes": int(inside.sum()), "theirs": round(float(theirs[inside].sum())),
                "ours": round(float(ours[inside].sum())), "mape": round(100 * float(np.abs(off).mean()), 1),
                "median_off": round(100 * float(np.median(off)), 1),
            })
    # why: their ratios change from step to step (survival rises, migration shrinks), ours stay those of 2020-25
    steps = [
        np.concatenate([people[k + 1].sum(axis=0)[1:-1], people[k + 1].sum(axis=0)[-1:]])
        / cohorts(people[k].sum(axis=0)) for k in (0, 5)
    ]
    ratio_born = [p[0] / p[3:10].sum() for p in (people[1].sum(axis=0), people[-1].sum(axis=0))]
    town_off = [ours[i].sum() / theirs[i].sum() - 1 for i in by_town.values()]
    return {
        "meshes": len(ids), "total_2020": round(float(size.sum())), "theirs_2050": round(float(theirs.sum())),
        "ours_2050": round(float(ours.sum())), "correlation": round(float(np.corrcoef(ours, theirs)[0, 1]), 4),
        "towns": len(by_town), "towns_median_off_percent": round(100 * float(np.median(np.abs(town_off))), 1),
        "ratio_20_24_first_last": [round(float(s[3]), 3) for s in steps],
        "ratio_75_79_first_last": [round(float(s[14]), 3) for s in steps],
        "ratio_85_first_last": [round(float(s[16]), 3) for s in steps],
        "children_per_person_15_49_2025_2050": [round(float(r), 4) for r in ratio_born], "by_size": rows,
    }


# ---- data ------------------------------------------------------------------------------------------------------

ALIASES = {"玖珂総合支所管内": "玖珂支所管内", "津布田小学校": "埴生小学校"}  # renamed, and merged in 2022
LABELS = [f"{a}-{a + 4}歳" for a in range(0, 85, 5)] + ["85歳以上"]


def register(paths: Sequence[Path], dates: Sequence[tuple[int, int]]) -> Population:
    tables = []
    for path in paths:
        table: dict[str, np.ndarray] = {}
        with path.open(encoding="utf-8-sig") as file:
            for row in csv.DictReader(file):
                name = (row.get("地域名") or "").strip().replace("小学校区", "小学校")
                if name:
                    name = ALIASES.get(name, name)
                    people = np.array([
                        [float((row.get(f"{label}の{sex}") or "0").replace(",", "")) for label in LABELS]
                        for sex in ("男性", "女性")
                    ])
                    table[name] = table.get(name, 0) + people
        tables.append(table)
    names = [name for name in tables[-1] if all(name in table for table in tables)]
    people = np.array([[table[name] for name in names] for table in tables])
    years, months = zip(*dates, strict=True)
    return Population(tuple(names), years, months, FIVE_YEAR_AGES, people)


MERGED = {
    "下関市": "下関市 菊川町 豊田町 豊浦町 豊北町", "宇部市": "宇部市 楠町",
    "山口市": "山口市 徳地町 秋穂町 小郡町 阿知須町 阿東町", "萩市": "萩市 川上村 田万川町 むつみ村 須佐町 旭村 福栄村",
    "防府市": "防府市", "下松市": "下松市", "岩国市": "岩国市 由宇町 玖珂町 本郷村 周東町 錦町 美川町 美和町",
    "光市": "光市 大和町", "長門市": "長門市 三隅町 日置町 油谷町", "柳井市": "柳井市 大畠町",
    "美祢市": "美祢市 美東町 秋芳町", "周南市": "徳山市 新南陽市 熊毛町 鹿野町 周南市",
    "山陽小野田市": "小野田市 山陽町 山陽小野田市", "周防大島町": "久賀町 大島町 東和町 橘町 周防大島町",
    "和木町": "和木町", "上関町": "上関町", "田布施町": "田布施町", "平生町": "平生町", "阿武町": "阿武町",
}
IWAKUNI_BEFORE_2006 = ("岩国市", "由宇町", "玖珂町", "本郷村", "周東町", "錦町", "美川町", "美和町")


def number(cell: object) -> float:
    try:
        return float(str(cell).replace(",", "").strip())
    except ValueError:
        return 0.0


def plain(cell: object) -> str:
    return "".join(str(cell).split())


def block(sheet: pd.DataFrame, first: int, last: int) -> dict[str, np.ndarray]:
    """Rows of one sex; people of unknown age are spread over the known ages."""
    found = {}
    for row in range(first, last):
        name = plain(sheet.iat[row, 0])
        total = number(sheet.iat[row, 1])
        if name in ("nan", "") or "計" in name or total <= 0:
            continue
        ages = np.array([number(cell) for cell in sheet.iloc[row, 2:20]])
        found[name] = ages * total / ages.sum()
    return found


def census(folder: Path) -> dict[int, dict[str, np.ndarray]]:
    """Yamaguchi's municipalities as they were, by census: name to (2, 18)."""
    told: dict[int, dict[str, np.ndarray]] = {}
    for year in (2000, 2005, 2010):
        sheet = pd.read_excel(
            folder / "population_yamaguchi" / f"jinkou_5saikaikyuu_3kubun_{year}.xls", header=None, engine="xlrd"
        )
        heads = [r for r in range(len(sheet)) if plain(sheet.iat[r, 0]) in ("市町村", "市町")]
        men = block(sheet, heads[1] + 2, heads[2] - 2)
        women = block(sheet, heads[2] + 2, heads[3] - 2)
        told[year] = {name: np.array([men[name], women[name]]) for name in men}
    sheets = pd.read_excel(
        folder / "population_yamaguchi" / "jinkou_5saikaikyuu_3kubun_2015.xls", header=None, sheet_name=None,
        engine="xlrd",
    )
    men, women = (block(sheets[f"5歳階級人口（{sex}）"], 8, len(sheets[f"5歳階級人口（{sex}）"])) for sex in "男女")
    told[2015] = {name: np.array([men[name], women[name]]) for name in men}
    told[2020] = {}
    with (folder / "population_national" / "population_census_2020.csv").open(encoding="utf-8-sig") as file:
        for row in csv.reader(file):
            if len(row) > 33 and row[8].startswith("35") and row[4] in "12" and row[6] == "0":
                name = (row[9] + row[10]).replace("（旧：", "旧").replace("）", "")
                ages = np.array([number(cell) for cell in row[12:33]])
                ages = np.append(ages[:17], ages[17:].sum())
                people = ages * number(row[11]) / max(ages.sum(), 1)
                told[2020].setdefault(name, np.zeros((2, 18)))[int(row[4]) - 1] = people
    return told


def cases(folder: Path) -> list[Case]:
    area = folder / "small_area"
    iwakuni = register(
        [area / "iwakuni_352080" / f"352080_population_{y}0401.csv" for y in range(2019, 2024)]
        + list((area / "iwakuni_352080").glob("09_*20240401*.csv")), [(y, 4) for y in range(2019, 2025)],
    )
    mine = register(
        sorted((area / "mine_352136").glob("*.csv"), key=lambda p: p.stem.strip("_")),
        [(y, 9) for y in range(2020, 2025)],
    )
    onoda = register(
        [area / "sanyo-onoda_352161" / f"352161_population_{y}0430.csv" for y in range(2021, 2026)],
        [(y, 4) for y in range(2021, 2026)],
    )
    shimonoseki = register(
        [area / "shimonoseki_352012" / f"352012_population_{d}.csv" for d in ("20190930", "20200930", "20210930")],
        [(2019, 9), (2020, 9), (2021, 9)],
    )
    told = census(folder)
    today = {
        year: {
            name: sum(told[year][part] for part in parts.split() if part in told[year]) if year < 2020
            else told[2020][name]
            for name, parts in MERGED.items()
        }
        for year in told
    }
    years = (2000, 2005, 2010, 2015, 2020)
    towns = Population(
        tuple(MERGED), years, (10,) * 5, FIVE_YEAR_AGES, np.array([[today[y][n] for n in MERGED] for y in years])
    )
    before = Population(
        IWAKUNI_BEFORE_2006, (2000, 2005, 2020), (10,) * 3, FIVE_YEAR_AGES,
        np.array([
            [told[2000][n] for n in IWAKUNI_BEFORE_2006], [told[2005][n] for n in IWAKUNI_BEFORE_2006],
            [told[2020]["旧" + n] for n in IWAKUNI_BEFORE_2006],
        ]),
    )
    whole = {name: pick(units(towns, [name]), range(4)) for name in ("岩国市", "美祢市")}
    return [
        Case("Iwakuni 22, 2019 alone -> 2024", "iwakuni", iwakuni, (0,), 5, whole["岩国市"]),
        Case("Iwakuni 22, 2019-21 -> 2024", "iwakuni", iwakuni, (0, 1, 2), 5, whole["岩国市"]),
        Case("Iwakuni 22, 2019-22 -> 2024", "iwakuni", iwakuni, (0, 1, 2, 3), 5, whole["岩国市"]),
        Case("Mine 8, 2020 alone -> 2024", "mine", mine, (0,), 4, whole["美祢市"]),
        Case("Mine 8, 2020-22 -> 2024", "mine", mine, (0, 1, 2), 4, whole["美祢市"]),
        Case("Sanyo-Onoda 11, 2021-23 -> 2025", "onoda", onoda, (0, 1, 2), 4),
        Case("Shimonoseki 592, 2019-20 -> 2021", "shimonoseki", shimonoseki, (0, 1), 2),
        Case("Yamaguchi 19, 2000-05 -> 2010", "census", towns, (0, 1), 2),
        Case("Yamaguchi 19, 2000-05 -> 2015", "census", towns, (0, 1), 3),
        Case("Yamaguchi 19, 2000-05 -> 2020", "census", towns, (0, 1), 4),
        Case("Yamaguchi 19, 2000-10 -> 2015", "census", towns, (0, 1, 2), 3),
        Case("Yamaguchi 19, 2000-10 -> 2020", "census", towns, (0, 1, 2), 4),
        Case("Yamaguchi 19, 2000-15 -> 2020", "census", towns, (0, 1, 2, 3), 4),
        Case("Iwakuni's 8 former towns, 2000-05 -> 2020", "census", before, (0, 1), 2),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[1] / "../shared/data")
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--json", action="store_true", help="one object a row instead of tables")
    parser.add_argument("--mesh", action="store_true", help="only the comparison with Nara's mesh projection")
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore", message="The xlrd engine is deprecated")
    parameters = load()
    if arguments.mesh:
        print(json.dumps(mesh_comparison(arguments.data, parameters), ensure_ascii=False, indent=2))
        return
    found = cases(arguments.data)
    spreads = spreads_elsewhere(found, parameters)
    rows = table_of_errors(found, parameters, spreads)
    elsewhere = chosen_elsewhere(found, spreads, 100)
    towns = next(case.table for case in found if case.name.startswith("Yamaguchi 19"))
    covered = []
    for case in found:
        before = town_spread(towns, case.past.years[-1]) if case.family != "census" else {}
        for by in ("shipped", "out of sample"):
            inside = (coverage(case, {}, arguments.draws) if by == "shipped"
                      else coverage_elsewhere(case, elsewhere, before, arguments.draws))
            covered.append({"case": case.name, "by": by, "units": len(next(iter(inside.values())))} | {
                name: round(100 * float(values.mean()), 1) for name, values in inside.items()
            } | {"_hits": inside})
    for by in ("shipped", "out of sample"):
        parts = [row["_hits"] for row in covered if row["by"] == by]
        for name, chosen in (("all registers", slice(0, 7)), ("all censuses", slice(7, None))):
            joined = {key: np.concatenate([part[key] for part in parts[chosen]]) for key in parts[0]}
            covered.append({"case": name, "by": by, "units": len(joined["total_80"])} | {
                key: round(100 * float(values.mean()), 1) for key, values in joined.items()
            })
    covered = [{key: value for key, value in row.items() if key != "_hits"} for row in covered]
    if arguments.json:
        for row in [*rows, *covered]:
            print(json.dumps(row, ensure_ascii=False))
        return
    frame = pd.DataFrame(rows)
    for (case, group), part in frame.groupby(["case", "group"], sort=False):
        print(f"\n{case}: {group}")
        for measure in ("mape", "malpe", "mape_r") if group == "total" else ("mape",):
            wide = part.pivot(index=["size", "units"], columns="by", values=measure)[[*TELLERS, "elsewhere"]].round(2)
            print(measure.upper().replace("_", "-"), "%")
            print(wide.loc[list(dict.fromkeys(part["size"]))].to_string())
    print("\nWhere Musubime is not better than all naive baselines for totals (MAPE, classes of three units and more)")
    totals = frame[(frame.group == "total") & (frame.units >= 3) & (frame["size"] != "all")]
    counts = {by: dict.fromkeys((*BASELINES, "all three"), 0) for by in ("musubime", "elsewhere")}
    for (case, size), part in totals.groupby(["case", "size"], sort=False):
        mape = part.set_index("by").mape
        best = mape[list(BASELINES)].idxmin()
        for by, count in counts.items():
            for name in BASELINES:
                count[name] += mape[by] < mape[name]
            count["all three"] += mape[by] < mape[best]
        if mape.musubime >= mape[best] or mape.elsewhere >= mape[best]:
            print(f"  {case}, {size}: {mape.musubime:.2f}, elsewhere {mape.elsewhere:.2f}, {best} {mape[best]:.2f}")
    print(f"Better than, of {len(totals) // len(set(totals.by))} classes:", counts)
    print("Mean over the classes:", totals.groupby("by", sort=False).mape.mean().round(2).to_dict())
    print("\nShare of units within the intervals, %")
    print(pd.DataFrame(covered).to_string(index=False))
    print("\nSpreads fitted to and scales chosen on other places:", json.dumps(elsewhere, ensure_ascii=False))


if __name__ == "__main__":
    main()

"""Predict what is already known from what was known before, never peeking, and print how far it was off.

    python benchmarks/backtest.py [--data ../shared/data] [--draws 1000] [--json]

Cases: 岩国's 22 districts, 美祢's 8, 山陽小野田's 11 school districts and 下関's 592 towns (registers), Yamaguchi's 19
municipalities and its former towns (censuses). Each is projected from an origin with the counts up to it alone, and
compared with a later count. Baselines: nobody moves or dies (constant), the last trend goes on (linear), everybody
follows the municipality's ratios (parent), each unit follows its own ratios, unshrunk (own), Inoue's weights (inoue).
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from musubime.parameters import Parameters, load
from musubime.population import project
from musubime.population.ages import AgePattern
from musubime.population.model import Rates
from musubime.population.ratios import changes, child_woman_ratio, ratio, to_five_years
from musubime.population.steps import at_years, control, run
from musubime.population.uncertainty import project_with_draws
from musubime.population.vital import reference_rates
from musubime.region import FIVE_YEAR_AGES, MunicipalSeries, Population

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
        change = (whole.people[-1] - whole.people[-2]).sum() / (whole.dates[-1] - whole.dates[-2]) / whole.people[-1].sum()
        pace = past.latest * change
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
    for low, high in zip(SIZES[:-1], SIZES[1:], strict=True):
        inside = (size >= max(low, 1)) & (size < high)
        if inside.any():
            found.append((f"{low:,}-{high - 1:,}" if high < 10**9 else f"{low:,}+", inside))
    return found


def table_of_errors(cases: Sequence[Case], parameters: Parameters) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for case in cases:
        truth = case.table.people[case.target]
        told = {name: teller(case, parameters) for name, teller in TELLERS.items()}
        for size, chosen in classes(case):
            for group, ages in GROUPS.items():
                observed = truth[chosen][..., ages].sum(axis=(1, 2))
                for name, people in told.items():
                    row = {"case": case.name, "size": size, "units": int(chosen.sum()), "group": group, "by": name}
                    rows.append(row | errors(observed, people[chosen][..., ages].sum(axis=(1, 2))))
    return rows


def coverage(case: Case, parameters: Parameters, draws: int, seed: int = 1) -> dict[str, np.ndarray]:
    """Whether the truth lies within the 80 % and 95 % intervals, by unit: total and 65+."""
    result = project_with_draws(
        case.past, MunicipalSeries(case.municipal), [case.table.years[case.target]], parameters, draws=draws, seed=seed
    )
    truth = case.table.people[case.target]
    inside = {}
    for measure, ages in (("total", GROUPS["total"]), ("over_65", GROUPS["65+"]), ("under_15", GROUPS["0-14"])):
        observed = truth[..., ages].sum(axis=(1, 2))
        for name, low, high in (("80", 0.1, 0.9), ("95", 0.025, 0.975)):
            lower, upper = (result.settlements.of(measure, level)[-1] for level in (low, high))
            inside[f"{measure}_{name}"] = (observed >= lower) & (observed <= upper)
    return inside


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
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[1] / "../shared/data")
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    parameters = load()
    found = cases(arguments.data)
    rows = table_of_errors(found, parameters)
    if arguments.json:
        print(json.dumps(rows))
        return
    frame = pd.DataFrame(rows)
    for (case, group), part in frame.groupby(["case", "group"], sort=False):
        print(f"\n{case}: {group}, MAPE in %")
        print(part.pivot(index=["size", "units"], columns="by", values="mape")[list(TELLERS)].round(2).sort_values("units").to_string())
    print("\nCoverage")
    for case in found:
        inside = coverage(case, parameters, arguments.draws)
        print(case.name, len(case.table.unit_ids), {k: round(100 * float(v[case.past.latest.sum(axis=(1, 2)) > 0].mean()), 1) for k, v in inside.items()})


if __name__ == "__main__":
    main()

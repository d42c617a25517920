"""Small worlds and real registers that several files of tests share."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from musubime.parameters import Parameters, load
from musubime.region import FIVE_YEAR_AGES, Population


@pytest.fixture(scope="session")
def parameters() -> Parameters:
    return load()


def population(people, years, months=None, ids=None) -> Population:
    """A table from (years, units, 2, 18) or nested lists."""
    people = np.asarray(people, dtype=float)
    ids = ids or tuple(f"u{i}" for i in range(people.shape[1]))
    return Population(tuple(ids), tuple(years), tuple(months or [4] * len(years)), FIVE_YEAR_AGES, people)


RENAMED = {"玖珂総合支所管内": "玖珂支所管内"}


def read_district_csv(path: Path) -> dict[str, np.ndarray]:
    """地域・年齢別人口 of the recommended dataset: name to (2, 18), read without the project's own readers."""
    with path.open(encoding="utf-8-sig") as file:
        rows = [row for row in csv.DictReader(file) if (row.get("地域名") or "").strip()]
    labels = [f"{a}-{a + 4}歳" for a in range(0, 85, 5)] + ["85歳以上"]
    return {
        RENAMED.get(row["地域名"], row["地域名"]): np.array([
            [float((row.get(f"{label}の{sex}") or "0").replace(",", "")) for label in labels]
            for sex in ("男性", "女性")
        ])
        for row in rows
    }


def register(paths: list[Path], dates: list[tuple[int, int]]) -> Population:
    """Yearly files as one table; only districts that stand in every file."""
    tables = [read_district_csv(path) for path in paths]
    names = [name for name in tables[-1] if all(name in table for table in tables)]
    people = [[table[name] for name in names] for table in tables]
    return population(people, [y for y, _ in dates], [m for _, m in dates], tuple(names))


@pytest.fixture(scope="session")
def iwakuni(shared) -> Population:
    folder = shared / "small_area" / "iwakuni_352080"
    paths = [folder / f"352080_population_{year}0401.csv" for year in range(2019, 2024)]
    return register([*paths, *folder.glob("09_*20240401*.csv")], [(year, 4) for year in range(2019, 2025)])


@pytest.fixture(scope="session")
def mine(shared) -> Population:
    folder = shared / "small_area" / "mine_352136"
    paths = sorted(folder.glob("*.csv"), key=lambda path: path.stem.strip("_"))
    return register(paths, [(year, 9) for year in range(2020, 2025)])

"""Tiny worlds drawn in metres about a point in Yamaguchi, so that every length can be counted by hand."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from shapely.geometry import LineString, Point, Polygon

from musubime.parameters import Parameters, load
from musubime.region import Facilities, Roads
from musubime.region.plane import to_degrees

EPSG = 6671  # plane III: 山口, 島根, 広島


@dataclass(frozen=True)
class Spots:
    ids: tuple[str, ...]
    lon: np.ndarray
    lat: np.ndarray


def degrees(x_m: object, y_m: object) -> tuple[np.ndarray, np.ndarray]:
    return to_degrees(EPSG, np.asarray(x_m, dtype=float), np.asarray(y_m, dtype=float) - 190_000)


def spots_at(points: Sequence[tuple[float, float]], prefix: str = "p") -> Spots:
    flat = np.asarray(points, dtype=float).reshape(-1, 2)
    lon, lat = degrees(flat[:, 0], flat[:, 1])
    return Spots(tuple(f"{prefix}{i}" for i in range(len(flat))), lon, lat)


def square(x_m: float, y_m: float, side_m: float) -> Polygon:
    xs = [x_m, x_m + side_m, x_m + side_m, x_m]
    ys = [y_m, y_m, y_m + side_m, y_m + side_m]
    return Polygon(np.column_stack(degrees(xs, ys)))


def roads_of(
    lines: Sequence[Sequence[tuple[float, float]]], classes: Sequence[str] | None = None,
    oneway: Sequence[int] | None = None, speed_kmh: Sequence[float] | None = None,
    slope: Sequence[float] | None = None,
) -> Roads:
    n = len(lines)
    drawn = [LineString(np.column_stack(degrees(*np.asarray(line, dtype=float).T))) for line in lines]
    return Roads(
        tuple(drawn), tuple(classes or ["primary"] * n), np.asarray(oneway or [0] * n, dtype=np.int8),
        np.asarray(speed_kmh or [np.nan] * n, dtype=float), np.asarray(slope or [np.nan] * n, dtype=float),
        ("",) * n,
    )


def facilities_of(rows: Sequence[tuple[str, float, float, tuple[str, ...], bool]]) -> Facilities:
    """Rows: id, x, y, services, host."""
    n = len(rows)
    spots = spots_at([(row[1], row[2]) for row in rows])
    nan = np.full(n, np.nan)
    return Facilities(
        tuple(row[0] for row in rows), tuple(f"name of {row[0]}" for row in rows), ("other",) * n,
        tuple(row[3] for row in rows), ("open",) * n, nan, nan, nan, np.array([row[4] for row in rows], dtype=bool),
        spots.lon, spots.lat, ("",) * n,
    )


def write_feed(path: Path, tables: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in tables.items():
            archive.writestr(f"{name}.txt", "\n".join(line.strip() for line in content.strip().splitlines()) + "\n")
    return path


@pytest.fixture(scope="session")
def parameters() -> Parameters:
    return load()


@pytest.fixture
def given() -> Callable[..., Parameters]:
    """Parameters with some changed: given(walk_m=300) means access.bus.walk_m and so on, by full name."""

    def build(changes: dict[str, object]) -> Parameters:
        return load(overrides=changes)

    return build


@pytest.fixture(scope="session")
def noto_roads(shared: Path) -> Roads:
    """The A37 lines of the Noto peninsula with classes as docs/data/roads.md would give them."""
    import pyogrio

    frame = pyogrio.read_dataframe(shared / "roads" / "A37-15_PeninsulaRoad_16-17.fgb")
    kinds = {"国道": "trunk", "都道府県道": "primary", "市区町村道等": "unclassified"}
    n = len(frame)
    return Roads(
        tuple(frame.geometry), tuple(kinds.get(kind, "trunk") for kind in frame["A37_100002"]),
        np.zeros(n, dtype=np.int8), np.full(n, np.nan), np.full(n, np.nan), ("",) * n,
    )


@pytest.fixture(scope="session")
def noto_areas(shared: Path) -> Spots:
    """Inner points of the 202 small areas of 能登町."""
    import pyogrio

    frame = pyogrio.read_dataframe(shared / "small_area" / "noto_town_koaza_area.fgb").to_crs(6668)
    points: list[Point] = list(frame.geometry.representative_point())
    return Spots(
        tuple(frame["KEY_CODE"].astype(str)), np.array([p.x for p in points]), np.array([p.y for p in points])
    )

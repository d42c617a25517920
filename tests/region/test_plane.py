"""Metres in the plane, and the right plane for every prefecture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Geod
from shapely.geometry import box

from musubime.region.codes import PREFECTURES
from musubime.region.plane import plane_epsg, shape_to_plane, straight_m, to_degrees, to_plane, utm_epsg

# Rough longitude of each prefecture's middle, and its name as EPSG writes it in the area of use of its plane.
ROMAN = (
    "Hokkaido Aomori Iwate Miyagi Akita Yamagata Fukushima Ibaraki Tochigi Gunma Saitama Chiba Tokyo Kanagawa Niigata "
    "Toyama Ishikawa Fukui Yamanashi Nagano Gifu Shizuoka Aichi Mie Shiga Kyoto Osaka Hyogo Nara Wakayama Tottori "
    "Shimane Okayama Hiroshima Yamaguchi Tokushima Kagawa Ehime Kochi Fukuoka Saga Nagasaki Kumamoto Oita Miyazaki "
    "Kagoshima Okinawa"
).split()


@pytest.mark.parametrize("number", range(1, 48), ids=lambda n: ROMAN[n - 1])
def test_each_prefecture_is_measured_in_the_plane_made_for_it(number: int) -> None:
    middle = {1: 142.5, 13: 139.5, 46: 130.6, 47: 127.9}.get(number, 136.0)
    area = CRS.from_epsg(plane_epsg(f"{number:02d}2011", middle)).area_of_use
    assert area is not None
    if "Tokyo" in area.name:  # EPSG names Tokyo alone; the notice lists eight prefectures for zone IX
        assert ROMAN[number - 1] in "Fukushima Ibaraki Tochigi Gunma Saitama Chiba Tokyo Kanagawa".split()
    else:
        assert ROMAN[number - 1].lower() in area.name.lower(), area.name
    assert len(PREFECTURES) == len(ROMAN)


# 国土交通省告示第9号: 小笠原 XIV, 奄美 I, the west of 沖縄 XVI, 大東 XVII, the west of 北海道 XI, the east XIII.
@pytest.mark.parametrize(("code", "lon", "zone"), [
    ("134210", 142.2, 14), ("462225", 129.5, 1), ("472140", 125.3, 16), ("472077", 124.2, 16), ("473588", 131.3, 17),
    ("473570", 131.2, 17), ("012025", 140.7, 11), ("012068", 144.4, 13), ("011002", 141.35, 12),
])
def test_far_islands_have_planes_of_their_own(code: str, lon: float, zone: int) -> None:
    assert plane_epsg(code, lon) == 6668 + zone


@given(st.floats(131.0, 133.2), st.floats(33.8, 35.5))
def test_there_and_back(lon: float, lat: float) -> None:
    x, y = to_plane(6671, np.array([lon]), np.array([lat]))
    back_lon, back_lat = to_degrees(6671, x, y)
    assert abs(back_lon[0] - lon) < 1e-9
    assert abs(back_lat[0] - lat) < 1e-9


@given(st.floats(131.5, 132.5), st.floats(34.0, 34.9), st.floats(-0.1, 0.1), st.floats(-0.1, 0.1))
def test_distances_agree_with_the_ellipsoid_within_one_in_five_thousand(
    lon: float, lat: float, east: float, north: float
) -> None:
    flat = straight_m(6671, np.array([lon]), np.array([lat]), np.array([lon + east]), np.array([lat + north]))
    true_m = Geod(ellps="GRS80").inv(lon, lat, lon + east, lat + north)[2]
    assert abs(flat[0, 0] - true_m) <= true_m / 5000 + 1e-3


def test_every_pair_is_measured() -> None:
    # One minute of latitude at 34.2°N is 110,926 m / 60 = 1,849 m; the plane's scale takes 0.2 m of it.
    to = (np.array([132.0]), np.array([34.2 + 1 / 60]))
    metres = straight_m(6671, np.full(3, 132.0), np.array([34.0, 34.1, 34.2]), *to)
    assert metres.shape == (3, 1)
    assert metres[2, 0] == pytest.approx(1848.7, abs=0.5)


def test_a_square_of_degrees_in_metres() -> None:
    square = shape_to_plane(6671, box(132.0, 34.2, 132.01, 34.21))
    # 0.01° of latitude 1,109 m by 0.01° of longitude 111,320 * cos(34.205°) / 100 = 921 m.
    assert square.area == pytest.approx(1109 * 921, rel=2e-3)


@pytest.mark.parametrize(("lon", "epsg"), [(123.0, 6688), (131.9, 6689), (132.1, 6690), (153.9, 6692), (500.0, 6690)])
def test_a_plane_without_a_code(lon: float, epsg: int) -> None:
    assert utm_epsg(np.array([lon])) == epsg

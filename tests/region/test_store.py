"""A region survives its folder, and a folder that others have edited is read or told apart, never half read."""

from __future__ import annotations

import contextlib
import datetime as dt
import random
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, box
from tiny_region import NAN, changed, tiny_region

from musubime import parameters
from musubime.errors import InputError, MusubimeError, OutputError
from musubime.region import MunicipalSeries, Region


def same(one: Any, other: Any) -> bool:
    """Equality of tables, arrays, geometries and what they are made of; nan equals nan."""
    if isinstance(one, np.ndarray):
        return one.dtype == other.dtype and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    if isinstance(one, shapely.Geometry):
        return bool(one.equals(other))
    if isinstance(one, tuple):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if hasattr(one, "__dataclass_fields__"):
        return all(same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    return bool(one == other)


def test_every_table_comes_back_as_it_was(tmp_path: Path) -> None:
    region = tiny_region(
        areas=(box(131.97, 34.19, 131.99, 34.21), None, MultiPolygon([box(132.01, 34.2, 132.03, 34.22)])),
        unknown_services=("clinic", "care"), fictional=True,
        parameters={"service.shop.limit_car_min": {"value": 12, "source": 'Plan "2024", p. 8'},
                    "service.care.placeable": False, "service.post.name_ja": "郵便\n局"},
    )
    region.save(tmp_path)
    again = Region.open(tmp_path)
    for name in ("code", "name", "fictional", "unknown_services", "parameters", "boundary", "settlements", "population",
                 "facilities", "roads", "areas", "municipal"):
        assert same(getattr(region, name), getattr(again, name)), name
    assert again.ledger.as_json() == region.ledger.as_json()
    assert again.check() == []
    assert parameters.load(overrides=again.parameters)["service.shop.limit_car_min"].source == 'Plan "2024", p. 8'


def test_a_region_without_roads_municipal_totals_or_facilities_comes_back(tmp_path: Path) -> None:
    region = tiny_region(roads=None, municipal=MunicipalSeries(), facilities=tiny_region().facilities.select([]))
    region.save(tmp_path)
    again = Region.open(tmp_path)
    assert (again.roads, again.municipal, len(again.facilities)) == (None, MunicipalSeries(), 0)
    assert again.check() == []


def test_a_second_saving_leaves_nothing_of_the_first(tmp_path: Path) -> None:
    (tmp_path / "bus.zip").write_bytes(b"x")
    first = tiny_region(transit=(tmp_path / "bus.zip",), areas=(box(131.97, 34.19, 131.99, 34.21), None, None))
    folder = tmp_path / "region"
    assert [path.name for path in first.save(folder).transit] == ["bus.zip"]
    assert Region.open(folder).save(folder).transit == (folder / "transit" / "bus.zip",)  # a feed copied onto itself
    assert tiny_region().save(folder).transit == ()
    assert Region.open(folder).areas == ()


def test_the_folder_opens_in_a_gis_as_it_is(tmp_path: Path) -> None:
    tiny_region().save(tmp_path)
    layers = dict(pyogrio.list_layers(tmp_path / "region.gpkg"))
    assert layers == {
        "boundary": "MultiPolygon", "settlements": "Point", "facilities": "Point", "roads": "LineString",
        "population": None, "municipal_population": None, "vital_years": None,
    }
    for name, kind in layers.items():
        if kind:
            assert pyogrio.read_info(tmp_path / "region.gpkg", layer=name)["crs"] == "EPSG:6668"
    people = pyogrio.read_dataframe(tmp_path / "region.gpkg", layer="population")
    assert list(people.columns) == ["unit_id", "year", "month", "sex", "age_0_14", "age_15_64", "age_65_plus"]
    assert people.iloc[6].tolist() == ["A", 2025, 10, "male", 0, 0, 8]


names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
numbers = st.one_of(st.just(NAN), st.floats(0, 1e6))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(names, min_size=3, max_size=3), values=st.lists(numbers, min_size=6, max_size=6))
def test_any_names_and_numbers_survive(tmp_path: Path, words: list[str], values: list[float]) -> None:
    region = tiny_region(name=words[0], parameters={words[1]: words[2]})
    s = replace(region.settlements, names=tuple(words), districts=tuple(words), households=np.array(values[:3]))
    f = replace(region.facilities, names=tuple(words[:2]), closing_year=np.array(values[:2]),
                days_per_week=np.array(values[2:4]), floor_m2=np.array(values[4:]))
    replace(region, settlements=s, facilities=f).save(tmp_path)
    again = Region.open(tmp_path)
    assert same(again.settlements, s)
    assert same(again.facilities, f)
    assert (again.name, again.parameters) == (words[0], {words[1]: words[2]})


def test_any_value_of_toml_survives(tmp_path: Path) -> None:
    """Also those that `check` will refuse: a wrong value must not keep the folder from being saved."""
    odd = {"a": float("inf"), "b": [1, 2.5, ["x"]], "c": {"value": dt.date(2026, 4, 1), "source": "'\"\\"}, "d": -0.0,
           "e": dt.datetime(2026, 4, 1, 9, 30, tzinfo=dt.UTC), "あ い": {"value": {"x": True}}, "f": 10**15}
    tiny_region(parameters=odd).save(tmp_path)
    assert Region.open(tmp_path).parameters == odd
    assert {fault.field for fault in Region.open(tmp_path).check()} == set(odd)


# --- what others do to a folder -----------------------------------------------------------------------------------


def edit(folder: Path, layer: str, change: Callable[[Any], Any]) -> None:
    """Save the tiny region, then rewrite one of its layers as a person in QGIS might; None takes the layer away."""
    tiny_region().save(folder)
    path = folder / "region.gpkg"
    frames = {str(name): pyogrio.read_dataframe(path, layer=name) for name in pyogrio.list_layers(path)[:, 0]}
    path.unlink()
    frames[layer] = change(frames[layer])
    for name, frame in frames.items():
        if frame is not None:
            pyogrio.write_dataframe(frame, path, layer=name, append=path.exists())


def assigned(column: str, values: list[Any]) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda frame: frame.assign(**{column: values})


PEOPLE = "region.gpkg/population"
UNREADABLE: dict[str, tuple[str, Callable[[Any], Any], list[tuple[str, int | None, str, str]]]] = {
    "a layer taken away": ("facilities", lambda _: None, [("region.gpkg", None, "", "")]),
    "a column taken away": ("settlements", lambda f: f.drop(columns="district"),
                            [("region.gpkg/settlements", None, "district", "")]),
    "no coordinate system": ("roads", lambda f: f.set_crs(None, allow_override=True),
                             [("region.gpkg/roads", None, "", "")]),
    "geometry taken away": ("settlements", lambda f: pd.DataFrame(f.drop(columns="geometry")),
                            [("region.gpkg/settlements", None, "", "")]),
    "words for numbers": ("settlements", assigned("households", ["12", "many", ""]),
                          [("region.gpkg/settlements", 2, "households", "many")]),
    "words for directions": ("roads", assigned("oneway", ["yes", "no"]),
                             [("region.gpkg/roads", 1, "oneway", "yes"), ("region.gpkg/roads", 2, "oneway", "no")]),
    "words for flags": ("facilities", assigned("host", ["true", "perhaps"]),
                        [("region.gpkg/facilities", 2, "host", "perhaps")]),
    "a year that is none": ("population", assigned("year", ["2020"] * 11 + ["R7"]), [(PEOPLE, 12, "year", "R7")]),
    "an empty month": ("population", assigned("month", [10] * 11 + [None]), [(PEOPLE, 12, "month", "")]),
    "people of a stranger": ("population", assigned("unit_id", list("AABBCCAABBCX")),
                             [(PEOPLE, 12, "unit_id", "X"), (PEOPLE, None, "unit_id", "C")]),
    "a third sex": ("population", assigned("sex", ["male", "female"] * 5 + ["male", "all"]),
                    [(PEOPLE, 12, "sex", "all"), (PEOPLE, None, "unit_id", "C")]),
    "a row too few": ("population", lambda f: f.iloc[:-1], [(PEOPLE, None, "unit_id", "C")]),
    "a row twice": ("population", lambda f: pd.concat([f, f.iloc[-1:]]), [(PEOPLE, 13, "unit_id", "C")]),
    "words for people": ("population", assigned("age_0_14", ["0"] * 11 + ["△3"]), [(PEOPLE, 12, "age_0_14", "△3")]),
    "an age that is none": ("population", lambda f: f.rename(columns={"age_0_14": "age_total"}),
                            [(PEOPLE, None, "age_total", "")]),
    "no ages": ("population", lambda f: f.drop(columns=["age_0_14", "age_15_64", "age_65_plus"]),
                [(PEOPLE, None, "", "")]),
    "words for births": ("vital_years", assigned("births", ["none", "2"]),
                         [("region.gpkg/vital_years", 1, "births", "none")]),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_keeps_a_region_from_being_read_is_told_with_its_place(tmp_path: Path, name: str) -> None:
    layer, change, expected = UNREADABLE[name]
    edit(tmp_path, layer, change)
    with pytest.raises(InputError) as caught:
        Region.open(tmp_path)
    assert [(f.file, f.row, f.field, f.value) for f in caught.value.faults] == expected


READABLE: dict[str, tuple[str, Callable[[Any], Any], Callable[[Region], bool]]] = {
    "another coordinate system": ("settlements", lambda f: f.to_crs(6671), lambda r: bool(
        np.allclose(r.settlements.lon, [131.98, 132.0, 132.02], atol=1e-9))),
    "numbers as words": ("settlements", assigned("households", ["12", " 3 ", None]), lambda r: np.array_equal(
        r.settlements.households, [12, 3, NAN], equal_nan=True)),
    "an empty name": ("settlements", assigned("name", ["上田", None, "下田"]), lambda r: r.settlements.names[1] == ""),
    "a boundary in two parts": ("boundary", lambda f: pd.concat([f, f.assign(geometry=f.translate(0.2, 0))]),
                                lambda r: len(r.boundary.geoms) == 2),
    "a boundary that touches itself": ("boundary", lambda f: pd.concat([f, f.assign(geometry=f.translate(0.05, 0))]),
                                       lambda r: len(r.boundary.geoms) == 1),
    "a boundary that is a line": ("boundary", lambda f: f.assign(geometry=f.boundary), lambda r: r.boundary.is_empty),
    "no boundary": ("boundary", lambda f: f.assign(geometry=[None]), lambda r: r.boundary.is_empty),
    "rows in another order": ("population", lambda f: f.iloc[::-1],
                              lambda r: same(r.population, tiny_region().population)),
    "a point less": ("facilities", lambda f: f.assign(geometry=[f.geometry.iloc[0], None]),
                     lambda r: bool(np.isnan(r.facilities.lon[1]))),
    "direction 300": ("roads", assigned("oneway", [0, 300]), lambda r: r.check()[0].field == "oneway"),
    "direction 0.5": ("roads", assigned("oneway", [0, 0.5]), lambda r: r.check()[0].field == "oneway"),
    "a service of its own": ("facilities", assigned("services", ["shop, cinema", ""]),
                             lambda r: r.facilities.services == (("shop", "cinema"), ())),
    "an id twice": ("facilities", assigned("id", ["F1", "F1"]), lambda r: r.check()[0].value == "F1"),
}


@pytest.mark.parametrize("name", READABLE)
def test_what_a_person_edits_is_read(tmp_path: Path, name: str) -> None:
    layer, change, holds = READABLE[name]
    edit(tmp_path, layer, change)
    assert holds(Region.open(tmp_path))


def test_an_id_given_twice_opens_and_is_told_by_check(tmp_path: Path) -> None:
    region = tiny_region()
    edit(tmp_path, "settlements", assigned("id", ["A", "A", "C"]))
    with pytest.raises(InputError):  # the people of B belong to nobody now
        Region.open(tmp_path)
    path = tmp_path / "region.gpkg"
    people = pyogrio.read_dataframe(path, layer="population")
    pyogrio.write_dataframe(people[people["unit_id"] != "B"], path, layer="population")
    opened = Region.open(tmp_path)
    assert opened.population.latest[1].sum() == region.population.latest[0].sum()
    first = opened.check()[0]
    assert (first.file, first.row, first.field) == ("region.gpkg/settlements", 2, "id")


TOML = '[region]\ncode = "352080"\nname = "町"\n'
TOMLS = {
    "": ["code", "name"],
    "[region]\ncode = 352080\nname = ''": ["code"],
    "region = 3": ["code", "name"],
    "[region": [""],
    TOML + "unknown_services = 'shop'": ["unknown_services"],
    TOML + "unknown_services = [1]": ["unknown_services"],
    TOML + "fictional = 'no'": ["fictional"],
    "parameters = 3\n" + TOML: ["parameters"],
    "\ufeff" + TOML + "x = \x00": [""],
}


@pytest.mark.parametrize("words", TOMLS)
def test_faults_of_region_toml(tmp_path: Path, words: str) -> None:
    tiny_region().save(tmp_path)
    (tmp_path / "region.toml").write_text(words)
    with pytest.raises(InputError) as caught:
        Region.open(tmp_path)
    assert [(f.file, f.field) for f in caught.value.faults] == [("region.toml", field) for field in TOMLS[words]]


def test_a_toml_saved_by_windows_notepad_is_read(tmp_path: Path) -> None:
    tiny_region().save(tmp_path)
    (tmp_path / "region.toml").write_bytes(("\ufeff" + TOML).replace("\n", "\r\n").encode())
    assert Region.open(tmp_path).name == "町"
    (tmp_path / "region.toml").write_bytes(TOML.encode("cp932"))
    with pytest.raises(InputError, match=r"region\.toml cannot be read"):
        Region.open(tmp_path)


def test_faults_of_all_files_are_told_together(tmp_path: Path) -> None:
    tiny_region().save(tmp_path)
    (tmp_path / "region.toml").write_text("[region]")
    (tmp_path / "region.gpkg").write_bytes(b"not a database")
    (tmp_path / "sources.json").write_text("[]")
    with pytest.raises(InputError) as caught:
        Region.open(tmp_path)
    assert [f.file for f in caught.value.faults] == ["region.toml", "region.toml", "region.gpkg", "sources.json"]


@pytest.mark.parametrize("words", ["", "{", "[]", "3", '{"sources": [{"id": 1}]}', '{"notes": [{}]}', "[" * 100_000])
def test_faults_of_sources_json(tmp_path: Path, words: str) -> None:
    tiny_region().save(tmp_path)
    (tmp_path / "sources.json").write_text(words)
    with pytest.raises(InputError, match=r"sources\.json cannot be read"):
        Region.open(tmp_path)


def test_a_folder_that_is_no_region(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        Region.open(tmp_path)
    assert [f.what.values for f in caught.value.faults] == [(("name", "region.toml"),), (("name", "region.gpkg"),)]
    with pytest.raises(InputError):
        Region.open(tmp_path / "nowhere")


def test_a_region_open_in_qgis_is_not_replaced(tmp_path: Path) -> None:
    tiny_region().save(tmp_path)
    before = (tmp_path / "region.gpkg").read_bytes()
    (tmp_path / "region.gpkg-wal").write_bytes(b"edits not yet in the file")
    with pytest.raises(OutputError, match="open in another program"):
        tiny_region(name="新しい町").save(tmp_path)
    assert (tmp_path / "region.gpkg").read_bytes() == before


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_geopackage_is_read_or_refused_and_nothing_else(tmp_path: Path, seed: int) -> None:
    tiny_region().save(tmp_path)
    path, dice = tmp_path / "region.gpkg", random.Random(seed)
    content = bytearray(path.read_bytes())
    if seed % 4 == 0:
        del content[dice.randrange(len(content)):]
    for _ in range(dice.choice([1, 10, 300])):
        if content:
            content[dice.randrange(len(content))] = dice.randrange(256)
    path.write_bytes(bytes(content))
    with contextlib.suppress(MusubimeError):
        Region.open(tmp_path).check()


def test_points_without_coordinates_are_kept(tmp_path: Path) -> None:
    region = tiny_region()
    lost = replace(region.settlements, lon=changed(region.settlements.lon, slice(None), NAN))
    replace(region, settlements=lost).save(tmp_path)
    assert np.isnan(Region.open(tmp_path).settlements.lon).all()
    frame = gpd.read_file(tmp_path / "region.gpkg", layer="settlements")
    assert len(frame) == 3

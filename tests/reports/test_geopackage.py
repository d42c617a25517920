"""plan.gpkg opens in QGIS: named layers, CRS set, one row for each thing said."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
from synthetic_plan import make_plan

from musubime.region import Region
from musubime.reports import write_geopackage
from musubime.studies.document import PlanDocument


def test_layers_and_their_crs(published: Path) -> None:
    layers = {str(name): str(kind) for name, kind in pyogrio.list_layers(published / "plan.gpkg")}
    assert layers == {
        "boundary": "MultiPolygon", "settlements": "Point", "settlements_by_alternative": "Point", "hubs": "Point",
        "buildings": "Point", "assignment": "LineString",
    }
    for name in layers:
        assert gpd.read_file(published / "plan.gpkg", layer=name).crs.to_epsg() == 6668


def test_settlements_say_people_hub_and_what_lacks(published: Path, small: tuple[PlanDocument, Region]) -> None:
    document, _ = small
    layer = gpd.read_file(published / "plan.gpkg", layer="settlements").set_index("id")
    assert len(layer) == len(document.settlements)
    for s in document.settlements:
        row = layer.loc[s.id]
        assert (row.geometry.x, row.geometry.y) == pytest.approx((s.lon, s.lat))
        assert row["people_2050"] == pytest.approx(s.people[2050].total, abs=0.06)
    for u in document.alternatives[0].unserved:
        assert layer.loc[u.settlement, "unserved"] == ",".join(u.services)
    for hub in document.alternatives[0].hubs:
        assert set(layer.index[layer.nearest_hub == hub.name]) == set(hub.settlements)


def test_each_alternative_has_its_hubs_and_lines(published: Path, small: tuple[PlanDocument, Region]) -> None:
    document, _ = small
    hubs = gpd.read_file(published / "plan.gpkg", layer="hubs")
    lines = gpd.read_file(published / "plan.gpkg", layer="assignment")
    every = gpd.read_file(published / "plan.gpkg", layer="settlements_by_alternative")
    for a in document.alternatives:
        assert sorted(hubs.name[hubs.alternative == a.id]) == sorted(h.name for h in a.hubs)
        assert (every.alternative == a.id).sum() == len(document.settlements)
        drawn = lines[lines.alternative == a.id]
        said = {(r.settlement, r.place, s) for r in drawn.itertuples() for s in r.services.split(",")}
        assert said == {(x.settlement, x.place, x.service) for x in a.assignment if x.place is not None}


def test_a_plan_without_hubs_writes_the_layers_it_has(tmp_path: Path) -> None:
    document, region = make_plan(12, 2)
    alone = document.alternatives[0].model_copy(update={"hubs": [], "assignment": []})
    write_geopackage(document.model_copy(update={"alternatives": [alone]}), region, tmp_path / "plan.gpkg")
    write_geopackage(document.model_copy(update={"alternatives": [alone]}), region, tmp_path / "plan.gpkg")
    assert [str(n) for n, _ in pyogrio.list_layers(tmp_path / "plan.gpkg")] == ["boundary", "settlements"]

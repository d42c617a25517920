"""The map of every page, in a real browser: it draws, it can be asked, and it asks nobody else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path

from musubime.language import text
from musubime.region import Region
from musubime.region.sample import sample_region
from musubime.web.accounts.rights import may
from musubime.web.pages.ground import as_geojson, bounds, ground
from musubime.web.pages.maps import LACK, Key, Layer, MapView, Row

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def region() -> Region:
    return sample_region(1)


POINTS = {"type": "FeatureCollection", "features": [
    {"type": "Feature", "geometry": {"type": "Point", "coordinates": [0, 0]},
     "properties": {"name": "奥<b>山</b>", "url": "/plans/", "people": 40, "later": 4, "lack": 0, "lack_later": 4}},
    {"type": "Feature", "geometry": {"type": "Point", "coordinates": [0, 0]},
     "properties": {"name": "Lower town", "people": 400, "later": 300, "lack": 2, "lack_later": 2}},
]}
HUBS = {"type": "FeatureCollection", "features": [
    {"type": "Feature", "geometry": {"type": "Point", "coordinates": [0, 0]}, "properties": {"name": "拠点"}}]}
PAGE = """{% extends "pages/base.html" %}{% block title %}Musubime{% endblock %}
{% block head %}{% include "pages/map_head.html" %}{% endblock %}
{% block main %}<h1>Musubime</h1>{% include "pages/map.html" %}{% endblock %}
{% block scripts %}{% include "pages/map_scripts.html" %}{% endblock %}"""
_served: dict[str, Any] = {}


@may("pages.see")
def map_page(request: HttpRequest) -> HttpResponse:
    popup = ((text("People"), "people"),)
    view = MapView(
        text("Places"), _served["bounds"],
        (Layer("ground", "/t/ground", "ground"),
         Layer("settlements", "/t/settlements", "circles", LACK, by="lack", size="people", popup=popup, names="near"),
         Layer("hubs", "/t/hubs", "symbols", ("#0072b2",), ("diamond",), names="always")),
        (Key("circle", LACK[2], text("Places")), Key("diamond", "#0072b2", text("Plans"))),
        views={"now": {}, "later": {"settlements": {"by": "lack_later", "size": "later"}, "hubs": {"hidden": True}}},
        view="now", rows=(Row("奥山", "/plans/"),),
    )
    return HttpResponse(engines["django"].from_string(PAGE).render({"map": view, "language": "ja"}, request))


@may("pages.see")
def map_layer(request: HttpRequest, name: str) -> HttpResponse:
    return HttpResponse(_served[name], content_type="application/geo+json")


urlpatterns = [path("", include("musubime.web.urls")), path("t/", map_page), path("t/<name>", map_layer)]


@pytest.fixture
def served(region: Region) -> None:
    west, south, east, north = bounds(region)
    _served["bounds"] = (west, south, east, north)
    _served["ground"] = as_geojson(ground(region))
    spots = [[west + (east - west) * share, south + (north - south) * share] for share in (0.4, 0.6)]
    for feature, spot in zip(POINTS["features"], spots, strict=True):
        feature["geometry"]["coordinates"] = spot  # type: ignore[index]
    HUBS["features"][0]["geometry"]["coordinates"] = [spots[0][0], spots[1][1]]  # type: ignore[index]
    _served["settlements"], _served["hubs"] = json.dumps(POINTS), json.dumps(HUBS)


def _asked(page: Any, script: str) -> Any:
    return page.evaluate(f"""() => {{ const {{ map }} = document.querySelector("[data-map]").musubime; {script} }}""")


@pytest.mark.urls(__name__)
@pytest.mark.usefixtures("served")
def test_the_map_draws_answers_and_can_be_switched(browse_as: Any, axe_findings: Any) -> None:
    page = browse_as(None, "/t/")
    page.wait_for_selector("[data-map][data-ready=yes]")
    layers = 'return map.queryRenderedFeatures().map((feature) => feature.layer.id);'
    drawn = set(_asked(page, layers))
    assert {"settlements", "hubs", "hubs-names", "ground-land", "ground-roads"} <= drawn
    colours = _asked(page, """
        map.triggerRepaint();
        return new Promise((done) => map.once("render", () => {
          const gl = map.getCanvas().getContext("webgl2") ?? map.getCanvas().getContext("webgl");
          const pixels = new Uint8Array(gl.drawingBufferWidth * gl.drawingBufferHeight * 4);
          gl.readPixels(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
          const seen = new Set();
          for (let at = 0; at < pixels.length; at += 4) seen.add(pixels.slice(at, at + 3).join());
          done([...seen]);
        }));""")
    assert {"255,243,214", "252,141,89", "0,114,178"} <= set(colours)  # two classes of LACK, and the hub
    radius = 'return map.getPaintProperty("settlements", "circle-color")[1][1][1];'
    assert _asked(page, radius) == "lack"
    page.evaluate("""() => document.querySelector("[data-map]").musubime.show("later")""")
    assert _asked(page, radius) == "lack_later"
    assert _asked(page, 'return map.getLayoutProperty("hubs", "visibility");') == "none"
    assert axe_findings(page) == []


@pytest.mark.urls(__name__)
@pytest.mark.usefixtures("served")
def test_a_settlement_tells_its_name_as_words_and_leads_to_its_page(browse_as: Any) -> None:
    page = browse_as(None, "/t/", "en")
    page.wait_for_selector("[data-map][data-ready=yes]")
    place = json.dumps(POINTS["features"][0]["geometry"]["coordinates"])  # type: ignore[index]
    spot = _asked(page, f"const at = map.project({place}); return [at.x, at.y];")
    page.locator("[data-map]").click(position={"x": spot[0], "y": spot[1]})
    popup = page.locator(".maplibregl-popup-content")
    assert popup.locator("h3").inner_text() == "奥<b>山</b>"
    assert popup.locator("dd").inner_text() == "40"
    popup.locator("a").click()
    page.wait_for_url("**/plans/")


@pytest.mark.urls(__name__)
@pytest.mark.usefixtures("served")
def test_the_keyboard_moves_the_map(browse_as: Any) -> None:
    page = browse_as(None, "/t/")
    page.wait_for_selector("[data-map][data-ready=yes]")
    zoom = _asked(page, "return map.getZoom();")
    page.locator("canvas.maplibregl-canvas").focus()
    page.keyboard.press("+")
    page.wait_for_function('(zoom) => document.querySelector("[data-map]").musubime.map.getZoom() > zoom + 0.9',
                           arg=zoom)


@pytest.mark.urls(__name__)
@pytest.mark.usefixtures("served")
def test_without_webgl_the_list_says_the_same(page: Any, live_server: Any) -> None:
    page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null;")
    page.goto(live_server.url + "/t/")
    page.wait_for_selector("[data-map][data-ready=none]", state="attached")
    assert page.locator(".map-none").is_visible()
    assert page.get_by_role("link", name="奥山").is_visible()


def test_only_two_files_of_the_package_are_served() -> None:
    assert Path(str(finders.find("maplibre/maplibre-gl.js"))).read_text("utf-8")[:200].count("3-Clause BSD") == 1
    assert finders.find("maplibre/maplibre-gl.css")
    for other in ("ipywidget.js", "../__init__.py", "pywidget.js", "", "maplibre-gl.js/.."):
        assert not finders.find(f"maplibre/{other}")


def test_the_ground_is_light_and_true(region: Region) -> None:
    collection = ground(region)
    kinds = {feature["properties"]["kind"] for feature in collection["features"]}
    assert {"boundary", "road"} <= kinds
    assert len(as_geojson(collection)) < 400_000
    west, south, east, north = bounds(region)
    for feature in collection["features"]:
        if feature["properties"]["kind"] == "boundary":
            for lon, lat in feature["geometry"]["coordinates"][0]:
                assert west - 1e-4 <= lon <= east + 1e-4
                assert south - 1e-4 <= lat <= north + 1e-4

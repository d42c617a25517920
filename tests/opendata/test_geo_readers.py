"""Layer readers on files small enough to count."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from geo_worlds import (
    CODE,
    N03_ROW,
    STOPS,
    TOWN,
    boundary,
    feed,
    geojson,
    layer,
    noted,
    probe,
    read,
    square,
    town_names,
)
from shapely.geometry import LineString, Point, Polygon, box

from musubime.errors import InputError
from musubime.opendata import (
    boundaries,
    gtfs,
    mesh_projection,
    oaza_points,
    points,
    roads_ksj,
    roads_osm,
    school_areas,
    small_areas,
)
from musubime.opendata._vector import Scope
from musubime.opendata.model import (
    AreaPiece,
    BoundaryPiece,
    CatchmentPiece,
    FacilityPiece,
    FeedPiece,
    MeshPiece,
    PointPiece,
    RoadPiece,
)
from musubime.provenance import Ledger

# --- boundaries -----------------------------------------------------------------------------------------------------


def test_n03_parts_of_one_code_become_one_outline(tmp_path: Path) -> None:
    row = {"N03_001": "石川県", "N03_003": "鳳珠郡", "N03_004": "能登町", "N03_007": "17463"}
    other = {"N03_001": "石川県", "N03_003": None, "N03_004": "所属未定地", "N03_007": None}
    path = geojson(tmp_path / "a.json", [(square(137, 37), row), (square(137.1, 37), row), (square(138, 37), other)])
    pieces, ledger = read(boundaries, path)
    (piece,) = pieces
    assert isinstance(piece, BoundaryPiece)
    assert (piece.code, piece.name, len(piece.shape.geoms)) == ("174637", "石川県鳳珠郡能登町", 2)
    assert noted(ledger, "dropped") == {"Areas that belong to no municipality were left out.": 1}


def test_geolonia_outlines_have_a_name_and_no_code(tmp_path: Path) -> None:
    path = geojson(tmp_path / "x.bin.json", [(square(132, 34), {"name": "山口県岩国市"})] * 2)
    (piece,) = read(boundaries, path)[0]
    assert isinstance(piece, BoundaryPiece)
    assert (piece.code, piece.name) == ("", "山口県岩国市")
    assert not boundaries.recognise(probe(geojson(tmp_path / "y.json", [(square(132, 34), {"name": "公園"})])))


def test_crossing_outlines_are_mended_and_said(tmp_path: Path) -> None:
    bow_tie = Polygon([(132, 34), (132.01, 34.01), (132.01, 34), (132, 34.01)])
    pieces, ledger = read(boundaries, boundary(tmp_path, bow_tie))
    assert isinstance(pieces[0], BoundaryPiece)
    assert pieces[0].shape.is_valid
    assert noted(ledger, "repair") == {"Areas whose outline crosses itself were made valid.": 1}


def test_only_the_wanted_municipality_is_read(tmp_path: Path) -> None:
    rows = [
        (square(132 + i / 10, 34), {"N03_001": "山口県", "N03_004": f"町{i}", "N03_007": f"3530{i}"}) for i in range(5)
    ]
    pieces, _ = read(boundaries, geojson(tmp_path / "a.json", rows), Scope("353027"))
    assert [piece.name for piece in pieces if isinstance(piece, BoundaryPiece)] == ["山口県町2"]


# --- coordinate systems and half shapefiles -------------------------------------------------------------------------

@pytest.mark.parametrize("part", [".dbf", ".shx"])
def test_half_a_shapefile_says_which_part_is_missing(tmp_path: Path, part: str) -> None:
    path = layer(tmp_path / "a.shp", [(TOWN, N03_ROW)])
    path.with_suffix(part).unlink()
    with pytest.raises(InputError) as caught:
        boundaries.read(probe(path), Ledger())
    assert [fault.value for fault in caught.value.faults] == ["a" + part]


def test_degrees_without_a_system_are_supposed_to_be_japan(tmp_path: Path) -> None:
    path = layer(tmp_path / "a.shp", [(TOWN, N03_ROW)])
    path.with_suffix(".prj").unlink()
    pieces, ledger = read(boundaries, path)
    assert isinstance(pieces[0], BoundaryPiece)
    assert pieces[0].shape.bounds == pytest.approx((132.0, 34.0, 132.1, 34.1))
    assert sum(noted(ledger, "assumption").values()) == 1


def test_metres_without_a_system_are_refused(tmp_path: Path) -> None:
    path = layer(tmp_path / "a.shp", [(box(-9000, 1000, 9000, 9000), N03_ROW)], 6671)
    path.with_suffix(".prj").unlink()
    with pytest.raises(InputError, match="no coordinate system"):
        read(boundaries, path)


def test_metres_of_a_plane_become_degrees(tmp_path: Path) -> None:
    # The origin of plane zone III is 132°10' E, 36° N (国土交通省告示第9号).
    path = layer(tmp_path / "a.gpkg", [(box(-1000, -1000, 1000, 1000), N03_ROW)], 6671)
    (piece,) = read(boundaries, path)[0]
    assert isinstance(piece, BoundaryPiece)
    assert piece.shape.centroid.coords[0] == pytest.approx((132 + 10 / 60, 36.0), abs=1e-6)


def test_shapefiles_of_windows_without_a_cpg_are_read_as_cp932(tmp_path: Path) -> None:
    path = layer(tmp_path / "a.shp", [(TOWN, N03_ROW)], encoding="cp932")
    path.with_suffix(".cpg").unlink(missing_ok=True)
    (piece,) = read(boundaries, path)[0]
    assert isinstance(piece, BoundaryPiece)
    assert piece.name == "山口県結市"


# --- place names, census areas, meshes, catchments ------------------------------------------------------------------


def test_place_names_of_both_publishers(tmp_path: Path) -> None:
    (piece,) = read(oaza_points, town_names(tmp_path, {"奥": (132.01, 34.01), "浜": (132.02, 34.02)}))[0]
    assert isinstance(piece, PointPiece)
    assert (piece.names, piece.municipality, piece.lat.tolist()) == (("奥", "浜"), "", [34.01, 34.02])
    table = tmp_path / "isj.csv"
    table.write_bytes((
        '"都道府県コード","都道府県名","市区町村コード","市区町村名","大字町丁目コード","大字町丁目名","緯度","経度"\r\n'
        '"35","山口県","35209","結市","1","大字奥","34.01","132.01"\r\n'
        '"35","山口県","35209","結市","2","大字沖","","132.01"\r\n'
        '"34","広島県","34100","広島市","3","中町","34.39","132.45"\r\n').encode("cp932"))
    pieces, ledger = read(oaza_points, table, Scope(CODE))
    (piece,) = pieces
    assert isinstance(piece, PointPiece)
    assert (piece.municipality, piece.names) == (CODE, ("大字奥",))
    assert noted(ledger, "dropped") == {"Points without usable coordinates were left out.": 1}


def test_census_areas_keep_pieces_hidden_figures_and_water_apart(tmp_path: Path) -> None:
    rows = [
        (square(132.00, 34), {
            "KEY_CODE": "352090010", "S_NAME": "奥", "JINKO": 0, "SETAI": 0, "HCODE": 8101, "R2KAxx": 1}),
        (square(132.02, 34), {"KEY_CODE": "352090010", "S_NAME": "奥", "JINKO": 30, "SETAI": 12, "HCODE": 8101}),
        (square(132.04, 34), {"KEY_CODE": "352090020", "S_NAME": "浜", "JINKO": None, "SETAI": None, "HCODE": 8101}),
        (square(132.06, 34), {"KEY_CODE": "352090030", "S_NAME": "海", "JINKO": 0, "SETAI": 0, "HCODE": 8154}),
    ]
    pieces, ledger = read(small_areas, layer(tmp_path / "a.fgb", rows))
    (piece,) = pieces
    assert isinstance(piece, AreaPiece)
    assert piece.ids in (("352090010", "352090010-2", "352090020"), ("352090020", "352090010", "352090010-2"))
    assert (np.nansum(piece.people), np.isnan(piece.people).sum(), piece.year) == (30, 1, 2020)
    assert noted(ledger, "dropped") == {"Census areas of water (水面調査区) were left out.": 1}
    assert noted(ledger, "assumption") == {"Census areas in several pieces: each piece stands as one settlement.": 1}


def test_the_census_year_is_told_by_the_serial_column(tmp_path: Path) -> None:
    row = {"KEY_CODE": "352090010", "S_NAME": "奥", "JINKO": 1, "SETAI": 1, "H27KAxx": 1}
    (piece,) = read(small_areas, layer(tmp_path / "a.gpkg", [(square(132, 34), row)]))[0]
    assert isinstance(piece, AreaPiece)
    assert piece.year == 2015


def test_mesh_projection_of_both_editions(tmp_path: Path) -> None:
    for form in ("PT{}_{}", "PT{:02d}_{}"):
        row = {"MESH_ID": "51320001", "SHICODE": "35209", "PTN_2020": 6.0, "GASSAN2020": None}
        row |= {form.format(g, y): float(g) for y in (2020, 2025) for g in range(4)}
        (piece,) = read(mesh_projection, layer(tmp_path / f"{len(form)}.gpkg", [(square(132, 34), row)]))[0]
        assert isinstance(piece, MeshPiece)
        # PT0 is the total; PT1, PT2, PT3 are 0-4, 5-9, 10-14.
        assert (piece.age_from, piece.years, piece.people[0, 0].tolist()) == ((0, 5, 10), (2020, 2025), [1, 2, 3])


def test_catchments_tell_whole_places_from_parts(tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_bytes((
        "学校ID,学校所在地_全国地方公共団体コード,学校名称,通学区域の住所\r\n"
        f"1,{CODE},東小学校,奥（西側を除く。）;浜一丁目から三丁目まで;沖のうち本浦地区;山町一丁目1番から5番まで\r\n"
        f"2,{CODE},西小学校,\r\n").encode("cp932"))
    pieces, ledger = read(school_areas, table)
    (piece,) = pieces
    assert isinstance(piece, CatchmentPiece)
    assert piece.places == (("奥", "浜一丁目", "浜二丁目", "浜三丁目"),)
    assert piece.parts == (("沖", "山町一丁目"),)
    assert noted(ledger, "dropped") == {"Schools without a name or a list of places were left out.": 1}


# --- roads and points -----------------------------------------------------------------------------------------------

LINE = LineString([(132, 34), (132.01, 34.01)])


@pytest.mark.parametrize(("columns", "expected"), [
    ({"A37_100002": "市区町村道等", "A37_000003": None}, "unclassified"),
    ({"A37_100002": None, "A37_000003": "一般国道"}, "trunk"),
    ({"N10_002": "1", "N10_003": "1"}, "motorway"),
    ({"N10_002": 1, "N10_003": 6}, "secondary"),
    ({"N13_002": 1, "N13_003": 3, "N13_004": 1, "N13_006": 1}, "service"),
    ({"N13_002": 3, "N13_003": 3, "N13_004": 1, "N13_006": 1}, "path"),
    ({"N13_002": 1, "N13_003": 1, "N13_004": 1, "N13_006": 1}, "trunk"),
    ({"highway": "residential", "name": "x"}, "residential"),
    ({"道路種別": "一般県道"}, "secondary"),
    ({"道路種別": "私有地"}, "unclassified"),
    ({"id": 1, "length": 12.5}, "unclassified"),
])
def test_each_publishers_columns_tell_the_class(tmp_path: Path, columns: dict[str, object], expected: str) -> None:
    (piece,) = read(roads_ksj, layer(tmp_path / "a.gpkg", [(LINE, columns)]))[0]
    assert isinstance(piece, RoadPiece)
    assert piece.roads.classes == (expected,)


def test_bus_lines_are_no_roads(tmp_path: Path) -> None:
    path = layer(tmp_path / "a.gpkg", [(LINE, {"運行": "村営", "経路": "x", "_color": "#FF0000"})])
    assert not roads_ksj.recognise(probe(path))


def test_directions_speeds_and_roads_that_are_none(tmp_path: Path) -> None:
    rows = [
        (LINE, {"highway": "primary", "oneway": "-1", "maxspeed": "40 km/h", "name": "県道"}),
        (LINE, {"highway": "service", "oneway": "yes", "maxspeed": "signals", "name": None}),
        (LINE, {"highway": "proposed", "oneway": None, "maxspeed": "0", "name": None}),
    ]
    pieces, ledger = read(roads_ksj, layer(tmp_path / "a.gpkg", rows))
    (piece,) = pieces
    assert isinstance(piece, RoadPiece)
    assert (piece.roads.oneway.tolist(), piece.roads.speed_kmh[0], piece.roads.names) == ([-1, 1], 40, ("県道", ""))
    assert np.isnan(piece.roads.speed_kmh[1])
    assert sum(noted(ledger, "dropped").values()) == 1


def test_roads_far_away_are_not_read(tmp_path: Path) -> None:
    path = layer(tmp_path / "a.fgb", [(LINE, {"highway": "primary"})])
    assert read(roads_ksj, path, Scope(CODE, (140, 40, 141, 41)))[0] == []


OSM = """<?xml version="1.0"?><osm version="0.6">
<node id="1" lat="34.00" lon="132.00" version="1"/><node id="2" lat="34.00" lon="132.01" version="1"/>
<node id="3" lat="34.01" lon="132.01" version="1"/>
<node id="9" lat="34.005" lon="132.005" version="1"><tag k="shop" v="supermarket"/><tag k="name" v="丸久"/></node>
<way id="10" version="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="primary"/><tag k="maxspeed" v="50"/></way>
<way id="11" version="1"><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/><tag k="oneway" v="yes"/></way>
<way id="12" version="1"><nd ref="3"/><nd ref="1"/><nd ref="77"/><tag k="highway" v="track"/></way>
<way id="13" version="1"><nd ref="3"/><nd ref="1"/><tag k="highway" v="construction"/></way>
<way id="14" version="1"><nd ref="3"/><nd ref="1"/><tag k="highway" v="service"/><tag k="access" v="private"/></way>
<relation id="1" version="1"><member type="way" ref="10" role="from"/><member type="node" ref="2" role="via"/>
<member type="way" ref="11" role="to"/><tag k="type" v="restriction"/><tag k="restriction" v="no_left_turn"/></relation>
</osm>"""


def test_an_osm_extract_gives_roads_turns_and_shops(tmp_path: Path) -> None:
    path = tmp_path / "extract.bin"
    path.write_text(OSM, "utf-8")
    pieces, ledger = read(roads_osm, path)
    roads, places = pieces
    assert isinstance(roads, RoadPiece)
    assert isinstance(places, FacilityPiece)
    # Way 12 keeps the two nodes that are in the file; 13 is no open road; 14 is closed to everybody.
    assert roads.roads.classes == ("primary", "residential", "track")
    assert (roads.roads.oneway.tolist(), roads.roads.speed_kmh[0]) == ([0, 1, 0], 50)
    (turn,) = roads.roads.turns
    assert (turn.from_line, turn.to_line, turn.lon, turn.lat, turn.kind) == (0, 1, 132.01, 34.0, "no_left_turn")
    assert (places.facilities.names, places.facilities.services) == (("丸久",), (("shop",),))
    assert noted(ledger, "repair") == {"Roads that run out of the extract were cut at its edge.": 1}


@pytest.mark.parametrize(("tags", "members", "turns", "lost"), [
    ({"restriction": "no_right_turn"}, "10>11", [(0, 1)], 0),
    ({"restriction:motorcar": "no_right_turn"}, "10>11", [(0, 1)], 0),
    ({"restriction:hgv": "no_right_turn"}, "10>11", [], 0),  # lorries only
    ({"restriction": "no_right_turn", "except": "bicycle;psv"}, "10>11", [(0, 1)], 0),
    ({"restriction": "no_right_turn", "except": "psv; motor_vehicle"}, "10>11", [], 0),
    ({"restriction": "no_right_turn", "except": "motorcarriage"}, "10>11", [(0, 1)], 0),  # a word, not a part of one
    ({"restriction": "no_right_turn", "restriction:motorcar": "give_way"}, "10>11", [], 0),
    ({"restriction": "no_entry"}, "10,12>11", [(0, 1), (2, 1)], 0),
    ({"restriction": "no_exit"}, "10>11,12", [(0, 1), (0, 2)], 0),
    ({"restriction": "no_right_turn"}, "10,12>11", [], 1),  # which of the two is not said
    ({"restriction": "no_right_turn"}, "10>99", [], 1),  # a road that the file does not have
])
def test_turn_restrictions(
    tags: dict[str, str], members: str, turns: list[tuple[int, int]], lost: int, tmp_path: Path
) -> None:
    starts, ends = (side.split(",") for side in members.split(">"))
    told = "".join(f'<member type="way" ref="{ref}" role="{role}"/>' for role, refs in (("from", starts), ("to", ends))
                   for ref in refs) + '<member type="node" ref="2" role="via"/>'
    told += "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
    # ways 10, 11 and 12 meet at node 2
    osm = OSM[:OSM.index("<relation")].replace('<nd ref="3"/><nd ref="1"/><nd ref="77"/>', '<nd ref="2"/><nd ref="1"/>')
    (tmp_path / "a.osm").write_text(f'{osm}<relation id="1" version="1">{told}</relation></osm>', "utf-8")
    pieces, ledger = read(roads_osm, tmp_path / "a.osm")
    assert isinstance(pieces[0], RoadPiece)
    assert [(turn.from_line, turn.to_line) for turn in pieces[0].roads.turns] == turns
    assert sum(noted(ledger, "dropped").values()) == lost


def test_a_pbf_is_told_by_its_content_and_a_cut_one_refused(tmp_path: Path) -> None:
    import osmium

    source, path = tmp_path / "a.osm", tmp_path / "roads.dat"
    source.write_text(OSM, "utf-8")
    with osmium.SimpleWriter(str(tmp_path / "a.osm.pbf")) as writer:
        for thing in osmium.FileProcessor(str(source)):
            writer.add(thing)
    path.write_bytes((tmp_path / "a.osm.pbf").read_bytes())
    assert len(read(roads_osm, path)[0]) == 2
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(InputError, match="OpenStreetMap"):
        read(roads_osm, path)


@pytest.mark.parametrize(("columns", "kind", "services"), [
    ({"P04_001": 1, "P04_002": "結病院", "P04_003": "奥1"}, "hospital", ("clinic",)),
    ({"P30_005": "奥郵便局", "P30_006": "奥1"}, "post_office", ("post",)),
    ({"P29_003": "16001", "P29_004": "奥小学校", "P29_005": "奥1", "P29_009": None}, "primary_school", ("school",)),
    ({"P29_003": "16", "P29_004": "16002", "P29_005": "奥中学校", "P29_006": "奥1"}, "junior_high_school", ("school",)),
    ({"P35_006": "道の駅むすび"}, "roadside_station", ("shop",)),
    ({"amenity": "fuel", "name": "奥SS"}, "fuel_station", ("fuel",)),
    ({"名称": "奥小グランド", "所在地": "奥", "医療圏": "北"}, "other", ()),
    ({"name": "結駅", "line": "山陽本線", "transport_type": "rail"}, "station", ()),
])
def test_each_point_layer_tells_what_stands_there(
    tmp_path: Path, columns: dict[str, object], kind: str, services: tuple[str, ...]
) -> None:
    (piece,) = read(points, layer(tmp_path / "a.gpkg", [(Point(132.01, 34.01), columns)]))[0]
    assert isinstance(piece, FacilityPiece)
    assert (piece.facilities.kinds, piece.facilities.services) == ((kind,), (services,))


# --- feeds ----------------------------------------------------------------------------------------------------------

def test_a_feed_with_an_odd_member_is_taken(tmp_path: Path) -> None:
    path = feed(tmp_path / "a.zip", STOPS, more={"result.txt": "ok", "translations.txt": "trans_id,lang,translation\n"})
    pieces, ledger = read(gtfs, path)
    (piece,) = pieces
    assert isinstance(piece, FeedPiece)
    assert piece.stop_lon.tolist() == [132.01, 132.02]
    assert noted(ledger, "dropped") == {"Members of the feed that are no GTFS tables are kept but not read.": 1}
    assert sum(noted(ledger, "assumption").values()) == 1  # the first edition's translations


def test_every_lack_of_a_feed_is_said_at_once(tmp_path: Path) -> None:
    path = feed(tmp_path / "a.zip", STOPS, leave_out=["routes.txt", "calendar.txt"],
                more={"stops.txt": "stop_id,stop_name\n1,奥\n"})
    with pytest.raises(InputError) as caught:
        read(gtfs, path)
    # routes.txt, a calendar, and the two columns of coordinates
    assert len(caught.value.faults) == 4


def test_a_feed_in_a_folder_of_the_zip_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not their folder"):
        read(gtfs, feed(tmp_path / "a.zip", STOPS, inside="bus/"))

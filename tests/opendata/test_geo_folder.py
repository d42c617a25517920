"""The sorter: content decides, names do not; strangers' files are noted, hostile ones refused with one clear word."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest
from geo_worlds import N03_ROW, STOPS, TOWN, boundary, facilities, feed, geojson, layer, population, town_names

from musubime.errors import InputError
from musubime.opendata import sort_folder
from musubime.opendata.model import (
    AgePiece,
    BoundaryPiece,
    FacilityPiece,
    FeedPiece,
    Piece,
    PointPiece,
    RoadPiece,
)
from musubime.provenance import Ledger


def _sorted(folder: Path) -> tuple[list[Piece], Ledger]:
    ledger = Ledger()
    return sort_folder(folder, ledger), ledger


def _said(ledger: Ledger) -> str:
    return "\n".join(note.what.to("en") for note in ledger.notes)


def test_names_mean_nothing(tmp_path: Path) -> None:
    deep = tmp_path / "nested" / "twice"
    deep.mkdir(parents=True)
    boundary(deep).rename(deep / "holiday.jpg")
    town_names(tmp_path, {"奥": (132.01, 34.01)}).rename(tmp_path / "no suffix")
    population(tmp_path, "2024-04-01", {"東": {"m0": 3}}).rename(tmp_path / "budget_20240401.docx")
    facilities(tmp_path, [("奥公民館", "奥1", 132.01, 34.01)]).rename(tmp_path / "x.zip")
    feed(tmp_path / "y.csv", STOPS)
    pieces, _ = _sorted(tmp_path)
    assert {type(piece) for piece in pieces} == {BoundaryPiece, PointPiece, AgePiece, FacilityPiece, FeedPiece}


def test_unknown_files_are_listed_and_do_no_harm(tmp_path: Path) -> None:
    boundary(tmp_path)
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0" + os.urandom(2000))
    (tmp_path / "readme.txt").write_text("ご自由にお使いください", "utf-8")
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / ".hidden").write_bytes(b"PK\x03\x04")
    pieces, ledger = _sorted(tmp_path)
    assert len(pieces) == 1
    (note,) = [n for n in ledger.notes if n.kind == "missing"]
    assert (note.count, set(note.examples)) == (2, {"photo.jpg", "readme.txt"})


def test_files_of_one_name_stay_apart(tmp_path: Path) -> None:
    for sub in ("north", "south"):
        (tmp_path / sub).mkdir()
        facilities(tmp_path / sub, [(f"{sub}公民館", "奥1", 132.01, 34.01)])
    pieces, ledger = _sorted(tmp_path)
    assert [piece.source for piece in pieces] == ["north/places.csv", "south/places.csv"]
    assert [source.id for source in ledger.sources] == ["north/places.csv", "south/places.csv"]
    assert all(
        set(piece.facilities.sources) == {piece.source} and piece.facilities.ids[0].startswith(piece.source)
        for piece in pieces if isinstance(piece, FacilityPiece)
    )


def test_a_zip_with_japanese_windows_names_is_looked_into(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    layer(inside / "行政区域.shp", [(TOWN, N03_ROW)], encoding="utf-8")
    geojson(inside / "行政区域.geojson", [(TOWN, N03_ROW)])
    with zipfile.ZipFile(tmp_path / "n03.zip", "w") as packed:
        for part in sorted(inside.iterdir()):
            packed.writestr(_WindowsName("境界/" + part.name), part.read_bytes())
            part.unlink()
    inside.rmdir()
    pieces, ledger = _sorted(tmp_path)
    assert [piece.name for piece in pieces if isinstance(piece, BoundaryPiece)] == ["山口県結市"]
    assert ledger.sources[0].id.startswith("n03.zip/境界/行政区域")


class _WindowsName(zipfile.ZipInfo):
    """A member's name as Japanese Windows writes it: cp932, and no flag that says UTF-8."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 - the library's own name
        return self.filename.encode("cp932"), self.flag_bits & ~0x800


def test_zip_bombs_are_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("musubime.opendata._archive.MOST_BYTES", 50_000_000)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        for i in range(20):
            packed.writestr(f"{i}.csv", b"0" * 3_000_000)
    assert (tmp_path / "bomb.zip").stat().st_size < 100_000
    pieces, ledger = _sorted(tmp_path)
    assert not pieces
    assert "unpacks to 60 MB in 20 files; up to 50 MB are read" in _said(ledger)


def test_a_zip_in_a_zip_and_paths_that_climb_out_stay_inside(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as packed:
        packed.writestr("a.csv", "x")
    folder = tmp_path / "from"
    folder.mkdir()
    outline = boundary(tmp_path).read_text("utf-8")
    with zipfile.ZipFile(folder / "a.zip", "w") as packed:
        packed.writestr("inner.zip", inner.getvalue())
        packed.writestr("../../climbed.json", outline)
    pieces, _ = _sorted(folder)
    assert len(pieces) == 1
    assert not (tmp_path / "climbed.json").exists()
    assert not (tmp_path.parent / "climbed.json").exists()


@pytest.mark.parametrize("damage", ["cut", "password"])
def test_broken_zips_are_said(tmp_path: Path, damage: str) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("a.csv", "x" * 500)
    data = bytearray((tmp_path / "a.zip").read_bytes())
    if damage == "cut":
        data = data[:200]
    else:
        data[6] |= 1
        data[data.find(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(data)
    pieces, ledger = _sorted(tmp_path)
    assert not pieces
    assert len(ledger.notes) == 1


def test_a_file_of_two_gigabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    for name, start in (("huge.csv", "名称,緯度,経度\n"), ("huge.geojson", '{"type":"FeatureCollection","features":[')):
        with (tmp_path / name).open("wb") as file:
            file.write(start.encode())
            file.truncate(2 << 30)  # sparse: takes no room on the disk
    pieces, ledger = _sorted(tmp_path)
    assert not pieces
    assert _said(ledger).count("2,147 MB") == 2


def test_parts_of_a_shapefile_without_the_shapes_are_said_once_each(tmp_path: Path) -> None:
    path = layer(tmp_path / "a.shp", [(TOWN, N03_ROW)])
    path.unlink()
    pieces, ledger = _sorted(tmp_path)
    assert not pieces
    assert _said(ledger).count("its .shp file is missing") == 2  # .shx and .dbf


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_locked_file_is_said(tmp_path: Path) -> None:
    boundary(tmp_path).chmod(0)
    _, ledger = _sorted(tmp_path)
    assert "cannot be opened" in _said(ledger)


def test_a_road_file_beside_a_broken_one_is_still_read(tmp_path: Path) -> None:
    from shapely.geometry import LineString

    layer(tmp_path / "good.fgb", [(LineString([(132, 34), (132.1, 34)]), {"highway": "primary"})])
    (tmp_path / "bad.fgb").write_bytes((tmp_path / "good.fgb").read_bytes()[:200])
    pieces, _ = _sorted(tmp_path)
    assert [type(piece) for piece in pieces] == [RoadPiece]


@pytest.mark.parametrize("made", [False, True])
def test_no_folder_and_an_empty_folder_are_errors(tmp_path: Path, made: bool) -> None:
    folder = tmp_path / "from"
    if made:
        folder.mkdir()
    with pytest.raises(InputError):
        _sorted(folder)

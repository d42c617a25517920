"""Damaged real layers, lists and feeds: every reader gives a result or one clear error, never anything else."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import pyogrio
import pytest
from geo_worlds import probe
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from musubime.errors import InputError
from musubime.opendata.folder import LAYERS, TABLES, sort_folder
from musubime.provenance import Ledger

SEEDS = (
    "boundaries/35321.json", "oaza_points/石川県/鳳珠郡能登町.json", "facilities/noto/noto_doctor_heli_rendezvous.fgb",
    "facilities/yamaguchi-pref_350001/yamaguchi_railway_stations.json", "gtfs/hikari_GTFS_20250401_.zip",
    "facilities/iwakuni_352080/352080_school_district.csv", "roads/taketomi.zip",
)
CUTS = {  # large layers: the first features, in each format
    "small_area/noto_town_koaza_area.fgb": "areas.gpkg", "roads/A37-15_PeninsulaRoad_16-17.fgb": "roads.fgb",
    "roads/N10-20_16-17.fgb": "roads.shp", "mesh/1km_mesh_suikei_2018_shape_29/1km_mesh_2018_29.shp": "mesh.shp",
}


@pytest.fixture(scope="module")
def seeds(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("seeds")
    paths = [Path(shutil.copy(shared / seed, folder)) for seed in SEEDS]
    for source, name in CUTS.items():
        pyogrio.write_dataframe(pyogrio.read_dataframe(shared / source, max_features=8), folder / name)
        paths += sorted(folder.glob(Path(name).stem + ".*"))
    return sorted(set(paths))


@given(data=st.data())
@settings(max_examples=150, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_damaged_files_give_a_result_or_a_clear_error(
    seeds: list[Path], tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    seed = data.draw(st.sampled_from(seeds))
    folder = tmp_path_factory.mktemp("damaged")
    for part in seed.parent.glob(seed.stem + ".*"):  # a shapefile keeps its other parts
        shutil.copy(part, folder)
    path = folder / seed.name
    path.write_bytes(damaged(bytearray(path.read_bytes()), data))
    for file in sorted(folder.iterdir()):
        _try_readers(file)
    if any(file.stat().st_size for file in folder.iterdir()):
        sort_folder(folder, Ledger())


def _try_readers(file: Path) -> None:
    try:
        found = probe(file)
    except InputError:
        return
    for reader in (*TABLES, *LAYERS):
        if reader.recognise(found):
            with contextlib.suppress(InputError):
                reader.read(found, Ledger())


def damaged(content: bytearray, data: st.DataObject) -> bytes:
    for _ in range(data.draw(st.integers(1, 3))):
        size = max(len(content), 1)
        at = data.draw(st.integers(0, size - 1))
        match data.draw(st.sampled_from(("cut", "flip", "drop", "double", "fill"))):
            case "cut":
                del content[at:]
            case "flip":
                for offset in range(data.draw(st.integers(1, 8))):
                    if at + offset < len(content):
                        content[at + offset] ^= data.draw(st.integers(1, 255))
            case "drop":
                del content[at:at + data.draw(st.integers(1, 400))]
            case "double":
                content[at:at] = content[at:at + data.draw(st.integers(1, 400))]
            case _:
                content[at:at + 16] = data.draw(st.sampled_from((b"\xff", b"\x00", b"9", b'"'))) * 16
    return bytes(content)

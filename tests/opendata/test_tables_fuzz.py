"""Damaged real files: every reader gives a result or one clear error, never anything else."""

from __future__ import annotations

import io
import random
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from table_probes import READERS, written

from musubime.errors import InputError
from musubime.opendata.facility_merge import merge_facilities
from musubime.opendata.model import AgePiece, FacilityPiece, MonthlyVitalPiece
from musubime.opendata.vital import join_months
from musubime.provenance import Ledger

SEEDS = (
    "facilities/iwakuni_352080/352080_educational_institution.csv",
    "facilities/iwakuni_352080/352080_evacuation_space.csv",
    "facilities/iwakuni_352080/352080_emergency_radio.csv",
    "facilities/tabuse_353434/353434_hospital.csv",
    "facilities/nagato_352110/【長門市】医療機関一覧.xls",
    "facilities/mine_352136/【美祢市】図書館一覧（令和3年10月1日時点）.csv",
    "small_area/iwakuni_352080/352080_population_20190401.csv",
    "small_area/yanai_352128/11.5630.xlsx",
    "small_area/iwakuni_352080/352080_population_movement_202402-.csv",
    "small_area/nagato_352110/352110_ad_population_202406.xlsx",
    "small_area/nagato_352110/352110_age_population_202406.xlsx",
    "population_national/2010estat.csv",
    "population_national/population_census_2020.csv",
    "population_national/FY2025-population_dynamics_municipal.json",
    "population_yamaguchi/171115.xlsx",
    "population_yamaguchi/jinkou_5saikaikyuu_3kubun_2000.xls",
    "population_yamaguchi/350001_population.csv",
    "codes/code-to-city.json",
    "codes/city-to-code.json",
    "codes/municipality_converter_jp.csv",
    "designation/中間_過疎一覧.csv",
    "shelters/evacuation/352080.json",
)
SEED_BYTES = 60_000
ODD_CELLS = (
    "",
    "△ 3",
    "-",
    "…",
    "x",
    "χ",
    "999999999999999999999",
    "１２",
    "²",
    "1e400",
    "nan",
    '"',
    "35208",
    "0",
    "\x00",
    "：",
)


def _mutate(data: bytes, how: int, rng: random.Random) -> bytes:
    """One kind of damage: cut short, flipped bytes, moved or odd cells, doubled rows, another encoding."""
    if how == 0:
        return data[: rng.randrange(1, len(data) + 1)]
    if how == 1:
        flipped = bytearray(data)
        for _ in range(rng.randrange(1, 40)):
            flipped[rng.randrange(len(flipped))] = rng.randrange(256)
        return bytes(flipped)
    if how == 2:
        at, length = rng.randrange(len(data)), rng.randrange(1, 400)
        return data[:at] + data[at + length :]
    if data.startswith(b"PK"):
        return _repacked(data, how, rng)
    lines = data.split(b"\n")
    if how == 3:
        for _ in range(rng.randrange(1, 6)):
            lines.insert(rng.randrange(len(lines)), lines[rng.randrange(len(lines))])
        return b"\n".join(lines)
    if how == 4:
        for _ in range(rng.randrange(1, 8)):
            row = rng.randrange(len(lines))
            cells = lines[row].split(b",")
            cells[rng.randrange(len(cells))] = rng.choice(ODD_CELLS).encode()
            rng.shuffle(cells) if rng.random() < 0.3 else None
            lines[row] = b",".join(cells)
        return b"\n".join(lines)
    if how == 5:
        columns = max(len(line.split(b",")) for line in lines[:5])
        one, other = rng.randrange(columns), rng.randrange(columns)
        swapped = []
        for line in lines:
            cells = line.split(b",")
            if max(one, other) < len(cells):
                cells[one], cells[other] = cells[other], cells[one]
            swapped.append(b",".join(cells))
        return b"\n".join(swapped)
    text = data.decode("utf-8", errors="ignore") or data.decode("cp932", errors="ignore")
    return text.encode(rng.choice(["cp932", "utf-16", "euc_jp", "utf-8-sig", "shift_jis"]), errors="ignore")


def _repacked(data: bytes, how: int, rng: random.Random) -> bytes:
    """A workbook with one part damaged inside and packed anew, so that it still opens as a zip."""
    copy = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as packed, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as anew:
        parts = [name for name in packed.namelist() if name.startswith("xl/") and name.endswith(".xml")]
        chosen = rng.choice(parts)
        for name in packed.namelist():
            content = packed.read(name)
            if name == chosen and how == 3:
                content = content.replace(b'r="B', b'r="XFA', rng.randrange(1, 9))
            elif name == chosen and how == 4:
                content = content.replace(b"<v>1", rng.choice([b"<v>-1", b"<v>x", b"<v>1e300", b"<v>NaN", b"<v>"]))
            elif name == chosen:
                content = _mutate(content, rng.choice([0, 1, 2]), rng)
            anew.writestr(name, content)
    return copy.getvalue()


@pytest.mark.shared
@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: Path(seed).name)
def test_damaged_files_give_a_result_or_a_clear_error(seed: str, shared: Path, tmp_path: Path) -> None:
    whole = (shared / seed).read_bytes()
    data = whole if seed.endswith(("xls", "xlsx")) else whole[:SEED_BYTES]
    slowest = 0.0

    @settings(max_examples=36, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(how=st.integers(0, 6), number=st.integers(0, 2**32))
    def damage(how: int, number: int) -> None:
        nonlocal slowest
        mutated = _mutate(data, how, random.Random(number)) or b"?"
        found = written(tmp_path, f"{number}{Path(seed).suffix}", mutated)
        started = time.process_time()
        for reader in READERS:
            if reader.recognise(found):
                ledger = Ledger()
                try:
                    pieces = reader.read(found, ledger)
                except InputError as error:
                    clear = (f.file == found.path.name and str(f.what) and str(f.remedy) for f in error.faults)
                    unclear = not error.faults or not all(clear)
                    if unclear:
                        pytest.fail(f"an error without file, cause or remedy: {error}")
                    continue
                assert pieces
                assert ledger.sources
                for piece in pieces:
                    if isinstance(piece, AgePiece):
                        assert piece.people.shape == (len(piece.names), 2, len(piece.age_from))
                        assert not (piece.people < 0).any()
                merge_facilities([piece for piece in pieces if isinstance(piece, FacilityPiece)], Ledger())
                join_months([piece for piece in pieces if isinstance(piece, MonthlyVitalPiece)], Ledger())
        slowest = max(slowest, time.process_time() - started)
        found.path.unlink()

    damage()
    assert slowest < 10  # seconds of one file of at most 200 kB: a bound against endless loops, not a benchmark

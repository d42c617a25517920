"""小地域集計 by age with hidden and merged cells (秘匿・合算): read, repaired to the totals, flagged."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import openpyxl
import pyogrio
import pytest
from geo_worlds import CODE, boundary, census, layer, noted, population, square
from hypothesis import given, settings
from hypothesis import strategies as st
from table_probes import probe, read

from musubime.errors import InputError
from musubime.opendata import build_region, small_area_ages
from musubime.opendata._hidden import fill_hidden
from musubime.opendata.model import AreaAgePiece
from musubime.provenance import Ledger
from musubime.region import Floats

HEAD = ["KEY_CODE", "HYOSYO", "CITYNAME", "NAME", "HTKSYORI", "HTKSAKI", "GASSAN"]
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def headings() -> tuple[list[str], list[str]]:
    """The two lines on top of tblT001082Cnn.txt."""
    words = []
    for sex in ("総数", "男", "女"):
        words.append("総数、年齢「不詳」含む" if sex == "総数" else f"{sex}の総数、年齢「不詳」含む")
        words += [f"　{sex}{a}～{a + 4}歳".translate(WIDE) for a in range(0, 75, 5)]
        words += [f"　{sex}{rest}".translate(WIDE) for rest in ("15歳未満", "15～64歳", "65歳以上", "75歳以上")]
    return [*HEAD, *(f"T001082{n:03d}" for n in range(1, 61))], [""] * len(HEAD) + words


def cells(people: Floats, unknown: Sequence[int] = (0, 0)) -> list[str]:
    """Sixty figures of one area; people: (2, 16), the last 75 and over. Nobody is a dash."""
    out = []
    for one, left in ((people.sum(axis=0), sum(unknown)), (people[0], unknown[0]), (people[1], unknown[1])):
        figures = [one.sum() + left, *one[:15], one[:3].sum(), one[3:13].sum(), one[13:].sum(), one[15]]
        out += [f"{int(figure)}" if figure else "-" for figure in figures]
    return out


HIDDEN = ["X"] * 60


def table(path: Path, rows: Sequence[Sequence[str]], words: bool = True) -> Path:
    """As it is published (cp932, CRLF) or, .xlsx, as somebody saved it again: codes became numbers."""
    codes, names = headings()
    lines = [codes, *([names] if words else []), *rows]
    if path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for line in lines:
            book.active.append([int(c) if c.isdecimal() else c for c in line])
        book.save(path)
    else:
        path.write_bytes(("\r\n".join(",".join(line) for line in lines) + "\r\n").encode("cp932"))
    return path


def uniform(each: int, first: int = 0) -> Floats:
    """`each` people of each sex and age, and so many men of 0-4 more."""
    people = np.full((2, 16), float(each))
    people[0, 0] += first
    return people


def row(key: str, name: str, people: Floats | None, *, holder: str = "", holds: str = "",
        unknown: Sequence[int] = (0, 0), level: str = "2") -> list[str]:
    sign = "2" if holder else "1" if holds else "0"
    figures = HIDDEN if people is None else cells(people, unknown)
    return [key, level, "結市", name, sign, holder, holds, *figures]


# 東 has 3 of each sex and age (96); 奥, of 12 people, is hidden and added to 西, whose own people are 96; 浜 is a 大字
# of two 丁目. All together 300 and 2 men of unknown age in 東.
def town() -> list[list[str]]:
    merged = uniform(3)
    merged[1, 15] += 8
    merged[0, 15] += 4
    whole = uniform(9) + 0
    whole[:, 15] += (4, 8)
    return [
        row("35209", "", whole, unknown=(2, 0), level="1"),
        row("352090010", "東", uniform(3), unknown=(2, 0)),
        row("352090020", "西", merged, holds="0030"),
        row("352090030", "奥", None, holder="0020"),
        row("352090040", "浜", uniform(3), level="3"),
        row("35209004001", "浜一丁目", uniform(2), level="4"),
        row("35209004002", "浜二丁目", uniform(1), level="4"),
    ]


def outlines(folder: Path, people: Mapping[str, tuple[str, int]]) -> None:
    layer(folder / "areas.gpkg", [
        (square(132 + i / 50, 34.02), {"KEY_CODE": key, "S_NAME": name, "JINKO": n, "SETAI": max(n // 2, 0)})
        for i, (key, (name, n)) in enumerate(people.items())
    ])


@pytest.mark.parametrize("name", ["tblT001082C35.txt", "saved.xlsx"])
def test_a_table_counted_by_hand(tmp_path: Path, name: str) -> None:
    found = probe(table(tmp_path / name, town()))
    assert small_area_ages.recognise(found)
    (piece,), ledger = read(small_area_ages, found)
    assert isinstance(piece, AreaAgePiece)
    assert (piece.code, piece.year, piece.age_from[-1]) == (CODE, 2020, 75)
    # 浜 sums up its two 丁目 and is left out.
    assert piece.names == ("東", "西", "奥", "浜一丁目", "浜二丁目")
    assert piece.rows == (4, 5, 6, 8, 9)
    assert piece.merged_into == ("", "", "352090020", "", "")
    assert np.isnan(piece.people[2]).all()
    assert piece.totals[0].tolist() == [50, 48]  # 48 men and two whose age nobody knows
    assert piece.people[1].sum() == 108
    assert piece.municipality.sum() == 300
    assert not ledger.notes


def test_without_the_words_the_codes_tell_the_ages(tmp_path: Path) -> None:
    (piece,), _ = read(small_area_ages, probe(table(tmp_path / "x.csv", town(), words=False)))
    assert isinstance(piece, AreaAgePiece)
    assert piece.people[0].tolist() == uniform(3).tolist()
    assert piece.rows[0] == 3


def test_hidden_areas_get_their_own_people_back(tmp_path: Path) -> None:
    boundary(tmp_path)
    with zipfile.ZipFile(tmp_path / "tblT001082C35.zip", "w") as packed:
        packed.write(table(tmp_path / "plain.txt", town()), "tblT001082C35.txt")
    (tmp_path / "plain.txt").unlink()
    outlines(tmp_path, {"352090010": ("東", 98), "352090020": ("西", 96), "352090030": ("奥", 12),
                        "35209004001": ("浜一丁目", 64), "35209004002": ("浜二丁目", 32)})
    region = build_region(tmp_path, CODE)
    people = dict(zip(region.settlements.names, region.population.latest, strict=True))
    # Every area has the people printed with its outline; 西 and 奥 share the 108 by 96 : 12, each age alike.
    assert [round(float(people[name].sum()), 6) for name in people] == [98, 96, 12, 64, 32]
    assert people["奥"][0, 0] == pytest.approx(3 * 12 / 108)
    assert people["浜一丁目"][1, 3] == 2
    # Two men of unknown age in 東 lie as the other 48.
    assert people["東"][0, 0] == pytest.approx(3 * 50 / 48)
    assert region.population.latest.sum() == pytest.approx(302)
    assert dict(zip(region.settlements.names, region.settlements.basis, strict=True)) == {
        "東": "counted", "西": "ages_fitted", "奥": "ages_fitted", "浜一丁目": "counted", "浜二丁目": "counted"}
    repaired = [note for note in region.ledger.of_kind("repair") if "Ages of these areas are hidden" in str(note.what)]
    assert [(note.count, note.source) for note in repaired] == [(2, "tblT001082C35.zip/tblT001082C35.txt")]
    assert set(repaired[0].examples) == {"西", "奥"}
    assert region.check() == []


def test_the_oldest_are_split_as_in_the_municipality(tmp_path: Path) -> None:
    boundary(tmp_path)
    table(tmp_path / "ages.csv", town())
    # The census of the town has 10 men of 75-79, 20 of 80-84 and 30 of 85 and over; women 10, 10, 20.
    men, women = [17.0] * 15 + [10, 20, 30], [17.0] * 15 + [10, 10, 20]
    census(tmp_path, {CODE: ("結市", men, women)})
    outlines(tmp_path, {"352090010": ("東", 98), "352090020": ("西", 96), "352090030": ("奥", 12),
                        "35209004001": ("浜一丁目", 64), "35209004002": ("浜二丁目", 32)})
    region = build_region(tmp_path, CODE)
    people = dict(zip(region.settlements.names, region.population.latest, strict=True))
    assert people["浜一丁目"][:, 15:].tolist() == pytest.approx(np.array([[2 / 6, 4 / 6, 1], [0.5, 0.5, 1]]))


def test_districts_are_shared_over_areas_age_by_age(tmp_path: Path) -> None:
    boundary(tmp_path)
    young, old = np.zeros((2, 16)), np.zeros((2, 16))
    young[0, 0], young[1, 13], old[1, 13] = 30, 10, 30
    table(tmp_path / "ages.csv", [
        row("352090010", "東町一", young), row("352090020", "東町二", old), row("352090030", "西町", uniform(1))])
    outlines(tmp_path, {"352090010": ("東町一", 40), "352090020": ("東町二", 30), "352090030": ("西町", 32)})
    population(tmp_path, "2024-04-01", {"東町": {"m0": 20, "f65": 20}, "西町": {"m5": 32}})
    region = build_region(tmp_path, CODE)
    people = dict(zip(region.settlements.names, region.population.latest, strict=True))
    # The boys of 東町 all live in 東町一; of the women of 65-69 ten in forty do. By totals it would be 40 : 30 of each.
    assert [people["東町一"][0, 0], people["東町二"][0, 0]] == pytest.approx([20, 0])
    assert [people["東町一"][1, 13], people["東町二"][1, 13]] == pytest.approx([5, 15])


def test_faults_are_told_with_their_rows(tmp_path: Path) -> None:
    rows = town()
    rows[1][HEAD.index("GASSAN") + 2] = "-4"  # 総数０～４歳 is not used
    rows[1][len(HEAD) + 21] = "-4"  # 男０～４歳
    rows[3][HEAD.index("HTKSAKI")] = "0099"
    rows[5][len(HEAD) + 40] = "70"  # 女の総数 of 浜一丁目: 32, not 70
    rows.append(row("3520900", "?", uniform(1)))
    with pytest.raises(InputError) as caught:
        read(small_area_ages, probe(table(tmp_path / "ages.csv", rows)))
    told = {(f.row, f.field, f.value) for f in caught.value.faults}
    assert {(4, "男0~4歳", "-4"), (6, "HTKSAKI", "0099"), (10, "KEY_CODE", "3520900"),
            (8, "総数、年齢「不詳」含む", "64")} <= told
    assert all(f.remedy for f in caught.value.faults)


def test_a_cut_table_misses_its_municipality(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"row 3, 男の総数.*add up to"):
        read(small_area_ages, probe(table(tmp_path / "ages.csv", town()[:-1])))


# -- the arithmetic ----------------------------------------------------------------------------------------------------


def test_hidden_ages_that_a_neighbour_holds():
    # a's 30 people are hidden and added to b, whose own total is 70; c is as printed. By age b holds 40 and 60.
    people = np.zeros((3, 2, 18))
    people[0] = np.nan
    people[1, 0, 2], people[1, 1, 9] = 40, 60
    people[2, 0, 2] = 5
    ledger = Ledger()
    filled, touched = fill_hidden(
        people, np.array([30.0, 70, 5]), ("b", "", ""), ("a", "b", "c"), np.nansum(people, axis=0), ledger
    )
    assert filled[0, 0, 2] == pytest.approx(12)
    assert filled[0, 1, 9] == pytest.approx(18)
    assert filled[1].sum() == pytest.approx(70)
    assert touched.tolist() == [True, True, False]
    assert ledger.notes[0].count == 2


@given(st.integers(0, 2**31))
@settings(max_examples=30, deadline=None)
def test_totals_of_units_and_ages_of_the_town_hold(seed):
    rng = np.random.default_rng(seed)
    whole = rng.poisson(4.0, (6, 2, 18)).astype(float)
    holed = whole.copy()
    holed[:3] = np.nan
    filled, _ = fill_hidden(
        holed, whole.sum(axis=(1, 2)), ("",) * 6, tuple("abcdef"), whole.sum(axis=0), Ledger()
    )
    np.testing.assert_allclose(filled.sum(axis=0), whole.sum(axis=0), rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(filled.sum(axis=(1, 2)), whole.sum(axis=(1, 2)), rtol=1e-6)
    np.testing.assert_array_equal(filled[3:], whole[3:])


# -- a real town's areas -----------------------------------------------------------------------------------------------


@pytest.mark.shared
def test_noto_with_the_smallest_areas_hidden_as_the_census_hides_them(shared: Path, tmp_path: Path) -> None:
    """能登町's outlines and people (JINKO), ages made up by seed; areas of fewer than 20 people are hidden and added to
    the next one. What comes back is compared with what was hidden."""
    source = shared / "small_area" / "noto_town_koaza_area.fgb"
    frame = pyogrio.read_dataframe(source, read_geometry=False)
    own = frame.groupby("KEY_CODE")["JINKO"].sum()
    name = frame.groupby("KEY_CODE")["S_NAME"].first()
    rng = np.random.default_rng(7)
    shape = np.linspace(0.4, 2.5, 16) * np.ones((2, 1))  # an old town
    truth = {key: rng.multinomial(int(n), (shape / shape.sum()).ravel()).reshape(2, 16).astype(float)
             for key, n in own.items()}
    keys = sorted(truth)
    hidden = [key for key in keys if 0 < own[key] < 20]
    assert len(hidden) > 10
    printed = {key: truth[key].copy() for key in keys}
    holder, holds = {}, {key: [] for key in keys}
    for key in hidden:
        into = next(k for k in keys[keys.index(key):] + keys if own[k] >= 20)
        printed[into] += truth[key]
        holder[key] = into
        holds[into].append(key)
    rows = [row("17463", "", sum(truth.values()), level="1")]
    for key in keys:
        rows.append(row(key, name[key], None if key in holder else printed[key], holder=holder.get(key, "")[5:],
                        holds=";".join(k[5:] for k in holds[key])))
    shutil.copy(source, tmp_path)
    shutil.copy(shared / "codes/code-to-city.json", tmp_path)
    shutil.copy(shared / "population_national/population_census_2020.csv", tmp_path)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as bundle:
        bundle.writestr("tblT001082C17.txt", table(tmp_path / "t.txt", rows).read_bytes())
    (tmp_path / "t.txt").unlink()
    (tmp_path / "tblT001082C17.zip").write_bytes(packed.getvalue())
    region = build_region(tmp_path, "17463")
    s, people = region.settlements, region.population.latest
    joined = np.concatenate([people[..., :15], people[..., 15:].sum(axis=-1, keepdims=True)], axis=-1)
    by_key = {key: joined[[i for i, area in enumerate(s.ids) if area.split("-")[0] == key]].sum(axis=0) for key in keys}
    assert all(by_key[key].sum() == pytest.approx(own[key], abs=1e-3) for key in keys)
    assert np.abs(joined.sum(axis=0) - sum(truth.values())).max() < 1e-3
    for key in keys:  # who was neither hidden nor held a hidden one's people is as printed
        if key not in holder and not holds[key]:
            np.testing.assert_allclose(by_key[key], truth[key])
    repaired = sum(n.count for n in region.ledger.of_kind("repair") if "hidden in the source" in str(n.what))
    assert repaired == len(holder) + sum(bool(h) for h in holds.values())
    assert "ages_fitted" in s.basis
    assert "counted" in s.basis
    assert [fault for fault in region.check() if fault.blocks] == []
    assert "Ages are not known below the municipality" not in str(noted(region.ledger, "assumption"))

"""Tables opened by what is inside: encodings, delimiters, workbooks, and files meant to exhaust memory."""

from __future__ import annotations

import io
import resource
import zipfile
from pathlib import Path

import openpyxl
import pytest
from table_probes import noted, probe, read, recognised_by, written

from musubime import parameters
from musubime.errors import InputError
from musubime.opendata import recommended_facilities, recommended_population
from musubime.opendata._columns import filled, find_table, read_codes
from musubime.opendata._tables import load, peek
from musubime.opendata.model import Probe
from musubime.provenance import Ledger
from musubime.tabular import Sheet, read_tables

PLACES = '名称,緯度,経度,備考\r\n本郷公民館,34.27,132.01,"二階\r\nホール"\r\n錦公民館,34.26,131.95,\r\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16", "euc_jp"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_any_encoding_and_line_end_gives_the_same_rows(encoding: str, end: str, tmp_path: Path) -> None:
    found = written(tmp_path, "places.csv", PLACES.replace("\r\n", end), encoding)
    (sheet,) = load(found, Ledger())
    assert [row[0] for row in sheet.rows] == ["名称", "本郷公民館", "錦公民館"]
    assert sheet.rows[1][3].split() == ["二階", "ホール"]  # the quoted line break stays inside its cell


def test_tabs_and_semicolons_in_a_csv(tmp_path: Path) -> None:
    plain = written(
        tmp_path, "a.csv", "名称,緯度,経度,診療科目\n甲医院,34,132,内科;外科;眼科\n乙医院,34,132,内科;歯科\n"
    )
    assert [len(row) for row in load(plain, Ledger())[0].rows] == [4, 4, 4]
    for delimiter in "\t;":
        found = written(tmp_path, "b.csv", "名称,緯度,経度\n甲,34,132\n乙,35,133\n".replace(",", delimiter))
        assert load(found, Ledger())[0].rows[1] == ("甲", "34", "132")


def test_a_workbook_named_csv_and_a_csv_named_xlsx(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["名称", "緯度", "経度"], ["本郷公民館", 34.27, 132.01]):
        book.active.append(row)
    book.save(tmp_path / "list.csv")
    (piece,), _ = read(recommended_facilities, probe(tmp_path / "list.csv"))
    assert piece.facilities.names == ("本郷公民館",)
    (piece,), _ = read(recommended_facilities, written(tmp_path, "list.xlsx", PLACES, "cp932"))
    assert piece.facilities.names == ("本郷公民館", "錦公民館")


def test_old_excel_keeps_its_japanese(shared: Path) -> None:
    # Excel 5/95 stores cp932 bytes; calamine 0.9 returns them cut in half, so .xls goes through xlrd.
    (sheet,) = load(probe(shared / "population_yamaguchi/jinkou_5saikaikyuu_3kubun_2000.xls"), Ledger())
    assert sheet.name == "5歳40計"
    assert sheet.rows[36][0] == "本郷村"


def test_single_damaged_characters_are_replaced_and_noted(tmp_path: Path) -> None:
    damaged = PLACES.encode("utf-8").replace("錦".encode(), b"\xe9\x8c", 1)
    ledger = Ledger()
    (sheet,) = load(written(tmp_path, "places.csv", damaged), ledger)
    assert sheet.rows[2][0] == "�公民館"
    assert sum(noted(ledger, "repair").values()) == 1


@pytest.mark.parametrize("content", [b"\x00\x01\x02\x03" * 500, b"", b"   \n", b"fgb\x03fgb\x00" + b"\x00" * 900])
def test_what_is_no_table_is_not_claimed(content: bytes, tmp_path: Path) -> None:
    assert recognised_by(written(tmp_path, "x.csv", content)) == []


def test_noise_in_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    noise = bytes(range(128, 256)) * 40
    with pytest.raises(InputError) as caught:
        load(written(tmp_path, "x.csv", noise), Ledger())
    assert "encoding" in str(caught.value)


def test_an_unclosed_quotation_mark_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load(written(tmp_path, "x.csv", 'a,b\n"' + "x" * 200_000), Ledger())
    assert "quotation mark" in str(caught.value)


# -- files meant to exhaust memory ---------------------------------------------------------------------------------


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _refused(found: Probe) -> str:
    before = _peak_mb()
    with pytest.raises(InputError) as caught:
        recommended_facilities.read(found, Ledger())
    assert len(caught.value.faults) == 1
    assert caught.value.faults[0].file == found.path.name
    assert _peak_mb() - before < 400  # MB
    return str(caught.value)


def test_a_two_gigabyte_csv_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    path.write_bytes((PLACES + "錦公民館,34.26,131.95,\r\n" * 3000).encode())
    with path.open("r+b") as file:
        file.truncate(2_000_000_000)  # sparse: takes no room on the disk
    found = probe(path)
    assert recognised_by(found) == ["recommended_facilities"]  # told from its first lines
    assert "2,000 MB" in _refused(found)


def test_a_csv_of_many_tiny_cells_is_refused(tmp_path: Path) -> None:
    # 15 MB, but 4.9 million cells: as text in memory 25 times as much
    found = written(tmp_path, "cells.csv", PLACES + ("12," * 40 + "\n") * 120_000)
    assert "4,000,000 cells" in _refused(found)


def _workbook(tmp_path: Path, sheet: bytes, *, declared: int | None = None) -> Probe:
    """A small workbook whose first sheet is replaced; `declared`: a false size in the zip's directory."""
    book = openpyxl.Workbook()
    book.active.append(["名称", "緯度", "経度"])
    plain = io.BytesIO()
    book.save(plain)
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else source.read(name))
    if declared is not None:
        data = bytearray(path.read_bytes())
        at = data.rfind(b"PK\x01\x02", 0, data.rfind(b"xl/worksheets/sheet1.xml"))
        data[at + 24 : at + 28] = declared.to_bytes(4, "little")
        path.write_bytes(data)
    return probe(path)


_SHEET = (
    b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b"<sheetData>%s</sheetData></worksheet>"
)


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    found = _workbook(tmp_path, _SHEET % (b" " * 200_000_000))  # 0.3 MB packed
    assert found.size < 1_000_000
    assert "unpacks to more than" in _refused(found)


def test_a_zip_bomb_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    found = _workbook(tmp_path, _SHEET % (b" " * 200_000_000), declared=1000)
    assert "damaged" in _refused(found)


def test_one_stray_cell_far_out_is_refused(tmp_path: Path) -> None:
    # as a full grid, 1,048,576 rows of 16,384 columns need hundreds of gigabytes
    found = _workbook(
        tmp_path,
        _SHEET % b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
    )
    assert "1,048,576" in _refused(found)


def test_empty_formatted_cells_far_out_do_no_harm(tmp_path: Path) -> None:
    found = _workbook(
        tmp_path,
        _SHEET
        % (
            b'<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row>'
            b'<row r="1048576"><c r="XFD1048576" s="1"/></row>'
        ),
    )
    assert [len(sheet.rows) for sheet in load(found, Ledger())] == [1]


def test_half_a_workbook_is_one_clear_error(tmp_path: Path, shared: Path) -> None:
    whole = (shared / "facilities/iwakuni_352080/352080_hospital.xlsx").read_bytes()
    found = written(tmp_path, "half.xlsx", whole[: len(whole) // 2])
    assert recognised_by(found) == ["recommended_facilities"]
    assert "damaged or only half there" in _refused(found)
    assert peek(found) == ()


def test_the_limits_are_parameters() -> None:
    values = parameters.load()
    assert values["tabular.table_limit_mb"].unit == "MB"
    assert values.number("opendata.same_place_m") == 150


# -- headings and codes --------------------------------------------------------------------------------------------


def test_a_heading_below_title_lines_and_with_broken_words() -> None:
    rows = (("公共施設一覧", "", ""), ("", "", ""), ("Ｎ Ｏ", "名　称", "緯\n度"), ("1", "本郷公民館", "34.2"))
    table = find_table(Sheet("", rows), {"name": ("名称",), "lat": ("緯度",)}, lambda columns: len(columns) == 2)
    assert table is not None
    assert [(number, table.get(row, "name")) for number, row in table.body()] == [(4, "本郷公民館")]
    assert table.printed("name") == "名称"


def _codes(cells: list[str], **more: list[str]) -> tuple[list[str], list[str], dict[str, int]]:
    ledger = Ledger()
    codes, faults = read_codes(cells, range(2, 2 + len(cells)), source="f", field="コード", ledger=ledger, **more)
    return codes, [str(fault) for fault in faults], noted(ledger, "repair")


def test_codes_of_five_and_six_digits_in_either_width() -> None:
    assert _codes(["35208", "352080", "３５２０８０", "352080.0", ""])[0] == ["352080"] * 4 + [""]


def test_a_lost_leading_zero_is_put_back_only_on_evidence() -> None:
    # 1202 is 01202 函館市 if the row says 北海道. 12025 without a prefecture could be 012025, and 12-025 is no
    # municipality (numbers start at 100): put back. 11002 is taken as five digits: 11-002 is none either, and 011002
    # has the right check digit. 13101 is 千代田区: five digits, untouched.
    codes, faults, repairs = _codes(["1202", "12025", "13101"], prefectures=["北海道", "", ""])
    assert codes == ["012025", "012025", "131016"]
    assert not faults
    assert sum(repairs.values()) == 2
    codes, faults, _ = _codes(["1202"])
    assert codes == [""]
    assert len(faults) == 1
    assert "row 2" in faults[0]


def test_a_wrong_check_digit_is_a_fault_unless_other_rows_have_it_right() -> None:
    # a spreadsheet's fill handle counted 352110, 352111, 352112
    codes, faults, repairs = _codes(["352110", "352111", "352112"])
    assert codes == ["352110"] * 3
    assert not faults
    assert sum(repairs.values()) == 2
    codes, faults, _ = _codes(["352111"])
    assert codes == [""]
    assert "check digit" in faults[0]


def test_cells_filled_once_for_many_rows() -> None:
    ledger = Ledger()
    assert filled(["", "352128", ""], source="f", what="コード", ledger=ledger) == ["352128"] * 3
    assert filled(["a", "", "b", ""], source="f", what="コード", ledger=ledger) == ["a", "a", "b", "b"]
    assert filled(["", "a", "b"], source="f", what="コード", ledger=ledger) == ["", "a", "b"]  # nothing to go by
    assert [note.count for note in ledger.notes] == [2, 2]


def test_columns_in_another_order_and_extra_ones_change_nothing(shared: Path, tmp_path: Path) -> None:
    import csv

    original = shared / "small_area/iwakuni_352080/352080_population_20190401.csv"
    rows = list(csv.reader(original.open(encoding="utf-8-sig")))
    turned = io.StringIO()
    csv.writer(turned).writerows([*row[::-1], "メモ"] for row in rows)
    (plain,), _ = read(recommended_population, probe(original))
    (mirrored,), _ = read(recommended_population, written(tmp_path, "m.csv", turned.getvalue()))
    assert (plain.people == mirrored.people).all()
    assert plain.names == mirrored.names


def test_a_workbook_whose_header_asks_for_a_newer_zip_is_refused(tmp_path: Path) -> None:
    book, packed = openpyxl.Workbook(), io.BytesIO()
    book.active.append([1])
    book.save(packed)
    data = bytearray(packed.getvalue())
    at = data.find(b"PK\x01\x02")
    while at >= 0:  # version needed to extract 9.4, in every entry of the list of members
        data[at + 6] = 94
        at = data.find(b"PK\x01\x02", at + 4)
    path = tmp_path / "damaged.xlsx"
    path.write_bytes(data)
    with pytest.raises(InputError):
        read_tables(path)

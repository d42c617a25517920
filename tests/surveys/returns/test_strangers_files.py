"""What municipalities really send: moved, renamed, converted, damaged, and worse."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from planting import as_csv, edited, with_member, with_sheet_xml

from musubime.region.codes import check_digit
from musubime.surveys.returns import Municipalities, Wave, overview, workbook
from musubime.surveys.returns.workbook import Opened, open_file


def findings(wave: Wave, code: str, kind: str = "") -> list[dict[str, Any]]:
    document = overview(wave, wave.standings())
    one = next(m for m in document["municipalities"] if m["code"].startswith(code))
    return [f for f in [*one["findings"], *one["other_findings"]] if not kind or f["kind"] == kind]


def state(wave: Wave, code: str) -> str:
    return wave.standings()[code].state


def untouched(world: Any, wave: Wave, code: str) -> bool:
    current = wave.standings()[code].current
    return current is not None and current.answers.as_json() == world.answers[code].as_json()


def test_renamed_sheets_and_a_lost_hidden_sheet_do_not_matter(world: Callable) -> None:
    here = world()

    def edit(book: Any) -> None:
        for number, page in enumerate(book.worksheets):
            page.title = f"Sheet{number + 1}"
        del book[book.sheetnames[-1]]

    edited(here.put("01301"), edit)
    wave = here.check()
    assert state(wave, "01301") == "submitted"
    assert untouched(here, wave, "01301")


def test_rows_and_columns_put_in_between_do_not_matter(world: Callable) -> None:
    here = world()

    def edit(book: Any) -> None:
        for page in book.worksheets[1:3]:
            for merged in list(page.merged_cells.ranges):
                page.unmerge_cells(str(merged))  # openpyxl does not move merged cells along
            page.insert_rows(3, 4)
            page.insert_cols(1, 2)
        del book[book.sheetnames[-1]]

    edited(here.put("01301"), edit)
    wave = here.check()
    assert findings(wave, "01301", "fault") == []
    assert untouched(here, wave, "01301")


def test_reworded_headings_are_found_by_the_hidden_map(world: Callable) -> None:
    here = world()

    def edit(book: Any) -> None:
        book.worksheets[1]["B6"] = "拠点はいくつ"

    edited(here.put("01301"), edit)
    assert untouched(here, here.check(), "01301")


@pytest.mark.parametrize("encoding", ["cp932", "utf-8-sig", "utf-16", "euc_jp"])
def test_a_csv_of_all_sheets(world: Callable, encoding: str) -> None:
    here = world()
    path = here.put("02301", "return.xlsx")
    (here.inbox / "return.csv").write_bytes(as_csv(path, None, encoding))
    path.unlink()
    wave = here.check()
    assert state(wave, "02301") == "submitted"
    assert untouched(here, wave, "02301")


def test_one_csv_for_each_sheet_is_one_return(world: Callable) -> None:
    here = world()
    path = here.put("02301", "return.xlsx")
    for number, name in enumerate(("cover", "questions", "hubs")):
        (here.inbox / f"{name}.csv").write_bytes(as_csv(path, number))
    path.unlink()
    wave = here.check()
    assert untouched(here, wave, "02301")
    assert [len(version.files) for version in wave.versions] == [3]


def test_an_xlsx_that_is_really_a_csv_is_read_and_told(world: Callable) -> None:
    here = world()
    path = here.put("03301")
    path.write_bytes(as_csv(path, None))
    wave = here.check()
    assert untouched(here, wave, "03301")
    assert ["really a CSV" in f["what"]["en"] for f in findings(wave, "03301")] == [True]


def test_a_macro_workbook_is_read_and_told(world: Callable) -> None:
    here = world()
    path = here.put("03301", "03301.xlsm")
    with_member(path, "xl/vbaProject.bin", b"\xd0\xcf\x11\xe0" + b"macro" * 100)
    wave = here.check()
    assert untouched(here, wave, "03301")
    assert state(wave, "03301") == "submitted"
    assert any("macros" in f["what"]["en"] for f in findings(wave, "03301"))


def test_a_million_empty_rows_are_passed_over(world: Callable) -> None:
    here = world()
    path = here.put("03301")
    empty = b"".join(b'<row r="%d" spans="1:40"><c r="A%d" s="3"/><c r="B%d" s="4"/></row>' % (n, n, n)
                     for n in range(200, 1_048_577))
    with_sheet_xml(path, "xl/worksheets/sheet3.xml", lambda xml: xml.replace(b"</sheetData>", empty + b"</sheetData>"))
    wave = here.check()
    assert untouched(here, wave, "03301")
    assert [f["kind"] for f in findings(wave, "03301")] == ["repair"]


def test_something_far_below_is_told_and_not_read(world: Callable) -> None:
    here = world()
    path = here.put("03301")
    far = b'<row r="1048576"><c r="B1048576" t="inlineStr"><is><t>memo</t></is></c></row>'
    with_sheet_xml(path, "xl/worksheets/sheet3.xml", lambda xml: xml.replace(b"</sheetData>", far + b"</sheetData>"))
    wave = here.check()
    assert any("1048576" in f["what"]["en"] for f in findings(wave, "03301", "query"))


def test_a_formula_in_place_of_an_answer(world: Callable) -> None:
    here = world()

    def edit(book: Any) -> None:
        book.worksheets[1]["C6"] = "=1+1"

    edited(here.put("03301"), edit)
    told = [f for f in findings(here.check(), "03301") if f["cell"] == "C6"]
    assert told
    assert told[0]["value"] == "=1+1"


def test_a_command_never_lives_on_in_what_goes_back(world: Callable) -> None:
    here = world()
    attack = "=cmd|' /C calc'!A0"

    def edit(book: Any) -> None:
        page = book.worksheets[2]
        page["B8"] = attack  # openpyxl writes it as a formula
        page["C8"].value, page["C8"].data_type = attack, "s"

    edited(here.put("03301"), edit)
    wave = here.check()
    assert {f["cell"] for f in findings(wave, "03301", "fault")} >= {"B8", "C8"}
    written = [*here.out.glob("send-back/*.xlsx"), here.out / "overview.xlsx"]
    assert len(written) == 2
    for path in written:
        with zipfile.ZipFile(path) as packed:
            for name in packed.namelist():
                if name.startswith("xl/worksheets/"):
                    assert b"<f>cmd" not in packed.read(name)
                    assert b"<f>=cmd" not in packed.read(name)


def test_merged_answer_cells_are_told(world: Callable) -> None:
    here = world()
    code = next(c for c in here.codes if len(here.answers[c].rosters["hubs"]) > 1)
    edited(here.put(code), lambda book: book.worksheets[2].merge_cells("D8:D9"))
    told = [f for f in findings(here.check(), code) if f["cell"] == "D9"]
    assert [f["kind"] for f in told] == ["fault"]


def test_two_identical_files_count_once_and_different_ones_not_at_all(world: Callable) -> None:
    here = world()
    here.put("01301", "a.xlsx")
    (here.inbox / "b.xlsx").write_bytes((here.inbox / "a.xlsx").read_bytes())
    other = next(code for code in here.codes[1:] if here.answers[code].rosters["hubs"])
    here.put(other, "c.xlsx")
    different = here.answers[other]
    rows = [dict(row) for row in different.rosters["hubs"]]
    rows[0]["population"] = 777
    here.put(other, "d.xlsx", answers=type(different)(different.answers, {"hubs": rows}))
    wave = here.check()
    assert state(wave, "01301") == "submitted"
    assert any("say the same" in f["what"]["en"] for f in findings(wave, "01301", "repair"))
    assert state(wave, other) == "queried"
    assert wave.standings()[other].current is None
    assert len(wave.standings()[other].rivals) == 2


def test_the_wrong_year_and_the_wrong_survey(world: Callable) -> None:
    here = world()
    here.put("01301", fiscal_year=2021)
    other = world("rmo-2022")
    other.put("02301")
    wave = here.check()
    assert "fiscal year 2021" in findings(wave, "01301")[0]["what"]["en"]
    assert "another survey (rmo)" in findings(wave, "02301")[0]["what"]["en"]
    assert state(wave, "01301") == state(wave, "02301") == "queried"
    assert wave.standings()["01301"].current is None


def test_codes_without_check_digit_wrong_and_of_another_town(world: Callable) -> None:
    here = world()
    wrong = "02301" + str((int(check_digit("02301")) + 1) % 10)
    right = "04301" + check_digit("04301")  # Excel made 43011 of it: the first zero is gone
    for code, value in (("01301", "01301"), ("02301", wrong), ("03301", right), ("04301", float(right))):
        def edit(book: Any, value: Any = value) -> None:
            book.worksheets[0]["C8"] = value
        edited(here.put(code), edit)
    wave = here.check()
    assert [("no check digit" in f["what"]["en"], f["kind"], f["cell"]) for f in findings(wave, "01301")] == [
        (True, "repair", "C8")]
    assert [f["kind"] for f in findings(wave, "02301")] == ["query"]
    assert untouched(here, wave, "02301")
    assert any("its cover names 04301" in f["what"]["en"] for f in findings(wave, "04301", "fault"))
    assert any("first zero" in f["what"]["en"] for f in findings(wave, "04301", "repair"))
    assert state(wave, "03301") == "missing"  # its workbook came with the neighbour's code on the cover
    assert untouched(here, wave, "04301")


def test_a_town_merged_last_year_is_named_with_its_successor(world: Callable) -> None:
    here = world()
    here.put("02301", name="old.xlsx")
    names = {c: n for c, n in here.places.names.items() if c != "02301"}
    here.places = Municipalities(names, {}, {"02301": "02999"}, {"02301": here.places.names["02301"]})
    here.places = Municipalities(names | {"02999": "新町"}, {}, {"02301": "02999"}, {"02301": "旧町"})
    wave = here.check()
    told = findings(wave, "02999", "fault")
    assert "旧町 (02301) has been merged into 新町 (02999)" in told[0]["what"]["en"]
    assert state(wave, "02999") == "queried"
    assert wave.standings()["02999"].current is None


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("013013.xlsx", b"", "empty"),
        ("013013.xlsx", b"PK\x03\x04" + b"\x00" * 300, "damaged"),
        (
            "013013.xlsx",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le"),
            "password",
        ),
        ("013013.pdf", b"%PDF-1.4\x00\x01\x02\xff\xfe binary", "neither"),
        ("013013.xlsx", b"<html><table><tr><td>1</td></tr></table></html>", "None of the survey's questions"),
    ],
)
def test_files_nobody_can_read_are_told_and_kept(world: Callable, name: str, content: bytes, says: str) -> None:
    here = world()
    here.inbox.mkdir()
    (here.inbox / name).write_bytes(content)
    wave = here.check()
    assert says in json.dumps([f["what"]["en"] for f in findings(wave, "01301")])
    assert state(wave, "01301") == "queried"
    kept = list((here.out / "receipts").glob("??/*"))
    assert [path.read_bytes() for path in kept] == [content]


def test_half_a_workbook_and_a_zip_bomb(world: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "LARGEST_UNPACKED", 40 << 20)
    here = world()
    path = here.put("013013"[:5], "013013.xlsx")
    path.write_bytes(path.read_bytes()[:9000])
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"<workbook/>")
        packed.writestr("xl/worksheets/sheet1.xml", b"\x20" * (45 << 20))
    (here.inbox / "023019.xlsx").write_bytes(bomb.getvalue())
    wave = here.check()
    assert "damaged" in findings(wave, "01301")[0]["what"]["en"]
    document = overview(wave, wave.standings())
    assert "unpacks to more than" in json.dumps(document)


def test_answers_left_out_are_asked_for(world: Callable) -> None:
    here = world()
    answers = here.answers["03301"]
    here.put(
        "03301", answers=type(answers)({k: v for k, v in answers.answers.items() if k != "hubs_all"}, answers.rosters)
    )
    told = findings(here.check(), "03301", "fault")
    assert [(f["question"], "empty" in f["what"]["en"]) for f in told] == [("hubs_all", True)]


_WHOLE: list[bytes] = []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_mutated_workbooks_never_raise_anything_else(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory,
                                                      world: Callable) -> None:
    from musubime.errors import InputError

    if not _WHOLE:
        _WHOLE.append(world(towns=1).put("01301").read_bytes())
    content = bytearray(_WHOLE[0])
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(100, len(content)))
    try:
        opened = open_file(bytes(content[:cut]), "x.xlsx")
    except InputError as error:
        opened, faults = None, error.faults
    else:
        faults = ()
    assert isinstance(opened, Opened) or (faults and all(str(fault.what) and str(fault.remedy) for fault in faults))


def test_names_of_files_in_folders_and_lock_files(world: Callable) -> None:
    here = world()
    here.put("01301")
    (here.inbox / "山口県").mkdir()
    path = here.put("02301", "x.xlsx")
    path.rename(here.inbox / "山口県" / "回答.xlsx")
    (here.inbox / "~$01301.xlsx").write_bytes(b"lock")
    wave = here.check()
    assert [line["file"] for line in wave.files] == ["01301.xlsx", "山口県/回答.xlsx"]
    assert Path(here.out / "overview.json").is_file()


@pytest.mark.parametrize("junk", [b"<row ", b'<row r="1"><c r="A1"><f>', b'<c r="XFD1"><v>1', b"<row r='1'><c><v/>"])
def test_tags_that_are_never_closed_take_no_time(world: Callable, junk: bytes) -> None:
    """A reader that looks for the closing tag from each opening one would need hours for these 6 MB."""
    here = world()
    path = here.put("03301")
    with_sheet_xml(path, "xl/worksheets/sheet3.xml",
                   lambda xml: xml.replace(b"</sheetData>", junk * (6_000_000 // len(junk)) + b"</sheetData>"))
    wave = here.check()
    assert untouched(here, wave, "03301") or state(wave, "03301") == "queried"


def test_something_far_to_the_right_is_told_and_the_rest_is_read(world: Callable) -> None:
    here = world()
    path = here.put("03301")
    with_sheet_xml(path, "xl/worksheets/sheet2.xml", lambda xml: xml.replace(
        b"</row>", b'<c r="XFD6" t="inlineStr"><is><t>memo</t></is></c></row>', 1) if b'<row r="6"' not in xml else
        xml.replace(b'<row r="7"', b'<row r="99"><c r="XFD99" t="inlineStr"><is><t>memo</t></is></c></row><row r="7"'))
    wave = here.check()
    assert any("XFD" in f["what"]["en"] for f in findings(wave, "03301", "query"))
    current = wave.standings()["03301"].current
    assert current is not None
    assert current.answers.as_json() == here.answers["03301"].as_json()

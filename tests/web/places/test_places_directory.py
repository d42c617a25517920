"""The directory: official lists in the layouts that publishers use, mergers, designations, search."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from musubime.errors import InputError
from musubime.web.places.models import Designation, Municipality, Region
from musubime.web.places.official import take

pytestmark = pytest.mark.django_db
CODES = """団体コード,都道府県名（漢字）,市区町村名（漢字）,都道府県名（カナ）,市区町村名（カナ）
350001,山口県,,ﾔﾏｸﾞﾁｹﾝ,
352080,山口県,岩国市,ﾔﾏｸﾞﾁｹﾝ,ｲﾜｸﾆｼ
352136,山口県,美祢市,ﾔﾏｸﾞﾁｹﾝ,ﾐﾈｼ
"""
KASO = "都道府県名,市町村名,過疎区分,みなされる区域\n山口県,岩国市,一部過疎,本郷村|錦町\n山口県,どこか町,全部過疎,\n"


def given(tmp_path: Path, name: str, words: str) -> Path:
    path = tmp_path / name
    path.write_text(words, "utf-8")
    return path


@pytest.fixture
def filled(tmp_path: Path) -> None:
    take(given(tmp_path, "codes.csv", CODES), "codes.csv")


def test_the_table_of_codes_is_read_with_kana_and_without_the_prefecture(filled: None) -> None:
    assert list(Municipality.objects.values_list("code", "name", "kana", "former")) == [
        ("352080", "岩国市", "イワクニシ", False), ("352136", "美祢市", "ミネシ", False)]


def test_as_a_workbook_with_line_breaks_in_its_headings(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for line in CODES.splitlines():
        sheet.append([cell.replace("（", "\n（") or None for cell in line.split(",")])
    book.save(tmp_path / "codes.xlsx")
    assert take(tmp_path / "codes.xlsx", "codes.xlsx").municipalities == 2


def test_wrong_codes_are_all_told_and_nothing_is_kept(tmp_path: Path) -> None:
    wrong = CODES.replace("352080", "352081").replace("352136,山口県", "352136,島根県")
    with pytest.raises(InputError) as caught:
        take(given(tmp_path, "codes.csv", wrong), "codes.csv")
    assert [fault.row for fault in caught.value.faults] == [3, 4]
    assert not Municipality.objects.exists()


def test_designations_keep_their_date_their_areas_and_say_whom_they_did_not_find(filled: None, tmp_path: Path) -> None:
    path = given(tmp_path, "kaso.csv", KASO)
    with pytest.raises(InputError) as caught:
        take(path, "kaso.csv")
    assert "for which date" in caught.value.faults[0].what.to("en")
    told = take(path, "kaso.csv", dt.date(2022, 4, 1))
    one = Designation.objects.get()
    assert (one.municipality_id, one.kind, one.on) == ("352080", "part", dt.date(2022, 4, 1))
    assert one.areas == ["本郷村", "錦町"]
    assert any("どこか町" in example for note in told.ledger.notes for example in note.examples)
    take(path, "kaso.csv", dt.date(2022, 4, 1))  # the same date again takes its place
    take(path, "kaso.csv", dt.date(2021, 4, 1))  # another date stands beside it
    assert [one.on.year for one in Designation.objects.all()] == [2022, 2021]


def test_a_list_of_something_else_is_refused(tmp_path: Path) -> None:
    for name, words in (("a.csv", "a,b\n1,2\n"), ("a.json", "{"), ("a.csv", "")):
        with pytest.raises(InputError):
            take(given(tmp_path, name, words), name)


def test_the_official_files_of_the_whole_country(shared: Path) -> None:
    codes, kaso = shared / "codes", shared / "designation" / "中間_過疎一覧.csv"
    now = take(codes / "code-to-city.json", "code-to-city.json")
    merged = take(codes / "municipality_converter_jp.csv", "municipality_converter_jp.csv")
    take(kaso, kaso.name, dt.date(2022, 4, 1))
    assert now.municipalities > 1700
    assert merged.successions > 1000
    # 岩国市 took in 由宇町, 玖珂町, 本郷村, 周東町, 錦町, 美川町 and 美和町 in 2006.
    iwakuni = Municipality.objects.get(pk="352080")
    former = set(iwakuni.predecessors.values_list("former__name", flat=True))
    assert {"由宇町", "玖珂町", "本郷村", "周東町", "錦町", "美川町", "美和町"} <= former
    assert not iwakuni.former
    assert Municipality.objects.get(name="本郷村", code__startswith="35").former
    # 885 in the list; those whose name the codes do not have are told and left out.
    assert 870 <= Designation.objects.count() <= 885
    assert iwakuni.designations.get().kind == "part"


def test_search_by_name_kana_code_and_prefecture(filled: None, client: Any) -> None:
    def found(**asked: str) -> list[str]:
        return [row["place"].code for row in client.get("/places/municipalities/", asked).context["rows"]]

    assert found() == ["352080", "352136"]
    assert found(q="岩国") == found(q="ｲﾜｸﾆ") == found(q="35208") == ["352080"]
    assert found(q="山口") == ["352080", "352136"]
    assert found(prefecture="13") == found(q="どこにもない") == []
    assert found(prefecture="nonsense") == ["352080", "352136"]


def test_without_a_list_the_municipalities_of_the_regions_stand_there(valley: Region, client: Any) -> None:
    page = client.get("/places/municipalities/")
    assert [row["place"].code for row in page.context["rows"]] == [valley.code]
    assert client.get(f"/places/municipalities/{valley.code}/").status_code == 200
    Region.objects.update(public=False)
    assert client.get("/places/municipalities/").context["rows"] == []
    assert client.get(f"/places/municipalities/{valley.code}/").status_code == 404


@pytest.mark.parametrize(("who", "status"), [("anyone", 302), ("municipality.lead", 403), ("administrator", 302)])
def test_only_the_administrator_brings_lists_in(who: str, status: int, everyone: Any, sign_in: Any) -> None:
    client = sign_in(everyone[who])
    answer = client.post("/places/municipalities/import/", {"file": SimpleUploadedFile("codes.csv", CODES.encode())})
    assert answer.status_code == status
    assert Municipality.objects.exists() == (who == "administrator")


def test_faults_of_a_list_stand_on_the_page(everyone: Any, sign_in: Any) -> None:
    answer = sign_in(everyone["administrator"]).post(
        "/places/municipalities/import/", {"file": SimpleUploadedFile("<b>.csv", b"a,b\n1,2\n")})
    assert answer.status_code == 422
    assert "<b>.csv" not in answer.content.decode()

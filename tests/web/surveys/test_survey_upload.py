"""The workbook: the same record as the form, merged like it, and a stranger's file that harms nobody."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from survey_site import address, fill, typed

from musubime.surveys.returns import receipts
from musubime.web.surveys import saving
from musubime.web.surveys.models import Action, Contact, Content, Pending, Receipt, Return, Revision, State

pytestmark = pytest.mark.django_db
QUESTIONS, HUBS_SHEET = "調査票", "2 小さな拠点ごとの状況"
PLANNED = "今後形成を予定している小さな拠点の数（総合戦略に位置付けあり）"


def record(code: str = "352080") -> dict[str, Any]:
    found = Content.objects.filter(of__code=code).first()
    return found.record if found is not None else {}


def download(client: Any, code: str = "352080") -> bytes:
    answer = client.get(address("workbook/", code))
    assert answer.status_code == 200
    return answer.content


def send(client: Any, content: bytes, name: str = "return.xlsx", code: str = "352080") -> Any:
    return client.post(address("upload/", code), {"file": SimpleUploadedFile(name, content)}, follow=True)


def changed(content: bytes, cells: dict[tuple[str, str], Any]) -> bytes:
    """The workbook with other answers, by (sheet, label of the row or heading of the column)."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    for (sheet, label), value in cells.items():
        page = book[sheet]
        if sheet == HUBS_SHEET:
            column = next(c.column for c in page[4] if c.value and str(c.value).startswith(label))
            page.cell(8, column).value = value
        else:
            row = next(r for r in range(1, 60) if str(page.cell(r, 2).value or "").startswith(label))
            page.cell(row, 3).value = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_form_to_workbook_to_form_is_one_record(iwakuni: Return, sign_in: Any, everyone: Any) -> None:
    client = sign_in(everyone["municipality.staff"])
    fill(client)
    client.post(address("save/"), typed("", {"n/hubs_all": "支所分を含む", "a/remarks": "=1+1 は式ではない"}, 3))
    before = record()
    for language in ("ja", "en"):
        content = client.get(address("workbook/") + f"?lang={language}").content
        send(client, content)
        assert record() == before
    assert Return.objects.get(pk=iwakuni.pk).version == 4  # nothing was changed, so there is no new version
    # and into an empty return of the same wave: the same record again
    Content.objects.all().delete()
    Revision.objects.all().delete()
    Return.objects.filter(pk=iwakuni.pk).update(version=0, state=State.MISSING)
    send(client, content)
    assert record() == before


def test_a_workbook_filled_from_the_empty_template(iwakuni: Return, sign_in: Any, everyone: Any) -> None:
    client = sign_in(everyone["municipality.staff"])
    content = changed(download(client), {
        (QUESTIONS, "形成されている小さな拠点の数"): "２箇所", (QUESTIONS, "うち市町村版総合戦略"): 0,
        (HUBS_SHEET, "地区名"): "本郷", (HUBS_SHEET, "集落生活圏の人口"): "約900",
        ("表紙", "部署名"): "企画課"})
    page = send(client, content).content.decode()
    assert record()["answers"] == {"hubs_all": 2, "hubs_in_strategy": 0}
    assert record()["rosters"]["hubs"] == [{"#": 1, "name": "本郷", "population": "約900"}]
    assert "2" in page
    assert Contact.objects.get(of=iwakuni).department == "企画課"
    receipt = Receipt.objects.get()
    assert receipt.taken == 3  # two answers and a row
    kept = receipts.place(iwakuni.wave.folder, receipt.sha256)
    assert kept.read_bytes() == content
    assert Revision.objects.get().action == Action.UPLOADED


def test_a_workbook_against_the_form_overwrites_nothing_unseen(iwakuni: Return, sign_in: Any, everyone: Any,
                                                               colleague: Any) -> None:
    client = sign_in(everyone["municipality.staff"])
    fill(client)
    content = changed(download(client), {
        (QUESTIONS, "形成されている小さな拠点の数"): 4, (QUESTIONS, "うち市町村版総合戦略"): 3,
        (HUBS_SHEET, "集落生活圏の人口"): 950})
    # meanwhile a colleague changes one of the three, and something that the workbook leaves as it was
    saving.save(iwakuni.pk, {"a/hubs_all": 2, "a/planned_in_strategy": 6, "r/hubs/1/settlements": 13}, 3, colleague,
                Action.TYPED)
    page = send(client, content).content.decode()
    assert record()["answers"] | {} == {
        "hubs_all": 2, "hubs_in_strategy": 3, "planned_in_strategy": 6, "planned_outside_strategy": 0}
    hub = record()["rosters"]["hubs"][0]
    assert (hub["population"], hub["settlements"]) == (950, 13)
    pending = Pending.objects.get()
    assert pending.patches == {"a/hubs_all": 4}
    assert f"conflicts/{pending.pk}/" in page


def test_a_row_added_on_the_site_is_not_deleted_by_an_older_workbook(iwakuni: Return, sign_in: Any, everyone: Any,
                                                                     colleague: Any) -> None:
    client = sign_in(everyone["municipality.staff"])
    fill(client)
    content = changed(download(client), {(HUBS_SHEET, "集落生活圏の人口"): 950})
    saving.add_row(iwakuni.pk, "hubs", {"name": "広瀬"}, colleague)
    send(client, content)
    assert [(row["name"], row.get("population")) for row in record()["rosters"]["hubs"]] == [
        ("本郷", 950), ("広瀬", None)]


def test_a_workbook_without_its_mark_takes_nothing_away(iwakuni: Return, sign_in: Any, everyone: Any) -> None:
    client = sign_in(everyone["municipality.staff"])
    empty = download(client)
    book = openpyxl.load_workbook(io.BytesIO(changed(
        empty, {(QUESTIONS, PLANNED): 5, (QUESTIONS, "形成されている小さな拠点の数"): 3})))
    del book["_musubime"]
    out = io.BytesIO()
    book.save(out)
    fill(client)
    send(client, out.getvalue())
    # written before: four answers; the workbook says 3 and 5, which differ, and leaves the others empty
    assert record()["answers"] == {"hubs_all": 1, "hubs_in_strategy": 1, "planned_in_strategy": 0,
                                   "planned_outside_strategy": 0}
    assert Pending.objects.get().patches == {"a/hubs_all": 3, "a/planned_in_strategy": 5}
    assert len(record()["rosters"]["hubs"]) == 1


def test_a_sheet_or_a_question_that_was_cut_out_deletes_no_answer(iwakuni: Return, sign_in: Any, everyone: Any) -> None:
    client = sign_in(everyone["municipality.staff"])
    fill(client)
    before = record()
    book = openpyxl.load_workbook(io.BytesIO(download(client)))
    del book[HUBS_SHEET]
    page = book[QUESTIONS]
    row = next(r for r in range(1, 60) if str(page.cell(r, 2).value or "").startswith("うち市町村版"))
    page.delete_rows(row)
    out = io.BytesIO()
    book.save(out)
    answer = send(client, out.getvalue())
    assert record() == before
    assert HUBS_SHEET in answer.content.decode()  # and it is said what is missing


@pytest.mark.parametrize(("name", "content"), [
    ("empty.xlsx", b""), ("half.xlsx", b"PK\x03\x04 half a zip"),
    ("x.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600),
    ("page.html", b"<script>alert(1)</script>"), ("../../etc/passwd", b"root:x:0:0"), ("\u0000.csv", b"\xff\xfe"),
])
def test_a_file_that_is_none_changes_nothing_and_is_told(
    iwakuni: Return, sign_in: Any, everyone: Any, name: str, content: bytes,
) -> None:
    client = sign_in(everyone["municipality.staff"])
    answer = send(client, content or b" ", name)
    assert answer.status_code == 200
    receipt = Receipt.objects.get()
    assert receipt.refused
    assert receipt.findings
    assert "/" not in receipt.name
    assert not Revision.objects.exists()
    assert "<script>alert" not in answer.content.decode()


def test_a_zip_bomb_is_refused(iwakuni: Return, sign_in: Any, everyone: Any) -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"<workbook/>")
        packed.writestr("xl/sharedStrings.xml", b"0" * (65 << 20))
    assert len(bomb.getvalue()) < 100_000
    send(sign_in(everyone["municipality.staff"]), bomb.getvalue())
    assert Receipt.objects.get().refused
    assert not Revision.objects.exists()


def test_a_file_that_is_too_large_is_not_read(iwakuni: Return, sign_in: Any, everyone: Any, monkeypatch: Any) -> None:
    from musubime.web.surveys import pages_steps

    monkeypatch.setattr(pages_steps, "LARGEST", 10)
    answer = send(sign_in(everyone["municipality.staff"]), b"x" * 11)
    assert answer.status_code == 400
    assert not Receipt.objects.exists()


def test_the_workbook_of_another_town_is_refused(iwakuni: Return, sign_in: Any, everyone: Any) -> None:
    other = download(sign_in(everyone["prefecture.staff"]), "352136")
    send(sign_in(everyone["municipality.staff"]), other)
    assert Receipt.objects.get().refused
    assert not Revision.objects.exists()


def test_a_file_as_it_was_sent_goes_to_its_own_area_alone_and_is_never_opened(
    iwakuni: Return, sign_in: Any, everyone: Any,
) -> None:
    send(sign_in(everyone["municipality.staff"]), b"<script>alert(1)</script>", "x.html")
    path = address(f"received/{Receipt.objects.get().pk}/file/")
    answer = sign_in(everyone["prefecture.reader"]).get(path)
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"].startswith("attachment")
    assert sign_in(everyone["elsewhere"]).get(path).status_code == 404
    assert sign_in(everyone["rmo.lead"]).get(path).status_code == 403


def test_nothing_is_uploaded_into_what_is_submitted(iwakuni: Return, sign_in: Any, everyone: Any) -> None:
    client = sign_in(everyone["municipality.staff"])
    fill(client)
    content = changed(download(client), {(QUESTIONS, "形成されている小さな拠点の数"): 4})
    client.post(address("submit/"))
    assert send(client, content).status_code == 400
    assert record()["answers"]["hubs_all"] == 1


def test_a_single_sheet_saved_as_csv_fills_its_own_part(iwakuni: Return, sign_in: Any, everyone: Any) -> None:
    client = sign_in(everyone["municipality.staff"])
    content = changed(download(client), {(HUBS_SHEET, "地区名"): "本郷", (HUBS_SHEET, "集落生活圏の人口"): 900})
    page = openpyxl.load_workbook(io.BytesIO(content))[HUBS_SHEET]
    lines = [",".join("" if cell is None or str(cell).startswith("=") else f'"{cell}"' for cell in row)
             for row in page.iter_rows(values_only=True)]
    client.post(address("save/"), typed("a/", {"hubs_all": "1"}))
    send(client, "\n".join(lines).encode("cp932", "replace"), "hubs.csv")
    assert record()["answers"] == {"hubs_all": 1}
    assert record()["rosters"]["hubs"] == [{"#": 1, "name": "本郷", "population": 900}]

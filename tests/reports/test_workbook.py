"""plan.xlsx opens in a town hall: plain tables, numbers as numbers, nothing that runs."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from python_calamine import CalamineWorkbook
from synthetic_plan import make_plan, words

from musubime.language import verbatim
from musubime.region import Region
from musubime.reports import write_workbook
from musubime.reports.sheet import Column, Sheet
from musubime.reports.workbook import HEAD_ROW, write_sheets
from musubime.studies.document import NoteOfPlan, PlanDocument

SHEETS = ("概要 拠点 拠点のサービス 集落別 サービス別 サービスの見通し 将来人口 案の比較 "
          "未充足 感度 前提 算式 出典 注記").split()


def _table(book: openpyxl.Workbook, name: str) -> list[dict[str, object]]:
    rows = list(book[name].iter_rows(min_row=HEAD_ROW, values_only=True))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


@pytest.fixture(scope="module")
def book(published: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(published / "plan.xlsx")


def test_sheets_are_named_and_laid_out_for_reading_and_printing(book: openpyxl.Workbook) -> None:
    assert book.sheetnames == SHEETS
    for page in book.worksheets:
        assert not page.merged_cells.ranges
        assert page.freeze_panes is not None
        assert page.freeze_panes.endswith(str(HEAD_ROW + 1))
        assert page.auto_filter.ref.startswith(f"A{HEAD_ROW}:")
        assert page.print_title_rows == f"${HEAD_ROW - 1}:${HEAD_ROW}"
        assert page.page_setup.orientation == "landscape"
        assert str(page.page_setup.paperSize) == "9"
        heads = [cell.value for cell in page[HEAD_ROW]]
        assert all(heads)
        assert len(set(heads)) == len(heads), f"{page.title}: two columns of one name"
        assert all(cell.value for cell in page[HEAD_ROW - 1]), "the other language stands above"


def test_numbers_are_numbers_with_their_format(book: openpyxl.Workbook, small: tuple[PlanDocument, Region]) -> None:
    document, _ = small
    rows = _table(book, "将来人口")
    assert len(rows) == len(document.settlements) * len(document.years)
    first = document.settlements[0]
    assert rows[0]["集落"] == first.name
    assert rows[0]["人口（人）"] == pytest.approx(first.people[2025].total)
    page = book["将来人口"]
    formats = {page.cell(HEAD_ROW, c).value: page.cell(HEAD_ROW + 1, c).number_format for c in range(1, 11)}
    assert formats["人口（人）"] == "#,##0"
    assert formats["高齢化率"] == "0.0%"
    assert formats["年"] == "0"
    alternatives = _table(book, "案の比較")
    assert [row["案"] for row in alternatives] == ["計画なし", *(a.name.ja for a in document.alternatives)]
    assert alternatives[1]["年間費用（円）"] == round(document.alternatives[0].cost_jpy_per_year)
    assert alternatives[1]["いずれかに届かない人（2040年、人）"] == pytest.approx(
        document.alternatives[0].by_year[2040].unserved_people)


def test_calamine_reads_the_same_table(published: Path, book: openpyxl.Workbook) -> None:
    read = CalamineWorkbook.from_path(str(published / "plan.xlsx"))
    assert read.sheet_names == SHEETS
    rows = read.get_sheet_by_name("集落別").to_python()
    head = next(n for n, row in enumerate(rows) if row[0] == "コード")
    own = _table(book, "集落別")
    assert [row[1] for row in rows[head + 1:]] == [row["集落"] for row in own]
    column = rows[head].index("人口 2050年")
    assert [row[column] for row in rows[head + 1:]] == pytest.approx([row["人口 2050年"] for row in own])


@pytest.mark.parametrize("name", ["=1+1", "+81-3-0000", "-2", "@SUM(A1)", '=HYPERLINK("http://x","y")', "\t=1", "\r=1",
                                  "a\x00b\x0bc"])
def test_no_name_runs_as_a_formula(name: str, tmp_path: Path) -> None:
    document, _ = make_plan(12, 2)
    first = document.settlements[0].model_copy(update={"name": name, "district": name})
    settlements = [first, *document.settlements[1:]]
    note = NoteOfPlan(kind="repair", what=words(name, name), count=1, source=name, examples=[name])
    document = document.model_copy(update={
        "settlements": settlements, "notes": [note],
        "place": document.place.model_copy(update={"name": name})})
    write_workbook(document, tmp_path / "plan.xlsx")
    book = openpyxl.load_workbook(tmp_path / "plan.xlsx")
    cells = [cell for page in book.worksheets for row in page.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    shown = name.replace("\x00", "").replace("\x0b", "")
    found = [cell for cell in cells if isinstance(cell.value, str) and cell.value.strip() == shown.strip()]
    assert len(found) >= 3
    if shown[0] in "=+-@":
        assert all(cell.quotePrefix for cell in found)


def test_the_english_edition_has_the_same_figures(small: tuple[PlanDocument, Region], tmp_path: Path,
                                                  book: openpyxl.Workbook) -> None:
    write_workbook(small[0], tmp_path / "plan.xlsx", language="en")
    english = openpyxl.load_workbook(tmp_path / "plan.xlsx")
    assert len(english.sheetnames) == len(SHEETS)
    for ours, other in zip(book.worksheets, english.worksheets, strict=True):
        figures = [[c.value for row in page.iter_rows(min_row=HEAD_ROW + 1) for c in row
                    if isinstance(c.value, int | float)] for page in (ours, other)]
        assert figures[0] == figures[1]
        assert [c.value for c in ours[HEAD_ROW]] == [c.value for c in other[HEAD_ROW - 1]]


def test_a_sheet_without_rows_is_left_out(tmp_path: Path) -> None:
    document, _ = make_plan(12, 2, sensitivity=None, sources=[])
    write_workbook(document, tmp_path / "plan.xlsx")
    names = openpyxl.load_workbook(tmp_path / "plan.xlsx").sheetnames
    assert names == [name for name in SHEETS if name not in {"感度", "出典"}]


def test_rows_are_as_high_as_their_longest_words(tmp_path: Path) -> None:
    """LibreOffice cuts what it does not find room for: 100 full-width letters in 30 columns take seven lines."""
    column, other = Column(verbatim("甲"), width=30), Column(verbatim("乙"), width=30)
    sheet = Sheet(verbatim("表"), verbatim("表"), verbatim(""), [column, other],
                  [[verbatim("あ" * 100), verbatim("い")], [verbatim("う"), verbatim("え")]])
    write_sheets([sheet], "", tmp_path / "book.xlsx", "ja")
    page = openpyxl.load_workbook(tmp_path / "book.xlsx")["表"]
    assert page.row_dimensions[HEAD_ROW + 1].height == pytest.approx(7 * 15.5)
    assert page.row_dimensions[HEAD_ROW + 2].height == pytest.approx(15.5)

"""The workbook of survey tables: an index, headings that stay, numbers as printed, N and notes on every sheet."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from openpyxl import Workbook
from survey_worlds import at_random

from musubime.errors import OutputError
from musubime.language import verbatim
from musubime.reports import write_survey_tables
from musubime.surveys.tables import Row, Standing, Table, build, make_tables
from musubime.surveys.tables.build import TOTAL, count, mean, share, total_row


@pytest.fixture(scope="module")
def tables() -> tuple[Table, ...]:
    return make_tables(at_random("small-hubs", "2022", 2022, 300, 5), at_random("small-hubs", "2018", 2018, 300, 6))


@pytest.fixture(scope="module")
def book(tables: tuple[Table, ...], tmp_path_factory: pytest.TempPathFactory) -> Workbook:
    path = tmp_path_factory.mktemp("book") / "tables.xlsx"
    assert write_survey_tables(tables, path, "ja") == path
    return openpyxl.load_workbook(path)


def test_the_index_leads_to_every_table(book: Workbook, tables: tuple[Table, ...]) -> None:
    index = book["目次"]
    assert [index.cell(row, 2).value for row in range(5, 5 + len(tables))] == [t.title.to("ja") for t in tables]
    assert [index.cell(row, 3).value for row in range(5, 5 + len(tables))] == [
        "…" if t.n is None else t.n for t in tables]
    for row in range(5, 5 + len(tables)):
        link = index.cell(row, 1).hyperlink
        assert link is not None
        assert link.location is not None or link.target is not None
        assert index.cell(row, 1).value in book.sheetnames


def test_every_number_is_the_printed_one(book: Workbook, tables: tuple[Table, ...]) -> None:
    for number, table in enumerate(tables, start=1):
        page = book[f"表{number}"]
        assert page.cell(1, 1).value == table.title.to("ja")
        assert page.freeze_panes == "B8"
        for at, row in enumerate(table.rows, start=8):
            assert page.cell(at, 1).value == row.head.to("ja")
            for column, c in enumerate(table.columns, start=2):
                cell, shown = page.cell(at, column), table.shown(row.id, c.id)
                if shown is None:
                    assert cell.value == "…"
                elif c.percent:
                    assert float(cell.value) * 100 == pytest.approx(float(shown))
                    assert "%" in cell.number_format
                else:
                    assert float(cell.value) == float(shown)
        words = " ".join(str(cell.value) for row in page.iter_rows(max_col=1) for cell in row if cell.value)
        for note in table.notes:
            assert note.to("ja") in words
        for why in table.blanks.values():
            assert why.to("ja") in words
        if table.n is not None:
            assert f"N＝{table.n:,}" in words


def test_a_name_that_looks_like_a_formula_stays_a_name(tmp_path: Path) -> None:
    rows = (Row("a", verbatim("=cmd|' /C calc'!A0")), Row("b", verbatim("@SUM(1)")))
    table = build(
        "x", verbatim("+x"), (*rows, total_row(rows)),
        (count("n", verbatim("-n"), verbatim("u")), count("m", verbatim("m"), verbatim("u")),
         share("s", verbatim("s"), "n", row=TOTAL), mean("v", verbatim("v"), verbatim("u"), "m", "n")),
        {"n": {"a": 1, "b": 2}, "m": {"a": 3, "b": 4}}, Standing(verbatim("=1+1"), verbatim("=2"), "2022"))
    page = openpyxl.load_workbook(write_survey_tables([table], tmp_path / "x.xlsx", "en")).worksheets[1]
    assert not [cell.coordinate for row in page for cell in row if cell.data_type == "f"]
    assert page["A8"].value == "=cmd|' /C calc'!A0"
    assert page["A8"].quotePrefix


def test_a_folder_in_the_way_is_told(tmp_path: Path, tables: tuple[Table, ...]) -> None:
    (tmp_path / "tables.xlsx").mkdir()
    with pytest.raises(OutputError):
        write_survey_tables(tables[:1], tmp_path / "tables.xlsx")

"""Files as they come: an xlsx that is a CSV, formulas without results, a million empty rows, words among figures."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from musubime.errors import InputError, OutputError
from musubime.reports.figures_workbook import write_marked
from musubime.surveys.figures import verify_figures
from musubime.surveys.figures.printed import read_printed

TABLE = [
    ["町", "総数", "男", "女"],
    ["錦", 2463, 1102, 1361],
    ["川", 1006, 478, 528],
    ["郷", 820, 391, 429],
    ["東", 4289, 1971, 2328],
]
# 1,971 + 2,328 = 4,299: the women are 2,318 (or the total is 4,299)


def book(path: Path, rows: list[list[object]]) -> Path:
    made = Workbook()
    for row in rows:
        made.worksheets[0].append(row)
    made.save(path)
    return path


@pytest.mark.parametrize(
    ("cell", "value", "state"),
    [
        ("２０", 20, "number"),
        ("20人", 20, "number"),
        ("約20", 20, "number"),
        ("1,408", 1408, "number"),
        ("△5", -5, "number"),
        ("▲1,682", -1682, "number"),
        ("－３．５", -3.5, "number"),
        ("28.4％", 28.4, "number"),
        ("(15%)", 15, "number"),
        ("-", 0, "dash"),
        ("―", 0, "dash"),
        ("…", 0, "unknown"),
        ("不明", 0, "unknown"),
        ("x", 0, "hidden"),
        ("***", 0, "unknown"),
        ("#DIV/0!", 0, "unknown"),
        ("0123", 0, "words"),
        ("錦町", 0, "words"),
        ("2024-04-01", 0, "words"),
        ("令和2年", 0, "words"),
        ("=cmd|' /C calc'!A0", 0, "words"),
        ("", 0, "empty"),
        ("1.5e3", 1500, "number"),
        ("8.0万", 80000, "number"),
    ],
)
def test_what_a_cell_says(cell: str, value: float, state: str) -> None:
    printed = read_printed(cell)
    assert (printed.value, printed.state) == (value, state)


def test_an_xlsx_that_is_a_csv(tmp_path: Path) -> None:
    path = tmp_path / "table.xlsx"
    path.write_bytes("\r\n".join(",".join(map(str, row)) for row in TABLE).encode("cp932"))
    (one,) = verify_figures(path).inconsistent
    assert one.row == 5


def test_formulas_are_read_by_their_results_and_named_without_them(tmp_path: Path) -> None:
    rows = [list(row) for row in TABLE]
    rows[1][1] = "=C2+D2"
    found = verify_figures(book(tmp_path / "formulas.xlsx", rows))
    (note,) = [note for note in found.notes if note.kind == "missing"]
    assert note.examples == ("B2",)


def test_a_sheet_with_a_million_empty_rows(tmp_path: Path) -> None:
    plain = book(tmp_path / "plain.xlsx", TABLE)
    padded = tmp_path / "padded.xlsx"
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(padded, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            content = old.read(member)
            if member.filename == "xl/worksheets/sheet1.xml":
                rows = b"".join(b'<row r="%d"/>' % n for n in range(6, 1_000_000))
                content = content.replace(b"</sheetData>", rows + b"</sheetData>")
            new.writestr(member.filename, content)
    (one,) = verify_figures(padded).inconsistent
    assert one.row == 5


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02" * 40, "名前,住所\n錦,山口\n".encode(), b"PK\x03\x04 cut short"]
)
def test_files_without_figures_are_refused_with_a_remedy(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        verify_figures(path)
    assert all(str(fault.remedy) for fault in error.value.faults)


def test_a_name_among_the_values_of_a_long_table_is_named(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text(
        "series,key,period,value,unit,claim\ns,a,2020,錦町,人,\ns,b,2020,不明,人,\ns,c,2020,5,人,value = 5\n", "utf-8"
    )
    with pytest.raises(InputError) as error:
        verify_figures(path)
    assert [(fault.row, fault.value) for fault in error.value.faults] == [(2, "錦町")]


def test_the_marked_workbook_keeps_every_cell_and_runs_no_formula(tmp_path: Path) -> None:
    rows = [list(row) for row in TABLE]
    rows.append(["=HYPERLINK(1)", 10, 4, 6])
    path = tmp_path / "in.csv"
    path.write_text("\n".join(",".join(map(str, row)) for row in rows), "utf-8")
    found = verify_figures(path)
    made = load_workbook(write_marked(found, tmp_path / "out.xlsx"))
    listing, page = made.worksheets
    assert page["A6"].value == "=HYPERLINK(1)"
    assert page["A6"].data_type == "s"
    assert page["B2"].value == 2463
    (one,) = found.inconsistent
    assert page[one.cell].comment is not None
    assert listing.max_row == 2
    with pytest.raises(OutputError):
        write_marked(found, tmp_path / "out.csv")


def test_no_table_ends_in_a_traceback(tmp_path: Path) -> None:
    """Tables of chance, words, marks and figures mixed: an answer or a fault, and no relation where there is none."""
    import random

    chance = random.Random(5)
    pool = [
        "",
        "-",
        "…",
        "x",
        "計",
        "男",
        "合計",
        "割合",
        "2020",
        "令和3年",
        "5",
        "12,345",
        "3.4",
        "50%",
        "△7",
        "(注)",
        "0",
        "100.0",
    ]
    for n in range(120):
        rows = [[chance.choice(pool) for _ in range(chance.randint(1, 9))] for _ in range(chance.randint(1, 14))]
        path = tmp_path / f"{n}.csv"
        path.write_text("\n".join(",".join(f'"{cell}"' for cell in row) for row in rows), "utf-8")
        try:
            found = verify_figures(path)
        except InputError:
            continue
        assert found.figures

"""The door: a file is a long table with claims, or any other table."""

from __future__ import annotations

from pathlib import Path

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger, Note
from musubime.tabular import Sheet, read_tables

from .check_long import check_long
from .check_table import check_tables
from .formulas import formulas_without_results
from .long import long_tables
from .long_model import LongCheck
from .model import Verification


def verify_figures(path: Path) -> Verification:
    """Recompute what a table prints, and name what does not follow.

    A long table with claims (columns series, key, period, value, unit, claim) is checked claim by claim. In any other
    table sums, shares, differences, rates and means are found from the figures themselves.
    Raises InputError when the file cannot be read, holds no figure, or has a claim that cannot be read.
    """
    ledger = Ledger()
    sheets = read_tables(path, ledger)
    formulas_without_results(path, ledger)
    notes = tuple(ledger.notes)
    tables = long_tables(sheets)
    if tables:
        return _claims(path, sheets, notes)
    found = check_tables(sheets, path.name)
    if not found.figures:
        raise InputError(
            Fault(
                text("The file holds no figure that could be checked."),
                text(
                    "Give a table with numbers, or a long table with the columns series, key, period, value, unit, "
                    "claim."
                ),
                file=path.name,
            )
        )
    return Verification(
        path.name,
        "table",
        found.rows,
        found.figures,
        found.checked,
        tuple(found.inconsistent),
        tuple(found.relations),
        (*notes, *found.notes),
        _kept(sheets),
    )


def _claims(path: Path, sheets: tuple[Sheet, ...], notes: tuple[Note, ...]) -> Verification:
    checks: list[LongCheck] = []
    faults: list[Fault] = []
    for table in long_tables(sheets):
        try:
            checks.append(check_long(table, path.name))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    rows = sum(len(check.table.rows) for check in checks)
    figures = sum(row.printed.is_number for check in checks for row in check.table.rows)
    checked = sum(
        len({one.row.row for one in check.instances} | {one.row for one in check.inconsistent}) for check in checks
    )
    return Verification(
        path.name,
        "claims",
        rows,
        figures,
        checked,
        tuple(one for check in checks for one in check.inconsistent),
        (),
        (*notes, *(note for check in checks for note in check.notes)),
        _kept(sheets),
    )


def _kept(sheets: tuple[Sheet, ...]) -> dict[str, tuple[tuple[str, ...], ...]]:
    return {sheet.name: sheet.rows for sheet in sheets}

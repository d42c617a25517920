"""A table is made only if its totals and shares follow."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musubime.language import text, verbatim
from musubime.surveys.tables import Column, Row, Standing, Table, build
from musubime.surveys.tables.build import NO_ANSWER, TOTAL, count, no_answer_row, share, total_row

STANDING = Standing(verbatim("base"), verbatim("source"), "2022-05-31")
UNIT = verbatim("units")


def _pie(counts: list[int], silent: int = 0, decimals: int = 0) -> Table:
    rows = tuple(Row(f"r{n}", verbatim(f"r{n}")) for n in range(len(counts)))
    return build(
        "pie", verbatim("pie"), (*rows, total_row(rows), no_answer_row()),
        (count("count", verbatim("number"), UNIT),
         share("share", verbatim("share"), "count", row=TOTAL, decimals=decimals)),
        {"count": {f"r{n}": c for n, c in enumerate(counts)} | {NO_ANSWER: silent}}, STANDING)


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=12), st.integers(0, 1000))
def test_total_is_the_sum_and_shares_are_exact(counts: list[int], silent: int) -> None:
    table = _pie(counts, silent)
    assert table.value(TOTAL, "count") == sum(counts)  # those who did not answer are in no total
    assert table.value(NO_ANSWER, "count") == silent
    assert table.value(NO_ANSWER, "share") is None
    for n, c in enumerate(counts):
        assert table.value(f"r{n}", "share") == (Fraction(c, sum(counts)) if sum(counts) else None)
    if not sum(counts):
        assert table.blanks["r0", "share"].to("en") == "No share of a base of zero."


@given(st.lists(st.integers(0, 500), min_size=2, max_size=9).filter(lambda counts: sum(counts) > 0))
def test_printed_shares_that_make_no_hundred_are_told(counts: list[int]) -> None:
    table = _pie(counts)
    # Counted again with whole numbers: 2 * (100 c / total) rounded half up is (200 c + total) // (2 total).
    total = sum(counts)
    printed = sum((200 * c + total) // (2 * total) for c in counts)
    told = [note.to("en") for note in table.notes if "add up to" in note.to("en")]
    assert bool(told) == (printed != 100)
    assert not told or f"add up to {printed}%" in told[0]


def test_three_thirds_are_not_made_to_fit() -> None:
    table = _pie([1, 1, 1])
    assert [table.printed(f"r{n}", "share") for n in range(3)] == ["33%", "33%", "33%"]
    assert "add up to 99%, not to 100%" in table.notes[0].to("en")


@pytest.mark.parametrize(("values", "complaint"), [
    (((3, Fraction(3, 5)), (2, Fraction(2, 5)), (6, Fraction(1))), "its parts make 5"),
    (((3, Fraction(3, 5)), (2, Fraction(1, 2)), (5, Fraction(1))), "is not count / total"),
])
def test_what_does_not_follow_is_no_table(
    values: tuple[tuple[int, Fraction], ...], complaint: str
) -> None:
    rows = (Row("a", verbatim("a")), Row("b", verbatim("b")))
    with pytest.raises(ValueError, match=complaint):
        Table("wrong", verbatim("wrong"), (*rows, total_row(rows)),
              (count("count", verbatim("n"), UNIT), share("share", verbatim("s"), "count", row=TOTAL)), values,
              verbatim("base"), verbatim("source"), "2022")


def test_a_total_that_was_counted_apart_must_equal_its_parts() -> None:
    rows = (Row("a", verbatim("a")), Row("b", verbatim("b")))
    columns = (count("n", verbatim("n"), UNIT),)
    with pytest.raises(ValueError, match="parts make 5"):
        build("x", verbatim("x"), (*rows, total_row(rows)), columns, {"n": {"a": 3, "b": 2, TOTAL: 6}}, STANDING)


def test_no_percentage_from_a_negative_base() -> None:
    columns = (
        Column("now", verbatim("now"), "amount", UNIT), Column("then", verbatim("then"), "amount", UNIT),
        Column("change", verbatim("change"), "difference", UNIT, 0, "now", "then"),
        Column("rate", verbatim("rate"), "rate", text("%"), 1, "change", "then"),
    )
    table = build("x", verbatim("x"), (Row("a", verbatim("a")), Row("b", verbatim("b"))), columns,
                  {"now": {"a": 742, "b": 742}, "then": {"a": -2927, "b": 7794}}, STANDING)
    assert table.printed("a", "change") == "+3,669"
    assert table.value("a", "rate") is None
    assert table.blanks["a", "rate"].to("en") == "No percentage: the base is zero or negative."
    assert table.printed("b", "rate") == "-90.5%"

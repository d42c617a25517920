"""Words keep to their boxes: line breaking by hand, and any words at all."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from musubime.language import verbatim
from musubime.reports.deck import Deck, Slide, paged
from musubime.reports.deck._layout import LEAST_PT, frame, table_plan
from musubime.reports.deck._measure import lines, width_pt
from musubime.reports.deck._template import BODY_BOX
from musubime.reports.deck.model import Cell, Table

WORDS = st.text(st.sampled_from("小さな拠点の形成、。（）ー 12,345% abcdefg"), max_size=60)


def test_lines_by_hand() -> None:
    # Ten letters of 10 points each in 40 points: four a line; a line must not begin with 、 nor end with （.
    assert lines("あいうえおかきく", 10, 40) == ["あいうえ", "おかきく"]
    assert lines("あいうえ、おかき", 10, 40) == ["あいう", "え、おか", "き"]
    assert lines("あいう（えお）か", 10, 40) == ["あいう", "（えお）", "か"]
    assert lines("12,345 67", 10, 40) == ["12,345", "67"]


@given(WORDS, st.floats(30, 400))
@settings(max_examples=60, deadline=None)
def test_no_line_is_wider_than_its_room_and_nothing_is_lost(words: str, room: float) -> None:
    found = lines(words, 12, room)
    assert all(width_pt(line, 12) <= room or len(line) == 1 for line in found)
    assert "".join(found).replace(" ", "") == words.replace(" ", "")


def _table(rows: list[list[str]]) -> Table:
    return Table(verbatim("t"), verbatim("d"), tuple(verbatim(f"h{n}") for n in range(len(rows[0]))),
                 tuple(tuple(Cell(verbatim(c)) for c in row) for row in rows))


@given(st.lists(st.lists(WORDS, min_size=3, max_size=3), min_size=1, max_size=40))
@settings(max_examples=30, deadline=None)
def test_a_long_table_runs_on_and_loses_no_row(rows: list[list[str]]) -> None:
    slide = Slide("s", 0, verbatim("title"), (verbatim("lead"),), ((_table(rows),),), verbatim("source"))
    for language in ("ja", "en"):
        shown = paged(Deck(verbatim("d"), verbatim("s"), "2024-01-01", (slide,)), language).slides  # type: ignore[arg-type]
        kept = [[c.words.to("en") for c in row] for page in shown for row in page.blocks[0].rows]  # type: ignore[union-attr]
        assert kept == rows
        for page in shown:
            ((table, box),) = frame(page, language).blocks  # type: ignore[arg-type]
            assert isinstance(table, Table)
            plan = table_plan(table, box.width, box.height - 22, language)  # type: ignore[arg-type]
            assert plan.size_pt >= LEAST_PT
            assert sum(plan.widths) <= box.width + 0.01
            if len(table.rows) > 1:
                assert box.top + 22 + plan.height <= BODY_BOX.top + BODY_BOX.height + 1

"""Where each block of a slide stands: rows share the height by what they need, blocks of a row the width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from musubime.language import Language, text

from ._measure import fitting_pt, lines, width_pt
from ._template import BODY_BOX, LEAD_BOX, NOTE_BOX, TITLE_BOX, Box
from .model import Block, Chart, Picture, Slide, Table, Tile, Tiles, Words

LEAST_PT = 12.0
TITLE_PT, LEAD_PT, NOTE_PT, HEADING_PT = 26.0, 16.0, 13.0, 13.0
# Line height over type size: Arial; and the highest of the Japanese typefaces that may stand in for Yu Gothic.
_SPACING: dict[Language, float] = {"en": 1.2, "ja": 1.42}
LEAST_CHART = 88.0
GAP, HEADING = 14.0, 22.0  # between blocks; above a block with a title
TILE, TALL_TILE = 100.0, 132.0
CELL_SIDE, CELL_EDGE = 5.0, 2.5
LIGHT_EM = 1.6  # room for a traffic light before its words


@dataclass(frozen=True)
class Frame:
    """A slide's rectangles. note: None where nothing is corrected."""

    title_pt: float
    lead_pt: float
    lead: Box
    note: Box | None
    note_pt: float
    blocks: tuple[tuple[Block, Box], ...]


@dataclass(frozen=True)
class TablePlan:
    """Type size, column widths and row heights (heading first), in points."""

    size_pt: float
    widths: tuple[float, ...]
    heights: tuple[float, ...]

    @property
    def height(self) -> float:
        return sum(self.heights)


def spacing(language: Language) -> float:
    return _SPACING[language]


def frame(slide: Slide, language: Language) -> Frame:
    """Lay one slide out. Words shrink to 12 points before they run over."""
    leads = [words.to(language) for words in slide.lead]
    bullet = 17.0
    lead_pt, count = fitting_pt(
        leads, LEAD_BOX.width - bullet, LEAD_BOX.height, largest=LEAD_PT, least=LEAST_PT,
        spacing=spacing(language) + 0.06)
    lead_height = count * lead_pt * spacing(language) + 3 * len(leads) + 2 if leads else 0.0
    lead = Box(LEAD_BOX.left, LEAD_BOX.top, LEAD_BOX.width, lead_height)
    top = LEAD_BOX.top + lead_height + (8 if leads else 2)
    bottom = BODY_BOX.top + BODY_BOX.height
    note, note_pt = None, NOTE_PT
    if slide.corrections:
        said = [words.to(language) for words in slide.corrections]
        room = NOTE_BOX.width - 16
        note_pt, lines_of_note = fitting_pt(said, room, 84, largest=NOTE_PT, least=LEAST_PT, spacing=spacing(language))
        height = lines_of_note * note_pt * spacing(language) + 10
        note = Box(NOTE_BOX.left, bottom - height, NOTE_BOX.width, height)
        bottom = note.top - 8
    body = Box(BODY_BOX.left, top, BODY_BOX.width, bottom - top)
    title_pt, _ = fitting_pt(
        [slide.title.to(language)], TITLE_BOX.width, TITLE_PT * spacing(language), largest=TITLE_PT, least=16,
        spacing=spacing(language))
    return Frame(title_pt, lead_pt, lead, note, note_pt, tuple(_place(slide.rows, body, language)))


def _place(rows: Sequence[Sequence[Block]], body: Box, language: Language) -> list[tuple[Block, Box]]:
    widths = [_widths(row, body.width) for row in rows]
    needs = [max(_need(block, width, body.height, language) for block, width in zip(row, wide, strict=True))
             for row, wide in zip(rows, widths, strict=True)]
    elastic = [any(isinstance(block, Chart | Picture) for block in row) for row in rows]
    room = body.height - GAP * (len(rows) - 1)
    if not any(elastic):  # large numbers are larger where there is nothing else to see
        tall = [TALL_TILE if all(isinstance(block, Tiles) for block in row) else need
                for row, need in zip(rows, needs, strict=True)]
        needs = tall if sum(tall) <= room else needs
    spare = room - sum(needs)
    if spare > 0 and any(elastic):
        pulls = [max(_pull(block, width, language) for block, width in zip(row, wide, strict=True)) if grows else 0.0
                 for row, wide, grows in zip(rows, widths, elastic, strict=True)]
        needs = [need + spare * pull / sum(pulls) for need, pull in zip(needs, pulls, strict=True)]
    elif spare < 0:  # what can shrink, shrinks: charts, then tables by their type size
        loose = sum(need for need, grows in zip(needs, elastic, strict=True) if grows)
        needs = [need + spare * need / loose if grows else need for need, grows in zip(needs, elastic, strict=True)] \
            if loose > -spare else [need * room / sum(needs) for need in needs]
    placed: list[tuple[Block, Box]] = []
    top = body.top
    for row, wide, height in zip(rows, widths, needs, strict=True):
        left = body.left
        for block, width in zip(row, wide, strict=True):
            placed.append((block, Box(left, top, width, height)))
            left += width + GAP
        top += height + GAP
    return placed


def _pull(block: Block, width: float, language: Language) -> float:
    """How strongly a chart or picture asks for spare height: bars by the lines that their names take."""
    if isinstance(block, Chart) and block.kind in ("bars", "stacked_bars"):
        return 2.0 + sum(len(lines(name.to(language), LEAST_PT, 0.36 * width)) for name in block.categories)
    return 8.0 if isinstance(block, Chart | Picture) else 0.0


def _widths(row: Sequence[Block], room: float) -> list[float]:
    free = room - GAP * (len(row) - 1)
    total = sum(block.weight for block in row)
    return [free * block.weight / total for block in row]


def _need(block: Block, width: float, height: float, language: Language) -> float:
    """The height a block asks for, its heading included."""
    if isinstance(block, Tiles):
        return TILE
    if isinstance(block, Table):
        return table_plan(block, width, height - HEADING, language).height + heading_of(block, language)
    if isinstance(block, Words):
        size, count = words_plan(block, width, height - HEADING, language)
        return count * size * spacing(language) + 4 * len(block.lines) + heading_of(block, language)
    return LEAST_CHART + heading_of(block, language)


def heading_of(block: Block, language: Language) -> float:
    """Height of the heading above a block."""
    return HEADING if not isinstance(block, Tiles) and block.title.to(language) else 0.0


def tile_sizes(tile: Tile, width: float, height: float, language: Language) -> tuple[float, float, float]:
    """Type sizes of a tile's name, value and the line under it: one line each where that can be, the name two."""
    room, large = width - 20, 34.0 if height >= TALL_TILE else 28.0
    value_room = room - (large * LIGHT_EM if tile.light else 0)
    sizes = [fitting_pt([words.to(language)], space, lines_ * largest * spacing(language), largest=largest, least=least,
                        spacing=spacing(language))[0]
             for words, space, lines_, largest, least in (
                 (tile.name, room, 2, 13.0, LEAST_PT), (tile.value, value_room, 1, large, 14.0),
                 (tile.under, room, 1, 12.0, LEAST_PT))]
    return sizes[0], sizes[1], sizes[2]


def words_plan(block: Words, width: float, height: float, language: Language) -> tuple[float, int]:
    """Type size and number of lines of a list of sentences."""
    said = [line.to(language) for line in block.lines]
    return fitting_pt(said, width - 17, height - 4 * len(said), largest=14.0, least=LEAST_PT, spacing=spacing(language))


def table_plan(table: Table, width: float, height: float, language: Language) -> TablePlan:
    """The largest type at which the table fits without breaking a cell, headings only if that saves two points; else
    the largest at which it fits at all."""
    size = table.largest_pt
    fits: TablePlan | None = None
    unbroken: TablePlan | None = None
    while True:
        plan, broken = _at(table, width, size, language)
        if plan.height <= height:
            fits = fits or plan
            if broken == "nothing":
                return plan
            if broken == "headings":
                unbroken = unbroken or plan
        if unbroken is not None and size <= unbroken.size_pt - 2:
            return unbroken
        if size <= LEAST_PT:
            return unbroken or fits or plan
        size = max(size - 0.5, LEAST_PT)


Broken = Literal["nothing", "headings", "cells"]


def _at(table: Table, width: float, size: float, language: Language) -> tuple[TablePlan, Broken]:
    """The table in one type size, and which of its cells take more lines than they were given."""
    head = [(words.to(language), 0.0) for words in table.head]
    body = [[(cell.words.to(language), LIGHT_EM * size if cell.light else 0.0) for cell in row] for row in table.rows]
    columns = range(len(head))
    least = [max(_unbreakable(row[c][0], size) + row[c][1] for row in [head, *body]) + 2 * CELL_SIDE + 1
             for c in columns]
    def wished(rows: list[list[tuple[str, float]]]) -> list[float]:
        return [max([least[c], *(width_pt(part, size) + row[c][1] + 2 * CELL_SIDE + 3
                                 for row in rows for part in row[c][0].split("\n"))]) for c in columns]

    wish = wished([head, *body])
    broken: Broken = "nothing"
    if sum(wish) > width:  # headings may break, into two lines where they can
        halves = [width_pt(words, size) / 2 + 2 * CELL_SIDE + size for words, _ in head]
        wish = [max(pair) for pair in zip(wished(body), halves, strict=True)]
        wish = wish if sum(wish) <= width else wished(body)
        broken = "headings" if sum(wish) <= width else "cells"
    said = [head, *body]
    widths = _share(wish, least, width)
    heights = []
    for row in said:
        most = max(len(lines(words, size, widths[c] - 2 * CELL_SIDE - light)) for c, (words, light) in enumerate(row))
        heights.append(most * size * spacing(language) + 2 * CELL_EDGE)
    return TablePlan(size, tuple(widths), tuple(heights)), broken


def _unbreakable(words: str, size: float) -> float:
    """Width of what should stay on one line: Latin words and numbers; of Japanese, eight letters."""
    return max((width_pt(piece if piece.isascii() else piece[:8], size) for piece in words.split()), default=0.0)


def _share(wish: list[float], least: list[float], room: float) -> list[float]:
    """Columns as wide as their words wish; else what is left over the least is shared by what each lacks."""
    if sum(wish) <= room:
        return [w * room / sum(wish) for w in wish]
    if sum(least) >= room:
        return [w * room / sum(least) for w in least]
    lack = [w - m for w, m in zip(wish, least, strict=True)]
    spare = room - sum(least)
    return [m + spare * part / sum(lack) for m, part in zip(least, lack, strict=True)]


def chart_heading(chart: Chart, language: Language) -> str:
    """The title with the unit behind it, unless the title says it."""
    title, unit = chart.title.to(language), chart.unit.to(language)
    if not unit or unit.lower() in title.lower():
        return title
    return title + (f"（{unit}）" if language == "ja" else f" ({unit})")


def chart_heading_pt(chart: Chart, width: float, language: Language) -> float:
    """The size at which the heading stands on one line, if it can; a chart gives its title part of its width only."""
    return fitting_pt([chart_heading(chart, language)], 0.7 * width, HEADING_PT * spacing(language), largest=HEADING_PT,
                      least=LEAST_PT, spacing=spacing(language))[0]


def pages(slide: Slide, language: Language) -> list[Slide]:
    """The slide itself; or several, where a table at its foot is longer than the slide."""
    last = slide.rows[-1] if slide.rows else ()
    if len(last) != 1 or not isinstance(last[0], Table):
        return [slide]
    table, found, first = last[0], [], slide
    while True:
        room = frame(first, language).blocks[-1][1]
        plan = table_plan(table, room.width, 0, language)
        height = _left_for_table(first, language) - heading_of(table, language)
        fits = sum(sum(plan.heights[:n + 2]) <= height + 0.5 for n in range(len(table.rows)))
        if fits >= len(table.rows):
            found.append(replace(first, rows=(*first.rows[:-1], (table,))))
            break
        if fits < 1 and len(first.rows) > 1:  # no room below what stands there: the whole table goes on
            found.append(replace(first, rows=first.rows[:-1]))
            first = replace(slide, lead=(), rows=((table,),), corrections=())
            continue
        fits = max(fits, 1)
        head = replace(table, rows=table.rows[:fits], strong_rows=frozenset(n for n in table.strong_rows if n < fits))
        found.append(replace(first, rows=(*first.rows[:-1], (head,))))
        table = replace(table, rows=table.rows[fits:], strong_rows=frozenset(
            n - fits for n in table.strong_rows if n >= fits))
        first = replace(slide, lead=(), rows=((table,),), corrections=())
    if len(found) == 1:
        return [slide]
    return [replace(one, key=f"{slide.key}_{n}", title=text("{title} ({page} of {pages})", title=slide.title, page=n,
                                                            pages=len(found))) for n, one in enumerate(found, start=1)]


def _left_for_table(slide: Slide, language: Language) -> float:
    """Height left over for the last row of a slide by the rows above it."""
    bare = replace(slide, rows=slide.rows[:-1])
    laid = frame(bare, language)
    bottom = (laid.note.top - 8) if laid.note else BODY_BOX.top + BODY_BOX.height
    top = laid.lead.top + laid.lead.height + (8 if slide.lead else 2)
    above = 0.0
    for row in slide.rows[:-1]:
        wide = _widths(row, BODY_BOX.width)
        above += max(_need(block, width, 0, language) for block, width in zip(row, wide, strict=True)) + GAP
    return bottom - top - above

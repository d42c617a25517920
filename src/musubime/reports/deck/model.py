"""What stands on a slide: words, native charts and tables, a map; `_layout` places it, `_pptx` and `_page` write it.

Words are kept as `Text` and put into one language when the deck is written. Numbers in charts are numbers; in tables
they are the printed words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from musubime.language import Text

Tone = Literal["blue", "orange", "green", "sky", "purple", "grey", "navy", "pale"]
ChartKind = Literal["columns", "stacked_columns", "bars", "stacked_bars", "line"]
Light = Literal["green", "amber", "red", "grey"]


@dataclass(frozen=True)
class Series:
    """One row of a chart's data sheet; None is a gap, never a zero."""

    name: Text
    values: tuple[float | None, ...]
    tone: Tone = "blue"
    dash: bool = False


@dataclass(frozen=True)
class Chart:
    """A native chart. description: what somebody who cannot see it is told. label: print the values on the marks.
    overlap: columns of different series stand in each other's place, where each category has one of them only."""

    kind: ChartKind
    title: Text
    description: Text
    categories: tuple[Text, ...]
    series: tuple[Series, ...]
    unit: Text
    digits: int = 0
    label: bool = True
    overlap: bool = False
    low: float | None = None  # ends of the axis of values; None: from the data
    high: float | None = None
    weight: float = 1.0

    def has_values(self) -> bool:
        return bool(self.categories) and any(v is not None for s in self.series for v in s.values)


@dataclass(frozen=True)
class Cell:
    """One printed cell. `light`: a traffic light, drawn as colour and as shape, beside its words."""

    words: Text
    strong: bool = False
    light: Light | None = None
    left: bool = False


@dataclass(frozen=True)
class Table:
    """A native table. The first column holds names and is aligned left."""

    title: Text
    description: Text
    head: tuple[Text, ...]
    rows: tuple[tuple[Cell, ...], ...]
    strong_rows: frozenset[int] = frozenset()
    weight: float = 1.0
    largest_pt: float = 16.0


@dataclass(frozen=True)
class Tile:
    """One large number: what it is, the number with its unit, and what it is measured against."""

    name: Text
    value: Text
    under: Text
    light: Light | None = None


@dataclass(frozen=True)
class Tiles:
    tiles: tuple[Tile, ...]
    weight: float = 1.0


@dataclass(frozen=True)
class Words:
    """Paragraphs with a heading."""

    title: Text
    lines: tuple[Text, ...]
    weight: float = 1.0


@dataclass(frozen=True)
class Picture:
    """A map, drawn as SVG."""

    title: Text
    description: Text
    svg: str
    width_px: float
    height_px: float
    weight: float = 1.0


Block = Chart | Table | Tiles | Words | Picture


@dataclass(frozen=True)
class Evidence:
    """Numbers of the slide for the speaker's notes, with what they count, as of when, and from where."""

    title: Text
    lines: tuple[Text, ...]
    base: Text
    vintage: str
    source: Text


@dataclass(frozen=True)
class Slide:
    """One slide. `origin`: number of the slide of the 2022 deck that it answers to; 0: none."""

    key: str
    origin: int
    title: Text
    lead: tuple[Text, ...]
    rows: tuple[tuple[Block, ...], ...]
    source: Text
    evidence: tuple[Evidence, ...] = ()
    corrections: tuple[Text, ...] = ()
    remarks: tuple[Text, ...] = ()  # in the notes only
    also: tuple[int, ...] = ()  # further slides of 2022 that it answers to

    @property
    def blocks(self) -> Sequence[Block]:
        return [block for row in self.rows for block in row]


@dataclass(frozen=True)
class Deck:
    """All slides, the first of them the cover."""

    title: Text
    subtitle: Text
    date: str
    slides: tuple[Slide, ...]

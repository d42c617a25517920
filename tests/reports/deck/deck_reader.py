"""A presentation read back with python-pptx: titles, notes, charts, tables, type sizes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Shown = dict[str, dict[str, list[float | None]]]


def title(slide: Any) -> str:
    return str(slide.shapes.title.text_frame.text)


def titled(deck: Any, words: str) -> Any:
    """The first slide whose title begins with these words."""
    return next(slide for slide in deck.slides if title(slide).startswith(words))


def charts(slide: Any) -> list[Any]:
    return [shape for shape in slide.shapes if shape.has_chart]


def data(shape: Any) -> Shown:
    """Series name -> category -> value."""
    plot = shape.chart.plots[0]
    names = [str(c) for c in plot.categories]
    return {series.name: dict(zip(names, series.values, strict=True)) for series in plot.series}


def tables(slide: Any) -> list[list[list[str]]]:
    return [[[cell.text_frame.text for cell in row.cells] for row in shape.table.rows]
            for shape in slide.shapes if shape.has_table]


def notes(slide: Any) -> str:
    return str(slide.notes_slide.notes_text_frame.text)


def frames(slide: Any) -> Iterator[tuple[str, Any]]:
    """Every text frame of a slide, cells included."""
    for shape in slide.shapes:
        if shape.has_text_frame:
            yield shape.name, shape.text_frame
        if shape.has_table:
            for row in shape.table.rows:
                for cell in row.cells:
                    yield shape.name, cell.text_frame


def words(slide: Any) -> str:
    return "\n".join(frame.text for _, frame in frames(slide))

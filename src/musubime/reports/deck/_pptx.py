"""The PowerPoint file: every word in a placeholder of the layout, every chart and table native, notes on every slide.

The same deck gives the same bytes: the times that python-pptx and XlsxWriter would write are taken out.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR
from pptx.oxml import parse_xml
from pptx.util import Pt

from musubime.language import Language, Text, text

from ._layout import HEADING, HEADING_PT, TITLE_PT, Frame, frame, heading_of, tile_sizes, words_plan
from ._native import LIGHTS, add_chart, add_table, describe, rgb, set_language
from ._notes import notes_of
from ._template import (
    COVER,
    FIGURES,
    INK,
    LEAD,
    MUTED,
    NOTE,
    NUMBER,
    PALE,
    SOURCE,
    SUBTITLE,
    Box,
    empty_presentation,
    set_notes_theme,
)
from .model import Block, Chart, Deck, Picture, Slide, Table, Tile, Tiles, Words

_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def pptx_bytes(deck: Deck, language: Language) -> bytes:
    """The whole file."""
    shown = empty_presentation(language)
    layouts = {layout.name: layout for layout in shown.slide_layouts}
    _cover(shown.slides.add_slide(layouts[COVER]), deck, language)
    for slide in deck.slides:
        _fill(shown.slides.add_slide(layouts[FIGURES]), slide, language)
    set_notes_theme(shown)
    properties = shown.core_properties
    properties.title, properties.subject = deck.title.to(language), deck.subtitle.to(language)
    properties.author, properties.last_modified_by = "Musubime", "Musubime"
    properties.language = "ja-JP" if language == "ja" else "en-GB"
    properties.keywords, properties.revision = "", 1
    day = dt.datetime.fromisoformat(deck.date)
    properties.created = properties.modified = day
    for part in shown.part.package.iter_parts():
        if str(part.partname).endswith(".xlsx"):
            part._blob = _without_times(part.blob, day)
    written = io.BytesIO()
    shown.save(written)
    return _without_times(written.getvalue(), None)


def _without_times(blob: bytes, day: dt.datetime | None) -> bytes:
    """The same zip with one date on every entry; a workbook's own times set to `day`."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(blob)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            inner = old.read(entry)
            if day is not None and entry.filename == "docProps/core.xml":
                inner = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", f"{day:%Y-%m-%dT%H:%M:%SZ}".encode(), inner)
            info = zipfile.ZipInfo(entry.filename, _ZIP_DATE)
            packed = entry.filename.endswith((".xlsx", ".png"))
            info.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            new.writestr(info, inner)
    return out.getvalue()


def _cover(slide: Any, deck: Deck, language: Language) -> None:
    _write(slide.shapes.title, [deck.title], language)
    _write(_by_index(slide, SUBTITLE), [deck.subtitle], language)
    _write(_by_index(slide, SOURCE), [
        text("Made with Musubime. Sources and bases of all figures: in the notes of each slide.")], language)
    slide.notes_slide.notes_text_frame.text = _cover_notes(deck).to(language)


def _cover_notes(deck: Deck) -> Text:
    return text("{count} slides follow. Date of the deck: {date}.", count=len(deck.slides), date=deck.date)


def _fill(page: Any, slide: Slide, language: Language) -> None:
    laid = frame(slide, language)
    _write(page.shapes.title, [slide.title], language, size=None if laid.title_pt == TITLE_PT else laid.title_pt)
    lead, note, source = (_by_index(page, idx) for idx in (LEAD, NOTE, SOURCE))
    if slide.lead:
        _write(lead, slide.lead, language, size=laid.lead_pt)
        lead.left, lead.top, lead.width, lead.height = laid.lead.emu
    else:
        _remove(lead)
    for block, box in laid.blocks:
        _add(page, block, box, language)
    _write_note(note, slide, laid, language)
    _write(source, [slide.source], language)
    for last in (note, source):  # read after the figures
        if last._element.getparent() is not None:
            page.shapes._spTree.append(last._element)
    _slide_number(page)
    page.notes_slide.notes_text_frame.text = notes_of(slide, language)
    set_language(page.notes_slide.notes_text_frame, language)


def _write_note(note: Any, slide: Slide, laid: Frame, language: Language) -> None:
    if laid.note is None:
        _remove(note)
        return
    _write(note, slide.corrections, language, size=laid.note_pt)
    note.left, note.top, note.width, note.height = laid.note.emu


def _by_index(slide: Any, idx: int) -> Any:
    return next(shape for shape in slide.placeholders if shape.placeholder_format.idx == idx)


def _remove(shape: Any) -> None:
    _drop(shape._element)


def _drop(element: Any) -> None:
    element.getparent().remove(element)


def _write(shape: Any, lines: Sequence[Text], language: Language, *, size: float | None = None) -> None:
    frame = shape.text_frame
    for n, words in enumerate(lines):
        paragraph = frame.paragraphs[0] if n == 0 else frame.add_paragraph()
        for k, part in enumerate(words.to(language).split("\n")):
            if k:
                paragraph.add_line_break()
            run = paragraph.add_run()
            run.text = part
            if size is not None:
                run.font.size = Pt(size)
    set_language(frame, language)


def _add(page: Any, block: Block, box: Box, language: Language) -> None:
    if isinstance(block, Chart):
        add_chart(page, block, box, language)
        return
    above = heading_of(block, language)
    inner = Box(box.left, box.top + above, box.width, box.height - above)
    if above and not isinstance(block, Tiles):
        _textbox(page, block.title.to(language), Box(box.left, box.top, box.width, HEADING), language)
    if isinstance(block, Table):
        add_table(page, block, inner, language)
    elif isinstance(block, Tiles):
        wide = (box.width - 12 * (len(block.tiles) - 1)) / len(block.tiles)
        for n, tile in enumerate(block.tiles):
            _tile(page, tile, Box(box.left + n * (wide + 12), box.top, wide, box.height), language)
    elif isinstance(block, Words):
        _paragraphs(page, block, inner, language)
    elif isinstance(block, Picture):
        _picture(page, block, inner, language)


def _textbox(page: Any, words: str, box: Box, language: Language) -> None:
    shape = page.shapes.add_textbox(*box.emu)
    shape.name = words
    frame = shape.text_frame
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame.word_wrap = True
    run = frame.paragraphs[0].add_run()
    run.text = words
    run.font.size, run.font.bold = Pt(HEADING_PT), True
    run.font.color.rgb = rgb(INK)
    set_language(frame, language)


def _paragraphs(page: Any, block: Words, box: Box, language: Language) -> None:
    size, _ = words_plan(block, box.width, box.height, language)
    shape = page.shapes.add_textbox(*box.emu)
    shape.name = block.title.to(language) or "Text"
    frame = shape.text_frame
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame.word_wrap = True
    for n, words in enumerate(block.lines):
        paragraph = frame.paragraphs[0] if n == 0 else frame.add_paragraph()
        properties = paragraph._p.get_or_add_pPr()
        properties.set("marL", "216000")
        properties.set("indent", "-216000")
        paragraph.space_after = Pt(4)
        properties.append(parse_xml(
            '<a:buChar xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" char="•"/>'))
        run = paragraph.add_run()
        run.text = words.to(language)
        run.font.size = Pt(size)
        run.font.color.rgb = rgb(INK)
    set_language(frame, language)


def _tile(page: Any, tile: Tile, box: Box, language: Language) -> None:
    shape = page.shapes.add_shape(MSO_SHAPE.RECTANGLE, *box.emu)
    shape.name = tile.name.to(language)
    shape.fill.solid()
    shape.fill.fore_color.rgb = rgb(PALE)
    shape.line.fill.background()
    for style in shape._element.xpath("p:style"):  # its shadow and white type
        _drop(style)
    frame = shape.text_frame
    frame.word_wrap = True
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    frame.margin_left = frame.margin_right = Pt(10)
    frame.margin_top = frame.margin_bottom = Pt(4)
    sizes = tile_sizes(tile, box.width, box.height, language)
    parts = [(words.to(language), size, bold, colour) for words, size, bold, colour in zip(
        (tile.name, tile.value, tile.under), sizes, (False, True, False), (MUTED, INK, MUTED), strict=True)]
    for n, (words, size, bold, colour) in enumerate(part for part in parts if part[0]):
        paragraph = frame.paragraphs[0] if n == 0 else frame.add_paragraph()
        paragraph.alignment = 1
        if bold and tile.light:
            mark, shade = LIGHTS[tile.light]
            lamp = paragraph.add_run()
            lamp.text = f"{mark} "
            lamp.font.size, lamp.font.bold = Pt(size), True
            lamp.font.color.rgb = rgb(shade)
        run = paragraph.add_run()
        run.text = words
        run.font.size, run.font.bold = Pt(size), bold
        run.font.color.rgb = rgb(colour)
    set_language(frame, language)


def _picture(page: Any, block: Picture, box: Box, language: Language) -> None:
    from ..svg import _converter

    scale = min(box.width / block.width_px, box.height / block.height_px)
    wide, high = block.width_px * scale, block.height_px * scale
    png = _converter().svg_to_png(block.svg, scale=2.0)
    put = Box(box.left + (box.width - wide) / 2, box.top, wide, high)
    shape = page.shapes.add_picture(io.BytesIO(png), *put.emu)
    describe(shape, block.title.to(language), block.description.to(language))


def _slide_number(page: Any) -> None:
    """python-pptx does not copy the slide number of the layout."""
    original = next(s for s in page.slide_layout.placeholders if s.placeholder_format.idx == NUMBER)
    copied = deepcopy(original._element)
    body = copied.find("{*}spPr")
    for child in list(body):
        body.remove(child)
    style = copied.find("{*}txBody/{*}lstStyle")
    for child in list(style):
        style.remove(child)
    copied.xpath(".//p:cNvPr")[0].set("id", str(max(int(n) for n in page.shapes._spTree.xpath(".//p:cNvPr/@id")) + 1))
    page.shapes._spTree.append(copied)

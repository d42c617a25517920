"""deck.html: the same slides in one file that needs nothing else, for a browser, a projector and paper.

Every box stands where it stands on the slide: lengths are points of the slide times `--u`, a 960th of its width.
"""

from __future__ import annotations

from markupsafe import Markup, escape

from musubime import __version__
from musubime.language import Language, Text, text

from ._drawn import drawn
from ._layout import (
    HEADING,
    HEADING_PT,
    Frame,
    chart_heading,
    chart_heading_pt,
    frame,
    heading_of,
    table_plan,
    tile_sizes,
    words_plan,
)
from ._native import LIGHTS
from ._notes import notes_of
from ._template import (
    COLOURS,
    COVER_BAR,
    COVER_SUBTITLE,
    COVER_TITLE,
    INK,
    MUTED,
    NUMBER_BOX,
    PALE,
    RULE,
    RULE_BOX,
    SOURCE_BOX,
    TITLE_BOX,
    WARN,
    Box,
)
from .model import Block, Cell, Chart, Deck, Picture, Slide, Table, Tile, Tiles, Words

_STYLE = """
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; background: #e9ebee; color: #INK; font-family: "Yu Gothic", "Noto Sans JP", "Noto Sans CJK JP",
  "Hiragino Sans", Meiryo, Arial, sans-serif; }
main { max-width: 1280px; margin: 0 auto; padding: 16px; }
.slide { container-type: inline-size; position: relative; aspect-ratio: 16 / 9; background: #fff; margin: 0 0 8px;
  box-shadow: 0 1px 4px rgb(0 0 0 / .25); overflow: hidden; --u: calc(100cqw / 960); }
.slide > * { position: absolute; margin: 0; }
.slide h1, .slide h2 { color: #NAVY; font-weight: 700; display: flex; align-items: flex-end; line-height: 1.15; }
.slide ul { padding-left: calc(17 * var(--u)); line-height: 1.2; }
.slide li { margin-bottom: calc(3 * var(--u)); }
.slide h3 { line-height: 1.2; font-weight: 700; white-space: nowrap; }
.rule { background: #BLUE; }
.source { color: #MUTED; line-height: 1.2; display: flex; align-items: center; }
.number { color: #MUTED; text-align: right; }
.note { background: #WARN; border: 1px solid #b26a00; display: flex; flex-direction: column; justify-content: center;
  line-height: 1.2; padding: 0 calc(8 * var(--u)); }
.note p { margin: 0; }
.tile { background: #PALE; padding: calc(4 * var(--u)) calc(10 * var(--u)); display: flex; flex-direction: column;
  justify-content: center; line-height: 1.2; }
.tile span { color: #MUTED; }
.slide svg { width: 100%; height: 100%; display: block; }
figure { margin: 0; }
table { border-collapse: collapse; table-layout: fixed; line-height: 1.2; border-bottom: 1px solid #MUTED; }
th, td { text-align: right; font-weight: 400; border-bottom: 1px solid #RULE; padding: calc(2.5 * var(--u))
  calc(5 * var(--u)); vertical-align: middle; font-variant-numeric: tabular-nums; }
thead th { background: #PALE; font-weight: 700; border-bottom: 1px solid #MUTED; }
tr > :first-child, .left { text-align: left; }
.strong, tr.strong > * { font-weight: 700; }
details { margin: 0 0 26px; font-size: 14px; background: #fff; padding: 6px 12px; }
details pre { white-space: pre-wrap; font: inherit; line-height: 1.6; margin: 6px 0; overflow-wrap: anywhere; }
summary { cursor: pointer; }
@media print {
  @page { size: 338.67mm 190.5mm; margin: 0; }
  body { background: #fff; }
  main { max-width: none; padding: 0; }
  .slide { box-shadow: none; margin: 0; break-after: page; width: 338.67mm; height: 190.4mm; aspect-ratio: auto; }
  details { display: none; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""


def render(deck: Deck, language: Language) -> str:
    """The whole page in one language."""
    style = _STYLE
    for name, value in (("INK", INK), ("NAVY", COLOURS["navy"]), ("BLUE", COLOURS["blue"]), ("MUTED", MUTED),
                        ("WARN", WARN), ("PALE", PALE), ("RULE", RULE)):
        style = style.replace(f"#{name}", f"#{value}")
    slides = "\n".join(
        _slide(slide, n, language) + _notes(slide, language) for n, slide in enumerate(deck.slides, start=2))
    title = escape(deck.title.to(language))
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="generator" content="musubime {__version__}">\n'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'; '
        'img-src data:; base-uri \'none\'; form-action \'none\'">\n<link rel="icon" href="data:,">\n'
        f"<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n{_cover(deck, language)}\n{slides}\n"
        "</main>\n</body>\n</html>\n")


def _at(box: Box, *, size: float | None = None, more: str = "") -> Markup:
    """Place and type size of a box."""
    parts = [f"{side}:calc({value:.4g} * var(--u))" for side, value in (
        ("left", box.left), ("top", box.top), ("width", box.width), ("height", box.height))]
    if size is not None:
        parts.append(f"font-size:calc({size:g} * var(--u))")
    return Markup(' style="{}"').format(Markup(";".join([*parts, *([more] if more else [])])))


def _lines(words: Text, language: Language) -> Markup:
    return Markup("<br>").join(words.to(language).split("\n"))


def _cover(deck: Deck, language: Language) -> str:
    said = text("Made with Musubime. Sources and bases of all figures: in the notes of each slide.")
    return (
        f'<section class="slide" aria-label="1"><h1{_at(COVER_TITLE, size=38)}>{_lines(deck.title, language)}</h1>'
        f'<div class="rule"{_at(COVER_BAR)}></div>'
        f"<p{_at(COVER_SUBTITLE, size=18)}>{_lines(deck.subtitle, language)}</p>"
        f'<p class="source"{_at(SOURCE_BOX, size=12)}>{escape(said.to(language))}</p></section>')


def _slide(slide: Slide, number: int, language: Language) -> str:
    laid = frame(slide, language)
    parts = [
        f'<section class="slide" id="{slide.key}" aria-labelledby="{slide.key}-title">',
        f'<h2 id="{slide.key}-title"{_at(TITLE_BOX, size=laid.title_pt)}>{_lines(slide.title, language)}</h2>',
        f'<div class="rule"{_at(RULE_BOX)}></div>', _lead(slide, laid, language),
        *(_block(block, box, language) for block, box in laid.blocks), _note(slide, laid, language),
        f'<p class="source"{_at(SOURCE_BOX, size=12)}>{_lines(slide.source, language)}</p>',
        f'<p class="number"{_at(NUMBER_BOX, size=12)}>{number}</p></section>']
    return "".join(parts)


def _lead(slide: Slide, laid: Frame, language: Language) -> str:
    if not slide.lead:
        return ""
    items = "".join(f"<li>{_lines(words, language)}</li>" for words in slide.lead)
    return f"<ul{_at(laid.lead, size=laid.lead_pt)}>{items}</ul>"


def _note(slide: Slide, laid: Frame, language: Language) -> str:
    if laid.note is None:
        return ""
    said = "".join(f"<p>{_lines(words, language)}</p>" for words in slide.corrections)
    return f'<div class="note" role="note"{_at(laid.note, size=laid.note_pt)}>{said}</div>'


def _notes(slide: Slide, language: Language) -> str:
    return (f"<details><summary>{escape(text('Notes: figures, bases, sources').to(language))}</summary>"
            f"<pre>{escape(notes_of(slide, language))}</pre></details>")


def _block(block: Block, box: Box, language: Language) -> str:
    above = heading_of(block, language)
    inner = Box(box.left, box.top + above, box.width, box.height - above)
    heading = ""
    if above and not isinstance(block, Tiles):
        words, size = block.title.to(language), HEADING_PT
        if isinstance(block, Chart):
            words, size = chart_heading(block, language), chart_heading_pt(block, box.width, language)
        heading = f"<h3{_at(Box(box.left, box.top, box.width, HEADING), size=size)}>{escape(words)}</h3>"
    if isinstance(block, Tiles):
        wide = (box.width - 12 * (len(block.tiles) - 1)) / len(block.tiles)
        return "".join(_tile(tile, Box(box.left + n * (wide + 12), box.top, wide, box.height), language)
                       for n, tile in enumerate(block.tiles))
    if isinstance(block, Table):
        return heading + _table(block, inner, language)
    if isinstance(block, Words):
        size, _ = words_plan(block, inner.width, inner.height, language)
        items = "".join(f"<li>{_lines(words, language)}</li>" for words in block.lines)
        return f"{heading}<ul{_at(inner, size=size)}>{items}</ul>"
    return heading + _figure(block, inner, language)


def _figure(block: Chart | Picture, box: Box, language: Language) -> str:
    title, description = block.title.to(language), block.description.to(language)
    if isinstance(block, Picture):
        drawing = block.svg[block.svg.index(">") + 1:block.svg.rindex("</svg>")]
        wide, high = block.width_px, block.height_px
    else:
        made = drawn(block, box.width, box.height, language)
        drawing, wide, high = made.inner, made.width, made.height
    return (f'<figure{_at(box)}><svg role="img" viewBox="0 0 {wide:g} {high:g}" preserveAspectRatio="xMidYMin meet">'
            f"<title>{escape(title)}</title><desc>{escape(description)}</desc>{drawing}</svg></figure>")


def _tile(tile: Tile, box: Box, language: Language) -> str:
    sizes = tile_sizes(tile, box.width, box.height, language)
    lamp = ""
    if tile.light:
        mark, colour = LIGHTS[tile.light]
        lamp = f'<b style="color:#{colour}" aria-hidden="true">{mark} </b>'
    parts = [f'<span style="font-size:calc({sizes[0]:g} * var(--u))">{_lines(tile.name, language)}</span>',
             f'<strong style="font-size:calc({sizes[1]:g} * var(--u))">{lamp}{_lines(tile.value, language)}</strong>']
    if tile.under.to(language):
        parts.append(f'<span style="font-size:calc({sizes[2]:g} * var(--u))">{_lines(tile.under, language)}</span>')
    return f'<div class="tile"{_at(box)}>{"".join(parts)}</div>'


def _table(table: Table, box: Box, language: Language) -> str:
    plan = table_plan(table, box.width, box.height, language)
    columns = "".join(f'<col style="width:calc({wide:.4g} * var(--u))">' for wide in plan.widths)
    left = [any(row[c].left for row in table.rows) for c in range(len(table.head))]
    head = "".join(f'<th scope="col"{" class=left" if left[c] else ""}>{_lines(words, language)}</th>'
                   for c, words in enumerate(table.head))
    rows = "".join(
        f"<tr{' class=strong' if n in table.strong_rows else ''}>"
        + "".join(_cell(cell, c, language) for c, cell in enumerate(row)) + "</tr>" for n, row in enumerate(table.rows))
    name = escape(table.title.to(language) or table.description.to(language))
    put = Box(box.left, box.top, box.width, plan.height)
    return (f'<table aria-label="{name}"{_at(put, size=plan.size_pt)}><colgroup>{columns}</colgroup>'
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>")


def _cell(cell: Cell, column: int, language: Language) -> str:
    lamp = ""
    if cell.light:
        mark, colour = LIGHTS[cell.light]
        lamp = f'<b style="color:#{colour}" aria-hidden="true">{mark} </b>'
    names = " ".join(name for name, yes in (("left", cell.left), ("strong", cell.strong)) if yes)
    kind = f' class="{names}"' if names else ""
    words = f"{lamp}{_lines(cell.words, language)}"
    return f'<th scope="row"{kind}>{words}</th>' if column == 0 else f"<td{kind}>{words}</td>"

"""Altair charts as small SVG fragments that stand inside the page: text stays text, ids and noise are taken out."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import altair as alt
from markupsafe import Markup, escape

from musubime.language import LANGUAGES, Language, Text

# The page uses the reader's own fonts; the registered one only measures text while a chart is laid out.
FONTS = "Noto Sans JP, Noto Sans CJK JP, Hiragino Sans, Yu Gothic, Meiryo, sans-serif"
INK, MUTED, RULE = "#1a1a1c", "#4d4d55", "#d5d5db"


@dataclass(frozen=True)
class Drawing:
    """What stands inside an <svg>, and the size it was drawn for in pixels."""

    width: float
    height: float
    inner: str


def rows_of(values: Sequence[Mapping[str, Any]]) -> alt.InlineData:
    """Rows written into the chart itself; no data frame is made of them."""
    return alt.InlineData(values=list(values))


def draw(chart: Any) -> Drawing:
    """Lay an Altair chart out. Altair's own check of the finished chart is left to the tests: it takes 40 ms each."""
    styled = (
        chart.configure(font=FONTS, background="transparent")
        .configure_view(stroke=None)
        .configure_axis(
            labelFontSize=12, titleFontSize=12, titleFontWeight="normal", labelColor=INK, titleColor=MUTED,
            gridColor=RULE, domainColor="#8a8a93", tickColor="#8a8a93", labelLimit=260,
            titlePadding=8, labelFlush=False,
        )
        .configure_legend(labelFontSize=12, titleFontSize=12, titleFontWeight="normal", labelColor=INK, labelLimit=320,
                          titleColor=MUTED, orient="top", symbolStrokeWidth=0)
    )
    return _compact(_converter().vegalite_to_svg(styled.to_dict(validate=False)))


@cache
def _converter() -> Any:
    import noto_cjk_sans_jp_regular  # type: ignore[import-untyped]
    import vl_convert

    vl_convert.register_font_directory(str(Path(noto_cjk_sans_jp_regular.__file__).parent))
    return vl_convert


_CIRCLE = re.compile(
    r'<path( aria-label="[^"]*")?[^>]*? transform="translate\(([-\d.e]+),([-\d.e]+)\)" '
    r'd="M([\d.e-]+),0A\4,\4,0,1,1,[^"]*"([^>]*)/>'
)
_NOISE = re.compile(
    r' (?:(?:class|role|aria-[a-z]+|pointer-events|clip-path|font-family)="[^"]*"|opacity="1"'
    r'|transform="translate\(0,0\)")'
)


def _compact(svg: str) -> Drawing:
    head = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    if head is None:
        raise RuntimeError("vl-convert gave no drawing")
    inner = svg[svg.index(">") + 1: svg.rindex("</svg>")]
    inner = re.sub(r"<defs>.*?</defs>", "", inner, flags=re.S)
    inner = re.sub(r'<path class="(?:back|fore)ground"[^>]*/>', "", inner)
    inner = _CIRCLE.sub(_circle, inner)
    inner = _NOISE.sub("", inner)
    inner = re.sub(r"-?\d+\.\d{2,}", lambda m: f"{float(m.group()):.1f}".replace(".0", ""), inner)
    inner = re.sub(r'(<text[^>]*) stroke="', r'\1 paint-order="stroke" stroke-linejoin="round" stroke="', inner)
    for _ in range(4):
        inner = re.sub(r"<g>\s*</g>", "", inner)
    return Drawing(float(head.group(1)), float(head.group(2)), inner)


def _circle(match: re.Match[str]) -> str:
    label, x, y, radius, rest = match.groups()
    title = f"<title>{escape(html.unescape(label[13:-1]))}</title>" if label else ""
    return f'<circle cx="{float(x):.1f}" cy="{float(y):.1f}" r="{float(radius):.1f}"{rest}>{title}</circle>'


def picture(
    key: str, drawing: Drawing | dict[Language, Drawing], title: Text, description: Text, *, behind: str = "",
    kind: str = "chart",
) -> Markup:
    """One image in both languages, each with its own title and description for those who hear the page.

    drawing: one per language, or one without words, which is then kept once and shown twice. behind: id of a
    fragment drawn first (the base map).
    """
    parts: list[str] = []
    if isinstance(drawing, Drawing):
        parts.append(kept(key, drawing))
    for language in LANGUAGES:
        one = drawing if isinstance(drawing, Drawing) else drawing[language]
        inner = f'<use href="#{key}"/>' if isinstance(drawing, Drawing) else one.inner
        if behind:
            inner = f'<use href="#{behind}"/>{inner}'
        name = f"{key}-{language}"
        parts.append(
            f'<svg lang="{language}" class="{kind}" role="img" aria-labelledby="{name}-t {name}-d" '
            f'viewBox="0 0 {one.width:g} {one.height:g}" style="max-width:{one.width:g}px" '
            f'font-family="{escape(FONTS)}">'
            f'<title id="{name}-t">{escape(title.to(language))}</title>'
            f'<desc id="{name}-d">{escape(description.to(language))}</desc>{inner}</svg>'
        )
    return Markup("".join(parts))


def kept(key: str, drawing: Drawing) -> Markup:
    """A fragment that other images point to with its id."""
    return Markup(f'<svg class="fragment" aria-hidden="true" width="0" height="0"><defs><g id="{key}" '
                  f'font-family="{escape(FONTS)}">{drawing.inner}</g></defs></svg>')


def again(shown: Markup, key: str) -> Markup:
    """An image without words shown a second time: its drawing is kept in the page already."""
    images = str(shown)[str(shown).index("</defs></svg>") + len("</defs></svg>"):]
    return Markup(images.replace(f"{key}-ja-", f"{key}-again-ja-").replace(f"{key}-en-", f"{key}-again-en-"))

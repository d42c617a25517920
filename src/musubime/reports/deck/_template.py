"""The empty presentation: 16:9, one master, two layouts, a theme with its Japanese and Latin typefaces.

python-pptx brings a 4:3 template with English typefaces; its master, theme and layouts are written anew here, so that
every word of the deck stands in a placeholder and a change of the master changes all slides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pptx import Presentation
from pptx.opc.constants import RELATIONSHIP_TYPE as RT
from pptx.oxml import parse_xml

EMU_PER_PT = 12700
WIDTH_PT, HEIGHT_PT = 960.0, 540.0  # 13.333 x 7.5 inches
LATIN, EAST_ASIAN = "Arial", "Yu Gothic"
LEAD, NOTE, SOURCE, SUBTITLE, NUMBER = 1, 13, 14, 1, 12  # idx of the placeholders
COVER, FIGURES = "Cover", "Figures"  # names of the layouts

# Okabe and Ito's palette, dark enough on white for text and lines; order as in reports/charts.py.
COLOURS = {
    "blue": "0072B2", "orange": "D55E00", "green": "007A5A", "sky": "56B4E9", "purple": "AA4499", "grey": "8A8A93",
    "navy": "08306B", "pale": "CFE8F6",
}
INK, MUTED, RULE, PALE, WARN = "1A1A1C", "4D4D55", "C9CBD1", "EEF4F9", "FBF3EA"

_NS = ('xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
       'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
       'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"')


@dataclass(frozen=True)
class Box:
    """A rectangle on the slide in points."""

    left: float
    top: float
    width: float
    height: float

    @property
    def emu(self) -> tuple[int, int, int, int]:
        """left, top, width, height"""
        return (round(self.left * EMU_PER_PT), round(self.top * EMU_PER_PT), round(self.width * EMU_PER_PT),
                round(self.height * EMU_PER_PT))


MARGIN = 36.0
TITLE_BOX = Box(MARGIN, 18, WIDTH_PT - 2 * MARGIN, 44)
LEAD_BOX = Box(MARGIN, 70, WIDTH_PT - 2 * MARGIN, 76)
BODY_BOX = Box(MARGIN, 134, WIDTH_PT - 2 * MARGIN, 350)
NOTE_BOX = Box(MARGIN, 440, WIDTH_PT - 2 * MARGIN, 44)
SOURCE_BOX = Box(MARGIN, 492, WIDTH_PT - 2 * MARGIN - 60, 36)
NUMBER_BOX = Box(WIDTH_PT - MARGIN - 54, 498, 54, 24)
RULE_BOX = Box(MARGIN, 63, WIDTH_PT - 2 * MARGIN, 2.25)
COVER_TITLE, COVER_SUBTITLE = Box(72, 150, 816, 110), Box(72, 282, 816, 120)
COVER_BAR = Box(72, 268, 96, 4.5)


def empty_presentation(language: str) -> Any:
    """A presentation without slides."""
    deck: Any = Presentation()
    deck.slide_width, deck.slide_height = round(WIDTH_PT * EMU_PER_PT), round(HEIGHT_PT * EMU_PER_PT)
    layouts = list(deck.slide_layouts)
    for unused in layouts[2:]:
        deck.slide_layouts.remove(unused)
    lang = "ja-JP" if language == "ja" else "en-GB"
    _write_master(deck.slide_master, lang)
    _write_layout(layouts[0], COVER, _cover_shapes(lang), shows_master=False)
    _write_layout(layouts[1], FIGURES, _figure_shapes(lang), shows_master=True)
    _set_theme(deck.slide_master.part)
    return deck


def _set_theme(part: Any) -> None:
    """Typefaces and colours of a master's theme, which python-pptx keeps as bytes, or as XML where it made it."""
    theme = part.part_related_by(RT.THEME)
    words = theme.blob.decode("utf-8")
    fonts = "".join(
        f'<a:{kind}Font><a:latin typeface="{LATIN}"/><a:ea typeface="{EAST_ASIAN}"/><a:cs typeface=""/>'
        f'<a:font script="Jpan" typeface="{EAST_ASIAN}"/></a:{kind}Font>' for kind in ("major", "minor"))
    words = re.sub(r"(<a:fontScheme[^>]*>).*?(</a:fontScheme>)", rf"\g<1>{fonts}\g<2>", words, flags=re.S)
    accents = ("blue", "orange", "green", "sky", "purple", "grey")
    scheme = "".join(
        f'<a:{name}><a:srgbClr val="{value}"/></a:{name}>' for name, value in [
            ("dk1", INK), ("lt1", "FFFFFF"), ("dk2", COLOURS["navy"]), ("lt2", PALE),
            *((f"accent{n}", COLOURS[tone]) for n, tone in enumerate(accents, start=1)),
            ("hlink", COLOURS["blue"]), ("folHlink", MUTED)])
    words = re.sub(r"<a:clrScheme[^>]*>.*?</a:clrScheme>",
                   f'<a:clrScheme name="Musubime">{scheme}</a:clrScheme>', words, flags=re.S)
    words = re.sub(r'(<a:theme [^>]*name=")[^"]*"', r'\g<1>Musubime"', words)
    if hasattr(theme, "_element"):
        theme._element = parse_xml(words.encode("utf-8"))
    else:
        theme._blob = words.encode("utf-8")


def set_notes_theme(deck: Any) -> None:
    """The notes have a master and a theme of their own, made with the first note."""
    _set_theme(deck.notes_master.part)


def _level(tag: str, size: float, *, bold: bool = False, colour: str = "tx1", align: str = "l", before: float = 0,
           major: bool = False, bullet: str = "") -> str:
    font = "mj" if major else "mn"
    mark = f'<a:buFont typeface="Arial"/><a:buChar char="{bullet}"/>' if bullet else "<a:buNone/>"
    hang = 'marL="216000" indent="-216000"' if bullet else 'marL="0" indent="0"'
    fill = f'<a:schemeClr val="{colour}"/>' if len(colour) < 6 else f'<a:srgbClr val="{colour}"/>'
    return (
        f'<a:{tag} {hang} algn="{align}" defTabSz="914400" rtl="0" eaLnBrk="1" latinLnBrk="0" hangingPunct="1">'
        f'<a:spcBef><a:spcPts val="{round(before * 100)}"/></a:spcBef>{mark}'
        f'<a:defRPr sz="{round(size * 100)}" b="{int(bold)}" kern="1200"><a:solidFill>{fill}</a:solidFill>'
        f'<a:latin typeface="+{font}-lt"/><a:ea typeface="+{font}-ea"/><a:cs typeface="+{font}-cs"/></a:defRPr>'
        f'</a:{tag}>'
    )


def _placeholder(
    shape_id: int, name: str, ph: str, box: Box, words: str, lang: str, *, style: str = "", anchor: str = "t",
    insets: tuple[float, float] = (0, 0), fill: str = "", line: str = "", field: str = "",
) -> str:
    left, top, width, height = box.emu
    side, edge = (round(value * EMU_PER_PT) for value in insets)
    run = f'<a:r><a:rPr lang="{lang}"/><a:t>{words}</a:t></a:r>'
    if field:
        run = (f'<a:fld id="{{C1FF6DA9-008F-8B48-92A6-B652298478BF}}" type="{field}"><a:rPr lang="{lang}"/>'
               '<a:t>‹#›</a:t></a:fld>')
    painted = f'<a:solidFill><a:srgbClr val="{fill}"/></a:solidFill>' if fill else ""
    drawn = f'<a:ln w="12700"><a:solidFill><a:srgbClr val="{line}"/></a:solidFill></a:ln>' if line else ""
    return (
        f'<p:sp {_NS}><p:nvSpPr><p:cNvPr id="{shape_id}" name="{name}"/><p:cNvSpPr><a:spLocks noGrp="1"/></p:cNvSpPr>'
        f'<p:nvPr><p:ph {ph}/></p:nvPr></p:nvSpPr><p:spPr><a:xfrm><a:off x="{left}" y="{top}"/>'
        f'<a:ext cx="{width}" cy="{height}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
        f'{painted}{drawn}</p:spPr><p:txBody><a:bodyPr vert="horz" wrap="square" lIns="{side}" tIns="{edge}" '
        f'rIns="{side}" bIns="{edge}" rtlCol="0" anchor="{anchor}"><a:noAutofit/></a:bodyPr>'
        f'<a:lstStyle>{style}</a:lstStyle>'
        f'<a:p>{run}<a:endParaRPr lang="{lang}"/></a:p></p:txBody></p:sp>'
    )


def _bar(shape_id: int, name: str, box: Box, colour: str) -> str:
    left, top, width, height = box.emu
    return (
        f'<p:sp {_NS}><p:nvSpPr><p:cNvPr id="{shape_id}" name="{name}"><a:extLst><a:ext '
        'uri="{C183D7F6-B498-43B3-948B-1728B52AA6E4}"><adec:decorative '
        'xmlns:adec="http://schemas.microsoft.com/office/drawing/2017/decorative" val="1"/></a:ext></a:extLst>'
        '</p:cNvPr>'
        f'<p:cNvSpPr/><p:nvPr userDrawn="1"/></p:nvSpPr><p:spPr><a:xfrm><a:off x="{left}" y="{top}"/>'
        f'<a:ext cx="{width}" cy="{height}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
        f'<a:solidFill><a:schemeClr val="{colour}"/></a:solidFill><a:ln><a:noFill/></a:ln></p:spPr>'
        '<p:txBody><a:bodyPr/><a:lstStyle/><a:p><a:endParaRPr/></a:p></p:txBody></p:sp>'
    )


def _number(shape_id: int, lang: str, idx: int) -> str:
    return _placeholder(
        shape_id, "Slide Number", f'type="sldNum" sz="quarter" idx="{idx}"', NUMBER_BOX, "", lang, field="slidenum",
        anchor="ctr", style=_level("lvl1pPr", 12, colour=MUTED, align="r"))


def _replace_shapes(part: Any, shapes: list[str]) -> None:
    tree = part.shapes._spTree
    for old in list(tree)[2:]:
        tree.remove(old)
    for shape in shapes:
        tree.append(parse_xml(shape))


def _write_master(master: Any, lang: str) -> None:
    _replace_shapes(master, [
        _bar(2, "Rule", RULE_BOX, "accent1"),
        _placeholder(3, "Title", 'type="title"', TITLE_BOX, "Title", lang, anchor="b"),
        _placeholder(4, "Text", 'type="body" idx="1"', LEAD_BOX, "Text", lang),
        _number(5, lang, 4),
    ])
    styles = master._element.find("{*}txStyles")
    body = "".join(_level(f"lvl{n}pPr", 16, before=3, bullet="•") for n in range(1, 10))
    new = parse_xml(
        f'<p:txStyles {_NS}><p:titleStyle>{_level("lvl1pPr", 26, bold=True, colour="tx2", major=True)}</p:titleStyle>'
        f'<p:bodyStyle>{body}</p:bodyStyle>'
        f'<p:otherStyle>{"".join(_level(f"lvl{n}pPr", 14) for n in range(1, 10))}</p:otherStyle></p:txStyles>')
    styles.getparent().replace(styles, new)


def _cover_shapes(lang: str) -> list[str]:
    return [
        _bar(2, "Bar", COVER_BAR, "accent1"),
        _placeholder(3, "Title", 'type="ctrTitle"', COVER_TITLE, "Title", lang, anchor="b",
                     style=_level("lvl1pPr", 38, bold=True, colour="tx2", major=True)),
        _placeholder(4, "Subtitle", f'type="subTitle" idx="{SUBTITLE}"', COVER_SUBTITLE, "Subtitle", lang,
                     style=_level("lvl1pPr", 18, colour=MUTED, before=4)),
        _placeholder(5, "Source", f'type="body" sz="quarter" idx="{SOURCE}"', SOURCE_BOX, "Source", lang, anchor="ctr",
                     style=_level("lvl1pPr", 12, colour=MUTED)),
    ]


def _figure_shapes(lang: str) -> list[str]:
    return [
        _placeholder(3, "Title", 'type="title"', TITLE_BOX, "Title", lang, anchor="b"),
        _placeholder(4, "Lead", f'type="body" idx="{LEAD}"', LEAD_BOX, "Lead", lang,
                     style=_level("lvl1pPr", 16, before=3, bullet="•")),
        _placeholder(5, "Correction", f'type="body" sz="quarter" idx="{NOTE}"', NOTE_BOX, "Correction", lang,
                     anchor="ctr", insets=(8, 3), fill=WARN, line="B26A00", style=_level("lvl1pPr", 13)),
        _placeholder(6, "Source", f'type="body" sz="quarter" idx="{SOURCE}"', SOURCE_BOX, "Source", lang, anchor="ctr",
                     style=_level("lvl1pPr", 12, colour=MUTED)),
        _number(7, lang, NUMBER),
    ]


def _write_layout(layout: Any, name: str, shapes: list[str], *, shows_master: bool) -> None:
    element = layout._element
    element.find("{*}cSld").set("name", name)
    if not shows_master:
        element.set("showMasterSp", "0")
    if name == FIGURES:
        element.set("type", "obj")
    _replace_shapes(layout, shapes)

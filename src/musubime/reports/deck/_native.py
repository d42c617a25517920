"""Charts and tables that PowerPoint can edit: the numbers stand in their data sheets, the words in their cells."""

from __future__ import annotations

from typing import Any

from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import (
    XL_CHART_TYPE,
    XL_LABEL_POSITION,
    XL_LEGEND_POSITION,
    XL_MARKER_STYLE,
    XL_TICK_LABEL_POSITION,
    XL_TICK_MARK,
)
from pptx.enum.dml import MSO_LINE_DASH_STYLE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml import parse_xml
from pptx.util import Pt

from musubime.language import Language

from ._layout import CELL_EDGE, CELL_SIDE, LEAST_PT, TablePlan, chart_heading, chart_heading_pt, table_plan
from ._template import COLOURS, INK, MUTED, PALE, RULE, Box
from .model import Chart, Light, Table

_TYPES = {
    "columns": XL_CHART_TYPE.COLUMN_CLUSTERED, "stacked_columns": XL_CHART_TYPE.COLUMN_STACKED,
    "bars": XL_CHART_TYPE.BAR_CLUSTERED, "stacked_bars": XL_CHART_TYPE.BAR_STACKED, "line": XL_CHART_TYPE.LINE_MARKERS,
}
_MARKERS = (XL_MARKER_STYLE.CIRCLE, XL_MARKER_STYLE.SQUARE, XL_MARKER_STYLE.TRIANGLE, XL_MARKER_STYLE.DIAMOND)
_DARK = {"blue", "orange", "green", "purple", "navy", "grey"}
_PLAIN_GRID = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"  # "No Style, No Grid"
LIGHTS: dict[Light, tuple[str, str]] = {  # shape and colour both tell them apart
    "green": ("●", "007A5A"), "amber": ("▲", "A66300"), "red": ("■", "B3261E"), "grey": ("○", "4D4D55"),
}
_Colour: Any = RGBColor  # python-pptx leaves these without types
_Data: Any = CategoryChartData


def rgb(value: str) -> Any:
    """A colour from its six digits."""
    return _Colour(*bytes.fromhex(value))


def describe(shape: Any, name: str, words: str) -> None:
    """Name and alternative text of a shape."""
    properties = shape._element.xpath(".//p:cNvPr")[0]
    properties.set("name", name)
    properties.set("descr", words)


def lang_of(language: Language) -> str:
    return "ja-JP" if language == "ja" else "en-GB"


def set_language(text_frame: Any, language: Language) -> None:
    """Language of every run, by which PowerPoint chooses between the two typefaces and spells."""
    for run in text_frame._txBody.xpath(".//a:r"):
        run.get_or_add_rPr()
    for properties in text_frame._txBody.xpath(".//a:rPr | .//a:endParaRPr"):
        properties.set("lang", lang_of(language))
        properties.set("altLang", "en-US" if language == "ja" else "ja-JP")


def add_chart(slide: Any, chart: Chart, box: Box, language: Language) -> None:
    data = _Data(number_format="#,##0" if not chart.digits else "#,##0." + "0" * chart.digits)
    data.categories = [words.to(language) for words in chart.categories]
    for series in chart.series:
        data.add_series(series.name.to(language), series.values)
    shape = slide.shapes.add_chart(_TYPES[chart.kind], *box.emu, data)
    describe(shape, chart.title.to(language), chart.description.to(language))
    drawn = shape.chart
    _font(drawn.font, LEAST_PT, INK)
    _typefaces(drawn.font._rPr)
    drawn.has_title = True
    heading = drawn.chart_title.text_frame
    heading.text = chart_heading(chart, language)
    _font(heading.paragraphs[0].runs[0].font, chart_heading_pt(chart, box.width, language), INK, bold=True)
    heading.paragraphs[0].alignment = PP_ALIGN.LEFT
    set_language(heading, language)
    _left_title(drawn)
    drawn.has_legend = len(chart.series) > 1
    if drawn.has_legend:
        drawn.legend.position = XL_LEGEND_POSITION.BOTTOM
        drawn.legend.include_in_layout = False
    _axes(drawn, chart, language)
    _series(drawn, chart)
    drawn._chartSpace.xpath("c:chart/c:dispBlanksAs") or drawn._chartSpace.xpath("c:chart")[0].append(
        parse_xml('<c:dispBlanksAs xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" val="gap"/>'))


def _left_title(drawn: Any) -> None:
    """The title begins at the left edge, as the headings of tables do."""
    title = drawn._chartSpace.xpath("c:chart/c:title")[0]
    for old in title.xpath("c:layout"):
        title.remove(old)
    layout = parse_xml(
        '<c:layout xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"><c:manualLayout>'
        '<c:xMode val="edge"/><c:yMode val="edge"/><c:x val="0"/><c:y val="0"/></c:manualLayout></c:layout>')
    title.xpath("c:tx")[0].addnext(layout)


def _axes(drawn: Any, chart: Chart, language: Language) -> None:
    values = [value for series in chart.series for value in series.values if value is not None]
    names, amounts = drawn.category_axis, drawn.value_axis
    names.format.line.color.rgb = rgb("8A8A93")
    names.has_major_gridlines = False
    names.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    names.major_tick_mark = amounts.major_tick_mark = XL_TICK_MARK.NONE
    names.tick_labels.font.size = Pt(LEAST_PT)
    if chart.kind in ("bars", "stacked_bars"):
        names.reverse_order = True  # the first category on top
    axis = names._element
    if len(chart.categories) > 14 and chart.kind.endswith("columns"):  # every name, standing upright
        words = names.tick_labels.font._rPr.getparent().getparent().getparent().find("{*}bodyPr")
        if language == "ja":
            words.set("vert", "eaVert")
        else:
            words.set("rot", "-5400000")
            words.set("vert", "horz")
    _every_name(axis)
    amounts.has_major_gridlines = not chart.label
    if amounts.has_major_gridlines:
        amounts.major_gridlines.format.line.color.rgb = rgb("DFE1E6")
        amounts.major_gridlines.format.line.width = Pt(0.75)
    amounts.format.line.fill.background()
    amounts.tick_labels.font.size = Pt(LEAST_PT)
    amounts.tick_labels.number_format = "#,##0" if chart.digits == 0 else "#,##0." + "0" * chart.digits
    amounts.tick_labels.number_format_is_linked = False
    amounts.visible = not chart.label
    if chart.low is not None:
        amounts.minimum_scale = chart.low
    elif min(values) >= 0:
        amounts.minimum_scale = 0  # Excel would start elsewhere when values lie close together
    if chart.high is not None:
        amounts.maximum_scale = chart.high


def _every_name(axis: Any) -> None:
    """No category is left without its name."""
    for old in axis.xpath("c:tickLblSkip"):
        axis.remove(old)
    skip = parse_xml('<c:tickLblSkip xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" val="1"/>')
    before = axis.xpath("c:tickMarkSkip | c:noMultiLvlLbl | c:extLst")
    before[0].addprevious(skip) if before else axis.append(skip)


def _series(drawn: Any, chart: Chart) -> None:
    plot = drawn.plots[0]
    plot.vary_by_categories = False
    stacked = chart.kind.startswith("stacked")
    if chart.kind != "line":
        plot.gap_width = 55 if len(chart.categories) > 2 else 110
        plot.overlap = 100 if stacked or chart.overlap else 0
    for n, (series, given) in enumerate(zip(plot.series, chart.series, strict=True)):
        colour = rgb(COLOURS[given.tone])
        if chart.kind == "line":
            series.smooth = False
            series.format.line.color.rgb = colour
            series.format.line.width = Pt(2.25)
            if given.dash:
                series.format.line.dash_style = MSO_LINE_DASH_STYLE.DASH
            series.marker.style = _MARKERS[n % len(_MARKERS)]
            series.marker.size = 7
            series.marker.format.fill.solid()
            series.marker.format.fill.fore_color.rgb = colour
            series.marker.format.line.color.rgb = colour
        else:
            series.invert_if_negative = False
            series.format.fill.solid()
            series.format.fill.fore_color.rgb = colour
            if stacked:
                series.format.line.color.rgb = rgb("FFFFFF")
        if chart.label:
            labels = series.data_labels
            labels.show_value = True
            labels.number_format = "#,##0" if chart.digits == 0 else "#,##0." + "0" * chart.digits
            labels.number_format_is_linked = False
            _font(labels.font, LEAST_PT, "FFFFFF" if stacked and given.tone in _DARK else INK)
            labels.position = (
                XL_LABEL_POSITION.CENTER if stacked else
                XL_LABEL_POSITION.ABOVE if chart.kind == "line" else XL_LABEL_POSITION.OUTSIDE_END)


def _font(font: Any, size: float, colour: str, *, bold: bool = False) -> None:
    font.size = Pt(size)
    font.bold = bold
    font.color.rgb = rgb(colour)


def _typefaces(properties: Any) -> None:
    """The typefaces of the theme, Japanese and Latin."""
    for tag, face in (("latin", "+mn-lt"), ("ea", "+mn-ea")):
        properties.append(parse_xml(
            f'<a:{tag} xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" typeface="{face}"/>'))


def add_table(slide: Any, table: Table, box: Box, language: Language) -> None:
    plan = table_plan(table, box.width, box.height, language)
    left, top, width, _ = box.emu
    shape = slide.shapes.add_table(len(table.rows) + 1, len(table.head), left, top, width, round(plan.height * 12700))
    describe(shape, table.title.to(language), table.description.to(language))
    drawn = shape.table
    drawn._tbl.tblPr.find("{*}tableStyleId").text = _PLAIN_GRID
    drawn.first_row, drawn.first_col, drawn.horz_banding = True, True, False
    for column, wide in zip(drawn.columns, plan.widths, strict=True):
        column.width = round(wide * 12700)
    for row, high in zip(drawn.rows, plan.heights, strict=True):
        row.height = round(high * 12700)
    for c, words in enumerate(table.head):
        left = c == 0 or any(row[c].left for row in table.rows)
        _cell(drawn.cell(0, c), words.to(language), plan, language, bold=True, left=left, fill=PALE, line=MUTED)
    for r, cells in enumerate(table.rows, start=1):
        strong = r - 1 in table.strong_rows
        for c, cell in enumerate(cells):
            _cell(drawn.cell(r, c), cell.words.to(language), plan, language, bold=cell.strong or strong,
                  left=c == 0 or cell.left, line=MUTED if r == len(table.rows) else RULE, light=cell.light)


def _cell(
    cell: Any, words: str, plan: TablePlan, language: Language, *, bold: bool, left: bool, line: str, fill: str = "",
    light: Light | None = None,
) -> None:
    cell.margin_left = cell.margin_right = Pt(CELL_SIDE)
    cell.margin_top = cell.margin_bottom = Pt(CELL_EDGE)
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    paragraph = cell.text_frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.LEFT if left else PP_ALIGN.RIGHT
    if light:
        mark, colour = LIGHTS[light]
        run = paragraph.add_run()
        run.text = f"{mark} "
        _font(run.font, plan.size_pt, colour, bold=True)
    for n, part in enumerate(words.split("\n")):
        if n:
            paragraph.add_line_break()
        run = paragraph.add_run()
        run.text = part
        _font(run.font, plan.size_pt, INK, bold=bold)
    set_language(cell.text_frame, language)
    properties = cell._tc.get_or_add_tcPr()
    for side in ("lnL", "lnR", "lnT"):
        properties.append(_line(side, None))
    properties.append(_line("lnB", line))
    if fill:
        properties.append(parse_xml(
            '<a:solidFill xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
            f'<a:srgbClr val="{fill}"/></a:solidFill>'))


def _line(side: str, colour: str | None) -> Any:
    inner = f'<a:solidFill><a:srgbClr val="{colour}"/></a:solidFill>' if colour else "<a:noFill/>"
    return parse_xml(
        f'<a:{side} xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" w="9525">{inner}</a:{side}>')

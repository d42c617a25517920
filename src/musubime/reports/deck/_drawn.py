"""The charts of the page: the same values, colours and labels as the native ones, drawn by Altair as SVG."""

from __future__ import annotations

from typing import Any

import altair as alt

from musubime.language import Language

from ..svg import Drawing, draw, rows_of
from ._layout import LEAST_PT
from ._template import COLOURS, INK
from .model import Chart

_SHAPES = ("circle", "square", "triangle-up", "diamond")
_DARK = ("blue", "orange", "green", "purple", "navy", "grey")


def drawn(chart: Chart, width: float, height: float, language: Language) -> Drawing:
    """A chart as large as its box in points."""
    names = [words.to(language) for words in chart.categories]
    series = [s.name.to(language) for s in chart.series]
    rows: list[dict[str, Any]] = [
        {"name": name, "series": label, "value": value, "order": n, "ink": "#FFFFFF" if s.tone in _DARK else f"#{INK}"}
        for n, (s, label) in enumerate(zip(chart.series, series, strict=True))
        for name, value in zip(names, s.values, strict=True) if value is not None
    ]
    if chart.kind.startswith("stacked"):
        _middles(rows)
    base = alt.Chart()  # the rows stand once, above all layers
    layers = _lines(base, chart, names, series) if chart.kind == "line" else _bars(base, chart, names, series)
    return draw(alt.layer(*layers, data=rows_of(rows)).properties(
        width=round(width), height=round(height), autosize=alt.AutoSizeParams(type="fit", contains="padding")))


def _middles(rows: list[dict[str, Any]]) -> None:
    """Where the label of each part of a stack stands."""
    reached: dict[str, float] = {}
    for row in rows:
        start = reached.get(row["name"], 0.0)
        reached[row["name"]] = start + row["value"]
        row["middle"] = start + row["value"] / 2


def _colour(chart: Chart, series: list[str]) -> alt.Color:
    legend = alt.Legend(orient="bottom", columns=4) if len(series) > 1 else None
    return alt.Color("series:N", title=None, legend=legend, sort=series, scale=alt.Scale(
        domain=series, range=[f"#{COLOURS[s.tone]}" for s in chart.series]))


def _values(chart: Chart, channel: Any, field: str = "value") -> Any:
    scale: dict[str, Any] = {"zero": chart.low in (None, 0)}
    if chart.low is not None and chart.high is not None:
        scale = {"domain": [chart.low, chart.high]}
    axis = None if chart.label else alt.Axis(format=_format(chart), tickCount=6, title=None)
    return channel(f"{field}:Q", title=None, axis=axis, scale=alt.Scale(**scale))


def _format(chart: Chart) -> str:
    return f",.{chart.digits}f"


def _bars(base: Any, chart: Chart, names: list[str], series: list[str]) -> list[Any]:
    flat, stacked = chart.kind in ("bars", "stacked_bars"), chart.kind.startswith("stacked")
    axis = alt.Axis(labelAngle=0, ticks=False, labelFontSize=LEAST_PT, labelLimit=300 if flat else 140, title=None,
                    labelOverlap=False)
    if not flat and len(names) > 14:
        axis = alt.Axis(labelAngle=-90, ticks=False, labelFontSize=LEAST_PT, title=None, labelOverlap=False)
    name, amount = (alt.Y, alt.X) if flat else (alt.X, alt.Y)
    encoding: dict[str, Any] = {
        ("y" if flat else "x"): name("name:N", sort=names, axis=axis, scale=alt.Scale(paddingInner=0.35)),
        "color": _colour(chart, series), "order": alt.Order("order:Q"),
        ("x" if flat else "y"): _values(chart, amount).stack("zero" if stacked else None)}
    if not stacked and not chart.overlap and len(series) > 1:
        offset = alt.YOffset if flat else alt.XOffset
        encoding["yOffset" if flat else "xOffset"] = offset("series:N", sort=series)
    layers = [base.mark_bar(stroke="white" if stacked else None, strokeWidth=0.8).encode(**encoding)]
    if chart.label:
        words: dict[str, Any] = {key: encoding[key] for key in ("x", "y", "xOffset", "yOffset") if key in encoding}
        if stacked:
            words["x" if flat else "y"] = _values(chart, amount, "middle")
            mark: dict[str, Any] = {"align": "center", "baseline": "middle"}
            words["color"] = alt.Color("ink:N", scale=None)
        else:
            mark = {"align": "left", "baseline": "middle", "dx": 4} if flat else {"baseline": "bottom", "dy": -3}
            mark["color"] = f"#{INK}"
        layers.append(base.mark_text(fontSize=LEAST_PT, **mark).encode(
            text=alt.Text("value:Q", format=_format(chart)), **words))
    return layers


def _lines(base: Any, chart: Chart, names: list[str], series: list[str]) -> list[Any]:
    x = alt.X("name:N", sort=names, axis=alt.Axis(labelAngle=0, ticks=False, title=None, labelFontSize=LEAST_PT))
    y = _values(chart, alt.Y)
    dashes = [[6, 4] if s.dash else [1, 0] for s in chart.series]
    line = base.mark_line(strokeWidth=2.25).encode(
        x=x, y=y, color=_colour(chart, series),
        strokeDash=alt.StrokeDash("series:N", sort=series, legend=None,
                                  scale=alt.Scale(domain=series, range=dashes)))
    points = base.mark_point(filled=True, size=48, opacity=1).encode(
        x=x, y=y, color=_colour(chart, series),
        shape=alt.Shape("series:N", sort=series, legend=None, scale=alt.Scale(
            domain=series, range=[_SHAPES[n % len(_SHAPES)] for n in range(len(series))])))
    layers = [line, points]
    if chart.label:
        layers.append(base.mark_text(fontSize=LEAST_PT, baseline="bottom", dy=-7, color=f"#{INK}").encode(
            x=x, y=y, text=alt.Text("value:Q", format=_format(chart))))
    return layers

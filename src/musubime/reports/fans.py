"""Charts of the outlook with what is not known of it: fans of totals and the pyramid, one Altair chart a language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from musubime.language import Language, text
from musubime.studies.population_document import PopulationDocument, Unit

from .charts import BLUE, ORANGE
from .svg import INK, MUTED, rows_of

PALE, MIDDLE = "#d6e8f5", "#8fc3e6"  # 95 %, 80 %
FAN_WIDTH, FAN_HEIGHT = 460, 270
SMALL_WIDTH, SMALL_HEIGHT = 128, 76


def _points(unit: Unit) -> list[dict[str, Any]]:
    return [
        {"unit": unit.name, "id": unit.id, "year": year, "people": found.expected, "a": found.total.low_95,
         "b": found.total.high_95, "c": found.total.low_80, "d": found.total.high_80}
        for year, found in unit.by_year.items()
    ]


def fan(unit: Unit, language: Language) -> Any:
    """People of one unit by year: the outlook as a line, 80 % and 95 % intervals as bands."""
    base = alt.Chart(rows_of(_points(unit)))
    year = alt.X("year:Q", title=text("Year").to(language), scale=alt.Scale(nice=False),
                 axis=alt.Axis(format="d", values=list(unit.by_year), grid=False, labelFlush=True))
    title = text("People").to(language)

    def band(low: str, high: str, colour: str) -> Any:
        return base.mark_area(color=colour).encode(
            x=year, y=alt.Y(f"{low}:Q", title=title, axis=alt.Axis(format=",d", tickCount=6)), y2=f"{high}:Q")

    line = base.mark_line(color=BLUE, strokeWidth=2.4, point=alt.OverlayMarkDef(size=34, color=BLUE)).encode(
        x=year, y=alt.Y("people:Q", title=title, scale=alt.Scale(zero=True)))
    return alt.layer(band("a", "b", PALE), band("c", "d", MIDDLE), line).properties(
        width=FAN_WIDTH, height=FAN_HEIGHT)


def small_fans(units: Sequence[Unit], columns: int) -> Any:
    """The same for many units, each with its own scale of people from zero; no words but the names of units."""
    years = list(units[0].by_year)
    ends = [years[0], years[-1]]

    def one(unit: Unit) -> Any:
        base = alt.Chart(rows_of(_points(unit)))
        year = alt.X("year:Q", title=None, scale=alt.Scale(nice=False),
                     axis=alt.Axis(format="d", values=ends, grid=False, labelFlush=True, labelFontSize=10))
        most = max(found.total.high_95 for found in unit.by_year.values())
        people: dict[str, Any] = {
            "title": None, "axis": alt.Axis(format=",d", tickCount=3, labelFontSize=10, minExtent=34),
            "scale": alt.Scale(domain=[0, max(most, 1.0)], nice=3)}
        return alt.layer(
            base.mark_area(color=PALE).encode(x=year, y=alt.Y("a:Q", **people), y2="b:Q"),
            base.mark_area(color=MIDDLE).encode(x=year, y=alt.Y("c:Q", **people), y2="d:Q"),
            base.mark_line(color=BLUE, strokeWidth=2).encode(x=year, y=alt.Y("people:Q", **people)),
        ).properties(width=SMALL_WIDTH, height=SMALL_HEIGHT, title=alt.TitleParams(
            unit.name, fontSize=12, fontWeight="normal", color=INK, anchor="start", limit=SMALL_WIDTH + 20, offset=4))

    return alt.concat(*(one(unit) for unit in units), columns=columns, spacing={"row": 14, "column": 14})


def pyramid(document: PopulationDocument, language: Language) -> Any:
    """Men and women by five-year age: the base year as an outline, the last year filled, with its intervals."""
    first, last = document.years[0], document.years[-1]
    sexes = [text("Men").to(language), text("Women").to(language)]
    ages = [f"{low}–{document.age_from[n + 1] - 1}" if n + 1 < len(document.age_from)
            else text("{low} and over", low=low).to(language) for n, low in enumerate(document.age_from)]
    then, later = document.pyramid[first], document.pyramid[last]
    rows = [
        {"age": age, "then": sign * then.expected[sex][n], "later": sign * later.expected[sex][n],
         "a": sign * later.low_95[sex][n], "b": sign * later.high_95[sex][n],
         "c": sign * later.low_80[sex][n], "d": sign * later.high_80[sex][n]}
        for sex, sign in ((0, -1), (1, 1)) for n, age in enumerate(ages)
    ]
    base = alt.Chart(rows_of(rows))
    age = alt.Y("age:O", sort=ages[::-1], title=text("Age").to(language),
                axis=alt.Axis(ticks=False, labelFontSize=10.5))

    def people(field: str) -> Any:
        return alt.X(f"{field}:Q", title=f"← {sexes[0]} · {text('People').to(language)} · {sexes[1]} →",
                     axis=alt.Axis(labelExpr="format(abs(datum.value), ',d')", tickCount=6))

    return alt.layer(
        base.mark_bar(color=BLUE, opacity=0.75).encode(y=age, x=people("later")),
        base.mark_bar(fillOpacity=0, stroke=MUTED, strokeWidth=1.1).encode(y=age, x=people("then")),
        base.mark_rule(color=ORANGE, strokeWidth=1.2).encode(y=age, x=people("a"), x2="b:Q"),
        base.mark_rule(color=ORANGE, strokeWidth=4).encode(y=age, x=people("c"), x2="d:Q"),
    ).properties(width=360, height=alt.Step(15))

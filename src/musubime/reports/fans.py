"""Charts of the outlook with what is not known of it: fans of totals and the pyramid, one Altair chart a language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import altair as alt

from musubime.language import Language, text
from musubime.studies.document import Interval
from musubime.studies.population_document import PopulationDocument, Unit

from .charts import ORANGE
from .colours import BLUE, MIDDLE, PALE
from .svg import MUTED, rows_of

FAN_WIDTH, FAN_HEIGHT = 460, 270


@dataclass(frozen=True)
class Course:
    """How many people a place is told to have: by year the outlook and its interval, base year first."""

    id: str
    name: str
    years: dict[int, tuple[float, Interval]]


def course(unit: Unit) -> Course:
    return Course(unit.id, unit.name, {year: (found.expected, found.total) for year, found in unit.by_year.items()})


def _points(course: Course) -> list[dict[str, Any]]:
    return [
        {"year": year, "people": expected, "a": found.low_95, "b": found.high_95, "c": found.low_80,
         "d": found.high_80}
        for year, (expected, found) in course.years.items()
    ]


def fan(course: Course, language: Language) -> Any:
    """People of one place by year: the outlook as a line, 80 % and 95 % intervals as bands."""
    base = alt.Chart(rows_of(_points(course)))
    year = alt.X("year:Q", title=text("Year").to(language), scale=alt.Scale(nice=False),
                 axis=alt.Axis(format="d", values=list(course.years), grid=False, labelFlush=True))
    title, people = text("People").to(language), alt.Scale(zero=True, nice=6)

    def band(low: str, high: str, colour: str) -> Any:
        axis = alt.Axis(format=",d", tickCount=6)
        return base.mark_area(color=colour).encode(
            x=year, y=alt.Y(f"{low}:Q", title=title, axis=axis, scale=people), y2=f"{high}:Q")

    line = base.mark_line(color=BLUE, strokeWidth=2.4, point=alt.OverlayMarkDef(size=34, color=BLUE)).encode(
        x=year, y=alt.Y("people:Q", title=title, scale=people))
    return alt.layer(band("a", "b", PALE), band("c", "d", MIDDLE), line).properties(
        width=FAN_WIDTH, height=FAN_HEIGHT)


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

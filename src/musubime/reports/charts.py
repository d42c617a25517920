"""Charts of a plan, one Altair chart per language. Colours: Okabe-Ito, light and dark enough to tell apart in grey."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import altair as alt

from musubime.language import LANGUAGES, Language, text
from musubime.studies.document import PlanDocument, ReachOfService

from .svg import MUTED, Drawing, draw, rows_of

BLUE, ORANGE, GREEN, SKY, GREY = "#0072b2", "#d55e00", "#007a5a", "#56b4e9", "#9a9aa3"
_AGES = ("#cfe8f6", "#56b4e9", "#0072b2", "#08306b")  # youngest ... oldest
_LINES = (BLUE, GREEN, "#cc79a7", "#e69f00", "#56b4e9", "#8c510a")
_SHAPES = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross")


def in_both(chart: Callable[[Language], Any]) -> dict[Language, Drawing]:
    """The chart laid out once for each language."""
    return {language: draw(chart(language)) for language in LANGUAGES}


def reach(document: PlanDocument, reached: dict[str, ReachOfService], language: Language) -> Any:
    """Per service, the people within reach by car and those beyond: stacked bars."""
    inside, outside = text("within reach").to(language), text("beyond reach").to(language)
    names = _service_names(document, language, reached)
    rows = [
        {"service": names[key], "part": part, "people": value, "order": order}
        for key, found in reached.items()
        for part, value, order in ((inside, found.users - found.beyond, 0), (outside, found.beyond, 1))
    ]
    return alt.Chart(rows_of(rows)).mark_bar(stroke="white", strokeWidth=0.6).encode(
        y=alt.Y("service:N", sort=list(names.values()), title=None, axis=alt.Axis(ticks=False, domain=False)),
        x=alt.X("people:Q", title=text("Users (people)").to(language), axis=alt.Axis(format=",d", tickCount=5)),
        color=alt.Color("part:N", title=None, scale=alt.Scale(domain=[inside, outside], range=[SKY, ORANGE])),
        order=alt.Order("order:Q"),
    ).properties(width=330, height=alt.Step(26))


def beyond(document: PlanDocument, reached: dict[str, ReachOfService], language: Language) -> Any:
    """Per service: people 65 and over beyond reach, people without a car beyond reach, and beyond walking."""
    parts = [text("aged 65 and over, beyond").to(language), text("without a car, beyond").to(language),
             text("without a car, too far to walk").to(language)]
    names = _service_names(document, language, reached)
    rows = [
        {"service": names[key], "part": part, "people": value}
        for key, found in reached.items()
        for part, value in zip(parts, (found.over_65_beyond, found.without_car_beyond, found.without_car_beyond_walk),
                               strict=True)
    ]
    return alt.Chart(rows_of(rows)).mark_bar().encode(
        y=alt.Y("service:N", sort=list(names.values()), title=None, axis=alt.Axis(ticks=False, domain=False)),
        yOffset=alt.YOffset("part:N", sort=parts),
        x=alt.X("people:Q", title=text("People").to(language), axis=alt.Axis(format=",d", tickCount=5)),
        color=alt.Color("part:N", title=None, scale=alt.Scale(domain=parts, range=["#8c510a", SKY, GREY]),
                        legend=alt.Legend(columns=1)),
    ).properties(width=330, height=alt.Step(10))


def population(document: PlanDocument, language: Language) -> Any:
    """People by year, stacked by four age classes. The middle classes are drawn as differences of printed figures."""
    classes = [text("under 15").to(language), text("15 to 64").to(language), text("65 to 74").to(language),
               text("75 and over").to(language)]
    rows = []
    for year, count in sorted(document.outlook.people.items()):
        values = (count.under_15, count.total - count.under_15 - count.over_65, count.over_65 - count.over_75,
                  count.over_75)
        rows += [{"year": str(year), "part": part, "people": max(value, 0.0), "order": order}
                 for order, (part, value) in enumerate(zip(classes, values, strict=True))]
    return alt.Chart(rows_of(rows)).mark_bar(stroke="white", strokeWidth=0.6).encode(
        x=alt.X("year:O", title=text("Year").to(language), axis=alt.Axis(labelAngle=0, ticks=False)),
        y=alt.Y("people:Q", title=text("People").to(language), axis=alt.Axis(format=",d", tickCount=6),
                scale=alt.Scale(nice=5)),
        color=alt.Color("part:N", title=None, scale=alt.Scale(domain=classes, range=list(_AGES)),
                        legend=alt.Legend(columns=4)),
        order=alt.Order("order:Q"),
    ).properties(width=380, height=250)


def pyramid(document: PlanDocument, language: Language) -> Any:
    """Men and women by five-year age: the base year as an outline, the last year filled. Sums over the settlements."""
    years = (document.years[0], document.years[-1])
    sexes = [text("Men").to(language), text("Women").to(language)]
    rows: list[dict[str, Any]] = []
    for year in years:
        for sex in (0, 1):
            for age, low in enumerate(document.age_from):
                total = sum(s.pyramid[year][sex][age] for s in document.settlements if year in s.pyramid)
                label = (f"{low}–{document.age_from[age + 1] - 1}" if age + 1 < len(document.age_from)
                         else text("{low} and over", low=low).to(language))
                rows.append({"year": str(year), "sex": sexes[sex], "age": label, "order": age,
                             "people": -total if sex == 0 else total})
    ages = [row["age"] for row in rows[:len(document.age_from)]][::-1]
    absolute = "format(abs(datum.value), ',d')"
    encoding: dict[str, Any] = {
        "y": alt.Y("age:O", sort=ages, title=text("Age").to(language), axis=alt.Axis(ticks=False, labelFontSize=10.5)),
        "x": alt.X("people:Q", title=f"← {sexes[0]} · {text('People').to(language)} · {sexes[1]} →",
                   axis=alt.Axis(labelExpr=absolute, tickCount=6)),
    }
    shown = [str(year) for year in years]
    then = alt.Chart(rows_of([r for r in rows if r["year"] == shown[0]])).mark_bar(
        fillOpacity=0, stroke=MUTED, strokeWidth=1.1).encode(**encoding)
    now = alt.Chart(rows_of([r for r in rows if r["year"] == shown[1]])).mark_bar(
        color=BLUE, opacity=0.85).encode(**encoding)
    return alt.layer(now, then).properties(width=330, height=alt.Step(14))


def unserved(document: PlanDocument, language: Language) -> Any:
    """People beyond reach by year: without a plan, and under each alternative that has an answer."""
    none = text("without a plan").to(language)
    rows = [{"year": year, "plan": none, "people": found.unserved_people}
            for year, found in sorted(document.without_plan.items())]
    order = [none]
    for alternative in document.alternatives:
        if alternative.by_year:
            name = getattr(alternative.name, language)
            order.append(name)
            rows += [{"year": year, "plan": name, "people": found.unserved_people}
                     for year, found in sorted(alternative.by_year.items())]
    colours = [ORANGE, *(_LINES[n % len(_LINES)] for n in range(len(order) - 1))]
    dashes = [[6, 4], [1, 0], [8, 2], [2, 2], [8, 2, 2, 2], [1, 3], [4, 4]]
    return alt.Chart(rows_of(rows)).mark_line(point=alt.OverlayMarkDef(size=42), strokeWidth=2.2).encode(
        x=alt.X("year:Q", title=text("Year").to(language), scale=alt.Scale(nice=False, padding=14),
                axis=alt.Axis(format="d", values=document.years, grid=False)),
        y=alt.Y("people:Q", title=text("People lacking a service").to(language),
                axis=alt.Axis(format=",d", tickCount=6), scale=alt.Scale(zero=True)),
        color=alt.Color("plan:N", title=None, scale=alt.Scale(domain=order, range=colours),
                        legend=alt.Legend(columns=2, symbolType="stroke", symbolSize=260, symbolStrokeWidth=2.4)),
        strokeDash=alt.StrokeDash("plan:N", title=None, scale=alt.Scale(
            domain=order, range=[dashes[n % len(dashes)] for n in range(len(order))])),
    ).properties(width=380, height=240)


def costs(document: PlanDocument, language: Language) -> Any:
    """Yearly cost against people beyond reach in the plan year, one named point for each alternative."""
    unit, word = 1e6, text("Cost a year (million JPY)")
    if language == "ja":
        unit, word = 1e4, text("Cost a year (10,000 JPY)")
    rows = [
        {"name": getattr(a.name, language), "cost": a.cost_jpy_per_year / unit,
         "people": a.by_year[document.plan_year].unserved_people}
        for a in document.alternatives if document.plan_year in a.by_year
    ]
    names = [row["name"] for row in rows]
    return alt.Chart(rows_of(rows)).mark_point(filled=True, size=150, opacity=0.9).encode(
        x=alt.X("cost:Q", title=word.to(language), scale=alt.Scale(zero=True, nice=True),
                axis=alt.Axis(format=",d", tickCount=6)),
        y=alt.Y("people:Q", title=text("People lacking a service, {year}", year=document.plan_year).to(language),
                axis=alt.Axis(format=",d", tickCount=6), scale=alt.Scale(zero=True, nice=5)),
        color=alt.Color("name:N", title=None, legend=alt.Legend(columns=2, symbolOpacity=1), scale=alt.Scale(
            domain=names, range=[_LINES[n % len(_LINES)] for n in range(len(names))])),
        shape=alt.Shape("name:N", title=None, scale=alt.Scale(
            domain=names, range=[_SHAPES[n % len(_SHAPES)] for n in range(len(names))])),
    ).properties(width=380, height=240)


def _service_names(document: PlanDocument, language: Language, keys: Any) -> dict[str, str]:
    names = {service.id: getattr(service.name, language) for service in document.services}
    return {key: str(names.get(key, key)) for key in keys}

"""The waves of a survey as series: what was counted in each, of how many, and where the questionnaire broke them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from musubime.errors import InputError
from musubime.language import text

from ..model import Returns, given_twice
from ..questionnaires import Questionnaire
from ..tables.change import broken_between
from ..tables.measures import MEASURES
from ..tables.rounding import Exact, exact
from ..tables.wave import Wave
from .model import Break, Point, Series

NAMES: dict[str, tuple[str, str]] = {
    "hubs_in_strategy": ("hub_count", "in_strategy"), "hubs_all": ("hub_count", "all"),
    "hubs_with_rmo": ("hub_rmo_presence", "rmo_present"), "rmos": ("rmo_count", "total"),
    "settlements": ("settlements", "count"), "people": ("settlement_population", "count"),
    "did": ("municipal_efforts", "done"), "registered": ("related_people", "registered_by_governments"),
}
"""The names that a long table uses for what the waves count, so that indicators find either."""


def series_of_waves(
    waves: Sequence[Returns], *, area: str = "JP", forms: Sequence[Questionnaire | None] = (),
) -> tuple[Series, ...]:
    """Every number that is followed from wave to wave, by fiscal year, for the nation, a prefecture or a municipality.

    base: answered / asked. Numbers are sums over those who answered: where some did not, they are no total of all,
    and the base says so. forms: the questionnaires of the waves, where they are not the shipped ones.
    """
    if faults := given_twice(waves):
        raise InputError(faults)
    known = list(forms) or [None] * len(waves)
    ready = [Wave.of(of_area(returns, area), form) for returns, form in zip(waves, known, strict=True)]
    found: list[Series] = []
    for survey in dict.fromkeys(wave.returns.survey for wave in ready):
        own = sorted((wave for wave in ready if wave.returns.survey == survey), key=lambda w: w.returns.fiscal_year)
        for measure in MEASURES.get(survey, ()):
            points, breaks = [], []
            for n, wave in enumerate(own):
                values = measure.of(wave)
                answered = 0 if values is None else int(values.notna().sum())
                total: Exact | None = None
                if values is not None and answered:
                    total = exact(float(values.dropna().sum()))
                label = f"FY{wave.returns.fiscal_year}"
                points.append(Point(
                    label, total, wave.standing.source.to("ja"), wave.standing.vintage,
                    f"{answered:,}/{len(wave.returns.asked):,}", f"{survey}-{wave.form.version}"))
                if n and (why := broken_between(wave, own[n - 1], measure.asked)) is not None:
                    breaks.append(Break(points[n - 1].period, label, why))
            if any(point.value is not None for point in points):
                notes = tuple(
                    text("{period}: {base} answered; the sum is of these.", period=p.period, base=p.base)
                    for p in points if p.value is not None and len(set(p.base.split("/"))) > 1)
                found.append(Series(*NAMES[measure.id], measure.unit.to("en"), tuple(points), tuple(breaks), notes))
    return tuple(found)


def of_area(returns: Returns, area: str) -> Returns:
    """The returns of one prefecture or municipality alone."""
    if area == "JP":
        return returns
    asked = returns.asked[returns.asked.index.astype(str).str.startswith(area[:5])]
    codes = asked.index
    return replace(
        returns, asked=asked, answers=returns.answers[returns.answers.index.isin(codes)],
        rosters={name: rows[rows["code"].isin(codes)] for name, rows in returns.rosters.items()})

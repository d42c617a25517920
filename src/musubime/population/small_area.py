"""Ratios of small areas, drawn towards those of the area above: a hamlet of twelve shows chance, not a rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musubime.parameters import Parameters
from musubime.region import Floats

from .model import BANDS, STEP_YEARS
from .ratios import Change, ratio

NOTHING_KNOWN = 1e9  # variance of a band in which nobody was expected
TINY = 1e-12
LEAST_FACTOR = 0.05


def shrink_inoue(p: Floats, q: Floats, parent_p: Floats, parent_ratio: Floats) -> Floats:
    """Inoue's weighting by square roots of the denominators, as in the nationwide small-area system and smoothHP.

        r~ = (sqrt(p) q/p + sqrt(P) Z) / (sqrt(p) + sqrt(P)),   Z where p = 0

    p, q: (units, ...); parent_p, parent_ratio broadcast against them.
    """
    own, above = np.sqrt(p), np.sqrt(parent_p)
    weight = np.divide(own, own + above, out=np.zeros_like(own), where=own + above > 0)
    return np.asarray(weight * ratio(q, p, parent_ratio) + (1 - weight) * parent_ratio)


@dataclass(frozen=True)
class Spread:
    """How areas differ from the area above, by band of age (`model.BANDS`) and, last, for children per woman.

    lasting: sd of log ratios over five years that stays with an area; passing: sd that comes anew each five years;
    chance: variance per expected person (people move in families, homes for the aged open). lasting_together,
    passing_together: correlation of the bands of age in each: who draws the young draws families too, and a housing
    estate is built for all.
    """

    lasting: Floats
    passing: Floats
    chance: Floats
    lasting_together: float = 0.0
    passing_together: float = 0.0

    @classmethod
    def of(cls, parameters: Parameters) -> Spread:
        return cls(
            np.asarray(parameters.numbers("population.spread_lasting")),
            np.asarray(parameters.numbers("population.spread_passing")),
            np.asarray(parameters.numbers("population.spread_chance")),
            parameters.number("population.spread_lasting_together"),
            parameters.number("population.spread_passing_together"),
        )


def _covariance(sd: Floats, together: float) -> Floats:
    """Of bands with these sd and the same correlation between any two."""
    correlation = np.full((len(sd), len(sd)), together)
    np.fill_diagonal(correlation, 1.0)
    return correlation * np.outer(sd, sd)


@dataclass(frozen=True)
class Factors:
    """What areas do relative to the area above over five years. factor, sd: (units, bands + 1); sd is what remains
    unknown of the lasting part."""

    factor: Floats
    sd: Floats

    def by_step(self) -> Floats:
        """Factors of the 17 steps: (units, 1, 17)."""
        return np.repeat(self.factor[:, :-1], np.diff(BANDS), axis=1)[:, None, :]


def credible_factors(
    found: Sequence[Change], parent_ratios: Sequence[Floats], mothers: Floats, children: Floats, parent_cwr: Floats,
    spread: Spread,
) -> Factors:
    """Empirical Bayes (Bühlmann-Straub, all bands of age at once): what was seen over what the area above expects.

    Over n changes of g five-year steps each, with E expected and O observed people of each band, y = O / E - 1 has the
    variance

        V = g² L + g / n P + diag(g chance / E),   L, P: covariance of what lasts and of what passes

    and the estimate is factor = (1 + g² L V^-1 y)^(1/g). With bands that have nothing to do with each other it is
    w = lasting² g² / (lasting² g² + passing² g / n + chance g / E); factor = (1 + w y)^(1/g), band by band.

    found: changes of the areas; parent_ratios: for each change the ratios over its gap that the area above shows,
    broadcast to (units, 2, 17). mothers (units,), children (units,) and parent_cwr (units or 1,) do the same for
    children per woman at the base date.
    """
    units, first = len(mothers), BANDS[:-1]
    factor, sd = np.ones((units, len(first) + 1)), np.zeros((units, len(first) + 1))
    lasts = _covariance(spread.lasting[:-1], spread.lasting_together)
    sd[:, :-1] = spread.lasting[:-1]
    if found:
        g = float(np.mean([change.years for change in found])) / STEP_YEARS
        expected, seen = np.zeros((units, len(first))), np.zeros((units, len(first)))
        for change, parent in zip(found, parent_ratios, strict=True):
            expected += np.add.reduceat((change.p * parent).sum(axis=1), first, axis=-1)
            seen += np.add.reduceat(change.q.sum(axis=1), first, axis=-1)
        passes = _covariance(spread.passing[:-1], spread.passing_together)
        variance = np.repeat((g**2 * lasts + g / len(found) * passes)[None], units, axis=0)
        band = np.arange(len(first))
        nothing = np.full_like(expected, NOTHING_KNOWN)
        variance[:, band, band] += np.divide(spread.chance[:-1] * g, expected, out=nothing, where=expected > 0) + TINY
        weight = g**2 * lasts @ np.linalg.inv(variance)
        told = np.einsum("uij,uj->ui", weight, ratio(seen, expected, 1.0) - 1)
        factor[:, :-1] = np.maximum(1 + told, LEAST_FACTOR) ** (1 / g)
        sd[:, :-1] = np.sqrt(np.maximum(np.einsum("uii->ui", lasts - weight @ lasts), 0.0))
    expected = mothers * parent_cwr
    lasting = spread.lasting[-1] ** 2
    signal = lasting * expected
    noise = spread.passing[-1] ** 2 * expected + spread.chance[-1]
    weight = np.divide(signal, signal + noise, out=np.zeros(units), where=signal + noise > 0)
    factor[:, -1] = 1 + weight * (ratio(children, expected, 1.0) - 1)
    sd[:, -1] = np.sqrt(lasting * (1 - weight))
    return Factors(factor, sd)

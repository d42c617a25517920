"""Ratios of small areas, drawn towards those of the area above: a hamlet of twelve shows chance, not a rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musubime.parameters import Parameters
from musubime.region import Floats

from .model import BANDS, STEP_YEARS
from .ratios import Change, ratio


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
    chance: variance per expected person (people move in families, homes for the aged open).
    """

    lasting: Floats
    passing: Floats
    chance: Floats

    @classmethod
    def of(cls, parameters: Parameters) -> Spread:
        return cls(
            np.asarray(parameters.numbers("population.spread_lasting")),
            np.asarray(parameters.numbers("population.spread_passing")),
            np.asarray(parameters.numbers("population.spread_chance")),
        )


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
    """Empirical Bayes (Bühlmann-Straub) by band of age: the ratio of what was seen to what the area above expects.

    Over n changes of g five-year steps each, with E expected and O observed people of a band:

        f = O / E;   w = lasting² g² / (lasting² g² + passing² g / n + chance g / E);   factor = (1 + w (f - 1))^(1/g)

    found: changes of the areas; parent_ratios: for each change the ratios over its gap that the area above shows,
    broadcast to (units, 2, 17). mothers (units,), children (units,) and parent_cwr (units or 1,) do the same for
    children per woman at the base date.
    """
    units = len(mothers)
    bands = len(BANDS) - 1
    factor, sd = np.ones((units, bands + 1)), np.zeros((units, bands + 1))
    g = float(np.mean([change.years for change in found])) / STEP_YEARS if found else 0.0
    for band in range(bands):
        chosen = slice(BANDS[band], BANDS[band + 1])
        expected, seen = np.zeros(units), np.zeros(units)
        for change, parent in zip(found, parent_ratios, strict=True):
            expected += (change.p * parent)[..., chosen].sum(axis=(1, 2))
            seen += change.q[..., chosen].sum(axis=(1, 2))
        lasting = spread.lasting[band] ** 2
        weight = np.zeros(units)
        if found:
            signal = lasting * g**2 * expected
            noise = spread.passing[band] ** 2 * g / len(found) * expected + spread.chance[band] * g
            weight = np.divide(signal, signal + noise, out=np.zeros(units), where=signal + noise > 0)
            factor[:, band] = (1 + weight * (ratio(seen, expected, 1.0) - 1)) ** (1 / g)
        sd[:, band] = np.sqrt(lasting * (1 - weight))
    expected = mothers * parent_cwr
    lasting = spread.lasting[-1] ** 2
    signal = lasting * expected
    noise = spread.passing[-1] ** 2 * expected + spread.chance[-1]
    weight = np.divide(signal, signal + noise, out=np.zeros(units), where=signal + noise > 0)
    factor[:, -1] = 1 + weight * (ratio(children, expected, 1.0) - 1)
    sd[:, -1] = np.sqrt(lasting * (1 - weight))
    return Factors(factor, sd)

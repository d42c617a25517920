"""The people of the sample: 11,000 at the newest date, older up the valleys, and counts that follow from one another.

The newest count is drawn first. Earlier ones come from it by reversing the flows of five years: those who lived on
are known, those who died or left are drawn from a Poisson law with the mean that survival and migration imply.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..tables import FIVE_YEAR_AGES, Floats, Ints, VitalYears
from ._hamlets import Hamlet

PEOPLE = 11_000
YEARS = (2015, 2020, 2025)
MONTH = 10
_DISTRICT_PEOPLE = (4_900, 1_950, 1_250, 1_250, 950, 700)
_FEWEST, _MOST = 5, (400, 260, 260, 260, 260, 260)  # by district

# People in 1,000 by five-year age, both sexes: the middle of a small town, and the last hamlet of a valley.
_TOWN_AGES = np.array([27, 34, 40, 41, 31, 37, 42, 49, 56, 66, 71, 67, 69, 69, 76, 77, 54, 62], dtype=np.float64)
_HEAD_AGES = np.array([3, 4, 5, 7, 6, 7, 9, 13, 17, 24, 32, 45, 68, 108, 150, 172, 145, 175], dtype=np.float64)
_MALE_SHARE = np.array(
    [.512, .512, .512, .515, .53, .53, .525, .52, .515, .51, .505, .50, .495, .49, .475, .44, .40, .31]
)
# Chance to live five years more, from the age group to the next (the last: within itself): (sex, age).
_SURVIVAL = np.array([
    [.998, .999, .999, .998, .997, .996, .996, .995, .993, .989, .982, .970, .953, .925, .885, .800, .660, .400],
    [.998, .999, .999, .999, .999, .998, .998, .997, .996, .994, .990, .985, .978, .965, .942, .890, .800, .540],
])
# Those who stay or are replaced by newcomers, from the age group to the next: (age,). The young leave.
_STAYING = np.array([
    .98, .99, .96, .68, .83, .95, .985, .99, .99, .99, .995, 1.00, 1.015, 1.005, .995, .99, .98, .97
])


@dataclass(frozen=True)
class People:
    """counts: (dates, settlements, sexes, ages), whole numbers; households: (settlements,) at the newest date."""

    counts: Floats
    households: Floats
    vital: VitalYears


def populate(rng: np.random.Generator, hamlets: list[Hamlet]) -> People:
    sizes = _sizes(rng, hamlets)
    shares = _profiles(rng, hamlets)
    counts = np.zeros((len(YEARS), *shares.shape), dtype=np.int64)
    counts[-1] = np.stack([
        rng.multinomial(size, profile.ravel()).reshape(profile.shape)
        for size, profile in zip(sizes, shares, strict=True)
    ])
    expected = shares * sizes[:, None, None]
    died = np.zeros(len(YEARS))
    for date in range(len(YEARS) - 2, -1, -1):
        counts[date], expected, died[date + 1] = _five_years_before(rng, counts[date + 1], expected)
    people = counts[-1].sum(axis=(1, 2))
    per_household = np.array([2.35 - 0.75 * h.uphill for h in hamlets]) * rng.uniform(0.92, 1.08, len(hamlets))
    households = np.clip(np.round(people / per_household), 1, people)
    return People(counts.astype(np.float64), households.astype(np.float64), _vital(counts, died))


def _sizes(rng: np.random.Generator, hamlets: list[Hamlet]) -> Ints:
    """Log-normal sizes between 5 and 400 that add up to each district's people."""
    sizes = np.zeros(len(hamlets), dtype=np.int64)
    for district, total in enumerate(_DISTRICT_PEOPLE):
        mine = np.array([i for i, h in enumerate(hamlets) if h.district == district])
        weight = rng.lognormal(0, 0.72, len(mine)) * np.array([
            np.exp(-2.2 * hamlets[i].uphill) * (2.6 if hamlets[i].core else 1.0) for i in mine
        ])
        low, high = 0.0, 1e7
        for _ in range(80):  # the scale at which bounded sizes add up
            scale = (low + high) / 2
            too_few = np.clip(scale * weight, _FEWEST, _MOST[district]).sum() < total
            low, high = (scale, high) if too_few else (low, scale)
        exact = np.clip(high * weight, _FEWEST, _MOST[district])
        whole = np.floor(exact).astype(np.int64)
        order = np.argsort(-(exact - whole), kind="stable")
        room = order[whole[order] < _MOST[district]]
        whole[room[: total - int(whole.sum())]] += 1
        sizes[mine] = whole
    return sizes


def _profiles(rng: np.random.Generator, hamlets: list[Hamlet]) -> Floats:
    """Shares by sex and age of each settlement, adding up to 1: (settlements, 2, ages)."""
    older = np.clip(np.array([h.uphill for h in hamlets]) * 0.97 + rng.normal(0, 0.06, len(hamlets)), 0, 1)[:, None]
    ages = (1 - older) * _TOWN_AGES / _TOWN_AGES.sum() + older * _HEAD_AGES / _HEAD_AGES.sum()
    profile = np.stack([ages * _MALE_SHARE, ages * (1 - _MALE_SHARE)], axis=1)
    return np.asarray(profile / profile.sum(axis=(1, 2), keepdims=True), dtype=np.float64)


def _five_years_before(rng: np.random.Generator, later: Ints, expected: Floats) -> tuple[Ints, Floats, float]:
    """Counts five years earlier, their means, and how many of those then alive died in between."""
    ratio = _SURVIVAL * _STAYING
    last = len(FIVE_YEAR_AGES) - 1
    from_80 = 0.62  # of the people aged 85 and over, those who were 80 to 84 five years before
    earlier, mean = np.zeros_like(later), np.zeros_like(expected)
    died = 0.0
    for age in range(last + 1):
        target = min(age + 1, last)
        if age < last - 1:
            here, here_mean = later[..., target], expected[..., target]
        else:
            share = from_80 if age == last - 1 else 1 - from_80
            oldest = later[..., last]
            if age == last - 1:
                kept = rng.binomial(oldest, share)
            here, here_mean = (kept if age == last - 1 else oldest - kept), expected[..., last] * share
        r = ratio[:, age][None, :]
        lost = rng.poisson(np.maximum(here_mean * (1 / r - 1), 0))
        stayed = rng.binomial(here, np.minimum(1 / r, 1.0))  # where newcomers outnumber losses, some came later
        earlier[..., age] = stayed + lost
        mean[..., age] = here_mean / r
        died += float((earlier[..., age] * (1 - _SURVIVAL[:, age][None, :])).sum())
    return earlier, mean, died


def _vital(counts: Ints, died: Floats) -> VitalYears:
    """Yearly totals that agree with the counts: people between two counts on a line, births from the youngest."""
    totals = counts.sum(axis=(1, 2, 3)).astype(np.float64)
    years = np.arange(YEARS[0], YEARS[-1] + 1)
    people = np.interp(years + 0.25, YEARS, totals)  # the year's end is three months after the count of October
    people[-1] = totals[-1] + (totals[-1] - totals[-2]) / 5 * 0.25
    young = counts[:, :, :, 0].sum(axis=(1, 2)).astype(np.float64)
    births = np.interp(years, np.array(YEARS) - 2, young / 5)
    deaths = np.interp(years, np.array(YEARS) - 2, np.concatenate([died[1:2], died[1:]]) / 5)
    return VitalYears(
        tuple(int(year) for year in years), np.round(people), np.round(births), np.round(deaths)
    )

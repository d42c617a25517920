"""The arithmetic of putting people where only totals are known. Every function keeps the totals it is given."""

from __future__ import annotations

import numpy as np

from musubime.region import Floats, Ints


def spread(people: Floats, group: Ints, weight: Floats) -> Floats:
    """Share each group's people over its units by weight.

    people: (..., groups, 2, ages) or (groups,); group: (units,) position of each unit's group; weight: (units,),
    above 0. Returns people by unit: (..., units, 2, ages) or (units,); a group's units add up to the group.

    >>> spread(np.array([10.0, 6.0]), np.array([0, 0, 1]), np.array([3.0, 1.0, 1.0]))
    array([7.5, 2.5, 6. ])
    """
    sums = np.bincount(group, weights=weight, minlength=int(group.max()) + 1 if len(group) else 0)
    share = weight / sums[group]
    if people.ndim == 1:
        return np.asarray(people[group] * share, dtype=np.float64)
    return np.asarray(people[..., group, :, :] * share[:, None, None], dtype=np.float64)


def spread_by_age(people: Floats, group: Ints, counted: Floats, weight: Floats) -> Floats:
    """As `spread`, each sex and age by those counted of it: counted: (units, 2, ages); by weight where none was.

    people: (dates, groups, 2, ages). Returns (dates, units, 2, ages); a group's units add up to the group.
    """
    groups = people.shape[1]
    sums = np.zeros((groups, *counted.shape[1:]))
    np.add.at(sums, group, counted)
    even = weight / np.bincount(group, weights=weight, minlength=groups)[group]
    share = np.divide(counted, sums[group], out=np.broadcast_to(even[:, None, None], counted.shape).copy(),
                      where=sums[group] > 0)
    return np.asarray(people[:, group] * share, dtype=np.float64)


def fit_ages(totals: Floats, structure: Floats) -> Floats:
    """People by unit, sex and age from totals: (units,) or (units, 2) by sex; structure: (2, ages).

    Each unit gets the structure in proportion, so units keep their totals; where the totals add up to the
    structure's own, so do the sexes and ages. Proportional fitting ends after one step, since nothing but totals is
    known of a unit.

    >>> fit_ages(np.array([2.0, 6.0]), np.array([[1.0, 3.0], [2.0, 2.0]])).sum(axis=0)
    array([[1., 3.],
           [2., 2.]])
    """
    if totals.ndim == 2:
        by_sex = structure.sum(axis=1, keepdims=True)
        share = np.divide(structure, by_sex, out=np.zeros_like(structure), where=by_sex > 0)
        return np.asarray(totals[:, :, None] * share[None], dtype=np.float64)
    people = np.asarray(totals[:, None, None] * (structure / structure.sum())[None], dtype=np.float64)
    # One person in 36 fractions adds up to 0.9999...; the remainder goes to the largest group, so that a household of
    # one is not more than its people.
    flat = people.reshape(len(people), -1)
    for _ in range(2):
        flat[:, int(structure.argmax())] += totals - people.sum(axis=(1, 2))
    return people


def fit_sexes(people: Floats, structure: Floats) -> Floats:
    """People by unit, sex and age from people by unit and age: (units, ages); structure: (2, ages).

    Each age group is split by the structure's share of men and women of that age; halves where it has nobody.
    """
    both = structure.sum(axis=0)
    men = np.divide(structure[0], both, out=np.full_like(both, 0.5), where=both > 0)
    return np.stack([people * men, people * (1 - men)], axis=1)


def place_weights(counts: Floats, exponent: float) -> Floats:
    """(1 + places counted) ** exponent, as docs/data/build.md justifies."""
    return np.asarray((1.0 + counts) ** exponent, dtype=np.float64)

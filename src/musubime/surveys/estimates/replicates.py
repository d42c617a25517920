"""Bootstrap replicates: respondents drawn anew within strata, each replicate weighted to the population anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from . import _kernels as k
from .model import Floats, Ints, Respondents

SWEEPS = 500
TOLERANCE = 1e-8


def bootstrap_totals(
    people: Respondents, group_of: Ints, targets: Sequence[Floats], member: Any, pairs: tuple[Ints, Ints], domains: int,
    replicates: int, seed: int,
) -> Floats:
    """(replicates, domains) people. member: (persons, classes and groups); pairs: person and domain of further ones.

    Respondents who are alike in stratum, weight, cell and domains are one kind and counted, not carried one by one.
    """
    persons = len(people.ids)
    pair_of = np.full(persons, -1, dtype=np.int64)
    pair_of[pairs[0]] = pairs[1]
    several = np.bincount(pairs[0], minlength=persons) > 1  # ties to several places: a kind of their own
    pair_of[several] = domains + np.flatnonzero(several)
    kind, first = _alike_rows(people.stratum, people.weight, *group_of, people.class_of, pair_of)
    chosen = np.zeros(persons, dtype=bool)
    chosen[first] = True
    rows, columns = np.nonzero(member[first])
    among = chosen[pairs[0]]
    domain_ptr, domain = k.ragged(np.concatenate([rows, kind[pairs[0][among]]]),
                                  np.concatenate([columns, pairs[1][among]]), len(first))
    return np.asarray(k.replicate_totals(
        seed, replicates, _design(people, group_of, targets, kind, first), SWEEPS, TOLERANCE, domain_ptr, domain,
        domains,
    ))


def bootstrap_weights(
    people: Respondents, group_of: Ints, targets: Sequence[Floats], replicates: int, seed: int
) -> NDArray[np.float32]:
    """(replicates, persons) weights; a variable that is not known here can be estimated with them."""
    everybody = np.arange(len(people.ids))
    return np.asarray(k.replicate_weights(
        seed, replicates, _design(people, group_of, targets, everybody, everybody), SWEEPS, TOLERANCE))


def _design(people: Respondents, group_of: Ints, targets: Sequence[Floats], kind: Ints, first: Ints) -> tuple[Any, ...]:
    """What the kernels draw from: units in the order of strata, the kinds in them, and what these are weighted to.

    kind: (persons,); first: a person of each kind.
    """
    span = int(people.psu.max()) + 1
    units, unit = np.unique(people.stratum * span + people.psu, return_inverse=True)
    unit_ptr, unit_kind = k.ragged(unit.ravel().astype(np.int64), kind, len(units))
    if len(units) == len(kind):
        unit_ptr = np.zeros(0, dtype=np.int64)
    sizes = np.bincount(units // span)
    of_stratum = sizes[people.stratum[first]]
    scale = np.where(of_stratum > 1, of_stratum / np.maximum(of_stratum - 1, 1), 1.0)
    crosses, cross = np.unique(group_of, axis=1, return_inverse=True)
    group_ptr = np.concatenate([[0], np.cumsum([len(t) for t in targets])]).astype(np.int64)
    return (
        np.concatenate([[0], np.cumsum(sizes[sizes > 0])]).astype(np.int64), unit_ptr, unit_kind.astype(np.int32),
        people.weight[first] * scale, cross.ravel()[first].astype(np.int64),
        (crosses + group_ptr[:-1, None]).astype(np.int64), group_ptr, np.concatenate(targets),
    )


def _alike_rows(*columns: Any) -> tuple[Ints, Ints]:
    """The kind of each row, and the first row of each kind."""
    code = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        here = pd.factorize(column)[0]
        code = pd.factorize(code * (int(here.max()) + 1) + here)[0].astype(np.int64)
    first = np.full(int(code.max()) + 1, len(code), dtype=np.int64)
    np.minimum.at(first, code, np.arange(len(code)))
    return code, first

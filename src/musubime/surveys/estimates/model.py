"""What an estimate is made of, and what comes out."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from musubime.language import Text, verbatim

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Variable = Literal["area", "sex", "age"]
VARIABLES: tuple[Variable, ...] = ("area", "sex", "age")

RELATED = "related"
"""The total of everybody counted."""
UNCLASSIFIED = "unclassified"
"""The class of a respondent whose way through the rules stops at a question that was not answered."""


@dataclass(frozen=True)
class Rule:
    """Class of whoever answers each question of `when` so, and ticks one of `any_of` (where it names some)."""

    class_id: str
    when: Mapping[str, bool]
    any_of: tuple[str, ...]


@dataclass(frozen=True)
class Column:
    """A question (yes, no, not answered) or one of several answers that may be ticked (empty is no)."""

    kind: Literal["question", "tick"]
    headings: tuple[str, ...]
    words: Text


@dataclass(frozen=True)
class ClassOf:
    """One class. group: what it adds up to with others, "" for none; counted: part of the related population."""

    words: Text
    counted: bool
    group: str


@dataclass(frozen=True)
class Classification:
    """Rules in the order in which they are asked; the first that applies decides. Counted classes by depth."""

    id: str
    title: Text
    source: Text
    columns: Mapping[str, Column]
    classes: Mapping[str, ClassOf]
    groups: Mapping[str, Text]
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Respondents:
    """Who answered, one entry a person, ties apart.

    sex: "male" or "female"; age_from, age_to: years, equal where the file says an age and not a class, age_to inf
    for an open one; area: where the person lives, "" when the file has no such column. weight: design weights, 1 when
    none. stratum, psu: positions, psu within its stratum. class_of: (persons,) position in class_ids of the deepest
    class of a person's ties. tie_person: (ties,) the person a row of the file is about; tie_class: of that row;
    destination: the place the tie is with, "" when not said. stopped: how many rows each rule decided, the last entry
    those not classified.
    """

    ids: tuple[str, ...]
    sex: tuple[str, ...]
    age_from: Floats
    age_to: Floats
    area: tuple[str, ...]
    weight: Floats
    stratum: Ints
    psu: Ints
    class_ids: tuple[str, ...]
    class_of: Ints
    tie_person: Ints
    tie_class: Ints
    destination: tuple[str, ...]
    stopped: tuple[int, ...]


@dataclass(frozen=True)
class Margin:
    """People of the population by some of area, sex and age, one entry a cell; cells without people are left out.

    area, sex: "" throughout where the table is not by them. age_from, age_to: first and last age, age_to inf for an
    open class; 0 and inf throughout where the table is not by age.
    """

    source: str
    variables: tuple[Variable, ...]
    area: tuple[str, ...]
    sex: tuple[str, ...]
    age_from: Floats
    age_to: Floats
    people: Floats

    def names(self) -> tuple[str, ...]:
        """Each cell in words: 山口県 male 18-29."""
        return tuple(
            " ".join(filter(None, (area, sex, age_words(low, high) if "age" in self.variables else "")))
            for area, sex, low, high in zip(self.area, self.sex, self.age_from, self.age_to, strict=True)
        )


def age_words(low: float, high: float) -> str:
    return f"{low:g}+" if math.isinf(high) else f"{low:g}" if low == high else f"{low:g}-{high:g}"


def in_words(cells: str) -> Text:
    """Cells as `Margin.names` gives them, sexes in the reader's language."""
    return verbatim({"en": cells, "ja": re.sub(r"\b(fe)?male\b", lambda m: "女" if m[1] else "男", cells)})


@dataclass(frozen=True)
class Cell:
    """One post-stratum after collapsing. parts: the cells of the population table that it holds."""

    margin: int
    parts: tuple[str, ...]
    respondents: int
    people: float


@dataclass(frozen=True)
class Total:
    """People of one class or domain in the population, with what chance does to the figure.

    se, low, high: linearised (svy); bootstrap_se, bootstrap_low, bootstrap_high: from the replicates, nan without.
    Linearised figures are nan for domains of ties. share: of all people. respondents: persons, unweighted.
    """

    id: str
    respondents: int
    people: float
    share: float
    se: float
    low: float
    high: float
    bootstrap_se: float
    bootstrap_low: float
    bootstrap_high: float


@dataclass(frozen=True)
class Pair:
    """People living in `area` with a counted tie to `destination`; somebody tied to several places stands in each."""

    area: str
    destination: str
    total: Total


@dataclass(frozen=True)
class Estimate:
    """The related population of a place with its error, conditional on the post-strata.

    totals: each class, then each group, then "related" (all counted). people: the population estimated for.
    method: "post-stratification" or "raking".
    weights: (persons,) after weighting; replicate_weights: (replicates, persons) where they were asked for. level: of
    the intervals, as 0.95. design_effect: Kish's, of unequal weights: what the sample's size is divided by.
    """

    classification: Classification
    method: Literal["post-stratification", "raking"]
    respondents: Respondents
    people: float
    totals: tuple[Total, ...]
    pairs: tuple[Pair, ...]
    cells: tuple[Cell, ...]
    weights: Floats
    design_effect: float
    replicates: int
    level: float
    seed: int
    replicate_weights: NDArray[np.float32] | None = None

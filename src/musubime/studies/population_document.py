"""population.json: the outlook of every settlement with intervals and chances. Documented in docs/methods/reports.md.

`schema_` rises when a reader of an earlier version would misread. Text for people is {ja, en}; None is "not known".
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from .document import Chances, Interval, NoteOfPlan, ParameterOfPlan, SourceOfPlan, Words

SCHEMA = "musubime-population/1"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class UnitYear(_Part):
    """expected_*: the outlook itself, which adds up over units; intervals do not add up."""

    expected: float
    expected_under_15: float
    expected_over_65: float
    total: Interval
    under_15: Interval
    over_65: Interval
    share_65: Interval | None  # None: in no draw is anybody there
    chances: Chances


class PrognosisYear(_Part):
    """Means of the chances of a class's settlements."""

    nobody: float
    few_households: float


class PrognosisRow(_Part):
    """One class of the official prognosis: within_10_years, eventually, for_now or unknown."""

    name: str
    settlements: int
    by_year: dict[int, PrognosisYear]


class Prognosis(_Part):
    """The town's own prognosis of its settlements, an opinion, beside the model's chances.

    not_told: settlements that the file does not name; worth: what is known of such classes' worth.
    """

    file: str
    rows: list[PrognosisRow]
    not_told: int
    worth: Words


class Unit(_Part):
    """A settlement, a district or the municipality. by_year: base year first. prognosis: the official class of a
    settlement, None where none was given."""

    id: str
    name: str
    district: str
    lon: float | None
    lat: float | None
    by_year: dict[int, UnitYear]
    prognosis: str | None = None


class AgesOfYear(_Part):
    """People of the municipality by sex (male, female) and age group."""

    expected: list[list[float]]
    low_95: list[list[float]]
    low_80: list[list[float]]
    high_80: list[list[float]]
    high_95: list[list[float]]


class PopulationPlace(_Part):
    code: str
    name: str
    prefecture: str
    fictional: bool
    base_year: int
    settlement_basis: Words


class PopulationDocument(_Part):
    """The whole of population.json."""

    schema_: str = Field(default=SCHEMA, alias="schema")
    version: str
    seed: int
    draws: int
    place: PopulationPlace
    years: list[int]  # base year first
    age_from: list[int]  # lower bounds of the age groups, the last open
    few_households: float  # limits of the chances
    few_people: float
    method: Words
    controlled_to: Words
    municipality: Unit
    pyramid: dict[int, AgesOfYear]
    districts: list[Unit]  # empty where no district is known
    settlements: list[Unit]
    prognosis: Prognosis | None = None  # None: no official prognosis was given
    notes: list[NoteOfPlan]
    parameters: list[ParameterOfPlan]
    sources: list[SourceOfPlan]

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

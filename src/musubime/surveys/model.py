"""What the collected returns of one survey look like to whoever counts them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from musubime.errors import Fault
from musubime.language import text


@dataclass(frozen=True)
class Returns:
    """One wave of one survey: everybody asked, and what came back from whom.

    survey: "small-hubs", "rmo", "settlements" or "related-population". fiscal_year: of the survey. version: of the
    questionnaire. asked: one row for each municipality asked, index its five-digit code, columns name, prefecture
    (two digits), designation ("full", "part", "deemed" or "none": 過疎 on the day of the survey) and status
    ("accepted", "submitted", "queried" or "missing"). answers: one row for each municipality that answered, index
    its code, a column for each question (its id; a choice holds the option's id; several choices are a boolean
    column `question.option` each; not answered is missing, never 0). rosters: the questions asked of each hub, RMO,
    settlement or initiative: name of the roster, a table with the columns code and number and one for each question.
    """

    survey: str
    fiscal_year: int
    version: str
    asked: pd.DataFrame
    answers: pd.DataFrame
    rosters: Mapping[str, pd.DataFrame]


def given_twice(waves: Sequence[Returns]) -> list[Fault]:
    """A wave that is given twice would count everybody in it twice; two parts of one belong into one table."""
    seen: set[tuple[str, int]] = set()
    faults = []
    for wave in waves:
        if (wave.survey, wave.fiscal_year) in seen:
            faults.append(Fault(
                text("The wave of FY{year} is given twice.", year=wave.fiscal_year),
                text("Give it once. The parts of several prefectures are put together by musubime survey compile."),
                value=f"{wave.survey} {wave.fiscal_year}"))
        seen.add((wave.survey, wave.fiscal_year))
    return faults

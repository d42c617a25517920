"""All tables of one wave of a survey."""

from __future__ import annotations

from musubime.errors import Fault, InputError
from musubime.language import text

from ..model import Returns
from ..questionnaires import Questionnaire
from .change import change_tables
from .frequency import frequency, sums
from .hubs import hub_tables
from .model import Table
from .regional import response_tables
from .related import related_tables
from .rmos import rmo_tables
from .settlements import settlement_tables
from .wave import Wave

_BY_SURVEY = {
    "small-hubs": hub_tables, "rmo": rmo_tables, "settlements": settlement_tables,
    "related-population": related_tables,
}


def make_tables(
    returns: Returns, previous: Returns | None = None, *, form: Questionnaire | None = None,
    previous_form: Questionnaire | None = None,
) -> tuple[Table, ...]:
    """Every table that one wave gives: response, the survey's own tables, and the change since `previous`.

    form, previous_form: the questionnaires, where they are not the shipped ones of these versions. A survey of one's
    own gives the response and one table for each question. Raises InputError when `previous` is no earlier wave of
    the same survey.
    """
    if previous is not None and (previous.survey != returns.survey or previous.fiscal_year >= returns.fiscal_year):
        raise InputError(Fault(
            text("The wave to compare with is no earlier wave of the same survey."),
            text("Give returns of {survey} of a year before FY{year}.", survey=returns.survey,
                 year=returns.fiscal_year),
            value=f"{previous.survey} FY{previous.fiscal_year}",
        ))
    wave = Wave.of(returns, form)
    tables = response_tables(wave)
    tables += _BY_SURVEY.get(returns.survey, _every_question)(wave)
    if previous is not None:
        tables += change_tables(wave, Wave.of(previous, previous_form))
    return tuple(tables)


def _every_question(wave: Wave) -> list[Table]:
    """For questionnaires of one's own: every question with answers to choose, and every number."""
    found: list[Table | None] = []
    parts = [("", wave.form.title, wave.form.questions, wave.answers, wave.unit)]
    parts += [(r.id, r.title, r.questions, wave.roster(r.id), r.one) for r in wave.form.rosters]
    for roster, title, questions, rows, unit in parts:
        for asked in questions:
            if asked.kind in ("choice", "yesno", "choices"):
                found.append(frequency(wave, f"{roster or 'return'}_{asked.id}", asked.text, asked, rows, unit, title))
        numbers = [q for q in questions if q.kind in ("integer", "number")]
        found.append(sums(wave, f"{roster or 'return'}_numbers", title, numbers, rows, unit, title))
    return [table for table in found if table is not None]

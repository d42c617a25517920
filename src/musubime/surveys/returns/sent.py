"""What one workbook shows: whose it is, last year's answers, what was written before and what was found in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from musubime.language import Language
from musubime.region.codes import check_digit
from musubime.surveys.questionnaires import Answer, Question, Questionnaire

from . import words
from .layout import column_letters
from .model import Answers, Finding, Given, Raw


@dataclass(frozen=True)
class Sent:
    """All that one workbook shows. code: five digits. deadline: printed as it is given. last: last year's answers.

    given: what was written before (a return sent back); without it the rosters begin with last year's rows. notes:
    what was written beside the questions. mark: kept on the hidden sheet, so that its sender knows the workbook again.
    """

    questionnaire: Questionnaire
    fiscal_year: int
    code: str
    name: str
    language: Language = "ja"
    deadline: str = ""
    send_to: str = ""
    last: Answers | None = None
    given: Given | None = None
    findings: Sequence[Finding] = ()
    rows: Mapping[str, int] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    mark: str = ""

    @property
    def six(self) -> str:
        return self.code + check_digit(self.code)

    @property
    def identity(self) -> str:
        about = self.questionnaire
        return f"{about.survey}/{about.version}/{self.fiscal_year}/{self.six}/{self.language}"


Marks = Mapping[tuple[str, int | None, str, str], list[Finding]]


def marked(findings: Iterable[Finding]) -> dict[tuple[str, int | None, str, str], list[Finding]]:
    """Findings by the cell they belong to: roster, row, question, option."""
    marks: dict[tuple[str, int | None, str, str], list[Finding]] = {}
    for finding in findings:
        if finding.question:
            marks.setdefault((finding.roster, finding.row, finding.question, finding.option), []).append(finding)
    return marks


def shown(question: Question, answer: Answer | None, language: Language) -> Raw | None:
    """One answer as it stands in a cell; for several choices their labels in one line."""
    if answer is None:
        return None
    if question.kind == "yesno":
        return (words.YES if answer else words.NO).to(language)
    if question.kind == "choice":
        option = question.option(str(answer))
        return option.label.to(language) if option else str(answer)
    if isinstance(answer, tuple):
        labels = [option.label.to(language) for option in question.options if option.id in answer]
        return "、".join(labels) if language == "ja" else ", ".join(labels)
    return answer


def written(questions: Sequence[Question], answers: Mapping[str, Answer], language: Language
            ) -> dict[tuple[str, str], Raw]:
    """Answers as a municipality would type them into the workbook."""
    cells: dict[tuple[str, str], Raw] = {}
    for question in questions:
        answer = answers.get(question.id)
        if isinstance(answer, tuple):
            cells |= {(question.id, option): words.TICK for option in answer}
        elif (one := shown(question, answer, language)) is not None:
            cells[question.id, ""] = one
    return cells


def as_given(questionnaire: Questionnaire, answers: Answers, language: Language) -> Given:
    """A whole return as it would be typed."""
    return Given(
        written(questionnaire.questions, answers.answers, language),
        {roster.id: [written(roster.questions, row, language) for row in answers.rosters.get(roster.id, ())]
         for roster in questionnaire.rosters},
    )


def last_rows(sent: Sent) -> Given:
    """Last year's rosters to begin with; the questions asked once only show last year's answer beside them."""
    if sent.last is None:
        return Given()
    return Given({}, as_given(sent.questionnaire, sent.last, sent.language).rosters)


class Lists:
    """Lists of answers to choose from, on the machine sheet: a list inside a cell may not exceed 255 characters."""

    def __init__(self) -> None:
        self.columns: list[tuple[str, ...]] = []

    def source(self, labels: Sequence[str]) -> str:
        key = tuple(labels)
        if key not in self.columns:
            self.columns.append(key)
        letters = column_letters(5 + self.columns.index(key))
        return f"={words.MACHINE_SHEET}!${letters}$1:${letters}${len(key)}"

"""What one return says, what is wrong with it, and the municipalities that are asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from musubime.language import Text
from musubime.surveys.questionnaires import Answer

FindingKind = Literal["fault", "query", "repair"]
"""fault: cannot stand. query: stands when the municipality says so. repair: was read for certain and is only told."""


@dataclass(frozen=True)
class Answers:
    """The answers of one return; what was not answered, or cannot be used, is not in it."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    rosters: Mapping[str, Sequence[Mapping[str, Answer]]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "answers": {name: _plain(value) for name, value in self.answers.items()},
            "rosters": {
                roster: [{name: _plain(value) for name, value in row.items()} for row in rows]
                for roster, rows in self.rosters.items()
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Answers:
        return cls(
            {name: _answer(value) for name, value in data["answers"].items()},
            {roster: tuple({name: _answer(value) for name, value in row.items()} for row in rows)
             for roster, rows in data["rosters"].items()},
        )


def _plain(value: Answer) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _answer(value: Any) -> Answer:
    return tuple(value) if isinstance(value, list) else value


@dataclass(frozen=True)
class Finding:
    """One thing about a return. Where it stands: file, sheet and cell as Excel names it; question and roster row.

    id: stays the same for the same thing in the same return, so that a decision about it can be kept.
    """

    kind: FindingKind
    what: Text
    remedy: Text
    file: str = ""
    sheet: str = ""
    cell: str = ""
    value: str = ""
    roster: str = ""
    row: int | None = None
    question: str = ""
    option: str = ""
    check: str = ""

    @property
    def id(self) -> str:
        row = "" if self.row is None else str(self.row)
        name = self.check or self.question or self.cell or self.what.template[:40]
        return ":".join((name, self.option, self.roster, row)).rstrip(":")

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "kind": self.kind,
            "file": self.file,
            "sheet": self.sheet,
            "cell": self.cell,
            "value": self.value,
            "roster": self.roster,
            "row": self.row,
            "question": self.question,
            "option": self.option,
            "what": self.what.as_json(),
            "remedy": self.remedy.as_json(),
        }


Raw = str | int | float | bool
"""A cell as it stood in the file; dates as ISO text."""


@dataclass(frozen=True)
class Given:
    """What a municipality wrote, word for word, by (question, option): kept so that it can be shown back to it."""

    answers: Mapping[tuple[str, str], Raw] = field(default_factory=dict)
    rosters: Mapping[str, Sequence[Mapping[tuple[str, str], Raw]]] = field(default_factory=dict)

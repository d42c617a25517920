"""A small world of collection: five towns, a questionnaire, and what they answer."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import waves

from musubime.language import use_language
from musubime.surveys.questionnaires import Questionnaire, questionnaire, questionnaire_text
from musubime.surveys.returns import Answers, Municipalities, Order, Sent, Wave, as_given, check_folder

YEAR = 2022


@pytest.fixture(autouse=True)
def _english() -> None:
    use_language("en")


@dataclass
class World:
    """Towns 01301 … with clean answers; `put` writes a return into the inbox, `check` checks the inbox."""

    folder: Path
    questionnaire: Questionnaire
    places: Municipalities
    answers: dict[str, Answers]
    last: dict[str, Answers]

    @property
    def inbox(self) -> Path:
        return self.folder / "inbox"

    @property
    def out(self) -> Path:
        return self.folder / "wave"

    @property
    def codes(self) -> list[str]:
        return sorted(self.places.names)

    def sent(self, code: str, **more: Any) -> Sent:
        given = as_given(self.questionnaire, more.pop("answers", self.answers[code]), more.get("language", "ja"))
        return replace(Sent(self.questionnaire, YEAR, code, self.places.names[code], given=given), **more)

    def put(self, code: str, name: str = "", **more: Any) -> Path:
        from musubime.surveys.returns import write_workbook

        self.inbox.mkdir(exist_ok=True)
        path = self.inbox / (name or f"{code}.xlsx")
        write_workbook(self.sent(code, **more), path)
        return path

    def put_all(self) -> None:
        for code in self.codes:
            self.put(code)

    def check(self, **more: Any) -> Wave:
        order = Order(
            self.inbox, self.out, self.questionnaire,
            questionnaire_text(f"{self.questionnaire.survey}-{self.questionnaire.version}"), YEAR, self.places,
            last=self.last, now="2022-06-30T12:00:00", workers=1)
        return check_folder(replace(order, **more))


@pytest.fixture
def world(tmp_path: Path) -> Callable[..., World]:
    def build(name: str = "small-hubs-2022", towns: int = 5, seed: int = 1) -> World:
        asked = questionnaire(name)
        places = waves.municipalities(towns)
        return World(tmp_path, asked, places, waves.returns(asked, places, seed), {})

    return build

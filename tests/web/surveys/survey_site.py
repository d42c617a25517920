"""A small wave of the survey of hubs, a full return to fill it with, and what its pages post."""

from __future__ import annotations

import datetime as dt
from typing import Any

from musubime.surveys.questionnaires import questionnaire, questionnaire_text
from musubime.surveys.returns import Municipalities
from musubime.web.surveys.models import Return, Wave
from musubime.web.surveys.saving import Who
from musubime.web.surveys.waves import NewWave, open_wave

PLACES = Municipalities(
    {"35208": "岩国市", "35213": "美祢市", "35201": "下関市", "34213": "廿日市市"}, {"35213": "full"},
    vintage="codes.csv", designation_vintage="kaso.csv")
KEY = "small-hubs-2026"
HUB = {"name": "本郷", "population": "900", "settlements": "12", "range": "former_municipality", "in_strategy": "yes",
       "facilities": ["shop", "post_office"], "transport": ["bus"], "rmo": "no"}
ANSWERS = {"hubs_all": "1", "hubs_in_strategy": "1", "planned_in_strategy": "0", "planned_outside_strategy": "0"}


def a_wave(year: int = 2026, name: str = "small-hubs-2022", codes: tuple[str, ...] = ()) -> Wave:
    return open_wave(NewWave(questionnaire(name), questionnaire_text(name), year, dt.date(year, 12, 20), PLACES,
                             "内閣府 担当", codes), None)


def who(user: Any) -> Who:
    return Who(user, user.memberships.get().organisation)


def address(more: str = "", code: str = "352080", key: str = KEY) -> str:
    return f"/surveys/{key}/returns/{code}/{more}"


def typed(prefix: str, values: dict[str, Any], seen: int = 0, **more: Any) -> dict[str, Any]:
    """What a page posts: the fields it holds, and their values."""
    return {"on": [prefix + name for name in values], "seen": seen, "editor": "page-1", "next": address(),
            **{prefix + name: value for name, value in values.items()}, **more}


def fill(client: Any, code: str = "352080", key: str = KEY) -> None:
    """Fill a whole return with the form's own requests: four answers and one hub."""
    client.post(address("save/", code, key), typed("a/", ANSWERS))
    client.post(address("rows/hubs/new/", code, key), {"name": "本郷"})
    seen = Return.objects.get(wave=key, code=code).version
    client.post(address("save/", code, key), typed("r/hubs/1/", HUB, seen))

"""A wave with 岩国市's return, for the test that opens every address as everybody."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from musubime.surveys.questionnaires import questionnaire, questionnaire_text
from musubime.surveys.returns import Municipalities
from musubime.web.surveys.models import Action, Made, Pending, Receipt, Return
from musubime.web.surveys.saving import Who, add_row, save
from musubime.web.surveys.waves import NewWave, open_wave

PLACES = Municipalities({"35208": "岩国市", "35213": "美祢市"}, vintage="codes.csv")


def addresses() -> dict[str, dict[str, object]]:
    wave = open_wave(NewWave(questionnaire("small-hubs-2022"), questionnaire_text("small-hubs-2022"), 2026,
                             dt.date(2026, 12, 20), PLACES), None)
    one = Return.objects.get(wave=wave, code="352080")
    nobody = Who(None, None)
    save(one.pk, {"a/hubs_all": 1}, 0, nobody, Action.TYPED)
    row = add_row(one.pk, "hubs", {"name": "本郷"}, nobody)
    pending = Pending.objects.create(of=one, patches={"a/hubs_all": 2})
    receipt = Receipt.objects.create(of=one, name="return.xlsx", sha256="0" * 64, size=1)
    made = Made.objects.create(wave=wave, done_at=timezone.now(), counts={
        "asked": 2, "counted": 1, "left": 0, "missing": 1}, files=["tables-ja.xlsx"], published_at=timezone.now())
    a_wave: dict[str, object] = {"wave": wave.key}
    a_return = a_wave | {"code": "352080"}
    return {
        "surveys:list": {}, "surveys:new": {},
        **{f"surveys:{name}": a_wave for name in (
            "board", "settings", "reminders", "reminded", "published", "files", "order")},
        "surveys:desk": a_wave | {"prefecture": "35"},
        "surveys:publish": a_wave | {"made": made.pk},
        "surveys:download": a_wave | {"made": made.pk, "name": "tables-ja.xlsx"},
        **{f"surveys:{name}": a_return for name in (
            "return", "save", "behalf", "carry", "history", "comment", "workbook", "upload", "contact", "submit",
            "withdraw", "give_back", "accept")},
        "surveys:section": a_return | {"section": "formation"},
        "surveys:rows": a_return | {"roster": "hubs"}, "surveys:new_row": a_return | {"roster": "hubs"},
        "surveys:row": a_return | {"roster": "hubs", "row": row},
        "surveys:delete_row": a_return | {"roster": "hubs", "row": row},
        "surveys:conflict": a_return | {"pending": pending.pk},
        "surveys:receipt": a_return | {"receipt": receipt.pk}, "surveys:original": a_return | {"receipt": receipt.pk},
    }


def narrower() -> dict[str, frozenset[str]]:
    """The country's list of reminders is the ministry's; a prefecture asks for its own by name."""
    return {"surveys:reminders": frozenset(("administrator", "ministry.lead", "ministry.staff", "ministry.reader"))}

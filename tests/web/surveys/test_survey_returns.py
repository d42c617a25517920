"""One return: typed, checked, merged, submitted, sent back, corrected, accepted; and all of it in the history."""

from __future__ import annotations

from typing import Any

import pytest
from survey_site import ANSWERS, HUB, a_wave, address, fill, typed, who

from musubime.web.accounts.models import AuditEntry
from musubime.web.surveys import saving, states
from musubime.web.surveys.checking import content_of
from musubime.web.surveys.models import Action, Comment, Content, Pending, Return, Revision, State
from musubime.web.surveys.saving import NotOpenError

pytestmark = pytest.mark.django_db


def record(one: Return) -> dict[str, Any]:
    return Content.objects.get(pk=one.pk).record


def test_a_filled_form_is_a_record_with_nothing_open(iwakuni: Return, sign_in: Any, everyone: Any) -> None:
    client = sign_in(everyone["municipality.staff"])
    fill(client)
    assert record(iwakuni) == {
        "answers": {"hubs_all": 1, "hubs_in_strategy": 1, "planned_in_strategy": 0, "planned_outside_strategy": 0},
        "notes": {}, "reasons": {}, "rosters": {"hubs": [{
            "#": 1, "name": "本郷", "population": 900, "settlements": 12, "range": "former_municipality",
            "in_strategy": True, "facilities": {"shop": True, "post_office": True}, "transport": {"bus": True},
            "rmo": False}]}}
    iwakuni.refresh_from_db()
    assert (iwakuni.state, iwakuni.version, iwakuni.faults, iwakuni.queries) == (State.DRAFT, 3, 0, 0)
    client.post(address("submit/"))
    iwakuni.refresh_from_db()
    assert iwakuni.state == State.SUBMITTED
    answers = Content.objects.get(pk=iwakuni.pk).answers
    assert answers["rosters"]["hubs"][0]["facilities"] == ["shop", "post_office"]


def test_faults_keep_a_return_from_being_submitted_and_stand_at_their_question(
    iwakuni: Return, sign_in: Any, everyone: Any,
) -> None:
    client = sign_in(everyone["municipality.staff"])
    client.post(address("save/"), typed("a/", ANSWERS | {"hubs_all": "3", "planned_in_strategy": "約2"}))
    client.post(address("submit/"))
    iwakuni.refresh_from_db()
    # three hubs and no row, one in the strategy and no row that says so; "about 2" is asked back
    assert (iwakuni.state, iwakuni.faults, iwakuni.queries) == (State.DRAFT, 2, 1)
    assert {(told["path"], told["kind"]) for told in Content.objects.get(pk=iwakuni.pk).findings} == {
        ("a/hubs_all", "fault"), ("a/hubs_in_strategy", "fault"), ("a/planned_in_strategy", "query")}
    page = client.get(address("sections/formation/")).content.decode()
    assert 'value="約2"' in page  # word for word as it was typed
    assert "拠点数と、記入された拠点の行数が違います。" in page


def test_a_query_stands_with_a_reason_until_its_value_changes(iwakuni: Return, town: Any) -> None:
    saving.save(iwakuni.pk, {"a/planned_in_strategy": "不明"}, 0, town, Action.TYPED)
    iwakuni.refresh_from_db()
    key = "planned_in_strategy"
    before = iwakuni.queries
    saving.save(iwakuni.pk, {f"w/{key}": "照会中のため"}, iwakuni.version, town, Action.TYPED)
    iwakuni.refresh_from_db()
    assert iwakuni.queries == before - 1
    saving.save(iwakuni.pk, {"a/planned_in_strategy": "未定"}, iwakuni.version, town, Action.TYPED)
    iwakuni.refresh_from_db()
    assert iwakuni.queries == before


def test_a_reason_sent_together_with_its_value_counts(iwakuni: Return, town: Any) -> None:
    saving.save(iwakuni.pk, {"w/planned_in_strategy": "照会中", "a/planned_in_strategy": "不明"}, 0, town, Action.TYPED)
    told = next(one for one in content_of(iwakuni).findings if one["key"] == "planned_in_strategy")
    assert told["reason"] == "照会中"


def test_two_people_in_different_fields_are_both_kept_and_told(iwakuni: Return, sign_in: Any, everyone: Any,
                                                               colleague: Any) -> None:
    client = sign_in(everyone["municipality.staff"])
    client.get(address("sections/formation/"))
    saving.save(iwakuni.pk, {"a/hubs_all": 5}, 0, colleague, Action.TYPED)
    answer = client.post(address("save/"), typed("a/", {"hubs_all": "", "planned_in_strategy": "2"}), follow=True)
    assert record(iwakuni)["answers"] == {"hubs_all": 5, "planned_in_strategy": 2}
    assert Pending.objects.count() == 0
    assert "保存しました" in answer.content.decode()


def test_two_people_in_one_field_never_overwrite_each_other(iwakuni: Return, sign_in: Any, everyone: Any,
                                                            colleague: Any) -> None:
    client = sign_in(everyone["municipality.staff"])
    saving.save(iwakuni.pk, {"a/hubs_all": 5, "a/hubs_in_strategy": 2}, 0, colleague, Action.TYPED)
    answer = client.post(address("save/"), typed("a/", {"hubs_all": "7", "hubs_in_strategy": "3"}), follow=True)
    assert record(iwakuni)["answers"] == {"hubs_all": 5, "hubs_in_strategy": 2}
    pending = Pending.objects.get()
    assert pending.patches == {"a/hubs_all": 7, "a/hubs_in_strategy": 3}
    page = answer.content.decode()
    assert answer.redirect_chain[-1][0] == address(f"conflicts/{pending.pk}/")
    assert page.count('type="radio"') == 4
    # it cannot be forgotten: the page of the return names it, and it is not submitted before
    assert f"conflicts/{pending.pk}/" in client.get(address()).content.decode()
    client.post(address("submit/"))
    assert Return.objects.get(pk=iwakuni.pk).state == State.DRAFT
    client.post(address(f"conflicts/{pending.pk}/"), {
        "a/hubs_all": "mine", "seen a/hubs_all": "5", "a/hubs_in_strategy": "theirs", "seen a/hubs_in_strategy": "2"})
    assert record(iwakuni)["answers"] == {"hubs_all": 7, "hubs_in_strategy": 2}
    assert not Pending.objects.exists()


def test_a_choice_upon_what_has_changed_again_is_asked_again(iwakuni: Return, town: Any, colleague: Any) -> None:
    saving.save(iwakuni.pk, {"a/hubs_all": 5}, 0, colleague, Action.TYPED)
    pending = saving.save(iwakuni.pk, {"a/hubs_all": 7}, 0, town, Action.TYPED).pending
    assert pending is not None
    saving.save(iwakuni.pk, {"a/hubs_all": 6}, 1, colleague, Action.TYPED)
    assert saving.choose(pending, {"a/hubs_all"}, {"a/hubs_all": 5}, town) == ["a/hubs_all"]
    assert record(iwakuni)["answers"] == {"hubs_all": 6}
    assert saving.choose(pending, {"a/hubs_all"}, {"a/hubs_all": 6}, town) == []
    assert record(iwakuni)["answers"] == {"hubs_all": 7}


def test_one_page_does_not_conflict_with_itself(iwakuni: Return, town: Any, colleague: Any) -> None:
    for value in (3, 4, 3):  # typed, changed, changed back: all upon the version at which the page was opened
        saving.save(iwakuni.pk, {"a/hubs_all": value}, 0, town, Action.TYPED, editor="mine", sure=True)
    assert record(iwakuni)["answers"] == {"hubs_all": 3}
    saving.save(iwakuni.pk, {"a/hubs_all": 9}, 3, colleague, Action.TYPED, editor="other", sure=True)
    late = saving.save(iwakuni.pk, {"a/hubs_all": 8}, 0, town, Action.TYPED, editor="mine", sure=True)
    assert late.pending is not None
    assert record(iwakuni)["answers"] == {"hubs_all": 9}


def test_the_whole_form_after_single_fields_sends_nothing_back_to_what_it_was(iwakuni: Return, town: Any,
                                                                             colleague: Any) -> None:
    saving.save(iwakuni.pk, {"a/hubs_all": 3}, 0, town, Action.TYPED, editor="mine", sure=True)
    saving.save(iwakuni.pk, {"a/planned_in_strategy": 2}, 1, colleague, Action.TYPED, editor="other")
    saved = saving.save(iwakuni.pk, {"a/hubs_all": 3, "a/planned_in_strategy": None}, 0, town, Action.TYPED,
                        editor="mine")
    assert (saved.taken, saved.pending) == ([], None)
    assert record(iwakuni)["answers"] == {"hubs_all": 3, "planned_in_strategy": 2}


def test_a_row_deleted_under_somebodys_hands_comes_back_if_he_chooses(iwakuni: Return, town: Any, colleague: Any
                                                                      ) -> None:
    number = saving.add_row(iwakuni.pk, "hubs", {"name": "本郷", "population": 900}, town)
    saving.save(iwakuni.pk, {f"r/hubs/{number}": None}, 1, colleague, Action.TYPED)
    pending = saving.save(iwakuni.pk, {f"r/hubs/{number}/population": 950}, 1, town, Action.TYPED).pending
    assert pending is not None
    assert record(iwakuni)["rosters"]["hubs"] == []
    path = f"r/hubs/{number}/population"
    assert saving.choose(pending, {path}, {path: None}, town) == []
    assert record(iwakuni)["rosters"]["hubs"] == [{"#": number, "name": "本郷", "population": 950}]


def test_deleting_a_row_that_another_just_changed_is_asked(iwakuni: Return, town: Any, colleague: Any) -> None:
    number = saving.add_row(iwakuni.pk, "hubs", {"name": "本郷"}, town)
    saving.save(iwakuni.pk, {f"r/hubs/{number}/population": 950}, 1, colleague, Action.TYPED)
    assert saving.save(iwakuni.pk, {f"r/hubs/{number}": None}, 1, town, Action.TYPED, sure=True).pending is not None
    assert len(record(iwakuni)["rosters"]["hubs"]) == 1


def test_sent_back_with_comments_corrected_and_accepted(iwakuni: Return, sign_in: Any, everyone: Any) -> None:
    fill(sign_in(everyone["municipality.staff"]))
    sign_in(everyone["municipality.staff"]).post(address("submit/"))
    desk = sign_in(everyone["prefecture.staff"])
    desk.post(address("comment/"), {"on": "a/planned_in_strategy", "words": "計画書では2箇所です"})
    desk.post(address("give-back/"), {"words": "1点確認してください"})
    iwakuni.refresh_from_db()
    assert iwakuni.state == State.RETURNED
    client = sign_in(everyone["municipality.staff"])
    assert "計画書では2箇所です" in client.get(address()).content.decode()
    assert "計画書では2箇所です" in client.get(address("sections/formation/")).content.decode()
    client.post(address("save/"), typed("a/", {"planned_in_strategy": "2"}, iwakuni.version))
    client.post(address("submit/"))
    assert Comment.objects.get().settled_at is not None
    sign_in(everyone["prefecture.lead"]).post(address("accept/"))
    iwakuni.refresh_from_db()
    assert iwakuni.state == State.ACCEPTED
    steps = Revision.objects.filter(of=iwakuni).order_by("version").values_list("action", flat=True)
    assert list(steps) == ["typed", "typed", "typed", "submitted", "returned", "typed", "submitted", "accepted"]
    page = client.get(address("history/")).content.decode()
    assert "今後形成を予定している小さな拠点の数（総合戦略に位置付けあり）" in page
    assert "prefecture of 35" in page
    done = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"surveys.submit", "surveys.comment", "surveys.give_back", "surveys.accept"} <= done


def test_what_is_submitted_cannot_be_changed_and_what_was_typed_meanwhile_is_kept(
    iwakuni: Return, sign_in: Any, everyone: Any,
) -> None:
    client = sign_in(everyone["municipality.staff"])
    fill(client)
    client.post(address("submit/"))
    page = client.post(address("save/"), typed("a/", {"planned_in_strategy": "4"}, 3), follow=True).content.decode()
    assert record(iwakuni)["answers"]["planned_in_strategy"] == 0
    assert Pending.objects.get().patches == {"a/planned_in_strategy": 4}
    assert "入力された内容は保管しました" in page
    answer = client.post(address("save/"), typed("a/", {"planned_in_strategy": "5"}, 3),
                         headers={"accept": "application/json"})
    assert answer.status_code == 409
    with pytest.raises(NotOpenError):
        saving.save(iwakuni.pk, {"a/hubs_all": 9}, 4, who(everyone["municipality.lead"]), Action.TYPED)


def test_a_closed_wave_moves_nothing(iwakuni: Return, town: Any, sign_in: Any, everyone: Any) -> None:
    fill(sign_in(everyone["municipality.staff"]))
    iwakuni.wave.is_open = False
    iwakuni.wave.save()
    with pytest.raises(NotOpenError):
        states.submit(iwakuni.pk, town)
    assert not states.accept(iwakuni.pk, town)


def test_an_expired_session_gives_back_what_was_typed(iwakuni: Return, sign_in: Any, everyone: Any) -> None:
    client = sign_in(None)
    answer = client.post(address("save/"), typed("a/", {"remarks": "三行\nの\n<b>備考"}))
    page = answer.content.decode()
    assert answer.status_code == 401
    assert "三行\nの\n&lt;b&gt;備考</textarea>" in page
    assert client.post(address("save/"), typed("a/", {"remarks": "x"}),
                       headers={"accept": "application/json"}).json() == {"signed_out": True}
    assert not Content.objects.exists()


def test_a_page_with_an_old_token_is_not_believed_and_gives_back_what_was_typed(iwakuni: Return, everyone: Any) -> None:
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(everyone["municipality.staff"], backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = strict.post(address("save/"), typed("a/", {"remarks": "写し"}))
    assert answer.status_code == 401
    assert "写し" in answer.content.decode()
    assert not Content.objects.filter(record__answers__remarks="写し").exists()
    assert strict.post(address("comment/"), {"words": "x"}).status_code == 403
    assert strict.post(address("submit/")).status_code == 403


@pytest.mark.parametrize("post", [
    {"on": ["a/nothing"], "seen": "0"}, {"on": ["r/hubs/1"], "seen": "0"}, {"on": ["x/y"], "seen": "0"},
    {"on": ["a/hubs_all"], "a/hubs_all": "1" * 20_001, "seen": "0"}, {"on": ["a/hubs_all"], "seen": "x"},
    {"on": ["r/hubs/1/facilities"], "r/hubs/1/facilities": "gold", "seen": "0"}, {"on": ["a/hubs_all"]},
])
def test_what_no_page_sends_is_refused(iwakuni: Return, sign_in: Any, everyone: Any, post: dict[str, Any]) -> None:
    assert sign_in(everyone["municipality.staff"]).post(address("save/"), post).status_code == 400
    assert not Revision.objects.exists()


def test_last_answers_stand_beside_the_questions_and_are_carried_over(
    iwakuni: Return, sign_in: Any, everyone: Any,
) -> None:
    client = sign_in(everyone["municipality.staff"])
    fill(client)
    client.post(address("submit/"))
    later = a_wave(2027)
    assert later.previous_id == iwakuni.wave_id
    there = "small-hubs-2027"
    assert "前回の回答: 1" in client.get(address("sections/formation/", key=there)).content.decode()
    client.post(address("save/", key=there), typed("a/", {"hubs_all": "2"}))
    client.post(address("carry/", key=there))
    now = Content.objects.get(of__wave=later).record
    assert now["answers"]["hubs_all"] == 2  # what was written stays
    assert now["answers"]["planned_in_strategy"] == 0
    assert [row["name"] for row in now["rosters"]["hubs"]] == ["本郷"]
    client.post(address("carry/", key=there))
    assert len(Content.objects.get(of__wave=later).record["rosters"]["hubs"]) == 1
    # 岩国 said 900 people last time: 2,000 are asked about
    client.post(address("save/", key=there), typed("r/hubs/1/", {"population": "2000"}, 2))
    told = [one["key"] for one in Content.objects.get(of__wave=later).findings if one["kind"] == "query"]
    assert "people_as_last_year::hubs:1" in told
    assert "900" in client.get(address("rows/hubs/1/", key=there)).content.decode()


def test_the_script_is_answered_with_findings_at_their_fields(iwakuni: Return, sign_in: Any, everyone: Any) -> None:
    client = sign_in(everyone["municipality.staff"])
    answer = client.post(address("save/"), typed("a/", {"hubs_all": "２０箇所"}, sure="1") | {
        "shown": ["a/hubs_all", "a/hubs_in_strategy"]}, headers={"accept": "application/json"}).json()
    assert answer["version"] == 1
    assert answer["fields"]["a/hubs_all"]["text"] == "20"
    assert answer["fields"]["a/hubs_all"]["wrong"]  # 20 hubs and no rows
    assert answer["fields"]["a/hubs_in_strategy"]["wrong"]  # it must be answered


def test_a_question_that_is_not_asked_is_said_so(iwakuni: Return, sign_in: Any, everyone: Any) -> None:
    client = sign_in(everyone["municipality.staff"])
    fill(client)
    page = client.get(address("rows/hubs/1/")).content.decode()
    assert page.count("q not-asked") == 2  # no RMO: neither its name nor its legal form
    seen = Return.objects.get(pk=iwakuni.pk).version
    client.post(address("save/"), typed("r/hubs/1/", {"rmo": "yes"}, seen))
    assert client.get(address("rows/hubs/1/")).content.decode().count("q not-asked") == 0
    assert HUB["rmo"] == "no"


@pytest.mark.parametrize("path", [
    "conflicts/99999999999999999999999999/", "received/99999999999999999999999999/", "rows/hubs/999999999999999/",
    "rows/nothing/", "sections/nothing/", "rows/hubs/7/",
])
def test_what_is_not_there_is_not_found(iwakuni: Return, sign_in: Any, everyone: Any, path: str) -> None:
    assert sign_in(everyone["municipality.staff"]).get(address(path)).status_code in (302, 404)


def test_the_character_that_postgresql_cannot_keep_is_left_out(iwakuni: Return, sign_in: Any, everyone: Any) -> None:
    client = sign_in(everyone["municipality.staff"])
    client.post(address("save/"), typed("", {"a/remarks": "a\x00b", "n/hubs_all": "\x00c", "a/hubs_all": "\x00約"},
                                        editor="\x00x"))
    client.post(address("rows/hubs/new/"), {"name": "本\x00郷"})
    assert record(iwakuni)["answers"] == {"remarks": "ab", "hubs_all": "約"}
    assert record(iwakuni)["notes"] == {"hubs_all": "c"}
    assert record(iwakuni)["rosters"]["hubs"][0]["name"] == "本郷"
    desk = sign_in(everyone["prefecture.staff"])
    assert desk.post(address("comment/"), {"on": "a/hubs_all", "words": "\x00見てください"}).status_code == 302


def test_what_a_desk_types_for_a_town_is_in_the_log(iwakuni: Return, sign_in: Any, everyone: Any) -> None:
    sign_in(everyone["prefecture.staff"]).post(address("save/"), typed("a/", {"hubs_all": "2"}))
    entry = AuditEntry.objects.get(action="surveys.on_behalf")
    assert entry.detail == {"code": "352080", "fields": ["a/hubs_all"]}


def test_one_page_keeps_one_conflict_with_its_latest_word(iwakuni: Return, town: Any, colleague: Any) -> None:
    saving.save(iwakuni.pk, {"a/hubs_all": 5}, 0, colleague, Action.TYPED)
    for value in (6, 7):
        saving.save(iwakuni.pk, {"a/hubs_all": value}, 0, town, Action.TYPED, editor="mine", sure=True)
    assert [pending.patches for pending in Pending.objects.all()] == [{"a/hubs_all": 7}]

"""What residents say without an account, how it is moderated, and what bad people try."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from musubime.web.accounts.models import AuditEntry
from musubime.web.plans.models import Plan
from musubime.web.workshop import asks as a
from musubime.web.workshop import voices
from musubime.web.workshop.models import Board, Comment, Comments, Count, DaySalt, Shown, Variant, Vote
from musubime.web.workshop.rooms import Room

pytestmark = pytest.mark.django_db
BASE = "/workshop/trialplan/"
BAD = "<script>alert('x')</script>"


@pytest.fixture
def key(plan: Plan, room: Room) -> str:
    asks = (a.Hubs(most=3),)
    return Variant.objects.create(key=a.key_of(plan.key, asks), plan=plan, asks=a.kept_of(asks)).key


def _vote(client: Any, key: str, vote: str, **more: Any) -> None:
    assert client.post(f"{BASE}v/{key}/vote/", {"vote": vote}, **more).status_code == 302


def _write(client: Any, key: str, words: str, **more: str) -> str:
    answer = client.post(f"{BASE}v/{key}/comment/", {"words": words, **more}, follow=True)
    return str(answer.content.decode())


def test_one_vote_of_a_browser_which_may_change_its_mind(key: str) -> None:
    first, second = Client(), Client()
    _vote(first, key, "agree")
    _vote(first, key, "agree")
    _vote(second, key, "agree")
    assert Vote.objects.filter(variant_id=key, agrees=True).count() == 2
    _vote(first, key, "disagree")
    assert sorted(Vote.objects.values_list("agrees", flat=True)) == [False, True]
    assert "この案に賛成 1、反対 1" in second.get(f"{BASE}v/{key}/").content.decode()
    _vote(first, key, "none")
    assert Vote.objects.count() == 1
    _vote(first, key, "twice")
    assert Vote.objects.count() == 1


def test_the_database_itself_refuses_a_second_vote(key: str) -> None:
    Vote.objects.create(variant_id=key, voice="v", agrees=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Vote.objects.create(variant_id=key, voice="v", agrees=False)


def test_a_voice_is_of_one_plan_and_cannot_be_forged(client: Any, key: str, plan: Plan) -> None:
    _vote(client, key, "agree")
    cookie = client.cookies["voicetrialplan"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == BASE
    token = cookie.value.split(":")[0]
    voice = Vote.objects.get().voice
    assert token not in voice
    other = voices._id(Plan(key="otherplan"), token)
    assert other != voice
    forged = Client()
    forged.cookies["voicetrialplan"] = token + ":1abc:forged"
    _vote(forged, key, "disagree")
    assert Vote.objects.count() == 2  # it is another browser, not the first one


def test_the_plan_itself_can_be_voted_on(client: Any, plan: Plan, room: Room) -> None:
    base = a.key_of(plan.key, ())
    _vote(client, base, "agree")
    assert Vote.objects.get().variant_id == base


def test_votes_of_one_browser_are_limited(client: Any, key: str) -> None:
    for n in range(voices.VOTING.voice + 1):  # the first comes without a cookie, and counts for the address alone
        _vote(client, key, "agree" if n % 2 else "disagree")
    before = Vote.objects.get().agrees
    _vote(client, key, "none")
    assert Vote.objects.get().agrees == before
    assert "10分ほど待ってください" in client.get(f"{BASE}v/{key}/").content.decode()


def test_browsers_without_a_cookie_are_limited_by_their_address(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voices, "COMING", voices.Rate("come", 1, 5, 60))
    for _ in range(9):
        _vote(Client(), key, "agree", REMOTE_ADDR="203.0.113.7")
    assert Vote.objects.count() == 5
    _vote(Client(), key, "agree", REMOTE_ADDR="203.0.113.8")
    assert Vote.objects.count() == 6


def test_the_limit_ends_with_its_window_and_no_address_is_kept(client: Any, key: str) -> None:
    _vote(client, key, "agree", REMOTE_ADDR="203.0.113.7")
    kept = json.dumps([*Count.objects.values_list("key", flat=True), *DaySalt.objects.values_list("salt", flat=True),
                       *Vote.objects.values_list("voice", flat=True)])
    assert "203.0.113" not in kept
    Count.objects.update(times=10_000)
    _vote(client, key, "disagree", REMOTE_ADDR="203.0.113.7")
    assert Vote.objects.get().agrees
    Count.objects.update(until=timezone.now() - timedelta(seconds=1))
    _vote(client, key, "disagree", REMOTE_ADDR="203.0.113.7")
    assert not Vote.objects.get().agrees


def test_yesterdays_salt_and_counts_are_thrown_away(client: Any, key: str) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    DaySalt.objects.create(day=yesterday, salt="old")
    Count.objects.create(key="vote:a:old", until=timezone.now() - timedelta(hours=3))
    _vote(client, key, "agree")
    assert list(DaySalt.objects.values_list("day", flat=True)) == [timezone.localdate()]
    assert not Count.objects.filter(key="vote:a:old").exists()


def test_a_comment_waits_until_it_was_read(client: Any, key: str, sign_in: Any, everyone: Any) -> None:
    page = _write(client, key, BAD)
    assert BAD not in page
    assert "&lt;script&gt;" in page  # who wrote it sees it, as words
    assert "&lt;script" not in Client().get(f"{BASE}v/{key}/").content.decode()
    comment = Comment.objects.get()
    assert comment.shown == Shown.HELD
    staff = sign_in(everyone["municipality.staff"])
    desk = staff.get(f"{BASE}desk/").content.decode()
    assert BAD not in desk
    assert "&lt;script&gt;" in desk
    staff.post(f"{BASE}desk/comments/{comment.pk}/", {"shown": "shown"})
    page = Client().get(f"{BASE}v/{key}/").content.decode()
    assert BAD not in page
    assert "&lt;script&gt;" in page
    staff.post(f"{BASE}desk/comments/{comment.pk}/", {"shown": "hidden"})
    assert "&lt;script&gt;" not in Client().get(f"{BASE}v/{key}/").content.decode()
    told = AuditEntry.objects.filter(action="workshop.moderate")
    assert [entry.detail for entry in told.order_by("id")] == [{"shown": "shown"}, {"shown": "hidden"}]
    assert comment.history.count() == 3
    assert not hasattr(comment.history.first(), "words")


def test_comments_may_be_seen_at_once_or_be_off(client: Any, key: str, plan: Plan) -> None:
    board = Board.objects.create(plan=plan, comments=Comments.AT_ONCE)
    _write(client, key, "すぐに見える")
    assert "すぐに見える" in Client().get(f"{BASE}v/{key}/").content.decode()
    board.comments = Comments.OFF
    board.save()
    _write(client, key, "見えない")
    assert Comment.objects.count() == 1


@pytest.mark.parametrize("words", ["", "   \n ", "x" * 501, "\u202e\u200b\x07"])
def test_empty_and_endless_comments_are_refused(client: Any, key: str, words: str) -> None:
    assert "500 文字まで" in _write(client, key, words)
    assert Comment.objects.count() == 0


def test_words_are_kept_without_what_disguises_them(client: Any, key: str) -> None:
    _write(client, key, "一行目\r\n二行目\u202e\x00 ")
    assert Comment.objects.get().words == "一行目\n二行目"


def test_a_program_that_fills_the_hidden_field_is_let_go(client: Any, key: str) -> None:
    _write(client, key, "buy now", website="http://example.org")
    assert Comment.objects.count() == 0


def test_a_flood_of_comments_ends(key: str) -> None:
    client = Client()
    for n in range(12):
        _write(client, key, f"comment {n}")
    assert Comment.objects.count() == voices.WRITING.voice + 1
    _write(client, key, "comment 0")
    assert Comment.objects.filter(words="comment 0").count() == 1


def test_a_closed_workshop_takes_no_more(client: Any, key: str, sign_in: Any, everyone: Any) -> None:
    _vote(client, key, "agree")
    cookie = client.cookies
    staff = sign_in(everyone["municipality.lead"])
    staff.post(f"{BASE}desk/hold/", {"closed": "yes"})
    resident = Client()
    resident.cookies = cookie
    _vote(resident, key, "disagree")
    _write(resident, key, "zu spät")
    resident.post(f"{BASE}v/{key}/name/", {"name": "late"})
    assert Vote.objects.get().agrees
    assert Comment.objects.count() == 0
    assert Variant.objects.get(pk=key).name == ""
    page = resident.get(f"{BASE}v/{key}/").content.decode()
    assert "締め切りました" in page
    assert 'name="vote"' not in page
    staff.post(f"{BASE}desk/hold/", {"closed": "no"})
    _vote(resident, key, "disagree")
    assert not Vote.objects.get().agrees


def test_a_residents_name_waits_and_nobody_else_takes_it(client: Any, key: str, sign_in: Any, everyone: Any) -> None:
    resident, other = Client(), Client()
    resident.post(f"{BASE}v/{key}/name/", {"name": BAD})
    assert BAD not in resident.get(f"{BASE}v/{key}/").content.decode()
    assert "&lt;script&gt;" in resident.get(f"{BASE}v/{key}/").content.decode()
    assert "&lt;script&gt;" not in other.get(f"{BASE}v/{key}/").content.decode()
    assert "&lt;script&gt;" not in other.get(f"{BASE}variants/").content.decode()
    other.post(f"{BASE}v/{key}/name/", {"name": "mine now"})
    assert Variant.objects.get(pk=key).name == BAD
    resident.post(f"{BASE}v/{key}/name/", {"name": "川上に集める案"})
    staff = sign_in(everyone["municipality.staff"])
    staff.post(f"{BASE}desk/names/{key}/", {"shown": "shown"})
    assert "川上に集める案" in other.get(f"{BASE}variants/").content.decode()
    staff.post(f"{BASE}v/{key}/name/", {"name": "A案"})
    variant = Variant.objects.get(pk=key)
    assert (variant.name, variant.name_shown, variant.named_by) == ("A案", Shown.SHOWN, "")


def test_the_plan_itself_takes_no_other_name(client: Any, plan: Plan, room: Room) -> None:
    base = a.key_of(plan.key, ())
    client.post(f"{BASE}v/{base}/name/", {"name": "mine"})
    assert not Variant.objects.exclude(name="").exists()


def test_other_towns_do_not_moderate(key: str, sign_in: Any, everyone: Any) -> None:
    comment = Comment.objects.create(variant_id=key, voice="v", words="words")
    for who in ("elsewhere", "municipality.reader", "prefecture.lead", "signed in", "rmo.lead"):
        client = sign_in(everyone[who])
        for address, form in ((f"{BASE}desk/comments/{comment.pk}/", {"shown": "shown"}),
                              (f"{BASE}desk/names/{key}/", {"shown": "hidden"}),
                              (f"{BASE}desk/hold/", {"closed": "yes"})):
            assert client.post(address, form).status_code == 403, who
        assert client.get(f"{BASE}desk/results.csv").status_code == 403
    assert Comment.objects.get().shown == Shown.HELD


def test_results_open_in_a_spreadsheet_without_running_anything(key: str, sign_in: Any, everyone: Any) -> None:
    for words in ('=HYPERLINK("http://example.org","x")', "+81", "-1", "@SUM(A1)", "\t=1", "ふつうの意見"):
        Comment.objects.create(variant_id=key, voice="v", words=words)
    Vote.objects.create(variant_id=key, voice="v", agrees=True)
    Variant.objects.filter(pk=key).update(name="=cmd|' /C calc'!A0")
    staff = sign_in(everyone["municipality.staff"])
    answer = staff.get(f"{BASE}desk/results.csv")
    text = answer.content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 7
    for row in rows[1:]:
        assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in row), row
        assert row[3:5] == ["1", "0"]
    assert "attachment" in answer.headers["Content-Disposition"]
    told = json.loads(staff.get(f"{BASE}desk/results.json").content)
    assert len(told["variants"][0]["comments"]) == 6
    assert "voice" not in json.dumps(told)
    assert AuditEntry.objects.filter(action="workshop.export").count() == 2

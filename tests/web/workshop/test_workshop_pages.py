"""The board and its answers without a script: post, be led on, look."""

from __future__ import annotations

import re
from typing import Any

import pytest
from trial_workshop import published_plan

from musubime.siting import evaluate
from musubime.web.plans.models import Plan
from musubime.web.workshop import asks as a
from musubime.web.workshop import rooms as r
from musubime.web.workshop.models import Variant
from musubime.web.workshop.rooms import ROOMS, Room, Search, look_on
from musubime.web.workshop.store import take_in, told_of

pytestmark = pytest.mark.django_db
BASE = "/workshop/trialplan/"


def ask(client: Any, key: str, **form: str) -> str:
    """The key of the variant that an ask leads to."""
    answer = client.post(f"{BASE}v/{key}/ask/", form)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    found = re.match(rf"{BASE}v/([0-9a-f]+)/", answer.headers["Location"])
    assert found is not None
    return found[1]


@pytest.fixture
def base(room: Room) -> str:
    return a.key_of("trialplan", ())


def test_the_board_shows_the_plan_and_keeps_nothing_for_a_mere_look(client: Any, room: Room) -> None:
    page = client.get(BASE).content.decode()
    assert "もとの計画（変更なし）" in page
    assert page.count('class="hub"') == len(room.shop.solution.hubs)
    assert Variant.objects.count() == 0
    assert "voicetrialplan" not in client.cookies


def test_a_change_is_solved_kept_and_shown_again_without_solving(client: Any, room: Room, base: str,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    count = len(room.shop.solution.hubs) - 1
    key = ask(client, base, do="hubs", mode="exactly", count=str(count))
    variant = Variant.objects.get(pk=key)
    assert variant.asks == {"v": 1, "asks": [{"do": "hubs", "exactly": count, "most": None}]}
    assert len(variant.answer["hubs"]) == count
    assert variant.parent_id == base
    monkeypatch.setattr(Room, "answer", lambda *_, **__: pytest.fail("solved again"))
    page = client.get(f"{BASE}v/{key}/").content.decode()
    assert f"拠点をちょうど {count} か所にする" in page
    for name in variant.summary["hubs"]:
        assert name in page


def test_the_bound_is_one_and_the_plan_meets_what_was_asked(client: Any, room: Room, base: str) -> None:
    limit = int(room.shop.solution.cost_jpy / 10_000 * 0.8)
    key = ask(client, base, do="budget", amount=f"{limit:,}")
    kept = Variant.objects.get(pk=key).answer
    problem = room.shop.problem
    from musubime.siting import apply, changes
    from musubime.web.workshop.told import solution_of

    changed = apply(problem, changes.Budget(limit * 10_000.0))
    solution = solution_of(kept, changed, room.shop)
    counted = evaluate(changed, solution.hubs, solution.building_of, solution.rescued)
    assert counted.broken == ()
    assert kept["bound_jpy"] <= counted.objective_jpy
    assert counted.cost_jpy <= limit * 10_000


def test_undo_redo_take_back_and_start_again(client: Any, room: Room, base: str) -> None:
    one = ask(client, base, do="hubs", mode="most", count="4")
    two = ask(client, one, do="limit", service="clinic", minutes="１２")
    answer = client.post(f"{BASE}v/{two}/ask/", {"action": "undo", "from": two, "ahead": ""})
    assert answer.headers["Location"] == f"{BASE}v/{one}/?ahead={two}"
    answer = client.post(f"{BASE}v/{one}/ask/", {"action": "undo", "from": one, "ahead": two})
    assert answer.headers["Location"] == f"{BASE}v/{base}/?ahead={two}"
    answer = client.post(f"{BASE}v/{base}/ask/", {"action": "redo", "from": base, "ahead": two})
    assert answer.headers["Location"] == f"{BASE}v/{one}/?ahead={two}"
    answer = client.post(f"{BASE}v/{one}/ask/", {"action": "redo", "from": one, "ahead": two})
    assert answer.headers["Location"] == f"{BASE}v/{two}/"
    only_limit = ask(client, two, action="take_back", position="0")
    assert Variant.objects.get(pk=only_limit).asks["asks"] == [{"do": "limit", "service": "clinic", "minutes": 12}]
    assert ask(client, two, action="again") == base


def test_every_kind_of_ask_from_the_page_is_answered(client: Any, room: Room, base: str) -> None:
    """What the lists offer can be asked: the first and the last of each."""
    page = client.get(BASE).content.decode()
    forms = re.findall(r'<input type="hidden" name="do" value="(\w+)">(.*?)</form>', page, re.S)
    assert {do for do, _ in forms} == {"move", "no_hub", "hub", "open", "drop", "close", "stay", "budget", "limit",
                                       "hubs"}
    for do, form in forms:
        values: dict[str, list[str]] = {
            name: [v for v in re.findall(r'<option value="([^"]*)"', body) if v] or [""]
            for name, body in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', form, re.S)}
        for end in (0, -1):
            given = {name: options[end] for name, options in values.items()}
            given |= {"do": do, "amount": "3000", "minutes": "18", "count": "4"}
            answer = client.post(f"{BASE}v/{base}/ask/", given)
            if do == "move" and answer.status_code == 422:
                assert "すでに拠点です" in answer.content.decode()
                continue
            assert answer.status_code == 302, (do, given, answer.content.decode()[-2500:])
            assert client.get(answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize("form", [
    {}, {"do": "move"}, {"do": "move", "place": "x", "building": "y"}, {"do": "open", "pair": "|"},
    {"do": "budget", "amount": "many"}, {"do": "budget", "amount": "-1"}, {"do": "budget", "amount": "1e300"},
    {"do": "budget", "amount": "nan"}, {"do": "limit", "service": "", "minutes": "0"},
    {"do": "limit", "minutes": "inf"},
    {"do": "hubs", "mode": "exactly", "count": "-3"}, {"do": "hub", "place": "'; drop table"},
    {"action": "take_back", "position": "7"}, {"action": "redo", "ahead": "0000"}, {"do": "hub", "place": "\x00"},
])
def test_nonsense_is_said_to_be_so_and_changes_nothing(
    client: Any, room: Room, base: str, form: dict[str, str]
) -> None:
    answer = client.post(f"{BASE}v/{base}/ask/", form)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    assert Variant.objects.count() == 0


def test_the_script_gets_the_board_alone_and_its_address(client: Any, room: Room, base: str) -> None:
    answer = client.post(
        f"{BASE}v/{base}/ask/", {"do": "hubs", "mode": "most", "count": "3"}, headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in page
    assert 'id="board"' in page
    assert re.fullmatch(rf"{BASE}v/[0-9a-f]+/\?open=hubs", answer.headers["HX-Push-Url"])
    refused = client.post(f"{BASE}v/{base}/ask/", {"do": "limit", "minutes": "x"}, headers={"HX-Request": "true"})
    assert refused.status_code == 200  # or the script would not show it
    assert 'role="alert"' in refused.content.decode()


def test_what_cannot_be_says_why_and_what_to_take_back(client: Any, room: Room, base: str) -> None:
    one = ask(client, base, do="limit", service="clinic", minutes="25")
    key = ask(client, one, do="hubs", mode="exactly", count="200")
    variant = Variant.objects.get(pk=key)
    assert variant.answer["status"] == "infeasible"
    page = client.get(f"{BASE}v/{key}/").content.decode()
    assert "この組み合わせは成り立ちません" in page
    told = told_of(variant, room)
    assert told is not None
    assert not told.found
    asks = a.read(variant.asks, room.shop)
    search = room.watch(key, Search(a.changes_of(asks, room.shop), tuple(
        (n, a.changes_of(a.without(asks, n, room.shop), room.shop)) for n in range(2))))
    while not search.done:
        look_on(room, search, seconds=5)
    assert search.relief == (1,)  # the number of hubs stands against it, the limit does not
    state = client.get(f"{BASE}v/{key}/state/").content.decode()
    assert 'name="position" value="1"' in state
    assert 'name="position" value="0"' not in state


def test_a_better_plan_is_taken_in_and_a_worse_one_is_not(client: Any, room: Room, base: str) -> None:
    from dataclasses import replace

    key = ask(client, base, do="hubs", mode="exactly", count="3")
    variant = Variant.objects.get(pk=key)
    asks = a.read(variant.asks, room.shop)
    best = room.engine.refine(*a.changes_of(asks, room.shop), seconds=10) if room.engine else None
    assert best is not None
    good = dict(variant.answer)
    # as if the first answer had been a poor one
    variant.answer = good | {"objective_jpy": best.objective_jpy * 1.02, "bound_jpy": best.bound_jpy * 0.9}
    variant.save()
    assert take_in(variant, best, room) == (True, True)
    assert Variant.objects.get(pk=key).answer["objective_jpy"] == pytest.approx(best.objective_jpy)
    bound = Variant.objects.get(pk=key).answer["bound_jpy"]
    worse = replace(best, objective_jpy=best.objective_jpy * 1.01, bound_jpy=best.bound_jpy * 0.5)
    assert take_in(variant, worse, room) == (False, False)
    assert Variant.objects.get(pk=key).answer["bound_jpy"] == bound


def test_the_search_stops_when_nobody_looks(room: Room) -> None:
    search = Search((), seen=-1e9)
    look_on(room, search)
    assert (search.rounds, search.done, search.solution) == (0, False, None)


def test_nothing_of_one_plan_is_reached_through_another(client: Any, room: Room, base: str) -> None:
    key = ask(client, base, do="hubs", mode="most", count="3")
    other = published_plan("otherplan1")
    ROOMS.find(other.key, other.folder, other.region.folder)
    ROOMS.wait(other.key)
    for tail in ("", "share/", "paper/", "state/"):
        assert client.get(f"/workshop/otherplan1/v/{key}/{tail}").status_code == 404
    assert client.get(f"/workshop/otherplan1/compare/?v={key}").status_code == 404
    assert client.post(f"/workshop/otherplan1/v/{key}/vote/", {"vote": "agree"}).status_code == 404


def test_a_plan_that_is_not_published_is_for_its_own_area(sign_in: Any, everyone: Any, room: Room, plan: Plan) -> None:
    Plan.objects.filter(pk=plan.pk).update(published=False)
    assert sign_in(None).get(BASE).status_code == 404
    assert sign_in(everyone["elsewhere"]).get(BASE).status_code == 404
    assert sign_in(everyone["municipality.staff"]).get(BASE).status_code == 200


def test_a_variant_of_a_plan_made_anew_is_refused_or_solved_again(client: Any, room: Room, base: str) -> None:
    key = ask(client, base, do="hubs", mode="most", count="3")
    variant = Variant.objects.get(pk=key)
    Variant.objects.filter(pk=key).update(answer=variant.answer | {"made_from": "an earlier state"})
    assert client.get(f"{BASE}v/{key}/").status_code == 200
    assert Variant.objects.get(pk=key).answer["made_from"] == room.shop.made_from
    Variant.objects.filter(pk=key).update(asks={"v": 1, "asks": [{"do": "hub", "place": "gone", "be": True}]})
    page = client.get(f"{BASE}v/{key}/")
    assert page.status_code == 410
    assert "今の計画に合いません" in page.content.decode()


def test_while_it_opens_the_page_says_so_and_what_cannot_open_says_why(
    client: Any, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(ROOMS, "find", lambda *_: None)
        page = client.get(BASE)
    assert page.status_code == 200
    assert "検討の準備をしています" in page.content.decode()
    assert 'http-equiv="refresh"' in page.content.decode()
    (plan.folder / r.FILE).write_bytes(b"not a workshop")
    client.get(BASE)
    ROOMS.wait(plan.key)
    page = client.get(BASE).content.decode()
    assert "計画を作り直してください" in page
    assert 'http-equiv="refresh"' not in page


def test_a_missing_file_is_made_from_the_region(plan: Plan, tmp_path: Any, monkeypatch: pytest.MonkeyPatch,
                                                shop: Any) -> None:
    made = []
    (plan.folder / r.FILE).unlink()
    (plan.folder / "plan.json").write_text("{}")
    monkeypatch.setattr(r, "open_workshop", lambda region, plan, keep: made.append((region, plan, keep)) or shop)
    plan.region.folder.mkdir(parents=True)
    opened = r.open_room(plan.folder, tmp_path)
    assert made == [(tmp_path, plan.folder, plan.folder / r.FILE)]
    assert opened.shop is shop


def test_variants_are_compared_shared_and_printed(client: Any, room: Room, base: str) -> None:
    one = ask(client, base, do="hubs", mode="exactly", count="2")
    two = ask(client, base, do="limit", service="", minutes="10")
    page = client.get(f"{BASE}compare/?v={base}&v={one}&v={two}").content.decode()
    assert page.count('class="plan-map"') == 3
    assert "2 つから 4 つ" in client.get(f"{BASE}compare/?v={one}").content.decode()
    shared = client.get(f"{BASE}v/{one}/share/").content.decode()
    assert f"http://testserver{BASE}v/{one}/" in shared
    assert "<svg" in shared
    paper = client.get(f"{BASE}v/{one}/paper/").content.decode()
    assert "拠点をちょうど 2 か所にする" in paper
    assert f"{BASE}v/{one}/" in paper


def test_the_projector_is_chosen_for_this_screen(client: Any, room: Room) -> None:
    assert 'class="workshop projector"' not in client.get(BASE).content.decode()
    client.post(f"{BASE}view/", {"projector": "1"})
    assert 'class="workshop projector"' in client.get(BASE).content.decode()
    client.post(f"{BASE}view/", {"projector": "0"})
    assert 'class="workshop projector"' not in client.get(BASE).content.decode()


def test_names_of_places_are_never_markup(client: Any, room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A region's files are strangers' files: a settlement may be called anything."""
    from dataclasses import replace

    from musubime.studies import Workshop

    bad = '<img src=x onerror=alert(1)>"\''
    basis = replace(room.shop.basis, settlement_names=(bad,) * len(room.shop.settlements),
                    place_names=(bad,) * len(room.shop.sites),
                    facility_names=(bad,) * len(room.shop.basis.facility_ids),
                    service_names_ja=(bad,) * 8, service_names_en=(bad,) * 8)
    evil = Room(Workshop(room.shop.problem, room.shop.solution, basis, "evil"), room.ground, room.mark, room.engine)
    monkeypatch.setattr(ROOMS, "find", lambda *_: evil)
    base = a.key_of("trialplan", ())
    key = ask(client, base, do="hubs", mode="exactly", count="2")
    for address in (BASE, f"{BASE}v/{key}/", f"{BASE}v/{key}/paper/", f"{BASE}compare/?v={base}&v={key}"):
        page = client.get(address).content.decode()
        assert "<img src=x" not in page
        assert "onerror=alert(1)&gt;" in page

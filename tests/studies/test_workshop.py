"""A workshop tells what-if answers in the terms of the plan, and comes back from its file as it was."""

from __future__ import annotations

import pickle
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from musubime.errors import InputError
from musubime.region.sample import sample_region
from musubime.siting import WhatIf, changes, solve_hubs
from musubime.studies import PlanOptions, Workshop, make_workshop, open_workshop, options_of, plan_region

OPTIONS = PlanOptions(seconds_per_solve=0.5)


@pytest.fixture(scope="module")
def shop() -> Workshop:
    return make_workshop(sample_region(), OPTIONS)


def same(a: object, b: object) -> bool:
    """Two parts of a workshop hold the same, NaN being NaN."""
    return type(a) is type(b) and all(
        np.array_equal(x, y, equal_nan=x.dtype.kind == "f") and x.dtype == y.dtype if isinstance(x, np.ndarray)
        else x == y for x, y in ((getattr(a, f.name), getattr(b, f.name)) for f in fields(a))  # type: ignore[arg-type]
    )


def test_the_base_is_the_plans_own_reference(shop: Workshop) -> None:
    plan = plan_region(sample_region(), OPTIONS)[0].alternatives[0]
    told = shop.tell(shop.solution, name=None, id="reference").plan
    assert told is not None
    dropped = {"name", "question", "seconds"}
    assert told.model_dump(exclude=dropped) == plan.model_dump(exclude=dropped)


def test_lists_and_positions_name_the_same_things(shop: Workshop) -> None:
    assert [s.id for s in shop.settlements] == list(shop.problem.settlement_ids)
    for site in shop.sites:
        assert shop.place_at[site.id] == site.position
        assert site.candidate is (site.position not in shop.problem.never_hubs)
        for building in site.buildings:
            assert shop.building_at[building.id] == building.position
            assert shop.problem.building_place[building.position] == site.position
    assert [shop.service_at[service.id] for service in shop.services] == [s.position for s in shop.services]
    assert sum(len(site.buildings) for site in shop.sites) == len(shop.problem.building_ids)


@pytest.mark.parametrize("asked", [
    (), (changes.Hubs(exactly=2),), (changes.Limit(None, 8.0),), (changes.Budget(1e6),),
])
def test_settlements_add_up_to_the_measures_of_every_year(shop: Workshop, asked: tuple[changes.Change, ...]) -> None:
    solution = solve_hubs(changes.apply(shop.problem, *asked), seconds=5)
    told = shop.tell(solution, *asked)
    assert told.plan is not None
    assert told.gap == solution.gap
    assert {hub.place for hub in told.plan.hubs} == {shop.problem.place_ids[j] for j in solution.hubs}
    people = {s.id: s for s in shop.settlements}
    for year in shop.basis.years[1:]:
        measured = told.plan.by_year[year]
        lacking = [people[row.id] for row in told.settlements if row.lacking[year]]
        served = [people[row.id] for row in told.settlements if not row.lacking[year]]
        assert sum(s.people[year] for s in lacking) == pytest.approx(measured.unserved_people)
        assert sum(s.over_65[year] for s in lacking) == pytest.approx(measured.unserved_over_65)
        assert sum(s.people[year] for s in served) == pytest.approx(measured.served_people)
        assert sum(s.over_65[year] for s in served) == pytest.approx(measured.served_over_65)
    for hub in told.plan.hubs:
        mine = [people[row.id] for row in told.settlements if row.hub == hub.place and row.within_hub_limit]
        assert [s.id for s in mine] == hub.settlements
        assert sum(s.over_65[2040] for s in mine) == pytest.approx(hub.over_65[2040])
    assert sum(hub.cost_jpy_per_year for hub in told.plan.hubs) + sum(
        kept.cost_jpy_per_year for kept in told.plan.kept_outside) == pytest.approx(told.plan.cost_jpy_per_year)
    at_plan = {row.id: row.lacking[shop.basis.plan_year] for row in told.settlements}
    for row in told.plan.unserved:
        assert at_plan[row.settlement] == row.services


def test_a_service_that_is_closed_is_gone_in_every_later_year(shop: Workshop) -> None:
    clinic = shop.service_at["clinic"]
    has = np.flatnonzero((shop.problem.existing | shop.problem.rescue)[:, clinic])
    asked = (*(changes.CloseService(int(j), clinic) for j in has),
             *(changes.MayOpen(int(j), clinic, False) for j in np.flatnonzero(shop.problem.may_open[:, clinic])))
    told = shop.tell(solve_hubs(changes.apply(shop.problem, *asked), seconds=5), *asked)
    assert told.plan is not None
    for row in told.settlements:
        assert all("clinic" in lacking for lacking in row.lacking.values())
    assert all(reach.reach["clinic"].within_car == 0 for reach in told.plan.by_year.values())
    offering = {shop.basis.facility_ids[f] for f in np.flatnonzero(shop.basis.offered[:, clinic])}
    assert offering
    assert offering <= set(told.plan.closed)


def test_a_service_that_is_kept_for_good_does_not_close(shop: Workshop) -> None:
    risky = [(int(j), int(s)) for j, s in np.argwhere(shop.problem.rescue)]
    if not risky:
        pytest.fail("the sample has nothing at risk any more: choose another region")
    asked = tuple(changes.KeepService(j, s) for j, s in risky)
    told = shop.tell(solve_hubs(changes.apply(shop.problem, *asked), seconds=5), *asked)
    assert told.plan is not None
    # F001, a supermarket, ends in 2027, but another shop of its place stays: there was nothing to keep
    assert told.plan.closed == ["F001"]
    base = shop.tell(replace(shop.solution, rescued=np.zeros_like(shop.solution.rescued)))
    assert base.plan is not None
    assert len(base.plan.closed) > 1


def test_it_says_why_there_is_no_plan_with_names(shop: Workshop) -> None:
    site = next(s for s in shop.sites if s.candidate)
    asked = (changes.Hubs(exactly=2), changes.Budget(1.0))
    engine = WhatIf(shop.problem, shop.solution)
    told = shop.tell(engine.refine(*asked, seconds=10), *asked)
    assert told.status == "infeasible"
    assert told.plan is None
    assert told.settlements == []
    assert any("budget" in reason.en for reason in told.why)
    fits = (changes.MustOpen(site.position, shop.service_at["hall"]), changes.CloseService(0, 0))
    problem = changes.apply(shop.problem, *fits)
    crowded = replace(problem, service_floor_m2=problem.service_floor_m2 + 1e9)
    told = shop.tell(solve_hubs(crowded, seconds=5), *fits)
    assert told.status == "infeasible"
    hall = shop.services[shop.service_at["hall"]].name
    assert any(f"{hall.ja} ({site.name})" in reason.ja for reason in told.why)
    assert any(f"{hall.en} ({site.name})" in reason.en for reason in told.why)
    far = (changes.Reach(shop.service_at["shop"], 1.0),)
    for found in (engine.answer(*far), engine.refine(*far)):
        reasons = shop.tell(found, *far).why
        assert any(shop.settlements[3].name in reason.ja for reason in reasons)
        assert not any(shop.settlements[3].id in reason.ja for reason in reasons)


def test_it_comes_back_from_its_file_as_it_was(shop: Workshop, tmp_path: Path) -> None:
    file = tmp_path / "town.workshop"
    shop.save(file)
    for again in (Workshop.load(file), pickle.loads(pickle.dumps(shop))):
        assert same(again.problem, shop.problem)
        assert same(again.solution, shop.solution)
        assert same(again.basis, shop.basis)
    assert Workshop.load(file).tell(shop.solution) == shop.tell(shop.solution)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut short", b"\x93NUMPY", b"plain words"])
def test_another_file_is_refused_with_its_name(shop: Workshop, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "town.workshop"
    file.write_bytes(content)
    with pytest.raises(InputError) as caught:
        Workshop.load(file)
    assert caught.value.faults[0].file == str(file)
    shop.save(file)
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(InputError):
        Workshop.load(file)


def test_it_is_kept_until_region_or_options_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, keep = tmp_path / "town", tmp_path / "town.workshop"
    sample_region().save(folder)
    first = open_workshop(folder, OPTIONS, keep=keep)
    monkeypatch.setattr("musubime.studies.workshop.make_workshop", lambda *_: pytest.fail("it was kept"))
    again = open_workshop(folder, OPTIONS, keep=keep)
    assert same(again.problem, first.problem)
    monkeypatch.undo()
    toml = folder / "region.toml"
    told = toml.read_text("utf-8").replace("[parameters]", '[parameters]\n"plan.hub_cost_jpy_per_year" = 1')
    assert "hub_cost" in told
    toml.write_text(told, "utf-8")
    cheap = open_workshop(folder, OPTIONS, keep=keep)
    assert cheap.problem.hub_cost_jpy == 1
    assert Workshop.load(keep).problem.hub_cost_jpy == 1


def test_options_come_from_a_finished_plan(tmp_path: Path) -> None:
    from musubime.reports.plan_json import write_json

    asked = PlanOptions(years=(2035, 2045), hubs=2, seed=7, seconds_per_solve=0.5)
    document = plan_region(sample_region(), asked)[0]
    write_json(document, tmp_path / "plan.json")
    assert options_of(tmp_path) == replace(asked, seconds_per_solve=PlanOptions().seconds_per_solve)

"""A world of seven respondents counted by hand, cells that are too small, and the kernel beside its plain twin."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musubime.errors import InputError
from musubime.provenance import Ledger
from musubime.reports.estimate_files import name_of, shown
from musubime.surveys.estimates import RELATED, Margin, Respondents, estimate, in_words, load_rules
from musubime.surveys.estimates import _kernels as k
from musubime.surveys.estimates.cells import collapse, match

RULES = load_rules()
IDS = (*RULES.classes, "unclassified")


def people(classes: list[str], sex: list[str], ages: list[int], area: list[str] | None = None,
           destination: list[str] | None = None) -> Respondents:
    n = len(classes)
    found = np.array([IDS.index(c) for c in classes])
    return Respondents(
        tuple(map(str, range(n))), tuple(sex), np.array(ages, float), np.array(ages, float), tuple(area or [""] * n),
        np.ones(n), np.zeros(n, dtype=np.int64), np.arange(n), IDS, found, np.arange(n), found,
        tuple(destination or [""] * n), (),
    )


def by_sex(male: float, female: float) -> Margin:
    return Margin("table", ("sex",), ("", ""), ("male", "female"), np.zeros(2), np.full(2, math.inf),
                  np.array([male, female]))


SEVEN = people(["direct", "no_tie", "no_tie", "hobby", "hobby", "no_tie", "no_tie"],
               ["male"] * 3 + ["female"] * 4, [40] * 7, destination=["甲", "", "", "甲", "乙", "", ""])


def test_counted_by_hand() -> None:
    # 300 men, one of three is tied: 100. 800 women, two of four: 400. Weights 100 and 200.
    result = estimate(SEVEN, [by_sex(300, 800)], RULES, Ledger(), min_cell=2, replicates=200)
    found = {total.id: total for total in result.totals}
    assert found["direct"].people == pytest.approx(100)
    assert found["hobby"].people == pytest.approx(400)
    assert found[RELATED].people == pytest.approx(500)
    assert found[RELATED].share == pytest.approx(500 / 1100)
    # residuals: men 1 - 1/3, -1/3 twice (times 100); women 1/2 twice, -1/2 twice (times 200); n / (n - 1) = 7 / 6
    squares = 100**2 * (4 + 1 + 1) / 9 + 200**2 * 4 / 4
    assert found[RELATED].se == pytest.approx(math.sqrt(7 / 6 * squares))
    assert {(pair.area, pair.destination): pair.total.people for pair in result.pairs} == pytest.approx(
        {("", "甲"): 300, ("", "乙"): 200})
    assert [(cell.parts, cell.respondents, cell.people) for cell in result.cells] == [
        (("male",), 3, 300), (("female",), 4, 800)]


def test_same_seed_same_replicates() -> None:
    one, two, other = (
        estimate(SEVEN, [by_sex(300, 800)], RULES, Ledger(), min_cell=2, replicates=50, seed=s, keep_replicates=True)
        for s in (1, 1, 2))
    assert one.replicate_weights is not None
    assert two.replicate_weights is not None
    assert one.totals == two.totals or str(one.totals) == str(two.totals)
    assert (one.replicate_weights == two.replicate_weights).all()
    assert one.totals[0].bootstrap_se != other.totals[0].bootstrap_se
    # the weights written are those the figures come from
    drawn = one.replicate_weights @ np.array([1, 0, 0, 1, 1, 0, 0], dtype=np.float32)
    related = one.totals[-1]
    assert np.sqrt(((drawn - related.people) ** 2).mean()) == pytest.approx(related.bootstrap_se, rel=1e-5)


def test_small_cells_join_the_nearest() -> None:
    # men of 18-29 are too few: they join men of 30-44, not the many women of their age nor anybody of another area
    margin = Margin(
        "t", ("area", "sex", "age"), ("A",) * 4 + ("B",), ("male", "male", "male", "female", "male"),
        np.array([18.0, 30, 45, 18, 18]), np.array([29.0, 44, math.inf, 29, 29]), np.full(5, 10.0))
    assert collapse(margin, np.array([3, 40, 30, 90, 99]), 30).tolist() == [0, 0, 1, 2, 3]
    # with nobody left in sex and area, the other sex of the area
    assert collapse(margin, np.array([40, 40, 40, 3, 99]), 30).tolist() == [0, 1, 2, 0, 3]
    assert collapse(margin, np.array([1, 1, 1, 1, 1]), 30).tolist() == [0] * 5


def test_collapsed_cells_are_recorded() -> None:
    ledger = Ledger()
    result = estimate(SEVEN, [by_sex(300, 800)], RULES, ledger, min_cell=4, replicates=0)
    assert result.cells[0].parts == ("male", "female")
    assert result.totals[-1].people == pytest.approx(1100 * 3 / 7)
    assert any("put together" in note.what.template for note in ledger.of_kind("assumption"))


def test_who_stands_in_no_cell_is_named_and_left_out() -> None:
    margin = Margin("t", ("age",), ("",), ("",), np.array([18.0]), np.array([49.0]), np.array([100.0]))
    ledger = Ledger()
    result = estimate(people(["direct"] * 3, ["male"] * 3, [20, 40, 60]), [margin], RULES, ledger, min_cell=2,
                      replicates=0)
    assert len(result.weights) == 2
    (note,) = ledger.of_kind("dropped")
    assert (note.count, note.examples) == (1, ("male 60",))
    with pytest.raises(InputError):
        estimate(people(["direct"] * 2, ["male"] * 2, [60, 70]), [margin], RULES, Ledger(), replicates=0)


def test_an_age_class_must_lie_within_a_cell() -> None:
    margin = Margin("t", ("age",), ("", ""), ("", ""), np.array([18.0, 30]), np.array([29.0, math.inf]), np.ones(2))
    one = people(["direct"] * 3, ["male"] * 3, [20, 25, 30])
    object.__setattr__(one, "age_to", np.array([29.0, 34.0, math.inf]))
    assert match(one, margin).tolist() == [0, -1, 1]


def test_tables_of_different_populations() -> None:
    ages = Margin("ages", ("age",), ("",), ("",), np.array([0.0]), np.array([math.inf]), np.array([2000.0]))
    with pytest.raises(InputError):
        estimate(SEVEN, [by_sex(300, 800), ages], RULES, Ledger(), replicates=0)


def test_raking_meets_every_table() -> None:
    rng = np.random.default_rng(1)
    n = 400
    sample = people(["direct" if r < 0.2 else "no_tie" for r in rng.random(n)],
                    ["male" if r < 0.3 else "female" for r in rng.random(n)], [int(a) for a in rng.integers(18, 80, n)])
    ages = Margin("ages", ("age",), ("", ""), ("", ""), np.array([18.0, 50]), np.array([49.0, math.inf]),
                  np.array([700.0, 400.0]))
    result = estimate(sample, [by_sex(500, 600), ages], RULES, Ledger(), min_cell=2, replicates=100)
    male = np.array([s == "male" for s in sample.sex])
    assert result.method == "raking"
    assert result.weights[male].sum() == pytest.approx(500)
    assert result.weights[sample.age_from < 50].sum() == pytest.approx(700)
    related = result.totals[-1]
    assert related.bootstrap_se == pytest.approx(related.se, rel=0.3)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.lists(st.integers(1, 6), min_size=1, max_size=4), st.integers(1, 3))
def test_the_draw_beside_its_plain_twin(seed: int, sizes: list[int], kinds: int) -> None:
    """The same numbers drawn one by one in Python: n - 1 of each stratum's n, kinds counted."""
    ptr = np.concatenate([[0], np.cumsum(sizes)])
    kind = np.arange(ptr[-1]) % kinds
    mask = 2**64 - 1
    state = (seed * 0xD1342543DE82EF95 + 3) & mask

    def following() -> int:
        nonlocal state
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return z ^ (z >> 31)

    following()
    expected = [0] * kinds
    for first, n in zip(ptr, sizes, strict=False):
        for _ in range(max(n - 1, 1)):
            expected[kind[first + ((following() >> 32) * n >> 32)]] += 1
    whole = np.arange(ptr[-1] + 1)
    for unit_ptr in (whole, whole[:0]):
        found = k.draw(seed, 3, ptr, unit_ptr, kind.astype(np.int32), kinds)
        assert found.tolist() == expected


def test_fit_meets_two_margins_counted_by_hand() -> None:
    # four cross cells of 1; rows shall be 30 and 10, columns 20 and 20: 15, 15, 5, 5
    factor, misfit = k.fit(np.ones(4), np.array([[0, 0, 1, 1], [2, 3, 2, 3]]), np.array([0, 2, 4]),
                           np.array([30.0, 10, 20, 20]), 100, 1e-12)
    assert factor.tolist() == pytest.approx([15, 15, 5, 5])
    assert misfit < 1e-9


def test_tables_that_cannot_be_met_at_once() -> None:
    # only men in A and only women in B: 10 people live in A, and 500 are men
    sample = people(["direct", "no_tie"] * 10, ["male"] * 10 + ["female"] * 10, [40] * 20, ["A"] * 10 + ["B"] * 10)
    areas = Margin("areas", ("area",), ("A", "B"), ("", ""), np.zeros(2), np.full(2, math.inf), np.array([10.0, 1090]))
    with pytest.raises(InputError) as caught:
        estimate(sample, [by_sex(500, 600), areas], RULES, Ledger(), min_cell=2, replicates=0)
    fault = caught.value.faults[0]
    assert "of 4 combinations of their cells, 2 have respondents" in fault.what.to("en")


def test_a_class_of_nobody_or_of_everybody_has_no_interval() -> None:
    """That none of seven is one does not show that none of 1,100 is: no "0 to 0" is printed."""
    ledger = Ledger()
    result = estimate(SEVEN, [by_sex(300, 800)], RULES, ledger, min_cell=2, replicates=20)
    none = next(total for total in result.totals if total.id == "telework")
    assert (none.people, none.respondents) == (0, 0)
    assert np.isnan([none.se, none.low, none.high, none.bootstrap_se, none.bootstrap_high]).all()
    assert not any("standard error" in note.what.template for note in ledger.notes)


def test_intervals_end_at_nobody_and_at_everybody() -> None:
    result = estimate(SEVEN, [by_sex(300, 800)], RULES, Ledger(), min_cell=2, replicates=0)
    for total in result.totals:
        assert math.isnan(total.low) or 0 <= total.low <= total.people <= total.high <= 1100


def test_without_two_respondents_the_error_is_not_known_and_said_so() -> None:
    ledger = Ledger()
    result = estimate(people(["direct"], ["male"], [40]), [by_sex(300, 800)], RULES, ledger, replicates=5)
    assert math.isnan(result.totals[0].se)
    assert any("no standard error" in note.what.template for note in ledger.of_kind("missing"))


def test_a_population_smaller_than_its_sample() -> None:
    with pytest.raises(InputError) as caught:
        estimate(SEVEN, [by_sex(3, 3)], RULES, Ledger(), replicates=0)
    assert "smaller than the number of respondents" in caught.value.faults[0].what.template


def test_areas_in_which_nobody_answered_are_named() -> None:
    sample = people(["direct", "no_tie"] * 3, ["male"] * 6, [40] * 6, ["A"] * 6)
    areas = Margin("areas", ("area",), ("A", "B"), ("", ""), np.zeros(2), np.full(2, math.inf), np.array([60.0, 40]))
    ledger = Ledger()
    result = estimate(sample, [areas], RULES, ledger, min_cell=2, replicates=0)
    assert result.totals[-1].people == pytest.approx(50)
    (note,) = (n for n in ledger.notes if n.what.template.startswith("Areas in which nobody answered"))
    assert (note.count, note.examples) == (1, ("B 40",))


def test_the_design_effect_is_of_the_weights_that_were_used() -> None:
    # weights 100 three times, 200 four times: mean 1100 / 7, 1 + variance / mean**2 = 7 * 190000 / 1100**2
    result = estimate(SEVEN, [by_sex(300, 800)], RULES, Ledger(), min_cell=2, replicates=0)
    assert result.design_effect == pytest.approx(7 * 190_000 / 1100**2)
    heavy = people(["direct", "no_tie"], ["male"] * 2, [40] * 2)
    object.__setattr__(heavy, "weight", np.array([1.0, 3.0]))
    # design weights 1 and 3 stay 1 to 3 after weighting: 2 * 10 / 4**2
    one = Margin("t", ("sex",), ("",), ("male",), np.zeros(1), np.full(1, math.inf), np.array([400.0]))
    assert estimate(heavy, [one], RULES, Ledger(), replicates=0).design_effect == pytest.approx(2 * 10 / 4**2)


def test_those_who_do_not_visit_stand_beside_those_who_do() -> None:
    sample = people(["direct", "non_visiting", "no_tie", "no_tie"], ["male"] * 4, [40] * 4)
    one = Margin("t", ("sex",), ("",), ("male",), np.zeros(1), np.full(1, math.inf), np.array([400.0]))
    result = estimate(sample, [one], RULES, Ledger(), min_cell=2, replicates=0)
    assert len({total.id for total in result.totals}) == len(result.totals)
    told = [(name_of(result, total.id).to("ja"), round(total.people)) for total in shown(result)]
    assert told == [("関係人口（合計）", 200), ("関係人口（訪問系）", 100), ("関係人口（非訪問系）", 100),
                    ("直接寄与型", 100), ("関わりなし", 200)]


def test_replicates_that_no_memory_holds_are_refused() -> None:
    with pytest.raises(InputError) as caught:
        estimate(SEVEN, [by_sex(300, 800)], RULES, Ledger(), min_cell=2, replicates=40_000_000, keep_replicates=True)
    assert "35,714,285" in str(caught.value.faults[0])  # 250 million over seven


def test_cells_in_the_readers_language() -> None:
    words = in_words("東京都 male 18-29, female; malefemale")
    assert (words.to("en"), words.to("ja")) == (
        "東京都 male 18-29, female; malefemale", "東京都 男 18-29, 女; malefemale")
    with pytest.raises(InputError) as caught:
        estimate(people(["direct"] * 2, ["male"] * 2, [40] * 2), [Margin(
            "t", ("sex",), ("",), ("female",), np.zeros(1), np.full(1, math.inf), np.array([400.0]))], RULES, Ledger())
    assert "male" not in caught.value.faults[0].what.to("ja")


def test_a_population_by_area_and_answers_without_one() -> None:
    areas = Margin("areas", ("area",), ("A",), ("",), np.zeros(1), np.full(1, math.inf), np.array([60.0]))
    with pytest.raises(InputError) as caught:
        estimate(SEVEN, [areas], RULES, Ledger(), replicates=0)
    assert "the answers name none" in caught.value.faults[0].what.template

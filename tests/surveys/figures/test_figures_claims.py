"""Claims: read by the grammar, computed exactly, compared at what RIGHT prints; the deck's 21 rows."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musubime.errors import InputError
from musubime.surveys.figures import Inconsistency, Verification, verify_figures

HEAD = "slide,series,key,period,value,unit,claim\n"


def check(folder: Path, rows: str, head: str = HEAD) -> Verification:
    path = folder / "long.csv"
    path.write_text(head + rows, "utf-8")
    return verify_figures(path)


def only(found: Verification) -> Inconsistency:
    (one,) = found.inconsistent
    return one


def test_the_deck_has_exactly_twenty_one_rows_that_do_not_follow(shared: Path) -> None:
    found = verify_figures(shared / "figures" / "deck_figures.csv")
    rows = [one.row for one in found.inconsistent]
    # Slide 3: 394 / 820 = 48.05%, not 49%. Slide 14: rows 174 to 191 repeat slide 13. Slide 18: two sums of 1,762.
    assert rows == [17, *range(174, 192), 200, 205]
    assert found.rows == 212
    share, first_copy, *_, total, mentions = found.inconsistent
    assert (share.printed, share.recomputed) == ("49%", "48.05%")
    assert "796" in str(share.why[-1].to("en"))  # 49% needs a base of 796 to 812
    assert "812" in share.why[-1].to("ja")
    assert first_copy.kind == "copy"
    assert "13" in first_copy.what.to("en")
    assert first_copy.recomputed == "7,794"  # 3,741 + 4,053 from the slide's own table
    assert {total.recomputed, mentions.recomputed} == {"1,762"}


@pytest.mark.parametrize(
    "claim",
    [
        "value / 820 = 33%",
        "267 + 98 = 365",
        "2,539 + 3,525 = ６，０６４",
        "(61511 - 61860) / 61860 = -0.6%",
        "61511 - 61860 = △349",
        "10471075 / 61860 = 169.3",
        "80441 = 8.0万",
        "148831 / 10000 = 15",
        "100 × 267 ÷ 820 ＝ 33",
        "abs(3 - 5) = 2",
        "21% + 12% = 33%",
        "value + 98 = 365; value - 7 = 260",
        "365 = 267 + 98",
        "6万1,511 - 61511 = 0",
    ],
)
def test_claims_that_hold(tmp_path: Path, claim: str) -> None:
    assert not check(tmp_path, f'3,hubs,kaso,2021,267,municipalities,"{claim}"\n').inconsistent


@pytest.mark.parametrize(
    ("claim", "recomputed"),
    [
        ("value / 820 = 32%", "32.56%"),
        ("267 + 98 = 366", "365"),
        ("80441 = 8.1万", "80,441"),
        ("0.5 + 0.25 = 0.8", "0.75"),
    ],
)
def test_claims_that_fail(tmp_path: Path, claim: str, recomputed: str) -> None:
    if claim == "0.5 + 0.25 = 0.8":  # a half may be rounded either way
        assert not check(tmp_path, f'3,hubs,kaso,2021,267,m,"{claim}"\n').inconsistent
    else:
        assert only(check(tmp_path, f'3,hubs,kaso,2021,267,m,"{claim}"\n')).recomputed == recomputed


def test_a_wrong_figure_that_many_claims_use_is_charged_once(tmp_path: Path) -> None:
    # a = 120 is printed as 210: the sum 120 + 30 = 150 and the share 120 / 150 = 80% fail, and both hold with 120.
    rows = (
        "1,s,a,2020,210,people,\n1,s,b,2020,30,people,\n"
        '1,s,all,2020,150,people,"get(s, a, 2020) + get(s, b, 2020) = value"\n'
        '1,s,share,2020,80,%,"get(s, a, 2020) / get(s, all, 2020) = value"\n'
    )
    one = only(check(tmp_path, rows))
    assert (one.row, one.printed, one.recomputed) == (2, "210", "120")
    assert [cause.cause for cause in one.explanations] == ["off", "transposition"]


def test_sums_over_periods_with_a_star(tmp_path: Path) -> None:
    rows = "".join(f"1,s,m,2021-{n:02},{n},people,\n" for n in range(1, 13))
    # 1 + 2 + … + 12 = 78
    assert not check(tmp_path, rows + '1,s,year,2021,78,people,"sum(s, m, 2021-*) = value"\n').inconsistent
    assert only(check(tmp_path, rows + '1,s,year,2021,87,people,"sum(s, m, 2021-*) = value"\n')).recomputed == "78"


def test_a_share_outside_its_range_a_contradiction_and_a_negative_base(tmp_path: Path) -> None:
    rows = (
        "1,s,構成比,2020,104,%,\n2,t,hubs,2021,1408,hubs,\n5,t,hubs,2021,1480,hubs,\n"
        '7,u,net,2021,-2927,people,\n8,u,change,2022,3669,people,"value / get(u, net, 2021) = -125%"\n'
    )
    found = check(tmp_path, rows).inconsistent
    assert [(one.row, one.kind) for one in found] == [(2, "range"), (4, "contradiction"), (6, "base")]
    assert [cause.cause for cause in found[1].explanations][-1] == "transposition"


def test_claims_that_cannot_be_read_are_all_named_with_their_rows(tmp_path: Path) -> None:
    rows = (
        '1,s,a,2020,5,people,value + = 3\n1,s,b,2020,6,people,"get(s, zzz, 2020) = 6"\n1,s,c,2020,7,people,7 and 8\n'
        '1,s,d,2020,8,people,"__import__(os) = 8"\n1,s,e,2020,,people,value / 2 = 4\n'
    )
    with pytest.raises(InputError) as error:
        check(tmp_path, rows)
    assert [fault.row for fault in error.value.faults] == [2, 3, 4, 5, 6]
    assert all(str(fault.remedy) for fault in error.value.faults)


def test_claims_on_suppressed_figures_are_noted_not_failed(tmp_path: Path) -> None:
    found = check(tmp_path, '1,s,a,2020,x,people,\n1,s,b,2020,6,people,"get(s, a, 2020) + value = 10"\n')
    assert not found.inconsistent
    assert found.notes[0].count == 1


def test_japanese_headings_and_names(tmp_path: Path) -> None:
    rows = (
        '人口,総数,令和2年,150,人,"get(人口, 男, 令和２年) + get(人口, 女, 令和2年) = value"\n'
        "人口,男,令和2年,70,人,\n人口,女,令和2年,80,人,\n"
    )
    assert not check(tmp_path, rows, "系列,項目,時点,値,単位,検算式\n").inconsistent
    assert only(check(tmp_path, rows.replace("150", "160"), "系列,項目,時点,値,単位,検算式\n")).recomputed == "150"


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(0, 3))
def test_what_is_rounded_half_up_always_follows(part: int, whole: int, decimals: int) -> None:
    from decimal import ROUND_HALF_UP, Decimal, localcontext
    from fractions import Fraction

    from musubime.surveys.figures.printed import agrees, read_printed

    with localcontext() as context:
        context.prec = 60
        shown = (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    printed = read_printed(f"{shown:,}%")
    assert agrees(Fraction(part * 100, whole), printed.exact, printed.step)
    assert not agrees(Fraction(part * 100, whole) + 2 * printed.step, printed.exact, printed.step)

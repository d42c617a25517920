"""Exact numbers and half-up rounding."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musubime.surveys.tables import exact, half_up, printed, ratio


@pytest.mark.parametrize(("value", "decimals", "shown"), [
    (Fraction(5, 2), 0, "3"), (Fraction(-5, 2), 0, "-3"),  # a half goes away from zero
    (Fraction(1, 8), 2, "0.13"), (Fraction(2675, 1000), 2, "2.68"),  # 2.675 as a float would give 2.67
    (Fraction(1005, 1000), 2, "1.01"), (Fraction(-1, 1000), 1, "0.0"), (10**18 + 1, 0, str(10**18 + 1)),
])
def test_halves_go_up_whatever_binary_numbers_do(value: Fraction, decimals: int, shown: str) -> None:
    assert str(half_up(value, decimals)) == shown


@given(st.integers(-10**12, 10**12), st.integers(1, 10**6), st.integers(0, 4))
def test_half_up_is_that_of_decimal_arithmetic(numerator: int, denominator: int, decimals: int) -> None:
    with localcontext() as context:
        context.prec = 80  # enough for any such quotient to be on the right side of a half
        wanted = (Decimal(numerator) / Decimal(denominator)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    assert half_up(Fraction(numerator, denominator), decimals) == wanted


@given(st.decimals(min_value=-10**9, max_value=10**9, allow_nan=False, places=4))
def test_a_float_is_taken_as_it_is_printed(value: Decimal) -> None:
    assert exact(float(value)) == Fraction(repr(float(value)))
    assert exact(str(value)) == Fraction(value)


def test_the_shares_of_the_deck_in_their_printed_digits() -> None:
    # 267 of 820 is 32.56, 98 of 921 is 10.64, 365 of 1,741 is 20.96; 394 of 820 is 48.05 where the deck prints 49.
    shares = [printed(ratio(a, b), percent=True) for a, b in ((267, 820), (98, 921), (365, 1741), (394, 820))]
    assert shares == ["33%", "11%", "21%", "48%"]
    assert printed(ratio(10_471_075, 61_860), 1) == "169.3"
    assert printed(-349, sign=True) == "-349"
    assert printed(0, sign=True) == "0"
    assert printed(None) == ""

"""Local government codes against the published list, and everything that is none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musubime.errors import InputError
from musubime.region.codes import check_digit, prefecture_name, six_digits


def test_the_trap_of_sapporo() -> None:
    # 0*6 + 1*5 + 1*4 + 0*3 + 1*2 = 11: not "less than 11", so 11 - 11 mod 11 = 11, last digit 1.
    assert six_digits("01101") == "011011"
    # 0*6 + 1*5 + 1*4 + 0*3 + 0*2 = 9: 11 - 9 = 2.
    assert six_digits("01100") == "011002"
    # 3*6 + 5*5 + 2*4 + 0*3 + 8*2 = 67: 67 mod 11 = 1, 11 - 1 = 10, last digit 0.
    assert six_digits("35208") == "352080"


def test_the_published_codes_have_the_check_digits_computed_here(shared: Path) -> None:
    listed = json.loads((shared / "codes" / "code-to-city.json").read_text("utf-8"))
    codes = [city["code"] for prefecture in listed.values() for city in prefecture["cities"].values()]
    assert len(codes) > 1700
    assert [code for code in codes if six_digits(code[:5]) != code] == []


@pytest.mark.parametrize("given", ["352080", "35208", " ３５２０８ ", "３５２０８０"])
def test_ways_of_writing_a_code(given: str) -> None:
    assert six_digits(given) == "352080"


@pytest.mark.parametrize(
    "given", ["", "3520", "3520801", "35.208", "-35208", "00123", "48001", "35208a", "三五二〇八", "1101"]
)
def test_what_is_no_code(given: str) -> None:
    with pytest.raises(InputError, match="not a local government code"):
        six_digits(given)


def test_a_wrong_check_digit_is_told_with_the_right_one() -> None:
    with pytest.raises(InputError) as caught:
        six_digits("352081", file="list.csv", row=7, field="コード")
    (fault,) = caught.value.faults
    assert (fault.file, fault.row, fault.field, fault.value) == ("list.csv", 7, "コード", "352081")
    assert "write 352080" in str(fault)


@given(st.text())
def test_any_text_is_a_code_or_refused(given: str) -> None:
    try:
        code = six_digits(given)
    except InputError:
        return
    assert code[5] == check_digit(code[:5])
    assert prefecture_name(code)


@given(st.integers(1, 47), st.integers(0, 999))
def test_a_code_with_its_own_digit_is_kept(prefecture: int, number: int) -> None:
    code = six_digits(f"{prefecture:02d}{number:03d}")
    assert six_digits(code) == code

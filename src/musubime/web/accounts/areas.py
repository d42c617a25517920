"""Codes of the areas of organisations."""

from __future__ import annotations

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.region.codes import PREFECTURES, six_digits

from .models import Kind


def area_of(kind: Kind, given: str) -> str:
    """The code of an organisation's area, checked for its kind. Raises InputError."""
    digits = "".join(str(given).split())
    if kind == Kind.MINISTRY:
        if digits:
            raise InputError(Fault(text("A ministry's area is the whole country."), text("Leave the code empty.")))
        return ""
    if kind == Kind.PREFECTURE:
        if digits.isascii() and digits.isdigit() and len(digits) in (5, 6):
            whole = six_digits(digits)
            if whole[2:5] == "000":
                digits = whole[:2]
        if not (digits.isascii() and digits.isdigit() and len(digits) == 2 and 1 <= int(digits) <= len(PREFECTURES)):
            raise InputError(Fault(
                text("This is not a prefecture's code."), text("Give its two digits, 01 to 47, for example 35.")))
        return digits
    if kind == Kind.COMPANY and not digits:
        return ""
    code = six_digits(digits)
    if code[2:5] == "000":
        raise InputError(Fault(
            text("This is the code of a prefecture."), text("Give the municipality's own code, for example 352080.")))
    return code

"""What point or stretch of time a label means: a year, a fiscal year, a month, a day, or words of their own."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, NamedTuple

Kind = Literal["year", "fiscal", "month", "day", "other"]

_ERA = {"令和": 2018, "平成": 1988, "昭和": 1925, "r": 2018, "h": 1988, "s": 1925}
_ERA_YEAR = re.compile(r"(令和|平成|昭和|(?<![a-z])[rhs])(元|\d{1,2})(?=年|[./-]|$)", re.IGNORECASE)
_FORMS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("fiscal", re.compile(r"(?:fy)?((?:18|19|20)\d\d)年度", re.IGNORECASE)),
    ("fiscal", re.compile(r"fy((?:18|19|20)\d\d)", re.IGNORECASE)),
    ("year", re.compile(r"((?:18|19|20)\d\d)年?")),
    ("month", re.compile(r"((?:18|19|20)\d\d)[-/.年](0?[1-9]|1[0-2])月?")),
    ("month", re.compile(r"((?:18|19|20)\d\d)(0[1-9]|1[0-2])")),
    ("day", re.compile(r"((?:18|19|20)\d\d)[-/.年](0?[1-9]|1[0-2])[-/.月](0?[1-9]|[12]\d|3[01])日?")),
)
_NOTED = re.compile(r"(\S+?)\s*\([^)]*\)")
_LEADING = re.compile(r"(?:fy)?((?:18|19|20)\d\d)(?:-(0[1-9]|1[0-2]))?(?!\d)", re.IGNORECASE)


class Period(NamedTuple):
    """label: one spelling for all ways to write the same period. order: by which periods are sorted; None where the
    words name no time."""

    label: str
    kind: Kind
    order: tuple[int, ...] | None

    @property
    def year(self) -> int | None:
        return self.order[0] if self.order else None


def period(words: str) -> Period:
    """The period that a cell names. A workbook keeps "2019-01" as the first day of the month: that is the month.

    >>> [period(w).label for w in ("２０２１年", "令和３年度", "H31.1", "2019年1月", "2019-01-01", "2015 (H27)")]
    ['2021', 'FY2021', '2019-01', '2019-01', '2019-01', '2015 (H27)']
    >>> period("4th survey").order is None, period("2021->2024").order
    (True, (2021,))
    """
    label = " ".join(unicodedata.normalize("NFKC", words).split())
    found = _one(label.replace(" ", ""))
    if found is not None:
        return found
    if (noted := _NOTED.fullmatch(label)) and (inner := _one(noted[1])) is not None:
        return Period(label, inner.kind, inner.order)
    if leading := _LEADING.match(label):
        return Period(label, "other", tuple(int(part) for part in leading.groups() if part))
    return Period(label, "other", None)


def _western(match: re.Match[str]) -> str:
    return str(_ERA[match[1].lower()] + (1 if match[2] == "元" else int(match[2])))


def _one(words: str) -> Period | None:
    words = _ERA_YEAR.sub(_western, words)
    for kind, form in _FORMS:
        if match := form.fullmatch(words):
            numbers = tuple(int(part) for part in match.groups())
            first_day = kind == "day" and numbers[2] == 1
            numbers = numbers[:2] if first_day else numbers
            label = "-".join([str(numbers[0]), *(f"{n:02}" for n in numbers[1:])])
            return Period(f"FY{label}" if kind == "fiscal" else label, "month" if first_day else kind, numbers)
    return None


def year_before(label: str, years: int = 1) -> str | None:
    """The same period `years` earlier; None for words that are no plain period.

    >>> year_before("2022-02"), year_before("FY2021", 2), year_before("2015 (H27)")
    ('2021-02', 'FY2019', None)
    """
    p = period(label)
    if p.order is None or p.label != label or p.kind == "other" or _NOTED.fullmatch(label):
        return None
    rest = "".join(f"-{n:02}" for n in p.order[1:])
    return f"{'FY' if p.kind == 'fiscal' else ''}{p.order[0] - years}{rest}"

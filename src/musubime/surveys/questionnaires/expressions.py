"""A small language of conditions kept as data, never as program text.

A number is itself, a word is the answer to the question of that name. Values:

    {sum: [a, b, 2]}  {minus: [a, b]}  {rows: hubs}  {rows: hubs, where: CONDITION}  {total: hubs.people}  {last: a}

Conditions:

    {equal: [a, b]}  {at_most: [a, b]}  {at_least: [a, b]}  {near: [a, b], share: 0.2, least: 10}
    {is: [question, option, …]}  {answered: question}  {not: C}  {all: [C, …]}  {any: [C, …]}  {implies: [C, C]}

What rests on an answer that is missing is itself unknown (None), and an unknown condition blames nobody: `all` is
false as soon as one part is, `any` true as soon as one part is, as in SQL.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

Answer = int | float | str | bool | tuple[str, ...]
Row = Mapping[str, Answer]

VALUES = frozenset(("sum", "minus", "rows", "total", "last"))
COMPARISONS = frozenset(("equal", "at_most", "at_least", "near"))
CONDITIONS = COMPARISONS | frozenset(("is", "answered", "not", "all", "any", "implies"))
_SLACK = 1e-9


@dataclass(frozen=True)
class Expression:
    """One operation and what it works on. op "number" and "answer" are the leaves. extra: share and least of `near`."""

    op: str
    parts: tuple[Any, ...]
    extra: tuple[tuple[str, float], ...] = ()

    def names(self) -> Iterator[str]:
        """The questions it speaks of, `roster.question` for those of a roster, with those of last year."""
        if self.op in ("answer", "answered", "is", "last", "total"):
            yield str(self.parts[0])
        for part in self.parts:
            if isinstance(part, Expression):
                yield from part.names()

    def speaks_of_last(self) -> bool:
        return self.op == "last" or any(part.speaks_of_last() for part in self.parts if isinstance(part, Expression))


@dataclass(frozen=True)
class Scope:
    """The answers an expression looks at: those of a row first, then those of the return, and last year's."""

    answers: Row
    rosters: Mapping[str, Sequence[Row]]
    last: Row | None = None
    row: Row | None = None
    last_row: Row | None = None

    def answer(self, name: str) -> Answer | None:
        if self.row is not None and name in self.row:
            return self.row[name]
        return self.answers.get(name)

    def last_answer(self, name: str) -> Answer | None:
        if self.last_row is not None and name in self.last_row:
            return self.last_row[name]
        return None if self.last is None else self.last.get(name)


def parse(given: object) -> Expression:
    """The expression that YAML data write. Raises ValueError with the words that cannot be understood."""
    if isinstance(given, bool):
        raise ValueError(str(given))
    if isinstance(given, int | float):
        return Expression("number", (float(given),))
    if isinstance(given, str):
        return Expression("answer", (given,))
    if not isinstance(given, Mapping):
        raise ValueError(str(given))
    ops = [key for key in given if key in VALUES | CONDITIONS]
    if len(ops) != 1:
        raise ValueError(str(given))
    op, inside = ops[0], given[ops[0]]
    rest = {key: given[key] for key in given if key != op}
    extra: tuple[tuple[str, float], ...] = ()
    if op == "near":
        unknown = [key for key in rest if key not in ("share", "least")]
        if unknown or not all(isinstance(v, int | float) and not isinstance(v, bool) for v in rest.values()):
            raise ValueError(str(given))
        extra = tuple((str(key), float(value)) for key, value in sorted(rest.items()))
    elif op == "rows":
        if set(rest) - {"where"} or not isinstance(inside, str):
            raise ValueError(str(given))
        return Expression("rows", (inside, _condition(rest["where"])) if rest else (inside,))
    elif rest:
        raise ValueError(str(given))
    if op in ("last", "answered", "total"):
        if not isinstance(inside, str) or (op == "total" and inside.count(".") != 1):
            raise ValueError(str(given))
        return Expression(op, (inside,))
    if op == "is":
        # YAML reads a bare yes or no as true or false; both mean the answer
        words = ["yes" if w is True else "no" if w is False else w for w in inside] if isinstance(inside, list) else []
        if len(words) < 2 or not all(isinstance(word, str) for word in words):
            raise ValueError(str(given))
        return Expression("is", tuple(words))
    if op == "not":
        return Expression("not", (_condition(inside),))
    if not isinstance(inside, list) or not inside:
        raise ValueError(str(given))
    if op in ("all", "any", "implies"):
        parts = tuple(_condition(part) for part in inside)
    else:
        parts = tuple(_value(part) for part in inside)
    if op in COMPARISONS | {"minus", "implies"} and len(parts) != 2:
        raise ValueError(str(given))
    return Expression(op, parts, extra)


def _condition(given: object) -> Expression:
    found = parse(given)
    if found.op not in CONDITIONS:
        raise ValueError(str(given))
    return found


def _value(given: object) -> Expression:
    found = parse(given)
    if found.op in CONDITIONS:
        raise ValueError(str(given))
    return found


def value(expression: Expression, scope: Scope) -> float | None:
    """The number an expression comes to, None where an answer it needs is missing."""
    op, parts = expression.op, expression.parts
    if op == "number":
        return float(parts[0])
    if op == "answer":
        return _as_number(scope.answer(parts[0]))
    if op == "last":
        return _as_number(scope.last_answer(parts[0]))
    if op == "rows":
        rows = scope.rosters.get(parts[0], ())
        if len(parts) == 1:
            return float(len(rows))
        found = [holds(parts[1], replace(scope, row=row)) for row in rows]
        return None if None in found else float(sum(1 for one in found if one))
    if op == "total":
        roster, _, name = parts[0].partition(".")
        numbers = [_as_number(row.get(name)) for row in scope.rosters.get(roster, ())]
        known = [number for number in numbers if number is not None]
        return sum(known) if len(known) == len(numbers) else None
    numbers = [value(part, scope) for part in parts]
    known = [number for number in numbers if number is not None]
    if len(known) < len(numbers):
        return None
    return sum(known) if op == "sum" else known[0] - known[1]


def _as_number(answer: Answer | None) -> float | None:
    return float(answer) if isinstance(answer, int | float) and not isinstance(answer, bool) else None


def holds(expression: Expression, scope: Scope) -> bool | None:
    """Whether a condition holds; None when that cannot be known."""
    op, parts = expression.op, expression.parts
    if op in COMPARISONS:
        left, right = value(parts[0], scope), value(parts[1], scope)
        if left is None or right is None:
            return None
        if op == "near":
            tolerance = dict(expression.extra)
            return abs(left - right) <= max(tolerance.get("least", 0), tolerance.get("share", 0) * abs(right)) + _SLACK
        return {"equal": abs(left - right) <= _SLACK, "at_most": left <= right + _SLACK,
                "at_least": left >= right - _SLACK}[op]
    if op == "is":
        answer = scope.answer(parts[0])
        if answer is None:
            return None
        chosen = answer if isinstance(answer, tuple) else (_word(answer),)
        return any(option in chosen for option in parts[1:])
    if op == "answered":
        return scope.answer(parts[0]) is not None
    found = [holds(part, scope) for part in parts]
    if op == "not":
        return None if found[0] is None else not found[0]
    if op == "implies":
        found = [None if found[0] is None else not found[0], found[1]]
    if op in ("any", "implies"):
        return True if True in found else None if None in found else False
    return False if False in found else None if None in found else True


def _word(answer: Answer) -> str:
    return ("yes" if answer else "no") if isinstance(answer, bool) else str(answer)

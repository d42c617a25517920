"""Does what a long table claims follow? Which rows do not, and what would explain it."""

from __future__ import annotations

import math
from collections import defaultdict
from fractions import Fraction

from musubime.errors import Fault, InputError
from musubime.language import Text, text
from musubime.provenance import Note

from .claims import (
    Claim,
    ClaimError,
    MissingFigureError,
    UnknownFigureError,
    compute,
    printed_side,
    read_claims,
    scales,
)
from .long import LongRow, LongTable
from .long_beyond import beyond_claims
from .long_model import Instance, LongCheck, entry
from .model import Explanation, Inconsistency
from .printed import Printed, agrees, show
from .slips import explain_number, kind_of_slip, off, rounding, slip, told


def check_long(table: LongTable, file: str) -> LongCheck:
    """Raises InputError with every claim that cannot be read, by row."""
    faults: list[Fault] = []
    notes: list[Note] = []
    instances: list[Instance] = []
    missing: list[str] = []
    found: dict[int, list[Inconsistency]] = defaultdict(list)
    for row in table.rows:
        if not row.claims.strip():
            continue
        try:
            claims = read_claims(row.claims)
        except ClaimError as error:
            faults.append(_fault(error, row, table, file))
            continue
        for claim in claims:
            try:
                instances.append(_instance(table, row, claim))
            except MissingFigureError as error:
                if row.printed.state in ("empty", "words") and "value" in claim.words:
                    faults.append(_fault(error, row, table, file))
                else:
                    missing.append(f"{row.row}: {claim.words}")
            except ClaimError as error:
                if error.reason == "zero":
                    found[row.row].append(
                        entry(
                            table,
                            row,
                            "base",
                            claim.words.split("=")[-1].strip(),
                            "",
                            None,
                            text("{claim} divides by zero; nothing can be printed there.", claim=claim.words),
                        )
                    )
                else:
                    faults.append(_fault(error, row, table, file))
    for row in table.rows:
        if row.printed.state == "words":
            faults.append(
                Fault(
                    text("The value is not a number."),
                    text("Write digits, or leave it empty or - where there is none."),
                    file=file,
                    row=row.row,
                    field="value",
                    value=row.printed.words,
                )
            )
    if faults:
        raise InputError(faults)
    if missing:
        notes.append(
            Note(
                "missing",
                text("Claims not checked, because a figure in them is not printed."),
                len(missing),
                file,
                tuple(missing[:5]),
            )
        )
    check = LongCheck(table, instances, [], notes)
    blamed = _blame(check)
    for row, failing, value in blamed:
        found[row.row].append(_failed(check, row, failing, value))
    for one in instances:
        if one.holds and one.left.bad_base is not None and one.right.share == "%":
            found[one.row.row].append(
                entry(
                    table,
                    one.row,
                    "base",
                    one.right.words,
                    "",
                    None,
                    text(
                        "{claim}: a percentage of a negative number ({base}) says nothing.",
                        claim=one.claim.words,
                        base=show(one.left.bad_base, 1),
                    ),
                )
            )
    for row_number, one_entry in beyond_claims(check):
        found[row_number].append(one_entry)
    check.inconsistent = [_merged(found[number]) for number in sorted(found)]
    return check


def _instance(table: LongTable, row: LongRow, claim: Claim) -> Instance:
    view = table.at(row)
    left = compute(claim.left, view)
    right, named = printed_side(claim.right, view)
    choice = scales(left, right, named)
    for scale in choice:
        if agrees(left.number * scale, right.exact, right.step):
            return Instance(row, claim, left, right, named, scale, True)
    return Instance(row, claim, left, right, named, choice[0], False)


def _fault(error: ClaimError, row: LongRow, table: LongTable, file: str) -> Fault:
    what, remedy = _told(error)
    return Fault(what, remedy, file=f"{file} {table.sheet}".strip(), row=row.row, field="claim", value=row.claims)


def _told(error: ClaimError) -> tuple[Text, Text]:
    if isinstance(error, UnknownFigureError):
        return (
            text("The claim names a figure that the table does not have: {name}.", name=error.near),
            text("Write series, key and period as they stand in the table; in a period * stands for anything."),
        )
    if isinstance(error, MissingFigureError):
        return (
            text("The claim speaks of the row's value, but the row has none."),
            text("Enter the value, or write the number itself in the claim."),
        )
    match error.reason:
        case "no_equals":
            return (
                text("The claim has no = sign: {near}", near=error.near),
                text("Write LEFT = RIGHT, such as value / 820 = 33%."),
            )
        case "right":
            return (
                text("Neither side of the claim is a single printed figure: {near}", near=error.near),
                text("On the right write what is printed: a number, value, or get(series, key, period)."),
            )
        case _:
            return (
                text("The claim cannot be read near: {near}", near=error.near),
                text(
                    "Numbers, + - * / ( ), abs, value, get(series, key, period) and sum(series, key, period …) are "
                    "understood; separate claims by ;"
                ),
            )


# -- whose fault ------------------------------------------------------------------------------------------------


def _blame(check: LongCheck) -> list[tuple[LongRow, list[Instance], Fraction | None]]:
    """Each failing claim charged to a row: to the one figure that, changed, makes several failing claims follow and
    breaks none, else to the row of the claim."""
    rows = {row.row: row for row in check.table.rows}
    by_row: dict[int, list[Instance]] = defaultdict(list)
    for one in check.instances:
        for number in one.rows:
            by_row[number].append(one)
    failing = [one for one in check.instances if not one.holds]
    blamed: list[tuple[LongRow, list[Instance], Fraction | None]] = []
    while True:
        best: tuple[int, int, Fraction] | None = None
        for number in {n for one in failing for n in one.rows}:
            mine = [one for one in failing if number in one.rows]
            if len({one.row.row for one in mine}) < 2 and not all(one.row.row == number for one in mine):
                continue
            for one in mine:
                value = _solved(check.table, one, number)
                if value is None:
                    continue
                trial = {number: value}
                fixed = sum(_holds(check.table, other, trial) for other in mine)
                broken = sum(not _holds(check.table, other, trial) for other in by_row[number] if other.holds)
                if not broken and fixed >= 2 and (best is None or fixed > best[0]):
                    best = (fixed, number, value)
        if best is None:
            break
        _, number, value = best
        mine = [one for one in failing if number in one.rows and _holds(check.table, one, {number: value})]
        blamed.append((rows[number], mine, value))
        failing = [one for one in failing if all(one is not other for other in mine)]
    own: dict[int, list[Instance]] = defaultdict(list)
    for one in failing:
        own[one.row.row].append(one)
    return blamed + [(rows[number], mine, None) for number, mine in own.items()]


def _solved(table: LongTable, one: Instance, number: int) -> Fraction | None:
    """The figure of one row that makes a claim hold, at that figure's own precision."""
    figure = one.left.figures.get(number) or one.named
    if figure is None or figure.row != number:
        return None
    start = figure.printed.exact
    gaps = [_gap(table, one, {number: start + shift}) for shift in (0, figure.printed.step)]
    if gaps[0] is None or gaps[1] is None or gaps[0] == gaps[1]:
        return None
    root = start - gaps[0] * figure.printed.step / (gaps[1] - gaps[0])
    return round(root / figure.printed.step) * figure.printed.step


def _gap(table: LongTable, one: Instance, trial: dict[int, Fraction]) -> Fraction | None:
    try:
        left = compute(one.claim.left, table.at(one.row), trial).number * one.scale
    except ClaimError:
        return None
    right = trial.get(one.named.row, one.right.exact) if one.named else one.right.exact
    return left - right


def _holds(table: LongTable, one: Instance, trial: dict[int, Fraction]) -> bool:
    gap = _gap(table, one, trial)
    return gap is not None and agrees(gap, Fraction(0), one.right.step)


# -- entries ----------------------------------------------------------------------------------------------------


def _failed(check: LongCheck, row: LongRow, failing: list[Instance], value: Fraction | None) -> Inconsistency:
    first = failing[0]
    if value is not None:
        what = text(
            "{count} claims fail with this figure and hold with {right}: {claims}",
            count=len(failing),
            right=show(value, row.printed.step),
            claims="; ".join(str(text("row {row}", row=one.row.row)) + f" {one.claim.words}" for one in failing[:4]),
        )
        return entry(
            check.table,
            row,
            "claim",
            row.printed.words,
            show(value, row.printed.step),
            float(row.printed.exact - value),
            what,
            explain_number(row.printed.exact, row.printed.step, value),
            involved=tuple(
                str(n)
                for n in sorted(
                    {row.row for one in failing for row in (one.row,)} | {n for one in failing for n in one.rows}
                )
            ),
        )
    share = "%" if first.right.share == "%" else ""
    computed, right = first.computed, first.right
    shown = show(computed, right.step, share)
    what = text(
        "{claim}: computed {computed}, printed {printed}.", claim=first.claim.words, computed=shown, printed=right.words
    )
    explanations = [off(right.exact, computed, right.step, share)]
    if slipped := _slip_of(right, computed):
        explanations.append(slipped)
    explanations += _base_of(check, first)
    explanations += _literal_slips(check, first)
    suspects = tuple(_suspects(check, first))
    return entry(
        check.table,
        row,
        "claim",
        right.words,
        shown,
        float(right.exact - computed),
        what,
        explanations,
        suspects,
        tuple(str(n) for n in sorted(first.rows | {row.row})),
    )


def _slip_of(right: Printed, computed: Fraction) -> Explanation | None:
    target = round(computed / right.step) * right.step
    if target != computed and (cut := rounding(computed, right.exact, right.step)):
        return cut
    cause = slip(right.exact, right.step, lambda x: agrees(computed, x, right.step), target)
    return told(cause[0], cause[1], right.step, right.share) if cause else None


def _base_of(check: LongCheck, one: Instance) -> list[Explanation]:
    """For a share: which base the printed one needs, and which figures of the table would do."""
    tree = one.claim.left
    if tree.data != "divide" or one.scale != 100 or not one.right.exact:
        return []
    view = check.table.at(one.row)
    above, base = compute(tree.children[0], view).number, compute(tree.children[1], view).number
    low, high = sorted(
        (
            above * 100 / (one.right.exact + one.right.step / 2),
            above * 100 / (one.right.exact - one.right.step / 2)
            if one.right.exact != one.right.step / 2
            else Fraction(10**12),
        )
    )
    found = (
        [
            Explanation(
                "base",
                text(
                    "The printed share needs a base of {low} to {high} instead of {base}.",
                    low=show(math.ceil(low), 1),
                    high=show(math.floor(high), 1),
                    base=show(base, 1),
                ),
            )
        ]
        if math.ceil(low) <= math.floor(high)
        else []
    )
    names = sorted(
        {
            f"{row.name} = {row.printed.words}"
            for row in check.table.rows
            if row.printed.is_number
            and low <= row.printed.exact <= high
            and row.printed.exact != base
            and row.unit == one.row.unit
        }
    )
    if names:
        found.append(Explanation("base", text("Such a base stands in the table: {names}.", names="; ".join(names[:3]))))
    return found


def _literal_slips(check: LongCheck, one: Instance) -> list[Explanation]:
    """A number written out in the claim that, with one slip mended, makes it follow (1,171 + 591 = 1,763)."""
    if one.left.divides:
        return []
    found = []
    for words, printed in list(one.claim.literals())[1:8]:
        wanted = printed.exact + (one.right.exact - one.computed) / one.scale
        if wanted > 0 and kind_of_slip(round(printed.exact / printed.step), round(wanted / printed.step)):
            found.append(
                Explanation(
                    "other_cell", text("Or {figure} should be {right}.", figure=words, right=show(wanted, printed.step))
                )
            )
    return found[:3]


def _suspects(check: LongCheck, one: Instance) -> list[str]:
    rows = {row.row: row for row in check.table.rows}
    found = []
    for number in sorted(one.rows - {one.row.row}):
        value = _solved(check.table, one, number)
        printed = rows[number].printed
        if value is not None and kind_of_slip(round(printed.exact / printed.step), round(value / printed.step)):
            broken = any(
                other.holds and number in other.rows and not _holds(check.table, other, {number: value})
                for other in check.instances
            )
            if not broken:
                found.append(
                    str(text("row {row}", row=number)) + f" {rows[number].name}: {printed.words} → "
                    f"{show(value, printed.step)}"
                )
    return found[:5]


_ORDER = ("copy", "claim", "contradiction", "base", "range")


def _merged(entries: list[Inconsistency]) -> Inconsistency:
    """One entry for a row, that which names the cause first; what the others say is kept."""
    ordered = sorted(entries, key=lambda one: _ORDER.index(one.kind))
    first = ordered[0]
    if len(ordered) == 1:
        return first
    recomputed = next((one.recomputed for one in ordered if one.recomputed), "")
    off_by = next((one.off_by for one in ordered if one.off_by is not None), None)
    explanations = list(first.explanations)
    for one in ordered[1:]:
        if one.what not in [known.words for known in explanations]:
            explanations.append(Explanation("other_cell", one.what))
            explanations += [known for known in one.explanations if known not in explanations]
    return Inconsistency(
        first.sheet,
        first.row,
        first.column,
        first.key,
        first.kind,
        first.printed,
        recomputed,
        off_by,
        first.what,
        tuple(explanations),
        tuple({s: None for one in ordered for s in one.suspects}),
        tuple({s: None for one in ordered for s in one.involved}),
    )

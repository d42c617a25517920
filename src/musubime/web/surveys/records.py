"""One return as plain data, and every field of it by a path.

A record is that of `musubime.surveys.returns`, with a number "#" in each row, which stays the row's own whatever is
added or deleted before it, and with `reasons`: what a municipality says to a query, beside the value it spoke of.

Paths: a/QUESTION (an answer), n/QUESTION (a note), r/ROSTER/ROW (a row; None deletes it), r/ROSTER/ROW/QUESTION, and
w/QUERY (why a query stands).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from musubime.surveys.questionnaires import Question, Questionnaire, same

Record = dict[str, Any]
Change = Sequence[Any]  # path, old, new
ROW = "#"
_PLACES = {"a": "answers", "n": "notes", "w": "reasons"}


def fresh(questionnaire: Questionnaire) -> Record:
    return {"answers": {}, "notes": {}, "reasons": {}, "rosters": {roster.id: [] for roster in questionnaire.rosters}}


def row_path(roster: str, row: int) -> str:
    return f"r/{roster}/{row}"


def find_row(record: Mapping[str, Any], roster: str, row: int) -> dict[str, Any] | None:
    rows: list[dict[str, Any]] = record["rosters"].get(roster, [])
    return next((one for one in rows if one[ROW] == row), None)


def value_at(record: Mapping[str, Any], path: str) -> Any:
    """What stands there; None where nothing does. A row comes without its number."""
    kind, _, rest = path.partition("/")
    if kind in _PLACES:
        return record[_PLACES[kind]].get(rest)
    roster, number, *question = rest.split("/")
    row = find_row(record, roster, int(number))
    if row is None:
        return None
    if question:
        return row.get(question[0])
    return {name: value for name, value in row.items() if name != ROW}


def put(record: Record, path: str, value: Any) -> None:
    """Write one field; None takes it away. A field of a row that is not there is left."""
    kind, _, rest = path.partition("/")
    if kind in _PLACES:
        _set(record[_PLACES[kind]], rest, value)
        return
    roster, number, *question = rest.split("/")
    rows = record["rosters"].setdefault(roster, [])
    row = find_row(record, roster, int(number))
    if question:
        if row is not None:
            _set(row, question[0], value)
    elif value is None:
        record["rosters"][roster] = [one for one in rows if one[ROW] != int(number)]
    elif row is None:
        rows.append({ROW: int(number), **value})
    else:
        row.clear()
        row.update({ROW: int(number), **value})


def _set(place: dict[str, Any], name: str, value: Any) -> None:
    if value is None:
        place.pop(name, None)
    else:
        place[name] = value


def undone(record: Mapping[str, Any], changes: Iterable[Change]) -> Record:
    """The record before these changes, which are given latest first."""
    earlier: Record = {
        **{place: dict(record[place]) for place in _PLACES.values()},
        "rosters": {roster: [dict(row) for row in rows] for roster, rows in record["rosters"].items()}}
    for path, old, _ in changes:
        put(earlier, path, old)
    return earlier


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """What leads from one record to another, new values by path; reasons are left alone."""
    found: dict[str, Any] = {}
    for kind, place in (("a", "answers"), ("n", "notes")):
        for name in {**old[place], **new[place]}:
            if old[place].get(name) != new[place].get(name):
                found[f"{kind}/{name}"] = new[place].get(name)
    for roster in {**old["rosters"], **new["rosters"]}:
        before = {row[ROW]: row for row in old["rosters"].get(roster, [])}
        after = {row[ROW]: row for row in new["rosters"].get(roster, [])}
        for number in {**before, **after}:
            path = row_path(roster, number)
            if number not in after:
                found[path] = None
            elif number not in before:
                found[path] = {name: value for name, value in after[number].items() if name != ROW}
            else:
                for name in {**before[number], **after[number]}:
                    if name != ROW and before[number].get(name) != after[number].get(name):
                        found[f"{path}/{name}"] = after[number].get(name)
    return found


def numbered(
    record: Record, like: Mapping[str, Any], questionnaire: Questionnaire, next_row: int,
) -> tuple[Record, int]:
    """Rows read from a file with the numbers of the rows of `like` that they continue: those of the same name, and a
    row in the same place whose name has changed. Others get new numbers, from `next_row`. Also returns the next."""
    numbered_ = {"reasons": {}, **record, "rosters": {}}
    for roster in questionnaire.rosters:
        rows, known = record["rosters"].get(roster.id, []), like["rosters"].get(roster.id, [])
        taken: dict[int, int] = {}
        free: dict[str, list[int]] = {}
        for row in known:
            free.setdefault(same(str(row.get(roster.key, ""))), []).append(row[ROW])
        for at, row in enumerate(rows):
            if numbers := free.get(same(str(row.get(roster.key, "")))):
                taken[at] = numbers.pop(0)
        used = set(taken.values())
        for at in range(min(len(rows), len(known))):
            if at not in taken and known[at][ROW] not in used:
                taken[at] = known[at][ROW]
                used.add(known[at][ROW])
        for at in range(len(rows)):
            if at not in taken:
                taken[at], next_row = next_row, next_row + 1
        numbered_["rosters"][roster.id] = [{ROW: taken[at], **row} for at, row in enumerate(rows)]
    return numbered_, next_row


def storable(value: Any) -> Any:
    """Without the character NUL, which no answer needs and PostgreSQL cannot keep."""
    if isinstance(value, str):
        return value.replace("\x00", "")
    if isinstance(value, dict):
        return {storable(name): storable(inner) for name, inner in value.items()}
    return [storable(inner) for inner in value] if isinstance(value, list | tuple) else value


def plain(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record as the library knows it: without numbers and reasons."""
    return {
        "answers": record["answers"], "notes": record["notes"],
        "rosters": {roster: [{name: value for name, value in row.items() if name != ROW} for row in rows]
                    for roster, rows in record["rosters"].items()},
    }


def question_of(path: str, questionnaire: Questionnaire) -> Question | None:
    """The question that a path belongs to; None for a row, a reason, or what does not exist."""
    kind, _, rest = path.partition("/")
    if kind in ("a", "n"):
        return questionnaire.question(rest)
    parts = rest.split("/")
    if kind != "r" or len(parts) != 3:
        return None
    roster = questionnaire.roster(parts[0])
    return None if roster is None or not parts[1].isdecimal() else roster.question(parts[2])


def is_path(path: str, questionnaire: Questionnaire) -> bool:
    """Whether such a field can exist: what a browser sends is not believed."""
    if path.startswith("w/"):
        return 2 < len(path) <= 200
    if path.startswith("r/"):
        parts = path.split("/")
        about = questionnaire.roster(parts[1]) if len(parts) in (3, 4) else None
        if about is None or not parts[2].isascii() or not parts[2].isdecimal() or len(parts[2]) > 9:
            return False
        return len(parts) == 3 or about.question(parts[3]) is not None
    return question_of(path, questionnaire) is not None

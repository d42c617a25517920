"""Read the answers of a survey's respondents, one row a person or one row a tie, and classify them."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from musubime.errors import Fault, InputError
from musubime.language import Text, text
from musubime.provenance import Ledger
from musubime.tabular import decode, delimiter_of, number, peek_tables, read_tables, squeezed, table_bytes

from .model import Classification, Ints, Respondents, age_words
from .rules import classify, depth

HEADINGS = {
    "respondent": ("respondent", "id", "回答者", "回答者番号", "回答者id", "サンプルid"),
    "sex": ("sex", "gender", "性別", "男女別"),
    "age": ("age", "ageclass", "年齢", "満年齢", "年齢階級", "年齢区分", "年代", "年齢5歳階級", "年齢各歳"),
    "area": ("area", "region", "居住地", "居住地域", "居住都道府県", "都道府県", "全国・都道府県", "地域"),
    "weight": ("weight", "ウェイト", "ウエイト", "設計ウェイト"),
    "stratum": ("stratum", "strata", "層"),
    "psu": ("psu", "cluster", "抽出単位", "調査地点"),
    "destination": ("destination", "訪問先", "関わり先", "関わる地域名", "訪問地域"),
}
SEXES = {
    "male": "male", "m": "male", "男": "male", "男性": "male", "1": "male", "1.0": "male",
    "female": "female", "f": "female", "女": "female", "女性": "female", "2": "female", "2.0": "female",
}
YES = frozenset(("1", "1.0", "yes", "y", "true", "はい", "有", "あり", "ある", "○", "〇", "◯", "✓", "✔", "☑", "該当"))
NO = frozenset(("0", "0.0", "no", "n", "false", "いいえ", "無", "なし", "ない", "×", "✕", "非該当", "2", "2.0"))
EMPTY = frozenset(("", "-", "無回答", "不明", "na", "n/a", "nan", "null", "."))
NO_SEX = frozenset(("その他", "other", "回答しない", "答えたくない", "回答したくない", "男女以外"))
HEADING_WITHIN = 40
CELLS_BEYOND = 3
BEYOND = "\0"
"""The heading of what stands to the right of the last one."""
MOST_EXAMPLES = 5

_AROUND = re.compile(r"^(?:問|設問|q|f|sc)\d+(?:[-_]\d+)?[.、:)_]*(?=.)|[(\[](?:sa|ma|fa|歳|単数回答|複数回答)[)\]]$")
"""A question's number and kind, which panel companies write around its heading: Q1_性別, 年齢（歳）."""
_AGE_CLASS = re.compile(r"(\d{1,3})(?:代|(?:以上)?(?:[-~〜～―–]|から|以上)(\d{1,3})(?:まで|以下)?)?(以上|\+|[-~〜～])?")
OLDEST = 130


def age_span(words: str) -> tuple[float, float] | None:
    """First and last age of an age or an age class, the last inf for an open one; None when it is neither.

    >>> age_span("34"), age_span("18～29歳"), age_span("20代"), age_span("65歳以上"), age_span("若者")
    ((34.0, 34.0), (18.0, 29.0), (20.0, 29.0), (65.0, inf), None)
    """
    plain = squeezed(words).removeprefix("満")
    match = _AGE_CLASS.fullmatch(re.sub("[歳才]", "", plain))
    if not match:
        read = number(plain)
        return (math.floor(read.value),) * 2 if read.state == "number" and 0 <= read.value < OLDEST else None
    low = float(match[1])
    high = math.inf if match[3] else float(match[2]) if match[2] else low + 9 if "代" in plain else low
    return (low, high) if low <= high and low < OLDEST else None


def read_respondents(path: Path, rules: Classification, ledger: Ledger, *, min_age: int = 18) -> Respondents:
    """Who answered and of which class. Left out, with a note: persons under `min_age`, or without sex or age.

    Raises InputError with every fault: a column that is missing, an answer that is neither yes nor no, rows of one
    person that contradict each other, weights that are not positive.
    """
    table = _open(path, rules)
    _find_columns(table, rules, ledger)
    rows = len(table.cells)
    answers = {}
    for name, column in rules.columns.items():
        if name in table.columns:
            reading = _tick(table.heading(name)) if column.kind == "tick" else _question
            answers[name] = table.each(
                name, reading, text("This is neither yes nor no."), text("Write 1 or 0 (はい or いいえ)."), -1,
            ).astype(np.int8)
    sex = table.each("sex", _sex, text("This is no sex known here."),
                     text("Write male or female (男 or 女), or leave it empty."), "")
    span = table.each("age", _age, text("This is neither an age nor an age class."),
                      text("Write 34, 30-39 or 65+ (65歳以上)."), (np.nan, np.nan)).astype(np.float64)
    weight = np.ones(rows)
    if "weight" in table.columns:
        weight = table.each("weight", _weight, text("A weight must be above zero."),
                            text("Correct the cell, or leave the column out: then everybody weighs the same."), 1.0)
    keys = (table.cells.iloc[:, table.columns["respondent"]].str.strip().to_numpy(dtype=object)
            if "respondent" in table.columns else table.at.astype(str))
    if (keys == "").any():
        table.fault(text("{count} rows have no respondent.", count=int((keys == "").sum())),
                    text("Give each a number, or leave the column out if each row is a person."), "respondent",
                    int(np.flatnonzero(keys == "")[0]))
    person, first = _persons(keys)
    for name in ("stratum", "psu"):
        blank = table.strings(name) == "" if name in table.columns else np.zeros(0, dtype=bool)
        if blank.all():
            table.columns.pop(name, None)  # a column that nobody filled in is none
        elif blank.any():
            table.fault(text("{count} rows have no {field}.", count=int(blank.sum()), field=table.heading(name)),
                        text("Give every row one, or leave the column out."), name, int(np.flatnonzero(blank)[0]))
    words: dict[str, Any] = {
        name: table.strings(name)
        for name in ("area", "stratum", "psu", "destination") if name in table.columns
    }
    alike: dict[str, Any] = {"sex": sex, "age": span[:, 0], "weight": weight, **words}
    for name, values in alike.items():
        if name != "destination":
            _check_agreement(table, name, values, keys, first[person])
    if table.faults:
        raise InputError(table.faults)

    tie_class, class_ids, stopped = classify(rules, answers, rows)
    rank = depth(rules, class_ids)
    best = np.full(len(first), len(class_ids), dtype=np.int64)
    np.minimum.at(best, person, rank[tie_class])
    known = (sex[first] != "") & ~np.isnan(span[first, 0])
    young = known & (span[first, 0] < min_age)
    ledger.note("dropped", text("Respondents without sex or age were left out: they stand in no post-stratum."),
                count=int((~known).sum()), source=path.name,
                examples=[str(key) for key in keys[first][~known][:MOST_EXAMPLES]])
    ledger.note("dropped", text("Respondents under {age}, or of an age class that begins below it, were left out.",
                                age=min_age), count=int(young.sum()), source=path.name,
                examples=[f"{key} ({age_words(*span[row])})" for key, row in zip(
                    keys[first][young][:MOST_EXAMPLES], first[young], strict=False)])
    coded = table.count("sex", ("1", "2"))
    ledger.note("assumption", text("Sexes coded 1 and 2 were taken as male and female."), count=coded,
                source=path.name)
    kept = known & ~young
    if not kept.any():
        raise InputError(Fault(text("No respondent is left to estimate from."), text("Give answers with sex and age."),
                               file=path.name))
    where, ties = first[kept], kept[person]
    none = np.full(rows, "")
    return Respondents(
        ids=tuple(map(str, keys[where])), sex=tuple(map(str, sex[where])), age_from=span[where, 0],
        age_to=span[where, 1], area=tuple(map(str, words.get("area", none)[where])), weight=weight[where],
        stratum=_positions(words.get("stratum", none)[where]),
        psu=_positions(words["psu"][where]) if "psu" in words else np.arange(len(where)),
        class_ids=class_ids, class_of=np.argsort(rank)[best[kept]],
        tie_person=(np.cumsum(kept) - 1)[person[ties]], tie_class=tie_class[ties],
        destination=tuple(map(str, words.get("destination", none)[ties])), stopped=stopped,
    )


# -- cells -----------------------------------------------------------------------------------------------------


def _question(cell: str) -> int | None:
    return 1 if cell in YES else 0 if cell in NO else -1 if cell in EMPTY else None


def _tick(heading: str) -> Callable[[str], int | None]:
    """A tick is also the option's own words, as many exports write it."""
    return lambda cell: 1 if cell in YES or cell == heading else 0 if cell in NO or cell in EMPTY else None


def _sex(cell: str) -> str | None:
    return "" if cell in EMPTY or cell in NO_SEX else SEXES.get(cell)


def _age(cell: str) -> tuple[float, float] | None:
    return (np.nan, np.nan) if cell in EMPTY else age_span(cell)


def _weight(cell: str) -> float | None:
    read = number(cell)
    return read.value if read.state == "number" and 0 < read.value < 1e12 else None


# -- the file --------------------------------------------------------------------------------------------------


@dataclass
class _Table:
    """A file's cells as text. at: each row's number in the file; columns: where each of ours stands."""

    name: str
    cells: pd.DataFrame
    at: Ints
    columns: dict[str, int]
    faults: list[Fault]

    def heading(self, name: str) -> str:
        return squeezed(str(self.cells.columns[self.columns[name]])).lower() if name in self.columns else name

    def fault(self, what: Text, remedy: Text, name: str, row: int | None = None, value: object = "") -> None:
        self.faults.append(Fault(what, remedy, file=self.name, row=None if row is None else int(self.at[row]),
                                 field=self.heading(name), value=str(value)))

    def strings(self, name: str) -> Any:
        """Cells of few kinds, such as areas, without the blanks that pad them."""
        codes, unique = pd.factorize(self.cells.iloc[:, self.columns[name]])
        return np.array([squeezed(str(cell)) for cell in unique], dtype=object)[codes]

    def count(self, name: str, words: tuple[str, ...]) -> int:
        """Rows whose cell is a number among `words`."""
        return int(np.isin(np.array([w.removesuffix(".0") for w in self.strings(name)]), words).sum())

    def each(self, name: str, read: Callable[[str], Any], what: Text, remedy: Text, bad: Any) -> Any:
        """What each cell says; of cells that say nothing known, one fault for each different one."""
        codes, unique = pd.factorize(self.cells.iloc[:, self.columns[name]])
        values = []
        for code, cell in enumerate(unique):
            value = read(squeezed(str(cell)).lower())
            if value is None:
                self.fault(what, remedy, name, int(np.flatnonzero(codes == code)[0]), cell)
            values.append(bad if value is None else value)
        return np.array(values)[codes]


def _known_headings(rules: Classification) -> dict[str, str]:
    found = {_heading(heading): name for name, headings in HEADINGS.items() for heading in headings}
    for name, column in rules.columns.items():
        for heading in (name, *column.headings, column.words.to("ja"), column.words.to("en")):
            found.setdefault(_heading(heading), name)
    return found


def _heading(cell: str) -> str:
    return _AROUND.sub("", squeezed(cell).lower())


def _open(path: Path, rules: Classification) -> _Table:
    """The sheet and row whose cells name most of what is asked for, and what stands below."""
    known = _known_headings(rules)
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise InputError(Fault(
            text("The file cannot be opened."), text("Close it elsewhere, or give the right to read it."),
            file=path.name,
        )) from error
    sheets = peek_tables(path, head) or read_tables(path)  # the second says what is wrong with it
    named, heading, sheet = max(
        ((len({known.get(_heading(c)) for c in row} - {None}), -i, s) for s in sheets
         for i, row in enumerate(s.rows[:HEADING_WITHIN])), key=lambda found: found[:2], default=(0, 0, None),
    )
    if sheet is None or named < 2:
        raise InputError(Fault(
            text("No row names the columns of respondents: sex (性別), age (年齢) and what the rules ask for."),
            text("Put headings in the first row."), file=path.name,
        ))
    cells = _csv(path, -heading, len(sheet.rows[-heading])) if sheet.encoding else _grid(
        next(s.rows for s in read_tables(path) if s.name == sheet.name), -heading)
    cells = cells[(cells != "").any(axis=1)]
    empty = (cells.iloc[:, 0].str.strip() == "").to_numpy(copy=True)
    empty[empty] = [not cells.iloc[i].str.strip().any() for i in np.flatnonzero(empty)]
    cells = cells[~empty]
    faults = []
    beyond = (cells.loc[:, cells.columns == BEYOND] != "").any(axis=1).to_numpy()
    if beyond.any():
        faults.append(Fault(
            text("{count} rows have more cells than there are headings: a comma within a cell may have cut it.",
                 count=int(beyond.sum())),
            text("Put the cell in quotation marks, or save the table as .xlsx."), file=path.name,
            row=int(cells.index[beyond][0]) + 2 - heading))
    if not len(cells):
        raise InputError(Fault(text("No row of answers stands below the headings."),
                               text("Give answers with sex and age."), file=path.name))
    return _Table(path.name, cells, cells.index.to_numpy() + 2 - heading, {}, faults)


def _grid(rows: tuple[tuple[str, ...], ...], heading: int) -> pd.DataFrame:
    width = max(len(row) for row in rows[heading:])
    padded = [(*row, *[""] * (width - len(row))) for row in rows[heading:]]
    return pd.DataFrame(padded[1:], columns=list(padded[0]), dtype=object)


def _csv(path: Path, heading: int, width: int) -> pd.DataFrame:
    """pandas' own reader: a panel of 150,000 rows has more cells than `tabular` keeps as Python text.

    Headings are a row like others to it: it would rename those that stand twice, and shift rows with a cell too many.
    """
    decoded, _, _ = decode(table_bytes(path), path)
    try:
        cells = pd.read_csv(io.StringIO(decoded), sep=delimiter_of(decoded), skiprows=heading, header=None, dtype=str,
                            names=range(width + CELLS_BEYOND), keep_default_na=False, skip_blank_lines=False,
                            index_col=False).fillna("")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise InputError(Fault(
            text("The rows of this table cannot be told apart ({reason}).", reason=str(error).split("\n", 1)[0][:120]),
            text("Open it in Excel, save it as .xlsx or as CSV (UTF-8), and use that file."), file=path.name,
        )) from error
    cells.columns = [*cells.iloc[0, :width], *[BEYOND] * CELLS_BEYOND]
    return cells.iloc[1:].reset_index(drop=True)


def _find_columns(table: _Table, rules: Classification, ledger: Ledger) -> None:
    known = _known_headings(rules)
    unread = []
    for at, heading in enumerate(table.cells.columns):
        name = known.get(_heading(str(heading)))
        if name is None:
            unread += [str(heading)] if heading not in ("", BEYOND) else []
        elif name in table.columns:
            table.fault(text("Two columns say the same: {first} and {second}.",
                             first=str(table.cells.columns[table.columns[name]]), second=str(heading)),
                        text("Keep one of them, or rename the other."), name)
        else:
            table.columns[name] = at
    wanted = {"sex": "性別", "age": "年齢"} | {
        name: column.headings[0] if column.headings else column.words.to("ja")
        for name, column in rules.columns.items()
        if column.kind == "question" and any(name in rule.when for rule in rules.rules)
    }
    for name, heading in wanted.items():
        if name not in table.columns:
            table.fault(text("The column {name} ({heading}) is missing.", name=name, heading=heading),
                        text("Add it: without it nobody can be classified."), name)
    ledger.note("dropped", text("Columns that no rule asks for were not read."), count=len(unread), source=table.name,
                examples=unread[:MOST_EXAMPLES])
    unasked = [name for name, column in rules.columns.items() if column.kind == "tick" and name not in table.columns]
    ledger.note("missing", text("Ticks that the file has no column for count as not ticked."), count=len(unasked),
                source=table.name,
                examples=[(*rules.columns[name].headings, name)[0] for name in unasked[:MOST_EXAMPLES]])
    if table.faults:
        raise InputError(table.faults)


def _persons(keys: Any) -> tuple[Ints, Ints]:
    """Each row's person, and each person's first row."""
    codes, unique = pd.factorize(keys)
    first = np.full(len(unique), len(keys), dtype=np.int64)
    np.minimum.at(first, codes, np.arange(len(keys)))
    return codes.astype(np.int64), first


def _positions(values: Any) -> Ints:
    return np.asarray(pd.factorize(values)[0], dtype=np.int64)


def _check_agreement(table: _Table, name: str, values: Any, keys: Any, first_row: Ints) -> None:
    """A person with several rows has one sex, age, weight and home."""
    with np.errstate(invalid="ignore"):
        differs = values != values[first_row]
    if values.dtype.kind == "f":
        differs &= ~(np.isnan(values) & np.isnan(values[first_row]))
    if differs.any():
        row = int(np.flatnonzero(differs)[0])
        table.fault(text("{count} rows contradict an earlier row of the same respondent.", count=int(differs.sum())),
                    text("A respondent's rows are ties to different places; make the rest alike."), name, row,
                    f"{keys[row]}: {values[row]}")

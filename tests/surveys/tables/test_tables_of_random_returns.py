"""Whatever returns come in: counts are those of the rows, totals are the sums of their parts, nobody is lost."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from survey_worlds import at_random

from musubime.surveys.tables import Table, make_tables

WAVES = (("small-hubs", "2022", 2022, "2018", 2018), ("small-hubs", "2018", 2018, "2018", 2017),
         ("rmo", "2022", 2022, "2019", 2019), ("rmo", "2019", 2019, "2019", 2018),
         ("settlements", "2024", 2024, "2019", 2019), ("related-population", "2021", 2021, "2021", 2020))


def _sums_hold(table: Table) -> None:
    """Added up again with plain numbers, not by the table itself."""
    for column in table.columns:
        for row in table.rows:
            value = table.value(row.id, column.id)
            if value is None:
                assert (row.id, column.id) in table.blanks, (table.id, row.id, column.id)
                continue
            if row.sum_of and column.kind in ("count", "amount"):
                assert value == sum(table.value(part, column.id) or 0 for part in row.sum_of), (table.id, column.id)
            if column.sum_of:
                assert value == sum(table.value(row.id, part) or 0 for part in column.sum_of), (table.id, row.id)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**6), st.integers(0, 120), st.sampled_from(WAVES))
def test_totals_are_the_sums_of_their_parts_in_every_table(
    seed: int, n: int, wave: tuple[str, str, int, str, int]
) -> None:
    survey, version, year, old, before = wave
    now, then = at_random(survey, version, year, n, seed), at_random(survey, old, before, n, seed + 1)
    for table in make_tables(now, then):
        _sums_hold(table)
        assert table.title.to("ja")
        assert table.base.to("ja") != table.base.to("en")


@pytest.mark.parametrize("seed", [1, 2])
def test_counts_are_those_of_the_rows(seed: int) -> None:
    returns = at_random("small-hubs", "2022", 2022, 200, seed)
    tables = {t.id: t for t in make_tables(returns)}
    answers, asked = returns.answers, returns.asked
    by_prefecture: Counter[str] = Counter()
    for code, number in answers["hubs_all"].dropna().items():
        by_prefecture[str(code)[:2]] += int(number)
    table = tables["hubs_all_by_prefecture"]
    assert {row.id: table.value(row.id, "units") for row in table.rows if row.role == "part"} == {
        code: by_prefecture.get(code, 0) for code in sorted(asked["prefecture"].unique())}
    rows = returns.rosters["hubs"]
    in_strategy = rows["in_strategy"].fillna(False).tolist()
    named = [range_ for range_, strategy in zip(rows["range"], in_strategy, strict=True) if strategy]
    counted = Counter(named)
    table = tables["hubs_range_in_strategy"]
    for row in table.rows:
        if row.role == "part":
            assert table.value(row.id, "count") == counted.get(row.id, 0)
    assert table.value("no_answer", "count") == sum(not isinstance(given, str) for given in named)
    status = tables["hub_status"]
    complete = answers[["hubs_all", "hubs_in_strategy"]].notna().all(axis=1)
    assert status.value("total", "total") <= int(complete.sum())


def test_nobody_answered() -> None:
    for survey, version, year, *_ in WAVES:
        returns = at_random(survey, version, year, 5, 3)
        returns.asked["status"] = "missing"
        nobody = type(returns)(survey, year, version, returns.asked, returns.answers.iloc[:0],
                               {name: rows.iloc[:0] for name, rows in returns.rosters.items()})
        for table in make_tables(nobody):
            _sums_hold(table)
            assert table.answered == 0

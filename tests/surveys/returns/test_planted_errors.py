"""Errors planted in realistic returns: every one is told at its cell, and clean returns are left in peace."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from planting import filled, planted_return

from musubime.surveys.questionnaires import questionnaire, shipped
from musubime.surveys.returns import Sent
from musubime.surveys.returns.check import check_return
from musubime.surveys.returns.find import find, labels_of
from musubime.surveys.returns.workbook import open_file

NAMES = [f"{q.survey}-{q.version}" for q in shipped()]


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("name", NAMES)
def test_clean_returns_come_back_as_they_were_and_without_a_word(name: str, language: str, world: Callable) -> None:
    here = world(name, towns=3)
    labels = labels_of(here.questionnaire)
    for code in here.codes:
        data = here.put(code, language=language).read_bytes()
        opened = open_file(data, "x.xlsx")
        checked = check_return(find(opened.grids, here.questionnaire, labels), here.questionnaire, "x.xlsx",
                               here.answers[code])
        assert [str(f.what) for f in [*opened.findings, *checked.findings]] == []
        assert checked.answers.as_json() == here.answers[code].as_json()


@pytest.mark.parametrize("name", NAMES)
def test_every_planted_error_is_told_at_its_cell(name: str, world: Callable, tmp_path_factory: pytest.TempPathFactory
                                                 ) -> None:
    asked = questionnaire(name)
    here = world(name, towns=16, seed=5)
    labels = labels_of(asked)
    folder = tmp_path_factory.mktemp("planted")
    rng = np.random.default_rng(11)
    missed, planted_all = [], 0
    for code in here.codes:
        given, planted = planted_return(asked, here.answers[code], rng)
        path = filled(Sent(asked, 2022, code, here.places.names[code], given=given), folder / f"{code}.xlsx")
        found = find(open_file(path.read_bytes(), path.name).grids, asked, labels)
        checked = check_return(found, asked, path.name, None)
        told = {(f.sheet, f.cell): f.kind for f in reversed(checked.findings) if f.cell}
        by_cell: dict[tuple[str, str], set[str]] = {}
        for f in checked.findings:
            by_cell.setdefault((f.sheet, f.cell), set()).add(f.kind)
        planted_all += len(planted)
        missed += [(code, p, told.get((p.sheet, p.cell))) for p in planted
                   if not by_cell.get((p.sheet, p.cell), set()) & set(p.kinds)]
    assert planted_all >= 30
    assert not missed, missed[:5]

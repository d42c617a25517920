"""The list of depopulated municipalities."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from table_probes import noted, probe, read, recognised_by, written

from musubime.errors import InputError
from musubime.opendata import designation
from musubime.opendata.model import DesignationPiece
from musubime.provenance import Ledger

HEADING = "都道府県名,市町村名,過疎区分,みなされる区域,旧法下の区分\n"


def test_faults_of_a_list_are_told_together(tmp_path: Path) -> None:
    found = written(
        tmp_path, "d.csv", HEADING + "山口県,岩国市,一部過疎,本郷村|錦町,\n山口,萩市,全部過疎,,\n山口県,美祢市,過疎,,\n"
    )
    assert recognised_by(found) == ["designation"]
    with pytest.raises(InputError) as caught:
        designation.read(found, Ledger())
    assert [(fault.row, fault.value) for fault in caught.value.faults] == [(3, "山口 萩市"), (4, "過疎")]


def test_the_date_of_a_title_is_kept(tmp_path: Path) -> None:
    found = written(
        tmp_path, "d.csv", "過疎地域市町村等一覧（令和4年4月1日）\n" + HEADING + "山口県,美祢市,全部過疎,,\n"
    )
    (piece,), ledger = read(designation, found)
    assert isinstance(piece, DesignationPiece)
    assert piece.date == "2022-04-01"
    assert not ledger.notes


@pytest.mark.shared
def test_the_list_of_2022(shared: Path) -> None:
    found = probe(shared / "designation/中間_過疎一覧.csv")
    assert recognised_by(found) == ["designation"]
    (piece,), ledger = read(designation, found)
    assert isinstance(piece, DesignationPiece)
    assert Counter(piece.classes.values()) == {"全部過疎": 713, "一部過疎": 158, "みなし過疎": 14}
    assert len(piece.classes) == 885
    assert piece.classes["石川県", "能登町"] == "全部過疎"
    assert piece.areas["山口県", "岩国市"] == ("本郷村", "錦町", "美川町", "美和町", "周東町")
    assert sum(1 for prefecture, _ in piece.classes if prefecture == "島根県") == 19  # all of Shimane
    cut = next(note for note in ledger.of_kind("missing") if note.count == 4)
    assert [example.split()[1] for example in cut.examples] == ["上越市", "呉市", "今治市", "薩摩川内市"]
    assert noted(ledger, "missing")["The list does not say for which date it holds."] == 1

"""Turn rules in the region folder: written, read again, and told when they name no road."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_region import tiny_region

from musubime.errors import InputError
from musubime.region import Region, TurnRule

RULES = (TurnRule(0, 1, 132.0, 34.2, "no_left_turn"), TurnRule(1, 0, 132.0, 34.2, "only_straight_on"))


def saved(folder: Path) -> Path:
    region = tiny_region()
    assert region.roads is not None
    replace(region, roads=replace(region.roads, turns=RULES)).save(folder)
    return folder


def change(folder: Path, statement: str) -> None:
    with sqlite3.connect(folder / "region.gpkg") as base:
        for row in base.execute("select name from sqlite_master where type = 'trigger'").fetchall():
            base.execute(f'drop trigger "{row[0]}"')  # they call functions that only GDAL knows
        base.execute(statement)
    base.close()


def test_rules_come_back_as_they_were(tmp_path: Path) -> None:
    roads = Region.open(saved(tmp_path)).roads
    assert roads is not None
    assert roads.turns == RULES
    assert not Region.open(tmp_path).check()


def test_a_region_without_rules_has_no_layer_of_them(tmp_path: Path) -> None:
    tiny_region().save(tmp_path)
    with sqlite3.connect(tmp_path / "region.gpkg") as base:
        assert not base.execute("select 1 from gpkg_contents where table_name = 'turn_rules'").fetchall()
    roads = Region.open(tmp_path).roads
    assert roads is not None
    assert roads.turns == ()


def test_rules_keep_their_roads_when_another_road_is_deleted(tmp_path: Path) -> None:
    folder = saved(tmp_path)
    change(folder, "insert into roads (geom, class, oneway, name) select geom, 'track', 0, 'new' from roads limit 1")
    change(folder, "update turn_rules set from_road = 3 where kind = 'no_left_turn'")
    change(folder, "delete from roads where fid = 1")
    change(folder, "delete from turn_rules where to_road = 1")
    roads = Region.open(folder).roads
    assert roads is not None
    assert roads.names == ("", "new")
    assert [(rule.from_line, rule.to_line) for rule in roads.turns] == [(1, 0)]


def test_every_rule_that_cannot_be_is_told(tmp_path: Path) -> None:
    folder = saved(tmp_path)
    change(folder, "update turn_rules set to_road = 77 where fid = 1")
    change(folder, "update turn_rules set kind = 'left' where fid = 2")
    with pytest.raises(InputError) as caught:
        Region.open(folder)
    told = [(fault.file, fault.row, fault.field, fault.value) for fault in caught.value.faults]
    assert told == [("region.gpkg/turn_rules", 1, "to_road", "77"), ("region.gpkg/turn_rules", 2, "kind", "left")]


def test_picking_lines_out_keeps_the_rules_among_them() -> None:
    roads = tiny_region().roads
    assert roads is not None
    ruled = replace(roads, turns=RULES)
    turned = ruled.select([1, 0])
    assert turned.classes == (roads.classes[1], roads.classes[0])
    assert [(rule.from_line, rule.to_line) for rule in turned.turns] == [(1, 0), (0, 1)]
    assert ruled.select(np.array([True, False])).turns == ()

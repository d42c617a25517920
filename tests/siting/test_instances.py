"""Readers of instances: small files whose tables are counted by hand, the forms that occur, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from musubime.errors import Fault, InputError
from musubime.siting import instances
from musubime.siting.instances import fitted_lists, near_lists, read_cap, read_cpmp, read_csv, read_pmed, read_tsplib


def write(folder: Path, words: str | bytes, name: str = "given.txt") -> Path:
    file = folder / name
    file.write_bytes(words if isinstance(words, bytes) else words.encode())
    return file


def refused(read: object, path: Path, **options: object) -> list[Fault]:
    with pytest.raises(InputError) as caught:
        read(path, **options)  # type: ignore[operator]
    assert all(fault.file == path.name for fault in caught.value.faults)
    assert all(fault.remedy.to("ja") != fault.remedy.to("en") for fault in caught.value.faults)
    return list(caught.value.faults)


def test_a_repeated_edge_overwrites_the_earlier_one_and_edges_run_both_ways(tmp_path: Path) -> None:
    # 1-2 is 5 and then 9; 2-3 is 2: from 1 to 3 it is 11 (with the 5 it would be 7). 4 stands alone.
    read = read_pmed(write(tmp_path, " 4 3 2\n 1 2 5\n 3 2 2\n 2 1 9\n"))
    inf = np.inf
    assert read.cost.tolist() == [[0, 9, 11, inf], [9, 0, 2, inf], [11, 2, 0, inf], [inf, inf, inf, 0]]
    assert (read.p, read.weight.tolist()) == (2, [1, 1, 1, 1])


def test_an_edge_of_nothing_is_an_edge(tmp_path: Path) -> None:
    read = read_pmed(write(tmp_path, "3 2 1\n1 2 0\n2 3 4\n"))
    assert read.cost.tolist() == [[0, 0, 4], [0, 0, 4], [4, 4, 0]]


@pytest.mark.parametrize(("words", "row", "value"), [
    ("3 2 1\n1 2 4\n2 7 1\n", 3, "7"),  # no such node
    ("3 2 1\n1 2 4\n2 x 1\n", 3, "x"),
    ("3 2 1\n1 2 4\n2 3 -1\n", 3, "-1"),
    ("3 2 1\n1 2 4\n1.5 3 1\n", 3, "1.5"),
    ("3 2 1\n1 2 4\n2 3 nan\n", 3, "nan"),
    ("3 2 1\n1 2 4\n", 2, ""),  # cut short
    ("3 2 1\n1 2 4\n2 3 1\n1 3 1\n", 4, "1"),  # more than announced
    ("3 2 9\n1 2 4\n2 3 1\n", 1, "9"),  # more sites than nodes
    ("0 2 1\n", 1, "0"), ("", 1, ""), ("2.5 1 1", 1, "2.5"),
])
def test_a_broken_graph_is_refused_with_its_row(tmp_path: Path, words: str, row: int, value: str) -> None:
    (fault,) = refused(read_pmed, write(tmp_path, words))
    assert (fault.row, fault.value) == (row, value)


PLAIN = "NAME : x\nTYPE : TSP\nDIMENSION : 3\nEDGE_WEIGHT_TYPE : EUC_2D\nNODE_COORD_SECTION\n1 0 0\n2 3 4\n3 1 1\nEOF\n"


@pytest.mark.parametrize("words", [
    PLAIN,
    PLAIN.replace(" : ", ":"),
    PLAIN.replace(" : ", "   :   ").replace("EOF\n", ""),
    PLAIN.replace("\n", "\r\n").replace("NODE_COORD_SECTION", "NODE_COORD_SECTION :"),
    PLAIN.replace("2 3 4", "  2   3.0000e+00\t.4E1").replace("3 1 1", "3 1.0D+00 1"),
    PLAIN.replace("EOF", "DISPLAY_DATA_SECTION\n1 9 9\n2 9 9\n3 9 9\nEOF"),
    PLAIN.replace("EDGE_WEIGHT_TYPE : EUC_2D\n", "edge_weight_type: euc_2d\n"),
    PLAIN.replace("EOF\n", "EOF\nwhatever follows 1 2\n"),
    "\ufeff" + PLAIN,
])
def test_tsplib_in_the_forms_that_occur(tmp_path: Path, words: str) -> None:
    # 1-2: 5; 1-3: 1.41 floored to 1; 2-3: hypot(2, 3) = 3.6 floored to 3
    read = read_tsplib(write(tmp_path, words))
    assert read.cost.tolist() == [[0, 5, 1], [5, 0, 3], [1, 3, 0]]
    assert read.client_ids == ("1", "2", "3")


@pytest.mark.parametrize(("old", "new", "row", "value"), [
    ("EUC_2D", "GEO", 4, "GEO"), ("DIMENSION : 3", "DIMENSION : 4", 3, "4"), ("2 3 4", "2 3", 7, "2 3"),
    ("2 3 4", "1 3 4", 7, "1"), ("2 3 4", "2 3 north", 7, "2 3 north"), ("2 3 4", "2 3 inf", 7, "2 3 inf"),
    ("2 3 4", "2 3 4 5", 7, "2 3 4 5"),
])
def test_tsplib_that_would_be_misread_is_refused(tmp_path: Path, old: str, new: str, row: int, value: str) -> None:
    (fault,) = refused(read_tsplib, write(tmp_path, PLAIN.replace(old, new)))
    assert (fault.row, fault.value) == (row, value)


def test_tsplib_without_nodes_is_refused(tmp_path: Path) -> None:
    refused(read_tsplib, write(tmp_path, "NAME : x\nEOF\n"))
    refused(read_tsplib, write(tmp_path, ""))


CAP = " 2 3\n 50 7.5\n capacity 2.\n 10\n 1 2\n 20\n 3 4\n 0\n 5 6\n"


def test_both_layouts_of_warehouse_location(tmp_path: Path) -> None:
    for words in (CAP.replace("capacity", "60"), CAP.replace("capacity", "60").replace("\n", " ")):
        read = read_cap(write(tmp_path, words))
        assert read.open_cost is not None
        assert read.capacity is not None
        assert read.demand is not None
        assert (read.capacity.tolist(), read.open_cost.tolist()) == ([50, 60], [7.5, 2])
        assert (read.demand.tolist(), read.cost.tolist()) == ([10, 20, 0], [[1, 2], [3, 4], [5, 6]])


def test_a_capacity_left_open_must_be_given(tmp_path: Path) -> None:
    (fault,) = refused(read_cap, write(tmp_path, CAP))
    assert (fault.row, fault.value) == (3, "capacity")
    for capacity in (8000.0, np.inf):
        read = read_cap(tmp_path / "given.txt", capacity=capacity)
        assert read.capacity is not None
        assert read.capacity.tolist() == [50, capacity]
    (fault,) = refused(read_cap, write(tmp_path, CAP.replace("capacity", "capasity")))
    assert (fault.row, fault.value) == (3, "capasity")


def test_capacitated_medians_are_told_apart_by_their_first_line(tmp_path: Path) -> None:
    many = read_cpmp(write(tmp_path, "2\n1 9\n2 1 5\n1 0 0 2\n2 3 4 1\n2 8\n1 1 7\n1 5 5 3\n"), 2)
    assert (many.name, many.p, many.demand, many.capacity) == ("given #2", 1, np.array([3.0]), np.array([7.0]))
    one = read_cpmp(write(tmp_path, "2 1\n0 0 9 4\n1 1 8 3\n"))
    assert one.cost[0, 1] == pytest.approx(2**0.5)  # not floored
    assert one.capacity is not None
    assert one.capacity.tolist() == [9, 8]
    assert refused(read_cpmp, write(tmp_path, "1\n1 9\n1 1 5\n1 0 0 2\n"), number=3)[0].value == "3"
    refused(read_cpmp, write(tmp_path, "2 1\n0 0 9 4\n"))
    refused(read_cpmp, write(tmp_path, ""))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_a_table_of_costs_in_the_encodings_of_japanese_offices(tmp_path: Path, encoding: str) -> None:
    words = "集落,名称,人口,中央公民館,奥の分校\r\n錦1,宇佐,１２０,0,\"1,200\"\r\n\r\n錦2,\"広瀬, 上\",30,15.5,\r\n"
    read = read_csv(write(tmp_path, words.encode(encoding), "町.csv"))
    assert (read.client_ids, read.site_ids) == (("錦1", "錦2"), ("中央公民館", "奥の分校"))
    assert (read.client_names, read.weight.tolist()) == (("宇佐", "広瀬, 上"), [120, 30])
    assert read.cost.tolist() == [[0, 1200], [15.5, np.inf]]  # empty: no way leads


def test_points_are_clients_and_sites(tmp_path: Path) -> None:
    read = read_csv(write(tmp_path, "id\tx\ty\tweight\na\t0\t-3\t2\nb\t4\t0\t1\n"))
    assert (read.cost.tolist(), read.weight.tolist()) == ([[0, 5], [5, 0]], [2, 1])


def test_every_fault_of_a_table_is_told_at_once(tmp_path: Path) -> None:
    words = "id,weight,a,b\n1,2,3,x\n\n1,nan,-4,5\n3,1,2\n4,1,nan,1\n"
    found = refused(read_csv, write(tmp_path, words))
    assert [(fault.row, fault.field, fault.value) for fault in found] == [
        (2, "b", "x"), (4, "a", "-4"), (4, "weight", "nan"), (5, "", ""), (6, "a", "nan"), (2, "id", "1"),
    ]


@pytest.mark.parametrize("words", [
    "", "id,a\n", "id\n1\n", "id,weight\n1,2\n", "id,a,a\n1,2,3\n", "id,緯度,経度\n1,34,132\n", "id,x,y\n1,2,\n",
    "id,x,y\n1,2,inf\n", 'id,a\n1,"2\n', b"\x00\x01\x02\xff\xfe\xfd", "id,x,y,weight\n1,2,3,-1\n",
])
def test_a_table_that_would_be_misread_is_refused(tmp_path: Path, words: str | bytes) -> None:
    refused(read_csv, write(tmp_path, words))


def test_a_file_that_is_not_there_and_a_format_that_is_not_known(tmp_path: Path) -> None:
    refused(read_csv, tmp_path / "none.csv")
    refused(read_pmed, tmp_path)
    refused(instances.read_instance, write(tmp_path, CAP), format="excel")


def test_too_many_pairs_are_refused_before_memory_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("musubime.siting._sites.available_bytes", lambda: 2e9)
    words = "NODE_COORD_SECTION\n" + "".join(f"{i} {i} 0\n" for i in range(20_000))
    with pytest.raises(InputError) as caught:  # 20,000² pairs of 24 bytes: 9.6 GB
        read_tsplib(write(tmp_path, words))
    assert "9.6 GB" in caught.value.faults[0].what.to("en")


@pytest.mark.parametrize("floor", [False, True])
def test_lists_hold_everything_nearer_than_their_last(floor: bool) -> None:
    rng = np.random.default_rng(1)
    xy, weight = rng.integers(0, 40, (300, 2)).astype(float), rng.random(300)
    far = instances.euclidean(xy, xy)
    far = np.floor(far) if floor else far
    for lists in (near_lists(xy, xy, 25, floor=floor), fitted_lists(xy, xy, weight, 20, floor=floor)):
        for i in range(300):
            listed, cost = (part[lists.ptr[i] : lists.ptr[i + 1]] for part in (lists.site, lists.cost))
            assert cost == pytest.approx(far[i, listed])
            assert (np.diff(cost) >= 0).all()
            assert len(set(listed)) == len(listed)
            assert set(np.flatnonzero(far[i] < cost[-1] - 1e-9)) <= set(listed)

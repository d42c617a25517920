"""The ledger that travels with a region, and errors that carry every fault."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from musubime.errors import Fault, InputError, MusubimeError, OutputError
from musubime.language import text, use_language, verbatim
from musubime.provenance import Figure, Ledger, Source, file_source


def test_a_ledger_comes_back_from_its_file_in_both_languages() -> None:
    ledger = Ledger()
    ledger.add_source(Source("a.csv", "人口", "a.csv", "population", vintage="2024-04-01", rows=22, sha256="00"))
    ledger.note("dropped", text("The id is empty."), count=3, source="a.csv", examples=(f"row {n}" for n in range(9)))
    ledger.note("missing", verbatim("道路"), source="a.csv")
    ledger.note("repair", text("The id is empty."), count=0)  # nothing happened, so nothing is noted
    again = Ledger.from_json(json.loads(json.dumps(ledger.as_json(), ensure_ascii=False)))
    assert again.as_json() == ledger.as_json()
    assert [note.kind for note in again.notes] == ["dropped", "missing"]
    dropped = next(again.of_kind("dropped"))
    assert (dropped.count, dropped.examples) == (3, ("row 0", "row 1", "row 2", "row 3", "row 4"))
    assert (dropped.what.to("en"), dropped.what.to("ja")) == ("The id is empty.", "id が空欄です。")


def test_a_source_is_kept_once() -> None:
    ledger = Ledger()
    for title in ("first", "second"):
        ledger.add_source(Source("a.csv", title, "a.csv", "csv"))
    assert [source.title for source in ledger.sources] == ["first"]


def test_a_file_is_known_by_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "352080_人口.csv"
    path.write_bytes("あ".encode("cp932"))
    source = file_source(path, format="population", rows=1)
    assert (source.id, source.title, source.sha256) == (
        "352080_人口.csv", "352080_人口", hashlib.sha256(b"\x82\xa0").hexdigest()
    )


def test_a_figure_names_what_it_rests_on() -> None:
    figure = Figure("people", 11000, "people", "sum(settlements.people)", ("a.csv",))
    assert figure.as_json() == {"id": "people", "value": 11000, "unit": "people",
                                "formula": "sum(settlements.people)", "sources": ["a.csv"]}


FAULTS = [Fault(text("The id is empty."), text("Delete it."), file="a.csv", row=3, field="id", value="x"),
          Fault(text("The name is empty."), text("Delete it."))]


def test_an_error_tells_all_its_faults_in_the_language_of_the_reader() -> None:
    error = InputError(FAULTS)
    assert str(error) == "a.csv, row 3, id, x: The id is empty. Delete it.\nThe name is empty. Delete it."
    use_language("ja")
    assert str(error).startswith("a.csv, 3行目, id, x: id が空欄です。")
    assert FAULTS[0].as_json() == {"file": "a.csv", "row": 3, "field": "id", "value": "x", "blocks": True,
                                   "what": "id が空欄です。", "remedy": "削除してください。"}


@pytest.mark.parametrize(("kind", "builtin"), [(InputError, ValueError), (OutputError, OSError)])
def test_each_error_is_also_a_built_in_one(kind: type[MusubimeError], builtin: type[Exception]) -> None:
    error = kind(FAULTS[0])
    assert isinstance(error, MusubimeError | builtin)
    assert isinstance(error, builtin)
    assert error.faults == (FAULTS[0],)
    assert str(error) == str(FAULTS[0])

"""All files appear together, or the earlier ones stay."""

from __future__ import annotations

from pathlib import Path

import pytest

from musubime.errors import OutputError
from musubime.region import Region
from musubime.reports import publish
from musubime.studies.document import PlanDocument

FILES = ["plan.gpkg", "plan.html", "plan.json", "plan.xlsx"]


def test_four_files_and_nothing_else(small: tuple[PlanDocument, Region], tmp_path: Path) -> None:
    written = publish(*small, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == FILES
    assert sorted(path.name for path in written) == FILES
    assert all(path.is_file() for path in written)


def test_a_failure_half_way_leaves_the_earlier_plan(
    small: tuple[PlanDocument, Region], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in FILES:
        (tmp_path / name).write_text("the earlier plan")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("musubime.reports._publish.write_geopackage", full)
    with pytest.raises(OutputError, match=r"The disk is full|ディスク"):
        publish(*small, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_page_and_json_are_the_same_bytes_again(
    small: tuple[PlanDocument, Region], published: Path, tmp_path: Path
) -> None:
    publish(*small, tmp_path)
    for name in ("plan.html", "plan.json"):
        assert (tmp_path / name).read_bytes() == (published / name).read_bytes()

"""plan.json is one object from which the same document can be read again and its figures recomputed."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest
from synthetic_plan import make_plan

from musubime.region import Region
from musubime.reports import write_json
from musubime.reports.plan_json import as_json
from musubime.studies import document as schema
from musubime.studies.document import PlanDocument

DOCS = Path(__file__).resolve().parents[2] / "docs" / "plan-json.md"


def test_it_is_read_again_as_the_same_plan(small: tuple[PlanDocument, Region], published: Path) -> None:
    written = json.loads((published / "plan.json").read_text("utf-8"))
    assert next(iter(written)) == "schema"
    assert written["schema"] == schema.SCHEMA
    again = PlanDocument.model_validate(written)
    assert again.place == small[0].place.model_copy(update={
        "people": pytest.approx(small[0].place.people), "people_65plus": pytest.approx(small[0].place.people_65plus)})
    assert as_json(again) == (published / "plan.json").read_text("utf-8"), "rounding twice changes something"


def test_sums_of_rounded_numbers_still_agree(large: tuple[PlanDocument, Region]) -> None:
    written = json.loads(as_json(large[0]))
    total = sum(s["people"]["2050"]["total"] for s in written["settlements"])
    assert total == pytest.approx(written["outlook"]["people"]["2050"]["total"], abs=1e-3)
    for settlement in written["settlements"]:
        both = sum(map(sum, settlement["pyramid"]["2050"]))
        assert both == pytest.approx(settlement["people"]["2050"]["total"], abs=1e-3)


def test_same_plan_same_bytes_and_no_number_that_json_lacks(tmp_path: Path) -> None:
    document, _ = make_plan(12, 2, seed=3)
    first = document.alternatives[0].model_copy(update={"gap": math.inf})
    document = document.model_copy(update={"alternatives": [first]})
    write_json(document, tmp_path / "a.json")
    write_json(document, tmp_path / "b.json")
    said = (tmp_path / "a.json").read_bytes()
    assert said == (tmp_path / "b.json").read_bytes()
    assert b"Infinity" not in said
    assert json.loads(said)["alternatives"][0]["gap"] is None


def test_every_field_of_the_schema_is_documented() -> None:
    page = DOCS.read_text("utf-8")
    missing = []
    for name, part in vars(schema).items():
        if isinstance(part, type) and issubclass(part, schema.BaseModel) and not name.startswith("_"):
            start = page.find(f"### `{name}`\n")
            if part is schema.BaseModel:
                continue
            assert start >= 0, f"docs/plan-json.md has no part `{name}`"
            body = re.split(r"\n##", page[start + 4:])[0]
            missing += [f"{name}.{field.alias or key}" for key, field in part.model_fields.items()
                        if not re.search(rf"`{re.escape(field.alias or key)}`", body)]
    assert not missing

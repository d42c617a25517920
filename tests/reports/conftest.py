"""Plans to publish: a small one that can be read as a whole, and one of 305 settlements."""

from __future__ import annotations

from pathlib import Path

import pytest
from synthetic_plan import make_plan

from musubime.region import Region
from musubime.reports import publish
from musubime.studies.document import PlanDocument

Plan = tuple[PlanDocument, Region]


@pytest.fixture(scope="session")
def small() -> Plan:
    return make_plan(12, 2)


@pytest.fixture(scope="session")
def large() -> Plan:
    return make_plan(305, 7)


@pytest.fixture(scope="session")
def published(small: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with all files of the small plan."""
    out = tmp_path_factory.mktemp("plan")
    publish(*small, out)
    return out

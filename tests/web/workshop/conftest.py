from __future__ import annotations

import pytest
import trial_workshop
from django.db import connection

from musubime.studies import Workshop
from musubime.web.plans.models import Plan
from musubime.web.workshop.rooms import Room


@pytest.fixture(scope="session")
def shop() -> Workshop:
    return trial_workshop.shop()


@pytest.fixture
def plan(db: None) -> Plan:
    return trial_workshop.published_plan()


@pytest.fixture
def room(plan: Plan) -> Room:
    assert connection.vendor
    return trial_workshop.opened(plan)

"""A small wave, 岩国市's return in it, and two people of its town hall."""

from __future__ import annotations

from typing import Any

import pytest
from survey_site import a_wave, who

from musubime.web.surveys.models import Return, Wave
from musubime.web.surveys.saving import Who


@pytest.fixture
def hubs(everyone: Any) -> Wave:
    return a_wave()


@pytest.fixture
def iwakuni(hubs: Wave) -> Return:
    return Return.objects.select_related("wave").get(wave=hubs, code="352080")


@pytest.fixture
def town(everyone: Any) -> Who:
    return who(everyone["municipality.staff"])


@pytest.fixture
def colleague(everyone: Any) -> Who:
    return who(everyone["municipality.lead"])

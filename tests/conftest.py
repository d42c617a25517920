"""Fixtures that several folders of tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real open data beside the checkout."""
    if not (SHARED / "data" / "SOURCES.md").is_file():
        if os.environ.get("CI"):
            pytest.fail("the folder with real open data is missing beside the checkout, and CI must not skip")
        pytest.skip("the folder ../shared with real open data is not beside this checkout")
    return SHARED / "data"

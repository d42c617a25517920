"""Fixtures that several folders of tests share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from musubime.language import _text

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real open data beside the checkout."""
    if not (SHARED / "data" / "SOURCES.md").is_file():
        if os.environ.get("CI"):
            pytest.fail("the folder with real open data is missing beside the checkout, and CI must not skip")
        pytest.skip("the folder ../shared with real open data is not beside this checkout")
    return SHARED / "data"


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of a process: playwright's loop may only be started once in a thread."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is missing, and CI must not skip: apt-get install chromium")
        pytest.skip("chromium is not installed: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def _language_of_its_own() -> Iterator[None]:
    """What one test chooses with use_language or --lang does not reach the next."""
    before = _text._language.set(None)
    yield
    _text._language.reset(before)

"""Tests of regions compare English sentences, whatever the machine speaks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from musubime.language import _text, use_language


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    before = _text._language.get()
    use_language("en")
    yield
    _text._language.set(before)

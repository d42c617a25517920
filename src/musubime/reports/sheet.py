"""One table of the workbook, before it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from musubime.language import Text

PEOPLE, WHOLE, MINUTES, SHARE, JPY, TEXT = "#,##0", "#,##0", "0.0", "0.0%", "#,##0", "@"


@dataclass(frozen=True)
class Column:
    head: Text
    format: str = TEXT
    width: float = 12.0


@dataclass(frozen=True)
class Sheet:
    """One table. Cells: numbers, words, None for what is not known."""

    name: Text
    title: Text
    about: Text
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    frozen_columns: int = 1

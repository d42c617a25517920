"""Tables among the files of a folder: what `musubime.tabular` opens, by way of a probe."""

from __future__ import annotations

from musubime import tabular
from musubime.provenance import Ledger
from musubime.tabular import Sheet

from .model import Probe


def is_workbook(probe: Probe) -> bool:
    return tabular.is_workbook(probe.head, probe.members)


def peek(probe: Probe) -> tuple[Sheet, ...]:
    """The sheets of a workbook, or the first lines of a text table; nothing when it cannot be opened."""
    return tabular.peek_tables(probe.path, probe.head, probe.members)


def load(probe: Probe, ledger: Ledger) -> tuple[Sheet, ...]:
    """Every sheet in full. Raises InputError when the file is too large, damaged or in an unknown encoding."""
    return tabular.read_tables(probe.path, ledger)

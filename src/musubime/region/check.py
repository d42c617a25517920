"""Every fault of a region at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from musubime.errors import Fault

if TYPE_CHECKING:
    from .model import Region


def check_region(region: Region) -> list[Fault]:
    raise NotImplementedError

"""Strangers' open-data files read into a region. See docs/data/."""

from .build import build_region as build_region
from .folder import sort_folder as sort_folder

__all__ = ["build_region", "sort_folder"]

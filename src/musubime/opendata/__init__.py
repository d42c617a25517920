"""Strangers' open-data files read into a region. See docs/data/."""

from .folder import sort_folder as sort_folder

__all__ = ["sort_folder"]

"""MapLibre GL JS out of the Python package that ships it: two files, and nothing else of that package.

Licences: the package `maplibre` is MIT; MapLibre GL JS in it is 3-clause BSD, and its file says so in its first lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage, Storage

PREFIX = "maplibre"
FILES = ("maplibre-gl.js", "maplibre-gl.css")


@cache
def _folder() -> Path | None:
    """Where the package keeps them; found without importing it."""
    spec = find_spec("maplibre")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        if all((Path(place) / "srcjs" / name).is_file() for name in FILES):
            return Path(place) / "srcjs"
    return None


class MapLibreFinder(BaseFinder):
    """static/maplibre/maplibre-gl.js and .css"""

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        folder, (head, _, name) = _folder(), path.partition("/")
        if folder is None or head != PREFIX or name not in FILES:
            return []
        return [str(folder / name)] if find_all else str(folder / name)

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        folder = _folder()
        if folder is not None:
            storage = FileSystemStorage(location=str(folder))
            storage.prefix = PREFIX  # type: ignore[attr-defined]  # the folder of static/ in which they are found
            for name in FILES:
                yield name, storage

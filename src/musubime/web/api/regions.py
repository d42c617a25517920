from functools import lru_cache
from pathlib import Path

from musubime.region import Region as Folder
from musubime.web.places.models import Region


def load_region(region: Region) -> Folder:
    return _load(region.folder, (region.folder / "region.gpkg").stat().st_mtime_ns)


@lru_cache(8)
def _load(folder: Path, stamp: int) -> Folder:
    return Folder.open(folder)

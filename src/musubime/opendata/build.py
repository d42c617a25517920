"""Assemble a region from a folder of strangers' files. What is done with which files: docs/data/build.md."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from musubime import parameters
from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger
from musubime.region import Region
from musubime.region.codes import six_digits

from . import points, roads_ksj, roads_osm
from ._count_faults import count_faults
from ._ground import Ground
from ._place import identify, outline_of
from ._series import municipal_series
from ._settle import settle
from ._stock import Stock
from ._surroundings import facilities_of, feeds_of, roads_of
from ._vector import Scope
from .folder import Candidate, candidates, note_unused

_AFTER_THE_OUTLINE = (points, roads_ksj, roads_osm)
"""Readers that need the box around the municipality, lest they read whole prefectures."""


def build_region(folder: Path, municipality: str, *, progress: Callable[[str], None] | None = None) -> Region:
    """The region of one municipality (five digits, or six) from a folder of open-data files of any names.

    Raises InputError with every fault when an essential file is lacking, a table of the municipality's people is wrong
    in itself or against another date's, or the code is not known. The region is in memory; `region.save(folder)`
    writes it.
    """
    code = six_digits(municipality, field="--municipality")
    say = progress or (lambda _: None)
    ledger = Ledger()
    stock = Stock()
    with _broken_files_told(stock), candidates(folder, progress) as files:
        later: list[Candidate] = []
        for file in files:
            if file.reader in _AFTER_THE_OUTLINE:
                later.append(file)
            else:
                stock.found.append(file.read(Scope(code)))
        place = identify(code, stock, ledger)
        if faults := count_faults(place, stock):
            raise InputError(faults)
        say(str(text("Building {name} ({code})", name=place.name, code=place.code)))
        ground = Ground(place, outline_of(place, stock, ledger), stock, ledger, parameters.load())
        stock.found += [file.read(Scope(code, ground.box)) for file in later]
        order = {file.name: number for number, file in enumerate(files)}
        stock.found.sort(key=lambda one: order[one.name])
        say(str(text("Putting people into settlements")))
        municipal = municipal_series(ground)
        settled = settle(ground, municipal)
        say(str(text("Gathering buildings, roads and buses")))
        facilities, unknown = facilities_of(ground)
        roads, transit = roads_of(ground), feeds_of(ground)
    note_unused(stock.found, ledger)
    idle = [one.name for one in stock.found if one.pieces and one.name not in stock.used]
    ledger.note("dropped", text("Files of other places or times were recognised and not needed."), count=len(idle),
                examples=idle)
    stock.settle(ledger)
    return Region(
        place.code, place.name, ground.outline, settled.settlements, settled.population, facilities, roads, transit,
        municipal, settled.areas, unknown, ledger=ledger,
    )


@contextlib.contextmanager
def _broken_files_told(stock: Stock) -> Iterator[None]:
    """What is lacking may stand in a file that could not be read: these are told beside it."""
    try:
        yield
    except InputError as error:
        broken = [fault for one in stock.found for fault in one.faults if fault not in error.faults]
        unknown = [one.name for one in stock.found if not one.format and not one.faults]
        if unknown:
            broken.append(Fault(
                text("{count} files of the folder were known to no reader: {names}.", count=len(unknown),
                     names=", ".join(unknown[:5])),
                text("A shapefile needs its .shp, .shx and .dbf; fetch a damaged file again."),
            ))
        raise InputError([*error.faults, *broken]) from error

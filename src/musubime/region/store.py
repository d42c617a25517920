"""The region folder: region.toml, region.gpkg, transit/*.zip, sources.json (see docs/data/region.md)."""

from __future__ import annotations

import datetime as dt
import json
import math
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from musubime.errors import Fault, InputError, OutputError
from musubime.language import text
from musubime.provenance import Ledger

from .files import explained, recover, staged
from .layers import GPKG, read_layers, write_layers

if TYPE_CHECKING:
    from .model import Region

Read = TypeVar("Read")
TOML, SOURCES, TRANSIT = "region.toml", "sources.json", "transit"


def write_tables(region: Region, folder: Path) -> None:
    """Write every table of a region in one step (see `files.staged`)."""
    _refuse_if_open_elsewhere(folder)
    with staged(folder) as new:
        (new / TOML).write_text(_toml(region), "utf-8")
        write_layers(region, new / GPKG)
        (new / SOURCES).write_text(
            json.dumps(region.ledger.as_json(), ensure_ascii=False, indent=1) + "\n", "utf-8"
        )
        if region.transit:
            (new / TRANSIT).mkdir()
            for feed in region.transit:
                shutil.copyfile(feed, new / TRANSIT / feed.name)
    kept = {feed.name for feed in region.transit}
    with explained(folder):
        for stale in (folder / TRANSIT).glob("*.zip"):
            if stale.name not in kept:
                stale.unlink()


def _refuse_if_open_elsewhere(folder: Path) -> None:
    """A write-ahead log beside the GeoPackage means that QGIS has it open: replacing the file would mix the two."""
    log = folder / f"{GPKG}-wal"
    if log.is_file() and log.stat().st_size > 0:
        raise OutputError(Fault(
            text("region.gpkg is open in another program; nothing was replaced."),
            text("Close it there (QGIS), or give another folder."), file=str(folder / GPKG),
        ))


def read_tables(folder: Path) -> dict[str, Any]:
    """The fields of `Region` from a folder. Raises InputError with every fault that keeps it from being read."""
    recover(folder)
    missing = [name for name in (TOML, GPKG) if not (folder / name).is_file()]
    if missing:
        raise InputError([
            Fault(text("This is not a region folder: {name} is missing.", name=name),
                  text("Make one with `musubime build` or `musubime sample`."), file=str(folder))
            for name in missing
        ])
    faults: list[Fault] = []
    head = _tried(_read_toml, folder / TOML, faults)
    layers = _tried(read_layers, folder / GPKG, faults)
    ledger = _tried(_read_sources, folder / SOURCES, faults)
    if head is None or layers is None or ledger is None:
        raise InputError(faults)
    place = head["region"]
    return layers | {
        "code": place["code"], "name": place["name"], "fictional": place.get("fictional", False),
        "unknown_services": tuple(place.get("unknown_services", ())),
        "parameters": head.get("parameters", {}), "ledger": ledger, "folder": folder,
        "transit": tuple(sorted((folder / TRANSIT).glob("*.zip"))),
    }


def _tried(read: Callable[[Path], Read], path: Path, faults: list[Fault]) -> Read | None:
    """What a reader gives, or None with its faults added to the others."""
    try:
        return read(path)
    except InputError as error:
        faults += error.faults
        return None


def _read_sources(path: Path) -> Ledger:
    if not path.exists():
        return Ledger()
    try:
        return Ledger.from_json(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(Fault(
            text("sources.json cannot be read ({reason}).", reason=str(error) or type(error).__name__),
            text("Build the region again, or delete the file: the plan then names no sources."), file=path.name,
        )) from error


def _toml(region: Region) -> str:
    quote = json.dumps  # a JSON string is a TOML basic string
    lines = [
        "# A region of Musubime. The tables are in region.gpkg, which QGIS opens.",
        "[region]",
        f"code = {quote(region.code)}",
        f"name = {quote(region.name, ensure_ascii=False)}",
        f"fictional = {'true' if region.fictional else 'false'}",
        f"plane_crs = {quote(f'EPSG:{region.epsg}')}",
        f"unknown_services = {quote(list(region.unknown_services))}",
        "",
        "# Your own values for any parameter, with where they come from, for example:",
        '# "service.shop.limit_car_min" = {value = 12, source = "Town plan 2024, p. 8"}',
        "[parameters]",
    ]
    lines += [f"{quote(name, ensure_ascii=False)} = {_value(given)}" for name, given in region.parameters.items()]
    return "\n".join(lines) + "\n"


def _value(given: Any) -> str:
    """A value as TOML writes it on one line."""
    if isinstance(given, dict):
        return "{" + ", ".join(f"{json.dumps(k, ensure_ascii=False)} = {_value(v)}" for k, v in given.items()) + "}"
    if isinstance(given, list | tuple):
        return "[" + ", ".join(map(_value, given)) + "]"
    if isinstance(given, dt.date | dt.time):
        return given.isoformat()
    if isinstance(given, float) and not math.isfinite(given):
        return str(given)
    return json.dumps(given, ensure_ascii=False)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        head = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:  # TOMLDecodeError and UnicodeDecodeError are ValueErrors
        raise InputError(Fault(
            text("region.toml cannot be read ({reason}).", reason=str(error)),
            text("Mend the line, or build the region again."), file=path.name,
        )) from error
    region = head.get("region")
    place = region if isinstance(region, dict) else {}
    faults = [
        Fault(text("The table [region] has no {key}.", key=key), text("Add it, in quotes."), file=path.name, field=key)
        for key in ("code", "name") if not isinstance(place.get(key), str)
    ]
    services = place.get("unknown_services", [])
    if not (isinstance(services, list) and all(isinstance(name, str) for name in services)):
        faults.append(Fault(
            text("This is not a list of words."), text('Write it like ["shop", "clinic"].'), file=path.name,
            field="unknown_services", value=str(services),
        ))
    if not isinstance(place.get("fictional", False), bool):
        faults.append(Fault(
            text("This is neither true nor false."), text("Write true or false."), file=path.name,
            field="fictional", value=str(place["fictional"]),
        ))
    if not isinstance(head.get("parameters", {}), dict):
        faults.append(Fault(
            text("This is not a table."), text("Write [parameters] on a line of its own, and the values below it."),
            file=path.name, field="parameters",
        ))
    if faults:
        raise InputError(faults)
    return head

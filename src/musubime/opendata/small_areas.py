"""Census small areas (町丁・字等) with people and households, as e-Stat's 統計GIS publishes their outlines.

See docs/data/small_areas.md.
"""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger, file_source
from musubime.region import Floats
from musubime.region.codes import check_digit

from ._vector import EVERYWHERE, Layer, Scope, layers, layers_or_none, polygons, read_layer, words
from .model import AreaPiece, Piece, Probe

FORMAT = "Census small areas"

_DISTRICTS = ("地区名", "地区", "行政区名", "行政区", "district")
_NAMES = ("S_NAME", "MOJI", "name", "NAME")
_VINTAGE = re.compile(r"^(R|H)(\d{1,2})KA")
_WATER = "8154"  # HCODE of 水面調査区: sea and lakes, where nobody can live


def recognise(probe: Probe) -> bool:
    return any(_is_small_area(layer) for layer in layers_or_none(probe))


def _is_small_area(layer: Layer) -> bool:
    return layer.has("KEY_CODE", "JINKO") and "olygon" in layer.geometry


def read(probe: Probe, ledger: Ledger, scope: Scope = EVERYWHERE) -> list[Piece]:
    """Each outline is one area; parts of one KEY_CODE keep their own people, with "-2", "-3" added to the id."""
    pieces: list[Piece] = []
    source = probe.path.name
    rows = 0
    vintage = 0
    for layer in layers(probe):
        if not _is_small_area(layer):
            continue
        where = f"KEY_CODE LIKE '{scope.code[:5]}%'" if scope.code else None
        frame = read_layer(probe, layer, ledger, where=where, columns=[
            "KEY_CODE", "JINKO", "SETAI", "HCODE", "HTKSYORI", *_NAMES, *_DISTRICTS,
        ])
        keys = words(frame, "KEY_CODE")
        usable = np.array([len(k) >= 5 and k.isascii() and k.isdigit() for k in keys], dtype=bool)
        water = np.array([h == _WATER for h in words(frame, "HCODE")], dtype=bool)
        ledger.note("dropped", text("Areas without a census area code were left out."), count=int((~usable).sum()),
                    source=source)
        ledger.note("dropped", text("Census areas of water (水面調査区) were left out."),
                    count=int((usable & water).sum()), source=source)
        frame = frame[usable & ~water].reset_index(drop=True)
        shapes = polygons(frame.geometry, ledger, source)
        whole = np.array([shape is not None for shape in shapes], dtype=bool)
        frame = frame[whole].reset_index(drop=True)
        shapes = [shape for shape in shapes if shape is not None]
        rows += len(frame)
        year = _year(layer)
        if not year:
            year = 2020
            ledger.note("assumption", text("The file does not say of which census it is: 2020 was supposed."),
                        source=source)
        vintage = year
        keys = words(frame, "KEY_CODE")
        people = _counts(words(frame, "JINKO"), "JINKO", ledger, source)
        households = _counts(words(frame, "SETAI"), "SETAI", ledger, source)
        hidden = [k for k, h in zip(keys, words(frame, "HTKSYORI"), strict=True) if h in ("1", "2", "*")]
        ledger.note("assumption", text(
            "Census areas whose figures are hidden or hold those of a neighbour (HTKSYORI) were used as printed."),
            count=len(hidden), source=source, examples=hidden)
        ids = _unique(keys)
        ledger.note("assumption", text("Census areas in several pieces: each piece stands as one settlement."),
                    count=len(ids) - len(set(keys)), source=source,
                    examples=[i for i, k in zip(ids, keys, strict=True) if i != k])
        names, districts = _first(frame, _NAMES), _first(frame, _DISTRICTS)
        codes = [k[:5] + check_digit(k[:5]) for k in keys]
        for code in dict.fromkeys(codes):
            index = [i for i, c in enumerate(codes) if c == code]
            pieces.append(AreaPiece(
                source, tuple(code for _ in index), tuple(ids[i] for i in index),
                tuple(names[i] or ids[i] for i in index), tuple(districts[i] for i in index),
                tuple(shapes[i] for i in index), people[index], households[index], year,
            ))
    if not pieces and not scope.code:
        raise InputError(Fault(
            text("No census area could be read from this file."),
            text("Fetch the small-area boundaries of your municipality again (e-Stat, 統計GIS)."), file=source,
        ))
    ledger.add_source(file_source(probe.path, format=FORMAT, rows=rows, vintage=str(vintage or "")))
    return pieces


def _year(layer: Layer) -> int:
    """The census a layer belongs to, told by the name of its serial column (R2KAxx, H27KAxx, ...)."""
    for field in layer.fields:
        if found := _VINTAGE.match(field):
            return (2018 if found[1] == "R" else 1988) + int(found[2])
    return 0


def _first(frame: gpd.GeoDataFrame, candidates: tuple[str, ...]) -> list[str]:
    for column in candidates:
        values = words(frame, column)
        if any(values):
            return values
    return words(frame, "")


def _counts(values: list[str], field: str, ledger: Ledger, source: str) -> Floats:
    """Numbers of people; "-" is none, "X" and "*" are hidden and count as not known (nan)."""
    numbers = np.full(len(values), np.nan)
    odd: list[str] = []
    for i, value in enumerate(values):
        plain = value.replace(",", "")
        if plain in ("-", "－"):
            numbers[i] = 0
        elif plain not in ("", "X", "x", "*", "Ｘ"):
            try:
                number = float(plain)
            except ValueError:
                odd.append(value)
                continue
            if np.isfinite(number) and number >= 0:
                numbers[i] = number
            else:
                odd.append(value)
    ledger.note("dropped", text("Figures of the column {field} that are no counts were left out.", field=field),
                count=len(odd), source=source, examples=odd)
    return numbers


def _unique(keys: list[str]) -> list[str]:
    seen: dict[str, int] = {}
    ids = []
    for key in keys:
        seen[key] = seen.get(key, 0) + 1
        ids.append(key if seen[key] == 1 else f"{key}-{seen[key]}")
    return ids

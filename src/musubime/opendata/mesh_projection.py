"""国土数値情報 1 km (or 500 m, 250 m) mesh: projected people by five-year age. See docs/data/mesh_projection.md."""

from __future__ import annotations

import re

import geopandas as gpd
import numpy as np
import pandas as pd

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.provenance import Ledger, file_source
from musubime.region import Floats
from musubime.region.codes import check_digit

from ._vector import EVERYWHERE, Layer, Scope, layers, layers_or_none, polygons, read_layer, words
from .model import MeshPiece, Piece, Probe

FORMAT = "Projected people by mesh"

_AGE = re.compile(r"^PT0?(\d{1,2})_(\d{4})$")  # PT1_2025 or PT01_2025: group 1 is 0-4, 2 is 5-9, ...


def recognise(probe: Probe) -> bool:
    return any(_is_mesh(layer) for layer in layers_or_none(probe))


def _is_mesh(layer: Layer) -> bool:
    return layer.has("MESH_ID", "SHICODE") and any(_AGE.match(f) for f in layer.fields)


def read(probe: Probe, ledger: Ledger, scope: Scope = EVERYWHERE) -> list[Piece]:
    source = probe.path.name
    for layer in layers(probe):
        if not _is_mesh(layer):
            continue
        ages: dict[tuple[int, int], str] = {}
        for field in layer.fields:
            if (found := _AGE.match(field)) and int(found[1]) > 0:
                ages[int(found[1]), int(found[2])] = field
        years = tuple(sorted({year for _, year in ages}))
        groups = tuple(sorted({group for group, _ in ages}))
        if groups != tuple(range(1, len(groups) + 1)) or len(ages) != len(years) * len(groups):
            raise InputError(Fault(
                text("The age columns (PT1_year, PT2_year, ...) of this mesh file are not complete."),
                text("Fetch the file again; it must not be cut in columns."), file=source,
            ))
        total_columns = [f"PTN_{year}" for year in years]
        into_column = f"GASSAN{years[0]}"  # the mesh that holds the people of a hidden one, at the base year
        where = f"SHICODE = '{scope.code[:5]}'" if scope.code and layer.rows > 0 else None
        columns = ["MESH_ID", "SHICODE", *total_columns, into_column, *ages.values()]
        frame = read_layer(probe, layer, ledger, columns=columns, where=where)
        shapes = polygons(frame.geometry, ledger, source)
        codes = [c.zfill(5) for c in words(frame, "SHICODE")]
        good = np.array([s is not None and s.geom_type == "Polygon" and len(c) == 5 and c.isascii() and c.isdigit()
                         for s, c in zip(shapes, codes, strict=True)], dtype=bool)
        ledger.note("dropped", text("Meshes without a municipality or an outline were left out."),
                    count=int((~good).sum()), source=source)
        frame = frame[good].reset_index(drop=True)
        people = np.zeros((len(frame), len(years), len(groups)))
        totals = np.full((len(frame), len(years)), np.nan)
        for t, year in enumerate(years):
            for g in groups:
                people[:, t, g - 1] = _numbers(frame, ages[g, year])
            if f"PTN_{year}" in frame.columns:
                totals[:, t] = _numbers(frame, f"PTN_{year}")
        into = tuple(words(frame, into_column))
        ledger.note("assumption", text(
            "Meshes whose figures are hidden: their people by age stand in the neighbouring mesh the file names."),
            count=sum(bool(m) for m in into), source=source)
        ledger.add_source(file_source(probe.path, format=FORMAT, rows=len(frame),
                                      vintage=f"{years[0]}-{years[-1]}" if years else ""))
        kept_codes = [c + check_digit(c) for c, g in zip(codes, good, strict=True) if g]
        kept_shapes = tuple(s for s, g in zip(shapes, good, strict=True) if g)
        return [MeshPiece(
            source, tuple(words(frame, "MESH_ID")), tuple(kept_codes), kept_shapes,
            years, tuple(5 * (g - 1) for g in groups), people, totals, into,
        )]
    return []


def _numbers(frame: gpd.GeoDataFrame, column: str) -> Floats:
    """A column of people; empty and negative cells count as nobody."""
    cells = pd.Series(frame[column])
    values = np.asarray(pd.to_numeric(cells, errors="coerce"), dtype=np.float64)
    return np.where(np.isfinite(values) & (values > 0), values, 0.0)

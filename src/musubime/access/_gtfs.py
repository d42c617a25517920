"""Tables of a GTFS zip as text columns, with faults instead of tracebacks."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.region import Floats

_MOST_BYTES = 1_000_000_000  # of one table, unpacked: far above any Japanese feed, far below a zip bomb


def read_table(feed: Path, name: str, needed: Sequence[str] = (), optional: Sequence[str] = ()) -> pd.DataFrame:
    """One table with exactly these columns as text, missing cells and columns "". No such file: no rows."""
    columns = [*needed, *optional]
    try:
        with zipfile.ZipFile(feed) as archive:
            members = sorted((m for m in archive.namelist() if m.rsplit("/", 1)[-1] == name), key=len)
            if not members:
                return pd.DataFrame({column: pd.Series(dtype=str) for column in columns})
            if archive.getinfo(members[0]).file_size > _MOST_BYTES:
                raise InputError(Fault(
                    text("The table {name} is too large to be a timetable.", name=name),
                    text("Take the zip out of the folder transit, or ask its publisher."), file=feed.name,
                ))
            with archive.open(members[0]) as file:
                frame = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig", skipinitialspace=True)
    except InputError:
        raise
    except pd.errors.EmptyDataError:
        return pd.DataFrame({column: pd.Series(dtype=str) for column in columns})
    except (OSError, zipfile.BadZipFile, UnicodeDecodeError, pd.errors.ParserError, EOFError, ValueError,
            NotImplementedError, RuntimeError) as error:
        raise InputError(Fault(
            text("The table {name} of this bus feed cannot be read ({reason}).", name=name,
                 reason=str(error).split("\n", 1)[0]),
            text("Check the zip with a GTFS-JP validator, or take it out of the folder transit."), file=feed.name,
        )) from error
    frame.columns = [str(column).strip() for column in frame.columns]
    frame = frame.loc[:, ~frame.columns.duplicated()]
    absent = [column for column in needed if column not in frame.columns]
    if absent:
        raise InputError([
            Fault(text("The table {name} of this bus feed lacks a column.", name=name),
                  text("Check the zip with a GTFS-JP validator, or take it out of the folder transit."),
                  file=feed.name, field=column)
            for column in absent
        ])
    return frame.reindex(columns=columns, fill_value="").fillna("")


def numbers(column: pd.Series) -> Floats:
    """Text as numbers, nan where there is none."""
    return np.asarray(pd.to_numeric(column, errors="coerce"), dtype=np.float64)


def clock_min(column: pd.Series) -> Floats:
    """HH:MM:SS as minutes after midnight of the service day, past 24:00 too; nan where it is not a time."""
    parts = column.str.extract(r"^\s*(\d{1,3}):(\d{1,2})(?::(\d{1,2}))?\s*$")
    return numbers(parts[0]) * 60 + numbers(parts[1]) + np.nan_to_num(numbers(parts[2])) / 60


def dates(column: pd.Series) -> np.ndarray:
    """YYYYMMDD as datetime64[D], NaT where it is not a date."""
    return pd.to_datetime(column.str.strip(), format="%Y%m%d", errors="coerce").to_numpy().astype("datetime64[D]")

"""The numbers of each municipality that are followed from wave to wave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from musubime.language import Text, text

from .hubs import ROSTER as HUBS
from .hubs import hubs_all, hubs_in_strategy
from .settlements import ROSTER as SETTLEMENTS
from .settlements import there
from .wave import Wave, answered, said


@dataclass(frozen=True)
class Measure:
    """One number of each municipality. asked: the question it rests on (roster, id), for breaks between versions."""

    id: str
    head: Text
    unit: Text
    of: Callable[[Wave], pd.Series[float] | None]
    asked: tuple[str, str]


def _hubs_with_rmo(wave: Wave) -> pd.Series[float] | None:
    rows, numbers = wave.roster(HUBS), hubs_in_strategy(wave)
    if numbers is None or not {"rmo", "in_strategy"} <= set(rows.columns):
        return None
    rows = rows[said(rows["in_strategy"])]
    with_rmo = said(rows["rmo"]).groupby(rows["code"]).sum()
    silent = (~answered(rows["rmo"])).groupby(rows["code"]).any()  # a hub of which nothing is said is no hub without
    counted = with_rmo.astype("float64").mask(silent).reindex(numbers.index)
    return counted.where(counted.index.isin(with_rmo.index), 0.0).where(numbers.notna())


def people_of(wave: Wave) -> pd.Series[float] | None:
    """People of a municipality's settlements, where all of its settlements have a figure."""
    rows = there(wave.roster(SETTLEMENTS))
    if "population" not in rows.columns or not len(rows):
        return None
    people = pd.to_numeric(rows["population"], errors="coerce")
    whole = people.notna().groupby(rows["code"]).all()
    return people.groupby(rows["code"]).sum().where(whole)


def _did(wave: Wave) -> pd.Series[float] | None:
    if "did" not in wave.answers.columns:
        return None
    values = wave.answers["did"]
    return said(values).astype("float64").where(answered(values))


MEASURES: dict[str, tuple[Measure, ...]] = {
    "small-hubs": (
        Measure("hubs_in_strategy", text("Hubs in the strategy"), text("hubs"), hubs_in_strategy,
                ("", "hubs_in_strategy")),
        Measure("hubs_all", text("All hubs"), text("hubs"), hubs_all, ("", "hubs_all")),
        Measure("hubs_with_rmo", text("Hubs in the strategy with an RMO"), text("hubs"),
                _hubs_with_rmo, (HUBS, "rmo")),
    ),
    "rmo": (Measure("rmos", text("RMOs"), text("organisations"), lambda wave: wave.number("rmos"), ("", "rmos")),),
    "settlements": (
        Measure("settlements", text("Settlements"), text("settlements"), lambda wave: wave.number("settlements"),
                ("", "settlements")),
        Measure("people", text("People of the settlements"), text("people"), people_of,
                (SETTLEMENTS, "population")),
    ),
    "related-population": (
        Measure("did", text("Carried out initiatives"), text("local governments"), _did, ("", "did")),
        Measure("registered", text("People registered"), text("people"), lambda wave: wave.number("registered"),
                ("", "registered")),
    ),
}

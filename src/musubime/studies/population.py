"""The outlook of every settlement with its intervals and chances, as one document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musubime import __version__
from musubime import parameters as shipped
from musubime.errors import Fault, InputError
from musubime.language import Text, text
from musubime.population import DrawnProjection, Intervals, counts, project_with_draws
from musubime.provenance import Ledger
from musubime.region import Floats, Population, Region

from . import document as d
from .assemble import basis_of, notes_of, parameters_of
from .intervals import chances, interval, share_interval
from .population_document import AgesOfYear, PopulationDocument, PopulationPlace, Unit, UnitYear
from .prognosis import compared, find_prognosis, read_prognosis

STEP_YEARS = 5
FARTHEST_YEARS = 60
DRAWS = (100, 20_000)  # fewer say nothing of a 95 % interval, more do not change it


@dataclass(frozen=True)
class PopulationOptions:
    """to: the last year. draws, seed: of the intervals. prognosis: a table of the town's own prognosis of settlements;
    None: prognosis.csv of the region's folder, where there is one."""

    to: int = 2050
    draws: int = 1000
    seed: int = 1
    prognosis: Path | None = None

    def faults(self, region: Region) -> list[Fault]:
        """Every option that does not fit the region."""
        base, faults = region.base_year, []
        if not base < self.to <= base + FARTHEST_YEARS:
            faults.append(Fault(
                text("People cannot be projected to this year: the newest count is of {base}.", base=base),
                text("Give a year from {first} to {last}.", first=base + 1, last=base + FARTHEST_YEARS),
                field="--to", value=str(self.to),
            ))
        if not DRAWS[0] <= self.draws <= DRAWS[1]:
            faults.append(Fault(
                text("So many draws cannot be made, or say too little."),
                text("Give a number from {fewest:,} to {most:,}; 1,000 are usual.", fewest=DRAWS[0], most=DRAWS[1]),
                field="--draws", value=str(self.draws),
            ))
        if self.seed < 0:
            faults.append(Fault(
                text("A seed is a whole number from 0."), text("Leave it out, or give for example 1."),
                field="--seed", value=str(self.seed),
            ))
        return faults

    def years(self, base: int) -> tuple[int, ...]:
        """The base year, and every fifth year back from the last.

        >>> PopulationOptions(to=2040).years(2024), PopulationOptions(to=2040).years(2025)
        ((2024, 2025, 2030, 2035, 2040), (2025, 2030, 2035, 2040))
        """
        return (base, *sorted(range(self.to, base, -STEP_YEARS)))


def population_of_region(
    region: Region, options: PopulationOptions, progress: Callable[[Text], None] | None = None
) -> PopulationDocument:
    """The outlook of a region. Raises InputError with every fault of the region and of the options at once."""
    say = progress or (lambda _: None)
    faults = [*region.check(), *options.faults(region)]
    official, classes = find_prognosis(region, options.prognosis), dict[str, str]()
    if official is not None:
        try:
            classes = read_prognosis(official, region.settlements)
        except InputError as error:
            faults += error.faults
    if blocking := [fault for fault in faults if fault.blocks]:
        raise InputError(blocking)
    parameters = shipped.load(overrides=region.parameters)
    ledger = Ledger(list(region.ledger.sources), list(region.ledger.notes))
    ledger.note(
        "assumption", text("Doubtful entries of the region were used as they stand; `musubime check` lists them."),
        count=len(faults), examples=[str(fault.what) for fault in faults],
    )
    say(text("Projecting people to {year}", year=options.to))
    drawn = project_with_draws(
        region.population, region.municipal, options.years(region.base_year), parameters, region.settlements,
        options.draws, options.seed,
    )
    ledger.notes.extend(drawn.projection.notes)
    at = region.settlements
    return PopulationDocument(
        version=__version__, seed=drawn.seed, draws=drawn.draws,
        place=PopulationPlace(
            code=region.code, name=region.name, prefecture=region.prefecture, fictional=region.fictional,
            base_year=region.base_year, settlement_basis=d.words(basis_of(at)),
        ),
        years=list(drawn.settlements.years), age_from=list(drawn.projection.population.age_from),
        few_households=parameters.number("population.few_households"),
        few_people=parameters.number("population.few_people"),
        method=d.words(drawn.projection.method), controlled_to=d.words(drawn.projection.controlled_to),
        municipality=_units(drawn.municipality, drawn.projection.municipality, (region.code,), (region.name,))[0],
        pyramid=_pyramid(drawn), districts=_districts(drawn, at.districts),
        settlements=[
            unit.model_copy(update={"prognosis": classes.get(unit.id)}) for unit in _units(
                drawn.settlements, drawn.projection.population, at.ids, at.names, at.districts, at.lon, at.lat)
        ],
        prognosis=compared(drawn, classes, official.name) if official is not None else None,
        notes=notes_of(ledger),
        parameters=[p for p in parameters_of(parameters) if p.name.startswith("population.")],
        sources=[d.SourceOfPlan(**vars(source)) for source in ledger.sources],
    )


def _units(
    found: Intervals, expected: Population, ids: tuple[str, ...], names: tuple[str, ...],
    districts: tuple[str, ...] = (), lon: Floats | None = None, lat: Floats | None = None,
) -> list[Unit]:
    likely = counts(expected)
    return [
        Unit(
            id=ids[i], name=names[i], district=districts[i] if districts else "",
            lon=_known(lon[i]) if lon is not None else None, lat=_known(lat[i]) if lat is not None else None,
            by_year={
                year: UnitYear(
                    expected=float(likely.total[t, i]), expected_under_15=float(likely.under_15[t, i]),
                    expected_over_65=float(likely.over_65[t, i]),
                    total=interval(found, "total", t, i), under_15=interval(found, "under_15", t, i),
                    over_65=interval(found, "over_65", t, i), share_65=share_interval(found, t, i),
                    chances=chances(found, t, i),
                )
                for t, year in enumerate(found.years)
            },
        )
        for i in range(len(ids))
    ]


def _districts(drawn: DrawnProjection, of_settlement: tuple[str, ...]) -> list[Unit]:
    """Districts in the order in which settlements name them; none where all settlements lie in the same one."""
    if len(drawn.districts.unit_ids) < 2:
        return []
    names = drawn.districts.unit_ids
    number = np.array([names.index(name) for name in of_settlement])
    people = drawn.projection.population
    summed = np.zeros((len(people.years), len(names), *people.people.shape[2:]))
    for i, at in enumerate(number):
        summed[:, at] += people.people[:, i]
    expected = Population(names, people.years, people.months, people.age_from, summed)
    units = {unit.id: unit for unit in _units(drawn.districts, expected, names, names)}
    return [units[name] for name in dict.fromkeys(of_settlement)]


def _pyramid(drawn: DrawnProjection) -> dict[int, AgesOfYear]:
    people = drawn.projection.municipality.people[:, 0]
    return {
        year: AgesOfYear(
            expected=people[t].tolist(), low_95=drawn.pyramid[t, 0].tolist(), low_80=drawn.pyramid[t, 1].tolist(),
            high_80=drawn.pyramid[t, 3].tolist(), high_95=drawn.pyramid[t, 4].tolist(),
        )
        for t, year in enumerate(drawn.settlements.years)
    }


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None

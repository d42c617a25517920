"""What a planner may ask of a plan."""

from __future__ import annotations

from dataclasses import dataclass

from musubime.errors import Fault
from musubime.language import text
from musubime.region import Region


@dataclass(frozen=True)
class PlanOptions:
    """years: those looked at after the base year. hubs: exactly so many, or None for what serves best.

    budget_jpy: most that town and RMO can pay a year, or None. seed: of every random choice.
    seconds_per_solve: stop rule of one solve (the reference has three times as long); the bound reached by then is
    reported.
    """

    years: tuple[int, ...] = (2030, 2040, 2050)
    hubs: int | None = None
    budget_jpy: float | None = None
    seed: int = 1
    seconds_per_solve: float = 5.0

    def faults(self, region: Region) -> list[Fault]:
        """Every option that does not fit the region."""
        base_year = region.base_year
        faults = [
            Fault(text("{year} is not after the newest count of people, {base}.", year=year, base=base_year),
                  text("Give later years, for example --years {example}.",
                       example=",".join(str(base_year // 10 * 10 + 10 * n) for n in (1, 2, 3))),
                  field="--years", value=str(year))
            for year in self.years if year <= base_year
        ]
        faults += [
            Fault(text("{year} is more than 60 years ahead; no projection of a settlement reaches so far.", year=year),
                  text("Give years up to {last}.", last=base_year + 60), field="--years", value=str(year))
            for year in self.years if year > base_year + 60
        ]
        hosts = int(region.facilities.host.sum())
        if self.hubs is not None and self.hubs > hosts:
            faults.append(Fault(
                text("{hubs} hubs are asked for, but only {hosts} buildings can take one in.", hubs=self.hubs,
                     hosts=hosts),
                text("Ask for fewer, or mark more buildings as `host` in region.gpkg, layer facilities."),
                field="--hubs", value=str(self.hubs),
            ))
        return faults

    @property
    def plan_year(self) -> int:
        """The year for which buildings and viability are judged: the middle one of those looked at."""
        return self.years[len(self.years) // 2]

"""Problems of single sites from a region (settlements, places, minutes by car) or from a public instance's file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from musubime import access, population
from musubime import parameters as shipped
from musubime.errors import Fault, InputError
from musubime.language import Text, text
from musubime.provenance import Ledger
from musubime.region import Floats, Ints, Region
from musubime.siting import check_memory, instances

from .today import name_of, with_located

FORMATS = ("region", "orlib-pmed", "tsplib", "orlib-cap", "cpmp", "csv")
READ_BYTES = {"csv": 150.0}  # a pair while a file is read: for a CSV every cell is a word of its own
OTHER_READ_BYTES = 24.0
Told = Callable[[Text], None]


@dataclass(frozen=True)
class SiteInput:
    """Clients, sites and what it costs from each to each. cost: (clients, sites) minutes or the file's unit, per unit
    of weight, unless `whole_cost`: then it is that of a client's whole demand. weight: (clients,) people or users.

    from_region: names exist and costs are minutes. existing: positions of sites that offer the service today.
    yearly: (clients,) JPY a year for one minute of a client, where a service is named. notes: what was assumed.
    """

    name: str
    client_ids: tuple[str, ...]
    site_ids: tuple[str, ...]
    cost: Floats
    weight: Floats
    client_names: tuple[str, ...] = ()
    site_names: tuple[str, ...] = ()
    p: int | None = None
    demand: Floats | None = None
    capacity: Floats | None = None
    open_cost: Floats | None = None
    single: bool = False
    whole_cost: bool = False
    format: str = "region"
    service: str = ""
    limit_min: float | None = None
    existing: tuple[int, ...] = ()
    yearly: Floats | None = None
    notes: tuple[Text, ...] = field(default=())

    @property
    def from_region(self) -> bool:
        return self.format == "region"

    def client(self, i: int) -> str:
        return self.client_names[i] if self.client_names else self.client_ids[i]

    def site(self, j: int) -> str:
        return self.site_names[j] if self.site_names else self.site_ids[j]


def input_of_region(region: Region, service: str | None, progress: Told) -> SiteInput:
    """Settlements as clients, weighted by people or by a service's users; as sites the places that the plan gathers
    from buildings, if a building of theirs may take a hub in or offers the service today. Minutes by car, one way."""
    parameters = shipped.load(overrides=region.parameters)
    ledger = Ledger(list(region.ledger.sources), list(region.ledger.notes))
    known = tuple(parameters["service.order"].value)
    if service is not None and service not in known:
        raise InputError(Fault(text("There is no service of this name."),
                               text("Give one of {names}.", names=", ".join(known)), field="--service", value=service))
    if blocking := [fault for fault in region.check() if fault.blocks]:
        raise InputError(blocking)
    region = with_located(region, ledger)
    facilities = region.facilities
    progress(text("Gathering places and measuring ways"))
    places = access.gather_places(facilities, region.epsg, parameters.number("plan.place_diameter_m"))
    offers = facilities.offering(service) if service else np.zeros(len(facilities), dtype=bool)
    able = np.zeros(len(places), dtype=bool)
    able[places.of_facility[facilities.host | offers]] = True
    chosen = np.flatnonzero(able)
    if not len(chosen):
        raise InputError(Fault(
            text("No building of the region may take a hub in."),
            text("Mark buildings as `host` in region.gpkg, layer facilities."), file="region.gpkg/facilities",
        ))
    offered = np.unique(places.of_facility[offers]) if service else np.zeros(0, dtype=np.int64)
    network = factor = None
    notes: list[Text] = []
    if region.roads is not None and len(region.roads):
        network = access.road_network(region.roads, region.epsg, parameters, "car", ledger)
    else:
        factor = access.detour_factor(region.transit, region.epsg, parameters, ledger).factor
        notes.append(text("No road file: times are straight-line distance × {factor:.2f} / speed.", factor=factor))
    times, _ = access.travel_times(
        network, region.settlements, facilities.select([int(j) for j in places.principal[chosen]]), region.epsg,
        parameters, "car", factor, ledger,
    )
    newest = region.population
    users = population.counts(newest).total[-1]
    yearly = None
    limit = parameters.number("plan.hub_limit_min")
    if service is not None:
        users = population.demand(newest, parameters, (service,)).users[-1][:, 0]
        limit = parameters.number(f"service.{service}.limit_car_min")
        trips = parameters.number(f"service.{service}.trips_per_year")
        yearly = users * trips * 2.0 * parameters.number("plan.jpy_per_minute")
        notes.append(text("People are counted as users of {service}: {users:,.0f} in all.",
                          service=name_of(service, parameters), users=float(users.sum())))
        yen = parameters.number("plan.hub_cost_jpy_per_year") + parameters.number(
            f"service.{service}.cost_jpy_per_year")
    s = region.settlements
    return SiteInput(
        name=region.name, client_ids=s.ids, client_names=s.names, site_ids=tuple(places.ids[j] for j in chosen),
        site_names=tuple(places.names[j] for j in chosen), cost=np.asarray(times.minutes, dtype=np.float64),
        weight=np.asarray(users, dtype=np.float64), limit_min=limit, service=service or "",
        existing=tuple(int(k) for k in np.flatnonzero(np.isin(chosen, offered))), yearly=yearly,
        demand=np.asarray(users, dtype=np.float64),
        open_cost=np.full(len(chosen), yen) if service is not None else None, notes=tuple(notes),
    )


def input_of_file(path: Path, format: str | None, number: int, pair_bytes: float) -> SiteInput:
    """A file of one of FORMATS, told by looking inside when no format is given. number: of a problem in the file.

    pair_bytes: what solving will need for a pair; refused before anything large is taken.
    """
    words = _first_words(path)
    found = format or _format_of(words)
    if found not in FORMATS[1:]:
        raise InputError(Fault(
            text("The file is of none of the known formats."),
            text("Give one of {names} with --format.", names=", ".join(FORMATS[1:])), file=path.name,
            field="--format", value=format or "",
        ))
    n, m = _size(found, words)
    check_memory(n * m * (pair_bytes + READ_BYTES.get(found, OTHER_READ_BYTES)),
                 text("A table of {n} × {m} pairs", n=n, m=m))
    if found == "cpmp":
        read = instances.read_cpmp(path, number)
    else:
        if number != 1:
            raise InputError(Fault(text("Only a file of format cpmp holds several problems."),
                                   text("Leave --problem out."), field="--problem", value=str(number)))
        readers = {"orlib-pmed": instances.read_pmed, "tsplib": instances.read_tsplib, "orlib-cap": instances.read_cap,
                   "csv": instances.read_csv}
        read = readers[found](path)
    given = SiteInput(
        name=read.name, client_ids=read.client_ids, site_ids=read.site_ids, cost=read.cost, weight=read.weight,
        p=read.p, demand=read.demand, capacity=read.capacity, open_cost=read.open_cost, single=read.single,
        whole_cost=read.demand is not None, format=found,
    )
    if faults := list(_faults(given, path.name)):
        raise InputError(faults)
    return replace(given, notes=tuple(_notes(given)))


def _first_words(path: Path) -> list[list[str]]:
    """The file's lines as words; of a line of a CSV its cells."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(Fault(text("The file cannot be read: {why}.", why=str(error.strerror or error)),
                               text("Check its name and that it may be read."), file=path.name)) from None
    lines = data.decode("utf-8-sig", errors="replace").splitlines()
    head = next((line for line in lines if line.strip()), "")
    if "," in head:
        return [[cell.strip() for cell in head.split(",")], *([] for line in lines[1:] if line.strip())]
    return [words for line in lines if (words := line.split())]


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def _format_of(lines: list[list[str]]) -> str:
    """By counting: each format says how many numbers must follow."""
    if not lines:
        return ""
    head = lines[0]
    upper = {word.rstrip(":").upper() for line in lines[:12] for word in line[:1]}
    if upper & {"NODE_COORD_SECTION", "EDGE_WEIGHT_TYPE", "DIMENSION"}:
        return "tsplib"
    if len(lines) > 1 and not lines[1]:
        return "csv"
    count = sum(len(line) for line in lines)
    first = [_number(word) for line in lines[:2] for word in line]
    if any(value is None or not value >= 0 for value in first[:2]):
        return "csv" if len(head) == 1 and _number(head[0]) is None else ""
    a, b = first[0] or 0.0, (first[1] or 0.0) if len(first) > 1 else 0.0
    if len(head) == 1:
        return "cpmp"
    if count == 2 + 2 * a + b * (a + 1):
        return "orlib-cap"
    if count == 2 + 4 * a:
        return "cpmp"
    if len(head) == 3 and count >= 3 + 3 * b:
        return "orlib-pmed"
    return "orlib-cap" if len(head) == 2 else ""


def _size(format: str, lines: list[list[str]]) -> tuple[int, int]:
    """Clients and sites, as far as the file's beginning tells; the reader says what is wrong with it."""
    if not lines:
        return 0, 0
    head = lines[0]
    if format == "csv":
        names = {cell.lower() for cell in head}
        rows = len(lines) - 1
        return rows, rows if {"x", "y"} <= names else max(len(head) - 1, 0)
    if format == "tsplib":
        return len(lines), len(lines)
    numbers = [_number(word) or 0.0 for line in lines[:2] for word in line[:2]]
    if not numbers or not all(np.isfinite(numbers)) or max(numbers) > 1e9:
        return 0, 0
    if format == "orlib-cap" and len(numbers) > 1:
        return int(numbers[1]), int(numbers[0])
    at = 3 if len(head) == 1 and len(numbers) > 3 else 0
    n = int(_number(lines[2][0]) or 0) if at and len(lines) > 2 and lines[2] else int(numbers[0])
    return max(n, 0), max(n, 0)


def _faults(given: SiteInput, file: str) -> Iterator[Fault]:
    """What no model can be solved with, in the ids of the file."""
    for field_, ids in (("client", given.client_ids), ("site", given.site_ids)):
        for name, times in Counter(ids).items():
            if times > 1:
                yield Fault(text("{times} lines or columns have the same id.", times=times),
                            text("Give each its own id."), file=file, field=field_, value=name)
    bad = np.isnan(given.cost) | (given.cost < 0)
    for i, j in np.argwhere(bad)[:10]:
        yield Fault(text("The cost from client {client} to site {site} is negative or not a number.",
                         client=given.client_ids[i], site=given.site_ids[j]),
                    text("Give numbers of zero or more; inf where no way leads."), file=file, field="cost",
                    value=str(given.cost[i, j]))
    for name, values, ids in (
        ("weight", given.weight, given.client_ids), ("demand", given.demand, given.client_ids),
        ("open_cost", given.open_cost, given.site_ids), ("capacity", given.capacity, given.site_ids),
    ):
        if values is None:
            continue
        wrong = np.isnan(values) | (values < 0) | (np.isinf(values) & (name != "capacity"))
        for i in np.flatnonzero(wrong)[:10]:
            yield Fault(text("The {what} of {id} is negative or not a number.", what=name, id=ids[i]),
                        text("Give numbers of zero or more."), file=file, field=name, value=str(values[i]))


def _notes(given: SiteInput) -> Iterator[Text]:
    same = same_sites(given.cost)
    if same:
        yield text("{count} pairs of sites cost every client the same, as if they stood on one point: {who}",
                   count=len(same), who=", ".join(
                       f"{given.site_ids[a]} = {given.site_ids[b]}" for a, b in same[:5]) + (
                           " …" if len(same) > 5 else ""))


def same_sites(cost: Floats) -> list[tuple[int, int]]:
    """Pairs of sites with the same column of costs, each site with the first like it."""
    seen: dict[int, list[int]] = {}
    found: list[tuple[int, int]] = []
    by_site = cost.T
    sums: Ints = np.array([hash(by_site[j].tobytes()) for j in range(len(by_site))], dtype=np.int64)
    for j, key in enumerate(sums.tolist()):
        for k in seen.setdefault(key, []):
            if (by_site[k] == by_site[j]).all():
                found.append((k, j))
                break
        else:
            seen[key].append(j)
    return found

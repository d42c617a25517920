"""What people ask for, kept by ids: {"v": 1, "asks": [{"do": "move", "place": "P-F005", "building": "F012"}, ...]}.

The list keeps the order in which it was asked, so that taking back the last is an undo. A later ask about the same
thing stands for an earlier one; what the engine is asked is the same for the same wishes in whatever order.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from musubime.errors import Fault, InputError
from musubime.language import Text, text, verbatim
from musubime.siting import Change, changes
from musubime.studies import Workshop

VERSION = 1
MOST = 30  # asks of one variant
_AGAIN = text("Go back to the plan and ask again.")


class _Ask(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


Id = Annotated[str, Field(min_length=1, max_length=80)]


class Hub(_Ask):
    """The place is, or is not, a hub."""

    do: Literal["hub"] = "hub"
    place: Id
    be: bool


class Move(_Ask):
    """The hub at a place moves into this building, which may stand at another place."""

    do: Literal["move"] = "move"
    place: Id
    building: Id


class Offer(_Ask):
    """open: a hub at the place offers the service. not_open: it does not. close: what is there today ends.
    stay: what is at risk there stays by itself."""

    do: Literal["service"] = "service"
    place: Id
    service: Id
    be: Literal["open", "not_open", "close", "stay"]


class Budget(_Ask):
    """Yen a year at most; None: no limit."""

    do: Literal["budget"] = "budget"
    jpy: Annotated[int, Field(ge=0, le=10**12)] | None


class Limit(_Ask):
    """Minutes that people travel at most to a service, or to every one."""

    do: Literal["limit"] = "limit"
    service: Id | None
    minutes: Annotated[int, Field(ge=1, le=240)]


class Hubs(_Ask):
    """Exactly or at most so many hubs; both None: as many as serve best."""

    do: Literal["hubs"] = "hubs"
    exactly: Annotated[int, Field(ge=0, le=500)] | None = None
    most: Annotated[int, Field(ge=0, le=500)] | None = None


Ask = Annotated[Hub | Move | Offer | Budget | Limit | Hubs, Field(discriminator="do")]
Asks = tuple[Hub | Move | Offer | Budget | Limit | Hubs, ...]


class _Kept(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    v: Literal[1]
    asks: list[Ask] = Field(max_length=MOST)


_KEPT = TypeAdapter(_Kept)


def read(kept: object, shop: Workshop) -> Asks:
    """What `kept_of` gave, or anything that claims to be. Raises InputError when it is not for this plan."""
    try:
        asks = tuple(_KEPT.validate_json(json.dumps(kept)).asks)
    except (ValidationError, TypeError, ValueError) as error:
        raise InputError(Fault(text("These changes cannot be read."), _AGAIN)) from error
    check(asks, shop)
    return asks


def kept_of(asks: Iterable[BaseModel]) -> dict[str, Any]:
    return {"v": VERSION, "asks": [ask.model_dump() for ask in asks]}


def key_of(plan: str, asks: Iterable[BaseModel]) -> str:
    """The name of a variant: of the plan and the list in its order."""
    told = json.dumps([plan, kept_of(asks)], sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(told.encode(), digest_size=10).hexdigest()


def check(asks: Asks, shop: Workshop) -> None:
    """Raises InputError with every ask that points outside the plan or at what cannot be."""
    faults: list[Fault] = [] if len(asks) <= MOST else [
        Fault(text("A variant holds at most {most} changes.", most=MOST), text("Take some back first."))]
    p = shop.problem
    for ask in asks:
        unknown = [value for field, known in (
            ("place", shop.place_at), ("service", shop.service_at), ("building", shop.building_at))
            if (value := getattr(ask, field, None)) is not None and value not in known]
        faults += [Fault(text("This plan knows no {id}.", id=value), _AGAIN, value=value) for value in unknown]
        if unknown:
            continue
        match ask:
            case Hub(place=place, be=True) if not shop.sites[shop.place_at[place]].candidate:
                faults.append(_no_hub(shop, place))
            case Move(building=building):
                site = shop.sites[int(p.building_place[shop.building_at[building]])]
                if not site.candidate:
                    faults.append(_no_hub(shop, site.id))
            case Offer(place=place, service=service, be=be):
                j, s = shop.place_at[place], shop.service_at[service]
                there = bool(p.existing[j, s] or p.rescue[j, s])
                can = {"open": bool(p.may_open[j, s]), "not_open": bool(p.may_open[j, s]), "close": there,
                       "stay": bool(p.rescue[j, s])}[be]
                if not can:
                    faults.append(Fault(
                        text("{service} at {place} cannot be changed in this way.",
                             service=_service(shop, service), place=_place(shop, place)), _AGAIN))
            case Hubs(exactly=int(), most=int()):
                faults.append(Fault(text("Either exactly so many hubs or at most so many, not both."), _AGAIN))
            case _:
                pass
    if faults:
        raise InputError(faults)


def _no_hub(shop: Workshop, place: str) -> Fault:
    return Fault(text("{place} cannot be a hub: it has no suitable building.", place=_place(shop, place)),
                 text("Choose another place."))


def _about(ask: BaseModel, shop: Workshop) -> frozenset[tuple[str, ...]]:
    """The things an ask is about: a later one that is about any of them stands for an earlier one."""
    match ask:
        case Hub(place=place):
            return frozenset({("hub", place)})
        case Move(place=place, building=building):
            to = shop.problem.place_ids[int(shop.problem.building_place[shop.building_at[building]])]
            return frozenset({("hub", place), ("hub", to)})
        case Offer(place=place, service=service):
            return frozenset({("offer", place, service)})
        case Limit(service=None):
            return frozenset({("limit",), *(("limit", service.id) for service in shop.services)})
        case Limit(service=str(service)):
            return frozenset({("limit", service)})
        case Budget():
            return frozenset({("budget",)})
        case _:
            return frozenset({("hubs",)})


def standing(asks: Asks, shop: Workshop) -> list[int]:
    """Positions of the asks that still stand, in their order."""
    taken: set[tuple[str, ...]] = set()
    out = []
    for n in reversed(range(len(asks))):
        about = _about(asks[n], shop)
        general = isinstance(asks[n], Limit) and ("limit",) in about  # stays under later ones of single services
        if ("limit",) not in taken if general else not about & taken:
            out.append(n)
        taken |= about
    return out[::-1]


def without(asks: Asks, position: int, shop: Workshop) -> Asks:
    """The list with one ask taken back, and with it the earlier ones about the same things."""
    about = _about(asks[position], shop)
    return tuple(ask for n, ask in enumerate(asks) if not (n <= position and _about(ask, shop) & about))


def _order(ask: BaseModel) -> tuple[str, ...]:
    """Which comes first for the engine: a limit of all services before those of single ones."""
    return tuple("" if value is None else str(value) for value in ask.model_dump().values())


def changes_of(asks: Asks, shop: Workshop) -> tuple[Change, ...]:
    """For the engine: what stands, in an order that does not depend on the one it was asked in."""
    out: list[Change] = []
    for ask in sorted((asks[n] for n in standing(asks, shop)), key=_order):
        match ask:
            case Hub(place=place, be=be):
                j = shop.place_at[place]
                out.append(changes.MustHub(j) if be else changes.NeverHub(j))
            case Move(place=place, building=building):
                b = shop.building_at[building]
                j, to = shop.place_at[place], int(shop.problem.building_place[b])
                if to != j:
                    out.append(changes.NeverHub(j))
                out += [changes.MustHub(to), changes.FixBuilding(to, None, b)]
            case Offer(place=place, service=service, be=be):
                j, s = shop.place_at[place], shop.service_at[service]
                kinds: dict[str, Change] = {
                    "open": changes.MustOpen(j, s), "not_open": changes.MayOpen(j, s, False),
                    "close": changes.CloseService(j, s), "stay": changes.KeepService(j, s)}
                out.append(kinds[be])
            case Budget(jpy=jpy):
                out.append(changes.Budget(None if jpy is None else float(jpy)))
            case Limit(service=service, minutes=minutes):
                out.append(changes.Limit(None if service is None else shop.service_at[service], float(minutes)))
            case Hubs(exactly=exactly, most=most):
                out.append(changes.Hubs(exactly, most))
    return tuple(out)


def _place(shop: Workshop, place: str) -> Text:
    return verbatim(shop.sites[shop.place_at[place]].name)


def _service(shop: Workshop, service: str) -> Text:
    return verbatim(shop.services[shop.service_at[service]].name.model_dump())


def words_of(ask: BaseModel, shop: Workshop) -> Text:
    """An ask as one reads it out."""
    match ask:
        case Hub(place=place, be=True):
            return text("{place} is a hub", place=_place(shop, place))
        case Hub(place=place):
            return text("{place} is no hub", place=_place(shop, place))
        case Move(place=place, building=building):
            site = shop.sites[int(shop.problem.building_place[shop.building_at[building]])]
            name = next(b.name for b in site.buildings if b.id == building)
            return text("the hub at {place} moves into {building}", place=_place(shop, place), building=verbatim(name))
        case Offer(place=place, service=service, be=be):
            named = {"place": _place(shop, place), "service": _service(shop, service)}
            if be == "open":
                return text("{service} opens at {place}", **named)
            if be == "not_open":
                return text("{service} does not open at {place}", **named)
            if be == "close":
                return text("{service} at {place} closes", **named)
            return text("{service} at {place} stays without support", **named)
        case Budget(jpy=None):
            return text("no limit of cost")
        case Budget(jpy=int(jpy)):
            return text("at most {count:,.0f} × 10,000 yen a year", count=jpy / 10_000)
        case Limit(service=None, minutes=minutes):
            return text("at most {minutes} minutes to every service", minutes=minutes)
        case Limit(service=str(service), minutes=minutes):
            return text("at most {minutes} minutes to {service}", minutes=minutes, service=_service(shop, service))
        case Hubs(exactly=int(count)):
            return text("exactly {count} hubs", count=count)
        case Hubs(most=int(count)):
            return text("no more than {count} hubs", count=count)
        case _:
            return text("as many hubs as serve best")

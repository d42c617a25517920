"""Tell what a place is from its class or its name, by the rules in facility_kinds.yaml."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from musubime.region import FACILITY_KINDS
from musubime.tabular import squeezed

_DENTAL = ("歯科", "矯正", "口腔")
_NO_EVERYDAY_CARE = ("急患", "急病", "休日", "夜間", "医務室", "健診", "検診", "透析")
_DEPARTMENTS = re.compile(r"[、,，;；/_・\s]+")


@dataclass(frozen=True)
class Kind:
    """What a place is. rule: the word or class that told it, "" when only the list did."""

    kind: str
    services: tuple[str, ...]
    host: bool
    closed: bool
    rule: str


@dataclass(frozen=True)
class _Rule:
    kind: str
    any: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    host: bool | None = None
    closed: bool = False

    def word(self, name: str, listing: str) -> str:
        """The word by which this rule fits the name, "" when it does not."""
        if self.lists and listing not in self.lists:
            return ""
        if self.starts and not name.startswith(self.starts):
            return ""
        if any(word in name for word in self.without):
            return ""
        if not self.any and not self.ends:
            return next((word for word in self.starts if name.startswith(word)), "")
        return next((word for word in self.any if word in name), "") or next(
            (word for word in self.ends if name.endswith(word)), ""
        )


@dataclass(frozen=True)
class _Rules:
    hosts: frozenset[str]
    defaults: Mapping[str, str]
    silent_on_schools: frozenset[str]
    under_one_roof: frozenset[str]
    classes: Mapping[str, str]
    names: tuple[_Rule, ...]


@cache
def rules() -> _Rules:
    document: dict[str, Any] = yaml.safe_load(
        resources.files(__package__).joinpath("facility_kinds.yaml").read_text("utf-8")
    )
    names = tuple(
        _Rule(
            entry["kind"], tuple(entry.get("any", ())), tuple(entry.get("ends", ())), tuple(entry.get("starts", ())),
            tuple(entry.get("not", ())), tuple(entry.get("lists", ())), entry.get("host"), entry.get("closed", False),
        )
        for entry in document["names"]
    )
    classes = {word: kind for kind, words in document["classes"].items() for word in words}
    found = _Rules(
        frozenset(document["hosts"]), document["defaults"], frozenset(document["silent_on_schools"]),
        frozenset(document["under_one_roof"]), classes, names,
    )
    unknown = ({rule.kind for rule in names} | set(classes.values()) | found.hosts) - FACILITY_KINDS.keys()
    if unknown:
        raise AssertionError(f"facility_kinds.yaml names kinds that the region does not know: {sorted(unknown)}")
    return found


def kind_of(name: str, listing: str, classes: Sequence[str] = (), departments: str = "", ended: bool = False) -> Kind:
    """What a place is: by its own class first, then by words in its name, else by the list it stands in.

    departments: 診療科目; a hospital or clinic that has only dental ones is a dental clinic. ended: the list itself
    says that it is closed.
    """
    table = rules()
    bare = squeezed(name).translate(str.maketrans("", "", "()（）[]「」『』"))
    by_name = next(((rule, word) for rule in table.names if (word := rule.word(bare, listing))), None)
    kind = table.defaults.get(listing, "other")
    host: bool | None = None
    closed, rule = False, ""
    if by_name is not None and (by_name[0].kind in ("closed_school", "former_office") or by_name[0].closed):
        kind, host, closed, rule = by_name[0].kind, by_name[0].host, True, by_name[1]
    elif by_class := next(((table.classes[c], c) for c in map(_class, classes) if c in table.classes), None):
        kind, rule = by_class
    elif by_name is not None:
        kind, host, rule = by_name[0].kind, by_name[0].host, by_name[1]
    if kind in ("hospital", "clinic") and _dental_only(departments, bare):
        kind = "dental_clinic"
    if ended and kind in ("primary_school", "junior_high_school", "high_school"):
        kind, closed = "closed_school", True
    services = FACILITY_KINDS[kind]
    if kind in table.under_one_roof:
        for other in table.names:
            if other.kind in table.under_one_roof and other.word(bare, listing):
                services = tuple(dict.fromkeys(services + FACILITY_KINDS[other.kind]))
    if listing in table.silent_on_schools and "school" in services:
        services = ()
    if services == ("clinic",) and any(word in bare for word in _NO_EVERYDAY_CARE):
        services = ()
    return Kind(kind, services, kind in table.hosts if host is None else host, closed, rule)


def _class(cell: str) -> str:
    """A class as the rules spell it: B1(小学校) and B135210001669 are B1, 認定こども園(幼稚園型) its first word."""
    words = squeezed(cell)
    code = re.match(r"[A-H]\d(?=\d{11}$|\(|$)", words)
    if code:
        return code[0]
    words = words.split("(")[0]
    for ending in ("保育所", "保育園", "幼稚園", "こども園"):
        if words.endswith(ending):
            return "認定こども園" if ending == "こども園" else ending
    return words


def _dental_only(departments: str, name: str) -> bool:
    parts = [part for part in _DEPARTMENTS.split(departments) if part]
    if parts:
        return all(any(word in part for word in _DENTAL) for part in parts)
    return "歯科" in name and not any(word in name for word in ("内科", "病院", "医科"))

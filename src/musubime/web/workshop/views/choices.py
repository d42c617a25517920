"""What can be chosen next to an answer: lists of options, each one of which can be asked.

The long ones (every building, everything there is today) are the same for all answers of a plan: they are written once
for each language, and a page that has them keeps them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from musubime.language import current_language
from musubime.studies import Workshop

from ..rooms import Room
from ..store import base_told
from ..told import Told

Pair = tuple[str, str]  # value, words
Group = tuple[str, Sequence[Pair]]


def choices_context(room: Room, told: Told, partial: bool) -> dict[str, Any]:
    """partial: the page has the long lists already."""
    shop = room.shop
    plan = told.answer.plan or base_told(room).answer.plan
    hubs = plan.hubs if plan else []
    words = service_words(shop)
    add: list[Group] = []
    drop: list[Group] = []
    for h in hubs:
        there = {s.service for s in h.services}
        site = shop.sites[shop.place_at[h.place]]
        add.append((h.name, [(f"{h.place}|{s}", words[s]) for s in site.may_open if s not in there]))
        drop.append((h.name, [
            (f"{h.place}|{s.service}", words[s.service]) for s in h.services
            if s.action == "opened" or s.service in site.stays or s.service in site.at_risk]))
    return {
        "hub_options": _options((h.place, h.name) for h in hubs), "add_groups": _groups(add),
        "drop_groups": _groups(drop), "cost_10k": round((plan.cost_jpy_per_year if plan else 0.0) / 10_000),
        "hub_count": len(hubs), "limits": [(words[s.id], s.limit_min) for s in shop.services],
        **({} if partial else _long_lists(room)),
    }


def service_words(shop: Workshop) -> dict[str, str]:
    return {s.id: str(getattr(s.name, current_language())) for s in shop.services}


def _long_lists(room: Room) -> dict[str, SafeString]:
    language = current_language()
    found = room.lists.get(language)
    if found is None:
        shop, p, words = room.shop, room.shop.problem, service_words(room.shop)
        by_name = sorted(shop.sites, key=lambda site: site.name)
        close: list[Group] = []
        stay: list[Group] = []
        for s in shop.services:
            mine = [site for site in by_name if s.id in site.stays or s.id in site.at_risk]
            close.append((words[s.id], [(f"{site.id}|{s.id}", site.name) for site in mine]))
            stay.append((words[s.id], [(f"{site.id}|{s.id}", site.name) for site in mine if s.id in site.at_risk]))
        never = set(p.never_hubs)
        found = room.lists[language] = {
            "place_options": _options((s.id, s.name) for s in by_name if s.position not in never and s.may_open),
            "building_groups": _groups((site.name, [(b.id, b.name) for b in site.buildings]) for site in by_name
                                       if site.candidate),
            "close_groups": _groups(close), "stay_groups": _groups(stay), "service_options": _options(words.items()),
        }
    return found


def _options(pairs: Iterable[Pair]) -> SafeString:
    return mark_safe("".join(f'<option value="{escape(value)}">{escape(words)}</option>' for value, words in pairs))


def _groups(groups: Iterable[Group]) -> SafeString:
    """Each option says its group too: a closed list shows the option alone."""
    return mark_safe("".join(
        f'<optgroup label="{escape(name)}">'
        + "".join(f'<option value="{escape(value)}">{escape(name)}: {escape(words)}</option>' for value, words in pairs)
        + "</optgroup>" for name, pairs in groups if pairs))

"""The sample town's workshop, made once for all tests of a run, and a published plan with it."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

from musubime.region.sample import sample_region
from musubime.studies import PlanOptions, Workshop, make_workshop
from musubime.web.places.models import Region
from musubime.web.plans.models import Plan
from musubime.web.workshop.rooms import FILE, ROOMS, Room

KEY = "trialplan"


@cache
def kept_workshop() -> Path:
    path = Path(tempfile.mkdtemp()) / FILE
    make_workshop(sample_region(), PlanOptions(seconds_per_solve=0.5)).save(path)
    return path


@cache
def shop() -> Workshop:
    return Workshop.load(kept_workshop())


def published_plan(key: str = KEY, published: bool = True) -> Plan:
    """A plan of 岩国市 whose workshop is the sample town's. The file keeps its time: a process opens it once."""
    region, _ = Region.objects.get_or_create(
        slug="trial", defaults={"code": "352080", "name": "岩国市", "prefecture": "山口県", "public": True})
    plan = Plan.objects.create(key=key, region=region, name="Trial plan", published=published)
    plan.folder.mkdir(parents=True, exist_ok=True)
    shutil.copy2(kept_workshop(), plan.folder / FILE)
    return plan


def opened(plan: Plan) -> Room:
    """Its room, engine and all, with nothing searched yet."""
    ROOMS.find(plan.key, plan.folder, plan.region.folder)
    ROOMS.wait(plan.key)
    room = ROOMS.find(plan.key, plan.folder, plan.region.folder)
    assert isinstance(room, Room), room
    for search in room.searches.values():
        search.done = True
    room.searches.clear()
    return room

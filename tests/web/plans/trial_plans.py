"""The sample town's plan, made once for all tests of a run, and put into the data folder of one test."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

from musubime.region import Region as RegionFolder
from musubime.region.sample import write_sample
from musubime.studies import PlanDocument, PlanOptions, plan_region
from musubime.studies.plan_file import read_plan
from musubime.web.data import data_folder
from musubime.web.places.models import Region
from musubime.web.plans.making import make_folder, summary
from musubime.web.plans.models import Plan

KEY, SLUG = "trialplan", "plans-trial"  # the key stands in the layers, so that it is the same in all tests


@cache
def kept() -> Path:
    """A folder with the region and the plan's folder."""
    folder = Path(tempfile.mkdtemp())
    write_sample(folder / "region", 1)
    document, _ = plan_region(RegionFolder.open(folder / "region"), PlanOptions(seconds_per_solve=2.0))
    make_folder(folder / "plan", KEY, folder / "region", document, lambda share, message: None)
    return folder


@cache
def document() -> PlanDocument:
    return read_plan(kept() / "plan" / "plan.json")


def trial_region(code: str = "352080", slug: str = SLUG, public: bool = True) -> Region:
    """The sample town as a region of 岩国市 (its own folder says another code)."""
    region, _ = Region.objects.get_or_create(
        slug=slug, defaults={"code": code, "name": "岩国市", "prefecture": "山口県", "public": public,
                             "settlements": document().place.settlements})
    if not region.folder.exists():
        shutil.copytree(kept() / "region", region.folder)
    return region


def trial_plan(*, published: bool = True, public: bool = True, key: str = KEY, name: str = "Trial plan") -> Plan:
    region = trial_region(public=public)
    plan = Plan.objects.create(
        key=key, region=region, name=name, published=published, summary=summary(document()), options={})
    shutil.copytree(kept() / "plan", data_folder().plans / key, copy_function=shutil.copy2, dirs_exist_ok=True)
    return plan

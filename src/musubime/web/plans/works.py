"""Plans are made in the background."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from musubime.errors import Fault, InputError
from musubime.language import LANGUAGES, Text, text
from musubime.region import Region as RegionFolder
from musubime.studies import PlanDocument, PlanOptions, plan_region
from musubime.studies.plan_file import read_plan
from musubime.web.accounts.audit import record
from musubime.web.data import data_folder
from musubime.web.jobs.work import JobContext, work
from musubime.web.places.models import Region

from . import drawings
from .making import make_folder
from .models import Plan
from .reading import load

STEPS = 17  # that a plan usually tells; the bar only has to move evenly


@work("plans.make", text("Make a plan"))
def make(
    job: JobContext, *, key: str, slug: str, name: str, years: list[int], seed: int, hubs: int | None = None,
    budget_jpy: float | None = None,
) -> dict[str, Any]:
    """What `musubime plan` does with the same options, kept as a plan of the site."""
    region = _region(slug)
    options = PlanOptions(years=tuple(years), hubs=hubs, budget_jpy=budget_jpy, seed=seed)
    told = 0

    def say(message: Text) -> None:
        nonlocal told
        told += 1
        job.progress(0.6 * (1 - (1 - 1 / STEPS) ** told), message)

    say(text("Opening the region"))
    document, _ = plan_region(RegionFolder.open(region.folder), options, say)
    return _keep(job, key, region, name, document, brought=False)


@work("plans.bring", text("Bring in a plan made on another computer"))
def bring(job: JobContext, *, key: str, slug: str, name: str, file: str) -> dict[str, Any]:
    """From a plan.json that was looked at when it was given."""
    given = data_folder().uploads / Path(file).name
    result = _keep(job, key, _region(slug), name, read_plan(given), brought=True)
    given.unlink(missing_ok=True)
    return result


@work("plans.draw", text("Draw the charts of a plan's settlements"))
def draw(job: JobContext, *, key: str) -> dict[str, Any]:
    """So that no reader waits for them; a chart that is not there yet is drawn when it is first looked at."""
    plan = Plan.objects.filter(pk=key).first()
    if plan is None:
        return {}
    loaded = load(plan)
    settlements = loaded.document.settlements
    for n, settlement in enumerate(settlements):
        job.progress(n / len(settlements), text("Drawing the charts"))
        for chart in drawings.CHARTS:
            for language in LANGUAGES:
                drawings.chart_file(loaded, settlement, chart, language)
    return {"address": plan.get_absolute_url()}


def _region(slug: str) -> Region:
    found = Region.objects.filter(pk=slug).first()
    if found is None:
        raise InputError(Fault(text("This region is no longer on the site."), text("Choose another one.")))
    return found


def _keep(
    job: JobContext, key: str, region: Region, name: str, document: PlanDocument, *, brought: bool
) -> dict[str, Any]:
    told = make_folder(data_folder().plans / key, key, region.folder, document, job.part(0.6, 1.0))
    options = {"hubs": document.asked_hubs, "budget_jpy": document.asked_budget_jpy, "years": document.years[1:],
               "seed": document.seed}
    with transaction.atomic():
        plan, new = Plan.objects.get_or_create(key=key, defaults={
            "region": region, "name": name, "options": options, "summary": told, "made_by": job.user,
            "brought": brought})
        if new:
            record(None, "plans.bring" if brought else "plans.make", plan, organisation=job.organisation,
                   code=region.code, job=str(job.job.pk))
    return {"address": plan.get_absolute_url()}


def put_plan(folder: Path) -> Plan:
    """The plan in a folder that `musubime plan` wrote, published for the region of the site that it was made of; a plan
    that is there already is left alone. Raises InputError when no region of the site is the one."""
    document = read_plan(folder / "plan.json")
    digest = hashlib.sha256((folder / "plan.json").read_bytes()).hexdigest()
    known = Plan.objects.filter(pk=digest[:12]).first()
    if known is not None:
        return known
    faults: list[Fault] = []
    for region in Region.objects.filter(code=document.place.code):
        try:
            told = make_folder(data_folder().plans / digest[:12], digest[:12], region.folder, document,
                               lambda share, words: None)
        except InputError as error:
            faults += error.faults
            continue
        return Plan.objects.create(
            key=digest[:12], region=region, name=document.place.name, summary=told, brought=True, published=True,
            published_at=timezone.now(), options={"hubs": document.asked_hubs, "budget_jpy": document.asked_budget_jpy,
                                                  "years": document.years[1:], "seed": document.seed},
        )
    raise InputError(faults or [Fault(
        text("The site has no region of this municipality."),
        text("Bring the region in as well: --region DIR."), file=str(folder), value=document.place.code)])

"""The folder of a plan: what `musubime plan` writes, the workshop's file, and `view`, what the pages read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from musubime.errors import Fault, InputError
from musubime.language import Text, text
from musubime.region import Region
from musubime.region.files import staged
from musubime.reports import publish
from musubime.reports.views import Plan as PlanView
from musubime.studies import PlanDocument, open_workshop
from musubime.web.pages.ground import bounds

from .by_year import agrees, reach_by_year
from .layers import layers

VIEW = "view"
WORKSHOP = "workshop.npz"  # the name that the workshop looks for
FILES = ("plan.html", "plan.xlsx", "plan.gpkg", "plan.json", "plan.pptx")  # what may be taken home, where it is there
Progress = Callable[[float, Text], None]


def make_folder(folder: Path, key: str, region_folder: Path, document: PlanDocument, say: Progress) -> dict[str, Any]:
    """Write everything for a plan, and return its summary for lists. Raises InputError when the region on this site is
    not the one from which the plan was made. A folder that is there already is written anew; what fails leaves it.

    say: told the share done, 0 to 1.
    """
    say(0.0, text("Opening the region"))
    region = Region.open(region_folder)
    check_same_region(document, region)
    say(0.1, text("Writing the plan"))
    publish(document, region, folder)
    say(0.5, text("Getting the workshop ready"))
    shop = open_workshop(region_folder, plan=folder, keep=folder / WORKSHOP)
    say(0.8, text("Drawing the map"))
    reach = reach_by_year(document, shop.basis)
    if not agrees(reach, document):
        raise InputError(another_region())
    view = PlanView(document)
    with staged(folder) as new:
        (new / VIEW).mkdir()
        reach.save(new / VIEW / "reach.npz")
        for name, layer in layers(key, region, view, reach).items():
            (new / VIEW / f"{name}.geojson.gz").write_bytes(layer)
        (new / VIEW / "map.json").write_text(json.dumps({"bounds": bounds(region)}), "utf-8")
    shutil.rmtree(folder / VIEW / "charts", ignore_errors=True)  # of an earlier plan of this name
    return summary(document)


def another_region() -> Fault:
    return Fault(
        text("The plan was made from another state of this region than the one on this site, or by another version of "
             "Musubime."),
        text("Bring the region folder in as well, then the plan; or make the plan here."), file="plan.json",
    )


def check_same_region(document: PlanDocument, region: Region) -> None:
    if document.place.code != region.code:
        raise InputError(Fault(
            text("The plan is of {name} ({code}), not of this region.", name=document.place.name,
                 code=document.place.code),
            text("Choose the region that the plan belongs to."), file="plan.json", field="place.code",
        ))
    if [s.id for s in document.settlements] != list(region.settlements.ids):
        raise InputError(another_region())


def summary(document: PlanDocument) -> dict[str, Any]:
    first = document.alternatives[0]
    at, without = first.by_year.get(document.plan_year), document.without_plan.get(document.plan_year)
    return {
        "hubs": [hub.name for hub in first.hubs], "cost_jpy_per_year": first.cost_jpy_per_year, "gap": first.gap,
        "plan_year": document.plan_year, "people": document.place.people,
        "unserved_people": at.unserved_people if at else None,
        "unserved_without": without.unserved_people if without else None,
        "alternatives": len(document.alternatives),
    }

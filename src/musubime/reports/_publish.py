"""All files of a plan in one step."""

from __future__ import annotations

from pathlib import Path

from musubime.region import Region
from musubime.region.files import staged
from musubime.studies.document import PlanDocument

from .geopackage import write_geopackage
from .page import write_html
from .plan_json import write_json
from .workbook import write_workbook

FILES = ("plan.json", "plan.html", "plan.xlsx", "plan.gpkg")


def publish(document: PlanDocument, region: Region, out: Path) -> list[Path]:
    """Write plan.json, plan.html, plan.xlsx and plan.gpkg into `out`; all appear together, or the earlier ones stay.

    Raises OutputError with a remedy when the folder cannot be written to.
    """
    with staged(out) as new:
        write_json(document, new / FILES[0])
        write_html(document, region, new / FILES[1])
        write_workbook(document, new / FILES[2])
        write_geopackage(document, region, new / FILES[3])
    return [out / name for name in FILES]

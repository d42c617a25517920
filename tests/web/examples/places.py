"""A region, a hub and an RMO of 岩国市, for the test that opens every address as everybody."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from musubime.region.sample import write_sample
from musubime.web.places.bring_in import bring_in
from musubime.web.places.facts import facts_of
from musubime.web.places.models import Hub, Region, Rmo

CODE = "352080"


@cache
def _sample() -> Path:
    """The fictional region, written once for all tests."""
    folder = Path(tempfile.mkdtemp(prefix="musubime-example-")) / "example"
    write_sample(folder)
    return folder


def addresses() -> dict[str, dict[str, object]]:
    region = bring_in(_sample())
    Region.objects.filter(pk=region.pk).update(code=CODE)
    hub = Hub.objects.create(code=CODE, name="hub")
    Rmo.objects.create(code=CODE, name="rmo")
    slug, kept = {"slug": region.slug}, {"kind": "hubs", "pk": hub.pk}
    return {
        "places:list": {}, "places:import": {}, "places:directory": {}, "places:official": {},
        "places:municipality": {"code": CODE}, "places:kept_new": {"code": CODE, "kind": "rmos"},
        "places:layer": slug | {"layer": "settlements"},
        "places:settlement": slug | {"settlement": facts_of(region)["settlements"][0]["id"]},
    } | {f"places:{name}": slug for name in (
        "region", "settlements", "settlements_csv", "facilities", "areas", "sources", "visibility", "delete")
    } | {f"places:{name}": kept for name in ("kept", "kept_edit", "kept_delete")}

"""One job of 岩国市, for the test that opens every address as everybody."""

from __future__ import annotations

from musubime.web.jobs.models import Job


def addresses() -> dict[str, dict[str, object]]:
    job = Job.objects.create(kind="places.import", code="352080")
    return {"jobs:list": {}} | {name: {"job": job.pk} for name in ("jobs:one", "jobs:progress", "jobs:cancel")}

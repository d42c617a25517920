"""python -m musubime.web recover_jobs: jobs whose worker died are picked up again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from musubime.web.jobs.work import recover


class Command(BaseCommand):
    def handle(self, *args: Any, **options: Any) -> None:
        recover()

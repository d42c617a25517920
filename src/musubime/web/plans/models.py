"""A plan of a region, as `musubime plan` wrote it."""

from __future__ import annotations

import secrets
from pathlib import Path

from django.db import models

from musubime.web.accounts.models import User
from musubime.web.data import data_folder
from musubime.web.places.models import Region


def new_key() -> str:
    """A short name for an address, hard to guess: a plan that is not published is only reached by those who have it."""
    return secrets.token_urlsafe(9).replace("-", "a").replace("_", "b")


class Plan(models.Model):
    """Its folder holds plan.json, plan.html, plan.xlsx, plan.gpkg, and what the workshop needs to solve again."""

    key = models.CharField(primary_key=True, max_length=16, default=new_key, editable=False)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="plans")
    name = models.CharField(max_length=120)
    options = models.JSONField(default=dict)  # hubs, budget_jpy, years, seed
    summary = models.JSONField(default=dict)  # what lists show: hubs, served_people, cost_jpy_per_year, gap
    published = models.BooleanField(default=False)
    made_at = models.DateTimeField(auto_now_add=True)
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ("-made_at",)

    def __str__(self) -> str:
        return self.name

    @property
    def folder(self) -> Path:
        return data_folder().plans / self.key

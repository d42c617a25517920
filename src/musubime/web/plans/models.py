"""A plan of a region, as `musubime plan` wrote it."""

from __future__ import annotations

import secrets
from pathlib import Path

from django.db import models
from django.urls import reverse
from simple_history.models import HistoricalRecords

from musubime.web.accounts.models import User
from musubime.web.data import data_folder
from musubime.web.places.models import Region


def new_key() -> str:
    """A short name for an address, hard to guess: a plan that is not published is only reached by those who have it."""
    return secrets.token_urlsafe(9).replace("-", "a").replace("_", "b")


class Plan(models.Model):
    """Its folder holds plan.json, plan.html, plan.xlsx, plan.gpkg, what the workshop needs to solve again
    (workshop.npz), and `view`, what its pages show (see `making`). A plan is in the table when its folder is whole."""

    key = models.CharField(primary_key=True, max_length=16, default=new_key, editable=False)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="plans")
    name = models.CharField(max_length=120)
    options = models.JSONField(default=dict)  # hubs, budget_jpy, years, seed
    summary = models.JSONField(default=dict)  # what lists show: see making.summary
    brought = models.BooleanField(default=False)  # made on another computer
    published = models.BooleanField(default=False)
    published_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField(auto_now_add=True)
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    history = HistoricalRecords()

    class Meta:
        ordering = ("-made_at",)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("plans:page", args=[self.key])

    @property
    def folder(self) -> Path:
        return data_folder().plans / self.key

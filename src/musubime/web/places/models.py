"""What the site knows of places beside the region folders, which hold the open facts."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from django.db import models
from django.urls import reverse
from simple_history.models import HistoricalRecords

from musubime.region.codes import prefecture_name
from musubime.web.data import data_folder


class Region(models.Model):
    """A region folder of the site. Open to all when `public`; else to those whose organisation covers `code`."""

    slug = models.SlugField(primary_key=True, max_length=60, allow_unicode=False)  # also its folder's name
    code = models.CharField(max_length=6, db_index=True)  # of the municipality, with check digit
    name = models.CharField(max_length=120)
    prefecture = models.CharField(max_length=20)
    public = models.BooleanField(default=True)
    settlements = models.PositiveIntegerField(default=0)
    people = models.PositiveIntegerField(default=0)
    imported_at = models.DateTimeField(auto_now=True)
    fingerprint = models.CharField(max_length=64, blank=True)  # of the folder it was brought in from
    history = HistoricalRecords()

    class Meta:
        ordering = ("code", "slug")

    def __str__(self) -> str:
        return self.name

    @property
    def folder(self) -> Path:
        return data_folder().regions / self.slug

    def get_absolute_url(self) -> str:
        return reverse("places:region", args=[self.slug])


class Municipality(models.Model):
    """From an official list of codes. `former`: its code is no longer in use, a merger carried it into another."""

    code = models.CharField(primary_key=True, max_length=6)
    name = models.CharField(max_length=60)
    kana = models.CharField(max_length=120, blank=True)
    former = models.BooleanField(default=False)
    source = models.CharField(max_length=200)  # the file that named it last

    class Meta:
        ordering = ("code",)

    def __str__(self) -> str:
        return self.name

    @property
    def prefecture(self) -> str:
        return prefecture_name(self.code)

    def get_absolute_url(self) -> str:
        return reverse("places:municipality", args=[self.code])


class Succession(models.Model):
    """A merger: the code of `former` was carried into that of `successor`. Lists of codes do not say on which day."""

    former = models.ForeignKey(Municipality, on_delete=models.CASCADE, related_name="successors")
    successor = models.ForeignKey(Municipality, on_delete=models.CASCADE, related_name="predecessors")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("former", "successor"), name="one_succession"),)


class Class(StrEnum):
    """全部過疎, 一部過疎, みなし過疎."""

    FULL = "full"
    PART = "part"
    DEEMED = "deemed"


class Designation(models.Model):
    """過疎 at one date. `areas`: the former municipalities that count, where not the whole does."""

    municipality = models.ForeignKey(Municipality, on_delete=models.CASCADE, related_name="designations")
    on = models.DateField()  # the date for which the list holds
    kind = models.CharField(max_length=10)  # Class
    areas = models.JSONField(default=list)
    source = models.CharField(max_length=200)

    class Meta:
        ordering = ("-on",)
        constraints = (models.UniqueConstraint(fields=("municipality", "on"), name="one_designation_at_a_date"),)


class Kept(models.Model):
    """What the municipality's staff keep by hand. `services`: of region.SERVICES."""

    code = models.CharField(max_length=6, db_index=True)  # of the municipality
    name = models.CharField(max_length=120)
    place = models.CharField(max_length=200, blank=True)
    services = models.JSONField(default=list)
    since = models.PositiveSmallIntegerField(null=True)  # Western year
    until = models.PositiveSmallIntegerField(null=True)  # the last year, when it has ended
    lon = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    version = models.PositiveIntegerField(default=0)  # counts changes: two people at once notice each other

    class Meta:
        abstract = True
        ordering = ("code", "name", "pk")

    def __str__(self) -> str:
        return self.name


class Rmo(Kept):
    """A region management organization (地域運営組織)."""

    area = models.CharField(max_length=200, blank=True)  # the living area it works for
    history = HistoricalRecords()

    def get_absolute_url(self) -> str:
        return reverse("places:kept", args=["rmos", self.pk])


class Hub(Kept):
    """A small hub (小さな拠点) that is there."""

    rmo = models.ForeignKey(Rmo, null=True, on_delete=models.SET_NULL, related_name="hubs")
    history = HistoricalRecords()

    def get_absolute_url(self) -> str:
        return reverse("places:kept", args=["hubs", self.pk])

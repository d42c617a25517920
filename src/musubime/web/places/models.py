"""What the site knows of places beside the region folders, which hold the open facts."""

from __future__ import annotations

from pathlib import Path

from django.db import models

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

    class Meta:
        ordering = ("code", "slug")

    def __str__(self) -> str:
        return self.name

    @property
    def folder(self) -> Path:
        return data_folder().regions / self.slug

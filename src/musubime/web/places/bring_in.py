"""Region folders become regions of the site; a newer one takes the place of an older one in one step."""

from __future__ import annotations

import hashlib
import secrets
import shutil
from pathlib import Path

from django.db import transaction
from django.utils.text import slugify

from musubime.errors import Fault, InputError
from musubime.language import text
from musubime.region import Region as Folder
from musubime.web.data import data_folder

from .facts import make_facts
from .models import Region

_PARTS = ("region.toml", "region.gpkg", "sources.json")


def bring_in(path: Path, *, public: bool = True, slug: str | None = None, code: str | None = None) -> Region:
    """The region folder `path` as a region of the site; what stands at `path` is only read.

    slug: the region to be replaced, or the name of a new one; without it the folder's name. A region that is there
    already keeps whom it is open to, and is left alone when nothing in the folder has changed. code: the municipality
    that it must be of. Raises InputError with all faults of the folder, or when the site has another municipality
    under `slug`.
    """
    printed = _fingerprint(path)
    folder = Folder.open(path)
    faults = folder.check()
    if code is not None and folder.code != code:
        faults.insert(0, Fault(
            text("This is a region of {found}, not of {asked}.", found=folder.code, asked=code),
            text("Give the code of its municipality, or another folder."), file="region.toml"))
        raise InputError(faults)
    if any(fault.blocks for fault in faults):
        raise InputError(faults)
    known = Region.objects.filter(pk=slug).first() if slug else None
    if known and known.code != folder.code:
        raise InputError(Fault(
            text("The site keeps {name} ({code}) under the name {slug}.", name=known.name, code=known.code,
                 slug=known.slug), text("Choose another name for this region."), value=known.slug))
    name = slug or _free_name(path, folder.code)
    known = known or Region.objects.filter(pk=name).first()
    target = data_folder().regions / name
    if known and known.fingerprint == printed and (target / "region.gpkg").is_file():
        return known
    return keep(folder, name, public=public, fingerprint=printed)


def keep(folder: Folder, slug: str, *, public: bool = True, fingerprint: str = "") -> Region:
    """Write a sound region into the site's own folder and tell the database. Begun again after a kill it ends well:
    the folder is replaced in one step, and nothing points to it before it is whole."""
    target = data_folder().regions / slug
    folder.save(target)  # a file of our own making, whatever the stranger's GeoPackage held beside its tables
    facts = make_facts(slug, target)
    region, _ = Region.objects.get_or_create(pk=slug, defaults={"public": public, "code": folder.code})
    region.code, region.name, region.prefecture = folder.code, folder.name, folder.prefecture
    region.settlements, region.people = len(facts["settlements"]), round(facts["people"])
    region.fingerprint = fingerprint
    region.save()
    return region


def delete(region: Region) -> None:
    """Take a region off the site. Raises ProtectedError while plans use it."""
    folder = region.folder
    with transaction.atomic():
        region.delete()
    if folder.exists():  # first out of the way, so that nothing half there is ever found under its name
        gone = folder.rename(folder.with_name(f".deleted-{folder.name}-{secrets.token_hex(4)}"))
        shutil.rmtree(gone, ignore_errors=True)


def _free_name(path: Path, code: str) -> str:
    """The folder's name; with the code where another municipality has that name already, and the code alone where the
    name has no letters that an address may hold."""
    name = slugify(path.resolve().name)[:50] or code
    other = Region.objects.filter(pk=name).exclude(code=code).exists()
    return f"{name}-{code}" if other else name


def _fingerprint(path: Path) -> str:
    """Of all that makes a region folder; "" where something is missing, which opening it then tells."""
    digest = hashlib.sha256()
    for part in [*(path / name for name in _PARTS), *sorted((path / "transit").glob("*.zip"))]:
        if part.is_file():
            with part.open("rb") as file:
                digest.update(part.name.encode() + hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()

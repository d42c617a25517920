"""One file holds the site, and gives it back."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from musubime.errors import InputError, OutputError
from musubime.web.accounts.models import Kind, Membership, Organisation, Role, User
from musubime.web.data import DataFolder
from musubime.web.places.models import Region
from musubime.web.upkeep.backup import back_up, restore

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def site(data: DataFolder) -> DataFolder:
    """A town hall with two people, and a region whose folder holds one file."""
    town = Organisation.objects.create(kind=Kind.MUNICIPALITY, name="岩国市", area="352080")
    for name, role in (("suzuki", Role.LEAD), ("tanaka", Role.STAFF)):
        user = User.objects.create_user(name, password="a good password 1", display_name="鈴木 <b>花子</b>")
        Membership.objects.create(user=user, organisation=town, role=role)
    Region.objects.create(slug="iwakuni", code="352080", name="岩国市", prefecture="山口県", people=100, settlements=3)
    (data.regions / "iwakuni").mkdir()
    (data.regions / "iwakuni" / "region.toml").write_text('name = "岩国市"\n', "utf-8")
    return data


def _empty(data: DataFolder) -> None:
    call_command("flush", interactive=False, verbosity=0)
    for path in sorted(data.root.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    data.prepare()


def test_what_was_backed_up_comes_back(site: DataFolder, tmp_path: Path) -> None:
    secret = site.read_secret()
    answer = back_up(site, tmp_path / "site.tar.gz")
    assert (tmp_path / "site.tar.gz").stat().st_mode & 0o077 == 0, "only its owner reads it"
    assert answer["files"] == 3  # rows, the secret, region.toml
    _empty(site)
    assert site.read_secret() != secret
    restore(tmp_path / "site.tar.gz", site)
    assert site.read_secret() == secret
    assert sorted(User.objects.values_list("username", flat=True)) == ["suzuki", "tanaka"]
    assert User.objects.get(username="suzuki").display_name == "鈴木 <b>花子</b>"
    assert {m.principal for m in Membership.objects.all()} == {"municipality.lead", "municipality.staff"}
    assert Region.objects.get().folder.joinpath("region.toml").read_text("utf-8") == 'name = "岩国市"\n'
    assert User.history.count() == 2, "the history comes back too"
    assert User.objects.get(username="suzuki").check_password("a good password 1")
    # New rows get numbers of their own: sequences stand behind the restored rows.
    User.objects.create_user("sato", password="a good password 1")


def test_a_site_that_holds_something_is_not_overwritten(site: DataFolder, tmp_path: Path) -> None:
    back_up(site, tmp_path / "site.tar.gz")
    with pytest.raises(InputError) as caught:
        restore(tmp_path / "site.tar.gz", site)
    assert "not empty" in caught.value.faults[0].what.to("en")
    assert User.objects.count() == 2


@pytest.mark.parametrize("spoil", ["cut", "changed", "escape", "other", "text"])
def test_a_spoilt_backup_is_refused_and_nothing_is_restored(site: DataFolder, tmp_path: Path, spoil: str) -> None:
    backup = tmp_path / "site.tar.gz"
    back_up(site, backup)
    _empty(site)
    if spoil == "cut":
        backup.write_bytes(backup.read_bytes()[:-200])
    elif spoil == "text":
        backup.write_text("no archive")
    else:
        with tarfile.open(backup) as archive:
            parts = {m.name: archive.extractfile(m).read() for m in archive}  # type: ignore[union-attr]
        if spoil == "changed":
            parts["rows.jsonl"] = parts["rows.jsonl"].replace(b"suzuki", b"sizuki")
        elif spoil == "escape":
            parts["../outside"] = b"x"
        else:
            manifest = json.loads(parts["manifest.json"])
            manifest["migrations"].append("accounts.9999_from_the_future")
            parts["manifest.json"] = json.dumps(manifest).encode()
        with tarfile.open(backup, "w:gz") as archive:
            for name, content in parts.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    with pytest.raises(InputError):
        restore(backup, site)
    assert not User.objects.exists()
    assert not list(site.regions.iterdir())
    assert not (site.root.parent / "outside").exists()


def test_a_backup_that_cannot_be_written_leaves_no_file(site: DataFolder, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        back_up(site, tmp_path / "file" / "site.tar.gz")
    full = tmp_path / "full"
    full.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tarfile.TarFile.addfile", _no_space)
        with pytest.raises(OutputError):
            back_up(site, full / "site.tar.gz")
    assert not list(full.iterdir())


def _no_space(*_: Any, **__: Any) -> None:
    raise OSError(28, "No space left on device")

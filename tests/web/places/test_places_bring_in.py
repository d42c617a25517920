"""Region folders become regions of the site, from the command line and from zips; what is at fault is refused whole."""

from __future__ import annotations

import io
import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from django.db.models import ProtectedError

from musubime.errors import InputError
from musubime.region import Region as Folder
from musubime.web.data import DataFolder
from musubime.web.jobs import queue
from musubime.web.jobs.models import Job, State
from musubime.web.jobs.work import enqueue
from musubime.web.places import unzip
from musubime.web.places.bring_in import bring_in, delete
from musubime.web.places.facts import facts_of, layer_of
from musubime.web.places.models import Region

pytestmark = pytest.mark.django_db


def test_what_is_kept_is_what_was_given(valley: Region, sample_folder: Path) -> None:
    given, kept = Folder.open(sample_folder), Folder.open(valley.folder)
    assert (valley.slug, valley.code, valley.name) == ("valley", given.code, given.name)
    assert valley.settlements == len(given.settlements)
    assert valley.people == round(float(given.population.latest.sum()))
    assert (kept.population.people == given.population.people).all()
    assert [feed.name for feed in kept.transit] == [feed.name for feed in given.transit]


def test_given_again_unchanged_it_is_left_alone(valley: Region, sample_folder: Path) -> None:
    before = (valley.folder / "region.gpkg").stat().st_mtime_ns
    assert bring_in(sample_folder) == valley
    assert (valley.folder / "region.gpkg").stat().st_mtime_ns == before


def test_a_newer_one_takes_its_place_and_keeps_whom_it_is_open_to(valley: Region, own_sample: Path) -> None:
    Region.objects.update(public=False)
    toml = own_sample / "region.toml"
    toml.write_text(toml.read_text("utf-8").replace(valley.name, "新しい町"), "utf-8")
    newer = bring_in(own_sample)
    assert (newer.slug, newer.name, newer.public) == ("valley", "新しい町", False)
    assert facts_of(newer)["name"] == "新しい町"  # nothing old is shown from memory


def test_another_municipality_of_one_folder_name_gets_a_name_of_its_own(valley: Region, sample_folder: Path) -> None:
    Region.objects.update(code="131016")
    other = bring_in(sample_folder)
    assert other.slug == f"valley-{Folder.open(sample_folder).code}"
    with pytest.raises(InputError, match="valley"):
        bring_in(sample_folder, slug="valley")


def test_a_folder_at_fault_is_refused_with_all_faults_and_nothing_changes(valley: Region, own_sample: Path) -> None:
    (own_sample / "region.toml").write_text("[region]\ncode = 1\n", "utf-8")
    (own_sample / "sources.json").write_text("[", "utf-8")
    with pytest.raises(InputError) as caught:
        bring_in(own_sample)
    assert {fault.file for fault in caught.value.faults} == {"region.toml", "sources.json"}
    assert Folder.open(valley.folder).name == valley.name
    assert Region.objects.count() == 1


def test_facts_are_made_anew_when_the_folder_was_changed_by_hand(valley: Region) -> None:
    toml = valley.folder / "region.toml"
    toml.write_text(toml.read_text("utf-8").replace(valley.name, "手で直した町"), "utf-8")
    assert facts_of(valley)["name"] == "手で直した町"
    shutil.rmtree(valley.folder / ".site")
    assert layer_of(valley, "settlements")[0]


def test_facts_count_what_the_region_counts(valley: Region, sample_folder: Path) -> None:
    region, facts = Folder.open(sample_folder), facts_of(valley)
    assert sum(one["people"] for one in facts["settlements"]) == pytest.approx(float(region.population.latest.sum()))
    assert facts["over_65"] == pytest.approx(float(region.population.in_ages(65)[-1].sum()))
    one = facts["settlements"][0]
    assert sum(map(sum, one["ages"])) == pytest.approx(one["people"])
    shop = next(way for way in one["near"] if way["service"] == "shop")
    assert "shop" in next(f for f in facts["facilities"] if f["name"] == shop["name"])["services"]


def test_deleted_it_is_gone_but_not_while_a_plan_uses_it(valley: Region) -> None:
    from musubime.web.plans.models import Plan

    plan = Plan.objects.create(region=valley, name="plan")
    with pytest.raises(ProtectedError):
        delete(valley)
    assert (valley.folder / "region.gpkg").is_file()
    plan.delete()
    folder = valley.folder
    delete(valley)
    assert not folder.exists()
    assert list(folder.parent.iterdir()) == []


# --- zips -------------------------------------------------------------------------------------------------------

def run(data: DataFolder, content: bytes, code: str, kind: str = "places.import", slug: str = "given") -> Job:
    """The job for an uploaded zip, after the worker had it."""
    (data.uploads / "given.zip").write_bytes(content)
    job = enqueue(kind, None, None, code, file="given.zip", slug=slug, public=True)
    queue.run_job.call(str(job.pk))
    job.refresh_from_db()
    assert list(data.uploads.iterdir()) == []  # nothing of the upload is left
    return job


def test_a_zip_of_a_folder_is_brought_in(data: DataFolder, sample_zip: bytes, sample_folder: Path) -> None:
    job = run(data, sample_zip, Folder.open(sample_folder).code)
    assert (job.state, job.result["address"], job.faults) == (State.DONE, "/places/regions/given/", [])
    assert not (Region.objects.get().folder / "readme.txt").exists()


def test_a_zip_of_another_municipality_is_refused(data: DataFolder, sample_zip: bytes) -> None:
    job = run(data, sample_zip, "352080")
    assert job.state == State.FAILED
    assert "352080" in job.faults[0]["what"]["ja"]
    assert not Region.objects.exists()


def test_a_zip_that_is_no_region_says_what_is_missing(data: DataFolder) -> None:
    job = run(data, zipped({"a.txt": b"words"}), "352080")
    assert [fault["what"]["en"] for fault in job.faults] == [
        "This is not a region folder: region.toml is missing.", "This is not a region folder: region.gpkg is missing."]


def test_a_build_without_what_is_needed_tells_every_fault(data: DataFolder) -> None:
    job = run(data, zipped({"a.txt": b"words"}), "352080", "places.build")
    assert job.state == State.FAILED
    assert job.faults


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def everything(name: PurePosixPath) -> PurePosixPath:
    return name


@pytest.mark.parametrize("name", [
    "../out.txt", "a/../../out.txt", "/out.txt", "..\\out.txt", "C:\\out.txt", "C:/out.txt"])
def test_nothing_is_written_outside_the_folder(name: str, tmp_path: Path) -> None:
    bad = tmp_path / "own" / "bad.zip"
    bad.parent.mkdir()
    bad.write_bytes(zipped({name: b"x"}))
    with pytest.raises(InputError) as caught:
        unzip.unpack(bad, bad.parent / "in", everything)
    assert "leads elsewhere" in caught.value.faults[0].what.to("en")
    assert list(bad.parent.iterdir()) == [bad]
    assert not (tmp_path / "out.txt").exists()


def test_links_bombs_crowds_and_broken_zips_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bad.zip"

    def refused(content: bytes) -> str:
        path.write_bytes(content)
        shutil.rmtree(tmp_path / "in", ignore_errors=True)
        with pytest.raises(InputError) as caught:
            unzip.unpack(path, tmp_path / "in", everything)
        return caught.value.faults[0].what.to("en")

    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "link" in refused(packed.getvalue())
    assert "trap" in refused(zipped({"zeros": bytes(5_000_000)}))  # 5 MB in 5 kB: 1,000 times
    assert "one name" in refused(zipped({"a/b": b"1", "a": b"2"}))
    assert "cannot be unpacked" in refused(b"PK\x03\x04 and no more")
    assert "cannot be unpacked" in refused(zipped({"a": b"words of some length"}, zipfile.ZIP_STORED).replace(
        b"words of", b"wordz of"))  # its checksum is wrong
    monkeypatch.setattr(unzip, "MOST_FILES", 2)
    assert "3 files" in refused(zipped({"a": b"", "b": b"", "c": b""}))
    monkeypatch.setattr(unzip, "MOST_BYTES", 10)
    assert "unpacks to more" in refused(zipped({"a": b"12345678901"}))


def test_japanese_names_of_windows_are_read(tmp_path: Path) -> None:
    path = tmp_path / "cp932.zip"
    content = zipped({"xxxx.csv": b"1"}).replace(b"xxxx.csv", "人口.csv".encode("cp932"))
    path.write_bytes(content)
    assert [made.name for made in unzip.unpack(path, tmp_path / "in", everything)] == ["人口.csv"]


def test_the_job_of_a_lost_upload_says_so(data: DataFolder) -> None:
    job: Any = enqueue("places.import", None, None, "352080", file="lost.zip", slug="x", public=True)
    queue.run_job.call(str(job.pk))
    job.refresh_from_db()
    assert "no longer there" in job.faults[0]["what"]["en"]

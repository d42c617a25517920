"""A site with a region and two plans, for programs to read."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from musubime.web.data import DataFolder
from musubime.web.places.models import Region
from musubime.web.plans.making import make_folder
from musubime.web.plans.models import Plan

MUSUBIME = [sys.executable, "-c", "from musubime.cli import main; main()"]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """town (a region folder) and plan (what `musubime plan` wrote)."""
    folder = tmp_path_factory.mktemp("api")
    subprocess.run([*MUSUBIME, "sample", str(folder / "town")], check=True, capture_output=True)
    subprocess.run([*MUSUBIME, "plan", str(folder / "town"), "--out", str(folder / "plan")], check=True,
                   capture_output=True)
    return folder


@pytest.fixture(scope="session")
def whole(made: Path) -> Path:
    """The folder of a plan of the site, with key "published0"."""
    from musubime.studies.plan_file import read_plan

    document = read_plan(made / "plan" / "plan.json")
    make_folder(made / "whole", "published0", made / "town", document, lambda share, words: None)
    return made / "whole"


@pytest.fixture
def plans(db: None, data: DataFolder, made: Path, whole: Path) -> dict[str, Plan]:
    """A public region of 岩国市 with a published plan and one that is not."""
    shutil.copytree(made / "town", data.regions / "town")
    region = Region.objects.create(slug="town", code="352080", name="岩国市", prefecture="山口県", people=10,
                                   settlements=3)
    Region.objects.create(slug="secret", code="352080", name="秘密", prefecture="山口県", public=False)
    found = {}
    for key, published in (("published0", True), ("draft00000", False)):
        shutil.copytree(whole, data.plans / key)
        found[key] = Plan.objects.create(key=key, region=region, name=key, published=published)
    return found

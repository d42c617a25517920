"""The fictional region, written once, and as a region of the site."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path

import pytest

from musubime.region.sample import write_sample
from musubime.web.data import DataFolder
from musubime.web.places.bring_in import bring_in
from musubime.web.places.models import Region


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "valley"
    write_sample(folder)
    return folder


@pytest.fixture
def own_sample(sample_folder: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(sample_folder, tmp_path / "given" / "valley"))


@pytest.fixture
def valley(db: None, data: DataFolder, sample_folder: Path) -> Region:
    return bring_in(sample_folder)


@pytest.fixture
def sample_zip(sample_folder: Path) -> bytes:
    """As somebody packs it: the folder around everything, and a file that is no part of a region."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(sample_folder.rglob("*")):
            if path.is_file():
                archive.write(path, f"valley/{path.relative_to(sample_folder)}")
        archive.writestr("valley/readme.txt", "words")
    return packed.getvalue()

"""What a kill, a full disk or a locked folder leaves behind: the earlier set, or the new one, and never a mixture."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from musubime.errors import OutputError
from musubime.region import Region
from musubime.region.files import recover, staged

NAMES = ("a.txt", "b.txt", "transit/c.txt")


def write_set(folder: Path, words: str) -> None:
    with staged(folder) as new:
        (new / "transit").mkdir()
        for name in NAMES:
            (new / name).write_text(words)


def read_set(folder: Path) -> set[str]:
    return {(folder / name).read_text() for name in NAMES}


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith(".musubime"))


def run(code: str, folder: Path) -> int:
    """Run code in another Python, with `folder` and `write_set` at hand, and return how it ended."""
    head = f"""
        import os, signal, sys
        sys.path.insert(0, {str(Path(__file__).parent)!r})
        from pathlib import Path
        from test_files import write_set, NAMES
        from musubime.region.files import staged
        folder = Path({str(folder)!r})
    """
    program = textwrap.dedent(head) + textwrap.dedent(code)
    return subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True).returncode


def test_a_new_set_replaces_the_old_and_leaves_strangers_alone(tmp_path: Path) -> None:
    write_set(tmp_path, "old")
    (tmp_path / "notes.txt").write_text("mine")
    write_set(tmp_path, "new")
    assert read_set(tmp_path) == {"new"}
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert leftovers(tmp_path) == []


def test_an_error_while_writing_leaves_the_old_set(tmp_path: Path) -> None:
    write_set(tmp_path, "old")
    with contextlib.suppress(ZeroDivisionError), staged(tmp_path) as new:
        (new / "a.txt").write_text("new")
        raise ZeroDivisionError
    assert read_set(tmp_path) == {"old"}
    assert leftovers(tmp_path) == []


def test_a_kill_while_writing_leaves_the_old_set(tmp_path: Path) -> None:
    write_set(tmp_path, "old")
    ended = run("""
        with staged(folder) as new:
            (new / "a.txt").write_text("new")
            os.kill(os.getpid(), signal.SIGKILL)
    """, tmp_path)
    assert ended == -signal.SIGKILL
    assert read_set(tmp_path) == {"old"}
    assert leftovers(tmp_path)
    recover(tmp_path)
    assert read_set(tmp_path) == {"old"}
    write_set(tmp_path, "newer")  # the next writing clears away what the dead process left
    assert read_set(tmp_path) == {"newer"}
    assert leftovers(tmp_path) == []


# The renames in order: the journal itself, then one for each of the three files. A kill before the journal's leaves
# the old set; a kill after it is finished by `recover`, whichever file it hit.
@pytest.mark.parametrize(("renames", "expected"), [(0, "old"), (1, "new"), (2, "new"), (3, "new"), (4, "new")])
def test_a_kill_between_the_renames_ends_in_one_whole_set(tmp_path: Path, renames: int, expected: str) -> None:
    write_set(tmp_path, "old")
    ended = run(f"""
        done, rename = [], Path.replace
        def replace(source, target):
            if len(done) == {renames}:
                os.kill(os.getpid(), signal.SIGKILL)
            done.append(target)
            return rename(source, target)
        Path.replace = replace
        unlink = Path.unlink
        Path.unlink = lambda path, **k: (
            os.kill(os.getpid(), signal.SIGKILL) if len(done) == {renames} else unlink(path, **k)
        )
        write_set(folder, "new")
    """, tmp_path)
    assert ended == -signal.SIGKILL
    recover(tmp_path)
    assert read_set(tmp_path) == {expected}
    write_set(tmp_path, "newer")
    assert read_set(tmp_path) == {"newer"}
    assert leftovers(tmp_path) == []


def test_a_journal_that_names_something_else_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.txt").write_text("theirs")
    folder = tmp_path / "region"
    write_set(folder, "old")
    for words in (
        '{"staging": "../elsewhere"}', '{"staging": 3}', "", "[]", '{"staging": ".musubime-new-1/../../elsewhere"}',
    ):
        (folder / ".musubime-moving.json").write_text(words)
        recover(folder)
        assert read_set(folder) == {"old"}
        assert (elsewhere / "a.txt").exists()
        assert leftovers(folder) == []


def test_two_writers_at_once_leave_one_whole_set(tmp_path: Path) -> None:
    with staged(tmp_path) as first:
        (first / "a.txt").write_text("first")
        write_set(tmp_path, "second")  # another one begins and ends meanwhile: the first's folder is left to it
        for name in NAMES[1:]:
            (first / name).parent.mkdir(exist_ok=True)
            (first / name).write_text("first")
    assert read_set(tmp_path) == {"first"}


def test_a_file_in_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OutputError, match="A file stands where a folder is needed"):
        write_set(tmp_path / "out", "new")
    with pytest.raises(OutputError, match="A file stands where a folder is needed"):
        write_set(tmp_path / "out" / "deeper", "new")
    assert (tmp_path / "out").read_text() == "a file"


def test_a_folder_in_place_of_a_file_is_told_before_anything_moves(tmp_path: Path) -> None:
    write_set(tmp_path, "old")
    (tmp_path / "b.txt").unlink()
    (tmp_path / "b.txt").mkdir()
    with pytest.raises(OutputError, match="A folder stands where a file is needed"):
        write_set(tmp_path, "new")
    assert (tmp_path / "a.txt").read_text() == "old"
    assert leftovers(tmp_path) == []


def test_a_full_disk_is_told_and_leaves_the_old_set(tmp_path: Path) -> None:
    """/dev/full answers every write as a full disk does."""
    write_set(tmp_path, "old")

    def fill() -> None:
        with staged(tmp_path) as new:
            (new / "a.txt").write_text("new")
            Path("/dev/full").write_text("x" * 10_000)

    with pytest.raises(OutputError, match="The disk is full; nothing was replaced"):
        fill()
    assert read_set(tmp_path) == {"old"}
    assert leftovers(tmp_path) == []


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 128 KB, where this process may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(disk)], check=False,
                          capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no tiny disk can be mounted here: {done.stderr.strip()}")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_region_does_not_fit_on_a_tiny_disk(tiny_disk: Path) -> None:
    from tiny_region import tiny_region

    (tiny_disk / "region.toml").write_text("old")
    with pytest.raises(OutputError, match="The disk is full; nothing was replaced") as caught:
        tiny_region().save(tiny_disk)
    assert "Free some space" in str(caught.value)
    assert (tiny_disk / "region.toml").read_text() == "old"
    assert leftovers(tiny_disk) == []


def test_a_limit_on_the_size_of_files_stops_a_region_and_leaves_the_old_one(tmp_path: Path) -> None:
    """As a full disk does, but without rights: GDAL's own writing fails in the middle."""
    from tiny_region import tiny_region

    folder = tmp_path / "region"
    tiny_region().save(folder)
    before = (folder / "region.gpkg").read_bytes()
    ended = run("""
        import resource
        from tiny_region import tiny_region
        from musubime.errors import OutputError
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
        try:
            tiny_region().save(folder)
        except OutputError as error:
            sys.exit(7 if "nothing was replaced" in str(error) else 8)
    """, folder)
    assert ended == 7
    assert (folder / "region.gpkg").read_bytes() == before
    assert leftovers(folder) == []
    assert len(Region.open(folder).settlements) == 3


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Permissions do not bind root: put its rights down for a while."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.fixture
def locked() -> Iterator[Path]:
    """A folder that everybody may read and nobody may write to, holding an old set."""
    with tempfile.TemporaryDirectory() as made:  # pytest's own folders are closed to others altogether
        top = Path(made)
        top.chmod(0o755)
        folder = top / "out"
        write_set(folder, "old")
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)


def test_a_locked_folder_is_told_and_left_alone(locked: Path) -> None:
    with as_nobody(), pytest.raises(OutputError, match="This folder may not be written to; nothing was replaced"):
        write_set(locked, "new")
    with as_nobody(), pytest.raises(OutputError, match="may not be written to"):
        write_set(locked / "new", "new")
    assert read_set(locked) == {"old"}
    assert stat.S_IMODE(locked.stat().st_mode) == 0o555


def test_a_locked_folder_can_still_be_read(locked: Path) -> None:
    with as_nobody():
        recover(locked)
        assert read_set(locked) == {"old"}


def test_a_file_that_cannot_be_replaced_waits_for_the_next_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Excel and QGIS on Windows hold their files: the rename fails after others went through."""
    write_set(tmp_path, "old")
    rename = Path.replace

    def held(source: Path, target: Path) -> Path:
        if Path(target) == tmp_path / "b.txt":
            raise PermissionError(13, "held by Excel", str(target))
        return rename(source, target)

    monkeypatch.setattr(Path, "replace", held)
    with pytest.raises(OutputError, match=r"The new b\.txt is ready but could not be put in place \(held by Excel\)"):
        write_set(tmp_path, "new")
    with pytest.raises(OutputError, match=r"The new b\.txt is ready"):
        recover(tmp_path)
    monkeypatch.undo()
    recover(tmp_path)
    assert read_set(tmp_path) == {"new"}
    assert leftovers(tmp_path) == []

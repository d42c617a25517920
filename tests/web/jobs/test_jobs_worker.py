"""The real worker in a process of its own, killed in the middle and taken up again (on PostgreSQL as well, when the
tests run under with_postgresql.py)."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

HERE = Path(__file__).parent
DJANGO = "import django; django.setup()\n"
JOB = "from musubime.web.jobs.models import Job\nfrom musubime.web.jobs.work import cancel, enqueue, recover\n"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A migrated site with the app `trial`, in a database of its own."""
    folder = tmp_path_factory.mktemp("worker")
    env = os.environ | {
        "MUSUBIME_DATA": str(folder / "site"), "DJANGO_SETTINGS_MODULE": "trial_settings", "PYTHONPATH": str(HERE),
    }
    server = env.get("DATABASE_URL")
    name = f"jobs_{uuid.uuid4().hex}"
    if server:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
            user, host = connection.info.user, connection.info.host
        env["DATABASE_URL"] = f"postgresql://{user}@{quote(host, safe='')}/{name}"
    (folder / "site").mkdir()
    subprocess.run([sys.executable, "-m", "musubime.web", "migrate", "--verbosity=0"], env=env, check=True)
    yield env
    if server:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def site(environment: dict[str, str]) -> Callable[..., Any]:
    """site(code) -> what the code, run in the site, prints as JSON."""

    def run(code: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-c", f"import json\n{DJANGO}{JOB}{code}"], env=environment, check=True,
            capture_output=True, text=True,
        )
        return json.loads(done.stdout or "null")

    return run


def worker(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """One that ends when the queue is empty."""
    return subprocess.Popen(
        [sys.executable, "-m", "musubime.web", "db_worker", "--batch", "--no-startup-delay", "--interval=0"],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )


def half_way(environment: dict[str, str], pipe: Path) -> subprocess.Popen[bytes]:
    """A worker that has done half of the work and waits in it."""
    process = worker(environment)
    with pipe.open("rb") as said:
        assert said.read(4) == b"half"
    return process


@pytest.fixture
def begun(site: Any, tmp_path: Path) -> tuple[str, Path, Path]:
    """A job in the queue (its id), the file that it makes, the pipe into which it says that it is half done."""
    out, pipe = tmp_path / "made.txt", tmp_path / "pipe"
    os.mkfifo(pipe)
    job = site(f"job = enqueue('trial.write', None, None, '', out={str(out)!r}, pipe={str(pipe)!r})\n"
               "print(json.dumps(str(job.pk)))")
    return job, out, pipe


FIELDS = ("state", "runs", "share", "result", "faults", "message")


def told(site: Any, job: str) -> dict[str, Any]:
    return dict(site(f"print(json.dumps(Job.objects.values(*{FIELDS!r}).get(pk={job!r})))"))


def recovered(site: Any) -> list[str]:
    return list(site("print(json.dumps([str(job.pk) for job in recover()]))"))


def test_killed_in_the_middle_it_is_taken_up_and_done(
    environment: dict[str, str], site: Any, begun: tuple[str, Path, Path],
) -> None:
    job, out, pipe = begun
    process = half_way(environment, pipe)
    assert told(site, job)["state"] == "running"
    assert told(site, job)["message"]["ja"] == "順番待ち"
    assert recovered(site) == []  # its worker lives: nothing to take up

    process.kill()
    process.wait()
    assert told(site, job)["state"] == "running"  # nobody has noticed yet
    assert not out.exists()  # and nothing is half there
    assert recovered(site) == [job]
    assert recovered(site) == []  # it waits in the queue now: calling it twice does no harm
    assert told(site, job) | {"state": "waiting", "runs": 1, "share": 0.0} == told(site, job)

    Path(f"{out}.go").touch()
    assert worker(environment).wait() == 0
    assert told(site, job) | {"state": "done", "runs": 2, "share": 1.0, "result": {"address": "/plans/"}} == \
        told(site, job)
    assert out.read_text() == "half whole"


def test_what_kills_its_worker_three_times_is_not_begun_again(
    environment: dict[str, str], site: Any, begun: tuple[str, Path, Path],
) -> None:
    job, out, pipe = begun
    for run in (1, 2, 3):
        process = half_way(environment, pipe)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert recovered(site) == ([job] if run < 3 else [])
    end = told(site, job)
    assert (end["state"], end["runs"]) == ("failed", 3)
    assert "broken off 3 times" in end["faults"][0]["what"]["en"]
    assert "3回" in end["faults"][0]["what"]["ja"]
    assert worker(environment).wait() == 0
    assert not out.exists()


def test_a_job_that_was_cancelled_before_its_worker_died_is_not_taken_up(
    environment: dict[str, str], site: Any, begun: tuple[str, Path, Path],
) -> None:
    job, _, pipe = begun
    process = half_way(environment, pipe)
    site(f"cancel(Job.objects.get(pk={job!r}))")
    process.kill()
    process.wait()
    assert recovered(site) == []
    assert told(site, job)["state"] == "cancelled"


def test_stopped_by_hand_the_worker_gives_the_job_back(
    environment: dict[str, str], site: Any, begun: tuple[str, Path, Path],
) -> None:
    # The first signal lets the job end, which it does not; the second breaks it off, and the worker takes its leave.
    job, out, pipe = begun
    process = half_way(environment, pipe)
    process.send_signal(signal.SIGTERM)
    while told(site, job)["state"] == "running":
        process.send_signal(signal.SIGTERM)
    process.wait()
    assert told(site, job)["state"] == "waiting"
    assert recovered(site) == [job]
    Path(f"{out}.go").touch()
    assert worker(environment).wait() == 0
    assert told(site, job)["state"] == "done"

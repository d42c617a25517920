"""The workshop over HTTP: 200 random changes through gunicorn on loopback, as a browser sends them.

    python benchmarks/workshop.py [--changes 200] [--only valleys-1,valleys-2] [--people 1] [--workers 2]

A region of 300 settlements × 60 places × 8 services × 3 years (benchmarks/siting_plan.py). Each request is what the
page's script sends: POST of the form, answered with the re-solved plan, its figures and its map as HTML. One JSON line
for each world: milliseconds at the client (connection, server, transport), CPU seconds of the server by change, gaps
shown. Target: 300 ms at the 95th percentile.

--people: so many ask at the same time, each every two seconds.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))
from siting_plan import random_change, valleys

from musubime.siting import Change, HubProblem, changes, solve_hubs
from musubime.studies import Workshop
from musubime.studies.basis import PlanBasis

TARGET_MS = 300.0


def workshop_of(problem: HubProblem, seconds: float = 20.0, name: str = "Valleys") -> Workshop:
    """A made-up problem with names and coordinates, as if a region had been read."""
    p = problem
    n, places, services = len(p.settlement_ids), len(p.place_ids), len(p.service_ids)
    years = (p.years[0] - 6, *p.years)
    plan_at = min(2, len(years) - 1)
    near = np.argsort(p.minutes, axis=1)[:, :3]
    rng = np.random.default_rng(1)
    angle = np.linspace(0, 2 * np.pi, places, endpoint=False) * 5.3
    place_lon, place_lat = 132.2 + 0.15 * np.cos(angle), 34.2 + 0.12 * np.sin(angle) * np.linspace(0.2, 1, places)
    lon = place_lon[near].mean(axis=1) + rng.normal(0, 0.004, n)
    lat = place_lat[near].mean(axis=1) + rng.normal(0, 0.004, n)
    people = np.concatenate([p.users[:1, :, 0] * 1.1, p.users[:, :, 0]])
    names = tuple(p.service_ids)
    stays = np.broadcast_to(p.existing, (len(years), places, services)).copy()
    basis = PlanBasis(
        code="352080", name=name, years=years, plan_year=years[plan_at], hub_limit_min=20.0,
        unserved_min=p.unserved_min, settlement_ids=p.settlement_ids,
        settlement_names=tuple(f"集落{i}" for i in range(n)), districts=("",) * n, settlement_lon=lon,
        settlement_lat=lat, service_ids=names, service_names_ja=names, service_names_en=names,
        placeable=p.may_open.any(axis=0), limit_min=p.limit_min, limit_walk_min=np.full(services, 10.0),
        trips_per_year=p.trips_per_year, place_ids=p.place_ids,
        place_names=tuple(f"広場{j}" for j in range(places)), place_lon=place_lon, place_lat=place_lat,
        facility_ids=p.building_ids, facility_names=tuple(f"建物{b}" for b in range(len(p.building_ids))),
        facility_lon=place_lon[p.building_place], facility_lat=place_lat[p.building_place],
        facility_place=p.building_place, car_min=p.minutes, walk_min=p.minutes * 8, people=people,
        over_65=people * 0.45, without_car=people * 0.2, users=np.concatenate([p.users[:1] * 1.1, p.users]),
        offered=np.zeros((len(p.building_ids), services), dtype=bool), known=p.existing | p.rescue, stays=stays,
        assumed=np.zeros_like(stays), lost_facility=np.zeros(0, dtype=np.int64),
        lost_service=np.zeros(0, dtype=np.int64), lost_year=np.zeros(0))
    return Workshop(problem, solve_hubs(problem, gap=0.005, seconds=seconds), basis, f"made-up {name}")


def form_of(change: Change, shop: Workshop) -> dict[str, str]:
    """A change of siting_plan as a browser would send it."""
    p = shop.problem
    match change:
        case changes.FixBuilding(place, _, building):
            return {"do": "move", "place": p.place_ids[place], "building": p.building_ids[building]}
        case changes.CloseService(place, service):
            return {"do": "close", "pair": f"{p.place_ids[place]}|{p.service_ids[service]}"}
        case changes.MustHub(place):
            return {"do": "hub", "place": p.place_ids[place]}
        case changes.NeverHub(place):
            return {"do": "no_hub", "place": p.place_ids[place]}
        case changes.Limit(service, minutes):
            return {"do": "limit", "service": p.service_ids[service or 0], "minutes": str(round(minutes))}
        case changes.Budget(jpy):
            return {"do": "budget", "amount": str(round((jpy or 0.0) / 10_000))}
        case changes.Hubs(exactly, _):
            return {"do": "hubs", "mode": "exactly", "count": str(exactly)}
        case changes.MustOpen(place, service):
            return {"do": "open", "pair": f"{p.place_ids[place]}|{p.service_ids[service]}"}
        case _:
            raise ValueError(change)


def prepare(folder: Path, shop: Workshop) -> str:
    """A site with one published plan, whose workshop this is: the plan's key."""
    from musubime.web.data import use_data

    data = use_data(folder)
    data.prepare()
    import django

    django.setup()
    from django.core.management import call_command

    from musubime.web.places.models import Region
    from musubime.web.plans.models import Plan
    from musubime.web.workshop.rooms import FILE

    call_command("migrate", verbosity=0, interactive=False)
    region, _ = Region.objects.get_or_create(
        slug="valleys", defaults={"code": "352080", "name": "Valleys", "prefecture": "山口県", "public": True})
    plan = Plan.objects.create(region=region, name=shop.basis.name, published=True)
    shop.save(plan.folder / FILE)
    return plan.key


class Browser:
    """One connection that stays open, one cookie."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: dict[str, str] = {}

    @property
    def cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def get(self, path: str) -> tuple[int, str]:
        self.connection.request("GET", path, headers={"Cookie": self.cookie})
        return self._read()

    def post(self, path: str, form: dict[str, str]) -> tuple[int, str, float]:
        body = urllib.parse.urlencode(form)
        began = time.perf_counter()
        self.connection.request("POST", path, body, {
            "Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true",
            "X-CSRFToken": self.cookies.get("csrftoken", "")})
        status, text = self._read()
        return status, text, 1e3 * (time.perf_counter() - began)

    def _read(self) -> tuple[int, str]:
        answer = self.connection.getresponse()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, kept = value.split(";")[0].partition("=")
                self.cookies[key] = kept
        return answer.status, answer.read().decode()


def _cpu_s(pids: list[int]) -> float:
    total = 0.0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


def measure(name: str, problem: HubProblem, options: argparse.Namespace) -> dict[str, Any]:
    shop = workshop_of(problem)
    rng = np.random.default_rng(1)
    forms = [form_of(random_change(rng, problem, shop.solution), shop) for _ in range(options.changes)]
    with tempfile.TemporaryDirectory() as folder:
        key = prepare(Path(folder), shop)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "musubime.web.wsgi", f"--bind=127.0.0.1:{port}",
             f"--workers={options.workers}", "--threads=8", "--worker-class=gthread", "--log-level=warning"],
            env=os.environ | {"MUSUBIME_DATA": folder})
        try:
            return _asked(name, key, port, server.pid, forms, shop, options)
        finally:
            server.terminate()
            server.wait(20)


def _asked(
    name: str, key: str, port: int, pid: int, forms: list[dict[str, str]], shop: Workshop, options: argparse.Namespace,
) -> dict[str, Any]:
    from musubime.web.workshop.asks import key_of

    base = f"/workshop/{key}/"
    began = time.perf_counter()
    ready = 0
    while ready < 10 * options.workers:  # connections fall on the workers by chance: every one has opened the workshop
        try:
            browser = Browser(port)
            status, page = browser.get(base)
            _, answer, _ = browser.post(f"{base}v/{key_of(key, ())}/ask/", {"action": "again"})
            ready = ready + 1 if status == 200 and 'id="board"' in page and 'id="board"' in answer else 0
        except OSError:
            pass
        time.sleep(0.1)
    opened_s = time.perf_counter() - began
    each: list[tuple[float, str]] = []
    wrong: list[int] = []
    cpu = _cpu_s([pid, *_children(pid)])
    wall = time.perf_counter()

    def person(mine: list[dict[str, str]]) -> None:
        browser = Browser(port)
        browser.get(base)
        browser.post(f"{base}v/{key_of(key, ())}/ask/", {"action": "again"})
        for form in mine:
            status, page, ms = browser.post(f"{base}v/{key_of(key, ())}/ask/", form)
            if status != 200 or 'id="board"' not in page or 'class="notice error" role="alert"' in page:
                wrong.append(status)
            each.append((ms, page))
            if options.people > 1:
                time.sleep(max(0.0, 2.0 - ms / 1e3))

    people = [threading.Thread(target=person, args=(forms[n::options.people],)) for n in range(options.people)]
    for one in people:
        one.start()
    for one in people:
        one.join()
    wall = time.perf_counter() - wall
    cpu = _cpu_s([pid, *_children(pid)]) - cpu
    gaps = [float(found[1]) for _, page in each if (found := re.search(r'data-gap="([\d.]+)"', page))]

    def spread(values: list[float], digits: int) -> list[float]:
        return [round(float(v), digits) for v in np.percentile(values, [50, 95, 100])] if values else []

    return {
        "world": name, "settlements": len(shop.settlements), "sites": len(shop.sites), "services": len(shop.services),
        "changes": len(each), "people": options.people, "workers": options.workers, "failed": len(wrong),
        "failed_with": sorted(set(wrong)),
        "first_page_s": round(opened_s, 1), "ms_p50_p95_max": spread([ms for ms, _ in each], 0),
        "target_ms": TARGET_MS, "cpu_ms_per_change": round(1e3 * cpu / max(1, len(each))), "wall_s": round(wall, 1),
        "kilobytes_per_answer": round(float(np.mean([len(page.encode()) for _, page in each])) / 1e3),
        "with_a_plan": len(gaps), "gap_p50_p95_max": spread(gaps, 4),
        "within_2_percent": round(float(np.mean(np.array(gaps) <= 0.02)), 3) if gaps else None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--changes", type=int, default=200)
    parser.add_argument("--only", default="valleys-1")
    parser.add_argument("--people", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    for name in options.only.split(","):
        problem = valleys(int(name.rsplit("-", 1)[1]))
        # several worlds in one process would share the first one's settings of Django: each has its own
        if len(options.only.split(",")) > 1:
            subprocess.run([sys.executable, __file__, f"--changes={options.changes}", f"--only={name}",
                            f"--people={options.people}", f"--workers={options.workers}"], check=True)
        else:
            print(json.dumps(measure(name, problem, options)), flush=True)


if __name__ == "__main__":
    main()

"""Workshops that are open in this process: loaded and compiled in the background, solved for many at once.

Nothing here touches the database: views keep what is found. A `Room` holds one plan's workshop; `Rooms` keeps a few.
The kernels of the engine let go of the interpreter while they run, so pages are served meanwhile; still, only as many
answers are worked out at once as there are processors, and one variant at a time is looked at further.
"""

from __future__ import annotations

import gc
import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.safestring import SafeString

from musubime.errors import Fault, InputError
from musubime.language import Text, text
from musubime.siting import Change, HubSolution, WhatIf
from musubime.studies import Workshop, open_workshop

from .ground import Ground, ground_of
from .told import Told, tell

log = logging.getLogger(__name__)
FILE = "workshop.npz"  # in the plan's folder
OPEN = 4  # workshops that one process keeps
KEPT = 60  # told variants of one workshop
SECONDS = 0.12  # for an answer, after its first plan
LOOK_ON_S, ROUNDS = 15.0, 3  # further search of one variant, at most so often
WATCHED_S = 9.0  # nobody asked for so long: nobody looks
GAP = 0.005
_answers = threading.BoundedSemaphore(max(1, os.cpu_count() or 1))


@dataclass
class Search:
    """A variant that is looked at further while somebody watches. relief: positions of changes of which each alone,
    taken back, leaves something that can be done."""

    changes: tuple[Change, ...]
    fewer: tuple[tuple[int, tuple[Change, ...]], ...] = ()  # for a variant without a plan: without one of its asks
    seen: float = 0.0
    rounds: int = 0
    done: bool = False
    solution: HubSolution | None = None
    relief: tuple[int, ...] = ()


@dataclass
class Room:
    """One plan's workshop in this process. engine: None until it is ready to answer."""

    shop: Workshop
    ground: Ground
    mark: tuple[int, int]
    engine: WhatIf | None = None
    faults: tuple[Fault, ...] = ()
    told: OrderedDict[tuple[object, ...], Told] = field(default_factory=OrderedDict)
    lists: dict[str, dict[str, SafeString]] = field(default_factory=dict)  # by language: see views.choices
    searches: OrderedDict[str, Search] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, changes: tuple[Change, ...], near: tuple[Change, ...] = ()) -> HubSolution:
        """A plan with these changes. Raises InputError with what is wrong with them."""
        if self.engine is None:
            raise RuntimeError("asked before the engine was ready")
        _Waiting.count(1)
        try:
            with _answers:
                return self.engine.answer(*changes, seconds=SECONDS, near=near)
        finally:
            _Waiting.count(-1)

    def tell(self, key: str, kept: Mapping[str, Any], changes: tuple[Change, ...]) -> Told:
        """A kept decision in full, from memory where it was told before."""
        name = (key, kept.get("objective_jpy"), kept.get("bound_jpy"), kept["status"], str(kept.get("why")))
        with self.lock:
            if name in self.told:
                self.told.move_to_end(name)
                return self.told[name]
        found = tell(kept, changes, self.shop)
        with self.lock:
            self.told[name] = found
            while len(self.told) > KEPT:
                self.told.popitem(last=False)
        return found

    def watch(self, key: str, search: Search) -> Search:
        """Somebody looks at this variant: go on with it in the background."""
        with self.lock:
            search = self.searches.setdefault(key, search)
            self.searches.move_to_end(key)
            while len(self.searches) > KEPT:
                self.searches.popitem(last=False)
        search.seen = time.monotonic()
        if not search.done and self.engine is not None:
            _searcher.wake(self, search)
        return search


class _Waiting:
    """How many people wait for an answer just now; the further search stands aside for them."""

    people = 0
    lock = threading.Lock()

    @classmethod
    def count(cls, more: int) -> None:
        with cls.lock:
            cls.people += more


class _Searcher:
    """One thread looks further, at what was asked for last."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(1, "workshop-search")
        self.queue: list[tuple[Room, Search]] = []
        self.lock = threading.Lock()

    def wake(self, room: Room, search: Search) -> None:
        with self.lock:
            if any(waiting is search for _, waiting in self.queue):
                return
            self.queue.append((room, search))
        self.pool.submit(self._next)

    def _next(self) -> None:
        with self.lock:
            if not self.queue:
                return
            room, search = max(self.queue, key=lambda one: one[1].seen)
        try:
            look_on(room, search)
        except Exception:  # whatever went wrong here is no reason to stop serving; the first answer stands
            log.exception("the further search of a variant failed")
            search.done = True
        finally:
            with self.lock:
                self.queue = [one for one in self.queue if one[1] is not search]


def look_on(room: Room, search: Search, seconds: float = LOOK_ON_S) -> None:
    """One round of further search; ends early when nobody looks, or when somebody waits for an answer."""
    engine = room.engine
    if engine is None or search.done:
        return
    began = time.monotonic()

    def stop() -> bool:
        now = time.monotonic()
        return now - began > seconds or now - search.seen > WATCHED_S or _Waiting.people > 0

    if stop():
        return
    if search.fewer:
        found = []
        for position, changes in search.fewer:
            if engine.answer(*changes, seconds=SECONDS).is_feasible():
                found.append(position)
        search.relief = tuple(found)
    # `seconds` far above what stop() grants: the search then never falls back to a solver that cannot be stopped
    search.solution = engine.refine(*search.changes, seconds=100 * seconds, gap=GAP, stop=stop)
    if _Waiting.people == 0 or time.monotonic() - began > seconds:
        search.rounds += 1
    proven = search.solution.gap <= GAP if search.solution.is_feasible() else search.solution.status == "infeasible"
    search.done = proven or search.rounds >= ROUNDS


_searcher = _Searcher()


class Rooms:
    """Open workshops by plan."""

    def __init__(self, most: int = OPEN) -> None:
        self._most = most
        self._rooms: OrderedDict[str, Room] = OrderedDict()
        self._opening: dict[str, Future[None]] = {}
        self._failed: dict[str, tuple[tuple[int, int], tuple[Fault, ...]]] = {}
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(1, "workshop-opening")

    def find(self, key: str, folder: Path, region: Path) -> Room | tuple[Fault, ...] | None:
        """The workshop of a plan; None while it is being opened (ask again soon); faults where it cannot be.

        Once its file is read the room is there, and shows what is kept; its engine follows.
        """
        mark = _mark(folder)
        with self._lock:
            room = self._rooms.get(key)
            if room is not None and room.mark == mark:
                self._rooms.move_to_end(key)
                return room
            if key in self._failed and self._failed[key][0] == mark:
                return self._failed[key][1]
            if key not in self._opening:
                self._opening[key] = self._pool.submit(self._open, key, folder, region)
        return None

    def wait(self, key: str, seconds: float | None = None) -> None:
        """Until a plan that is being opened is open, its engine included, or so long at most."""
        with self._lock:
            opening = self._opening.get(key)
        if opening is not None:
            wait([opening], seconds)

    def _open(self, key: str, folder: Path, region: Path) -> None:
        try:
            room = open_room(folder, region)
            with self._lock:
                self._rooms[key] = room
                self._rooms.move_to_end(key)
                while len(self._rooms) > self._most:
                    self._rooms.popitem(last=False)
            room.engine = WhatIf(room.shop.problem, room.shop.solution)
            gc.collect()
            gc.freeze()  # what a workshop is made of stays: the collector need not look through it while people wait
        except InputError as error:
            self._fail(key, folder, tuple(error.faults))
        except Exception:
            log.exception("a workshop could not be opened")
            self._fail(key, folder, (Fault(
                text("The workshop of this plan could not be opened."),
                text("Make the plan again; if that does not help, tell the administrator.")),))
        finally:
            with self._lock:
                self._opening.pop(key, None)

    def _fail(self, key: str, folder: Path, faults: tuple[Fault, ...]) -> None:
        with self._lock:
            self._rooms.pop(key, None)
            self._failed[key] = (_mark(folder), faults)


def _mark(folder: Path) -> tuple[int, int]:
    """Changes when the plan's workshop is made anew."""
    try:
        stat = (folder / FILE).stat()
    except OSError:
        return (0, 0)
    return (stat.st_mtime_ns, stat.st_size)


def open_room(folder: Path, region: Path) -> Room:
    """Read what was kept with the plan; where there is nothing of this version, make it from the region.

    Raises InputError where neither can be.
    """
    kept = folder / FILE
    shop = None
    if kept.is_file():
        try:
            shop = Workshop.load(kept)
        except InputError:
            shop = None  # of another version
    if shop is None:
        if not (folder / "plan.json").is_file() or not region.is_dir():
            raise InputError(Fault(
                text("What the workshop needs to solve this plan again is missing."),
                text("Make the plan again."), file=FILE))
        shop = open_workshop(region, plan=folder, keep=kept)
    return Room(shop, ground_of(shop, region), _mark(folder))


def warm(kernels: threading.Event | None = None) -> threading.Thread:
    """Compile the engine's kernels, or load what was compiled, without making anybody wait for it: called once when a
    server process starts. Takes about 20 s the first time on a machine, a second later on."""
    def run() -> None:
        from musubime.siting._field_tree import prepare

        prepare()
        if kernels is not None:
            kernels.set()

    thread = threading.Thread(target=run, name="workshop-warming", daemon=True)
    thread.start()
    return thread


ROOMS = Rooms()


def opening_words() -> Text:
    return text(
        "The workshop is being opened. This takes some seconds, the first time on a machine up to half a minute.")

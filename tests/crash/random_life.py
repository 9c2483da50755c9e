"""A random life of several posts at once: faults, deaths, lost and doubled tasks, and people.

Each event draws from a generator of its own, made of the seed and the event's number: events can
be left out, and the others stay as they were.
"""

import json
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from typing import Any

from google.api_core.exceptions import ServiceUnavailable

from local.platforms.faults import read_fault
from local.tasks_emulator.chaos import Chaos
from local.tasks_emulator.delivery import Delivery
from shared import clock
from tests.crash.faults import FIRESTORE_CALLS, Killed, watch
from tests.crash.ledger import Ledger
from tests.crash.people import People
from tests.crash.random_faults import random_fault
from tests.crash.random_posts import Kind
from tests.functions.api_client import ApiClient

EVENTS = {
    "publish_post": 12,
    "deliver_due": 22,
    "deliver_one": 8,
    "lose_task": 4,
    "deliver_late": 3,
    "upset_queue": 2,
    "let_time_pass": 20,
    "sweep": 6,
    "break_platform": 18,
    "change_platform": 4,
    "act": 24,
    "reconnect": 2,
}
STRIKES = {
    "killed before": 4,
    "killed after": 6,
    "acknowledgement lost": 2,
    "store away before": 1,
    "store away after": 1,
    "frozen before": 1,
    "frozen after": 2,
}
PAUSES = (1, 5, 30, 60, 120, 300, 1_800, 7_200, 50_000)  # seconds
LONGEST = timedelta(days=6)


class Life:
    """One world with its posts, its script of what happened, and its ledger."""

    def __init__(
        self, api: ApiClient, kinds: Sequence[Kind], seed: int, posts: int, skipped: Collection[int]
    ) -> None:
        self.api, self.world, self.seed = api, api.world, seed
        self.posts, self._skipped = posts, skipped
        self.script: list[str] = []
        self.defects: list[str] = []
        """What was raised or answered that no fault of ours explains."""
        self.ledger = Ledger()
        self.kinds = kinds
        self.in_use = list(self.kinds[:1])
        self.random = Random(seed)
        self._delivered: list[Delivery] = []
        self._is_struck = False
        self._is_settling = False
        self._calls = watch(self.world)
        self._inner, self.world.handle = self.world.handle, self._handle  # type: ignore[method-assign]
        self._people = People(self)

    def note(self, what: str) -> None:
        """One line of the script."""
        self.script.append(what)

    def live(self) -> None:
        """Random events until all posts are accepted, some more, and then the settling."""
        with self.ledger.watching(self.world.platforms):
            self.random = Random(f"{self.seed}/start")
            for name in self.world.platforms:
                self._change(name)
            for number in range(self.posts * 12):
                self.random = Random(f"{self.seed}/{number}")
                wanted = "publish_post" if number % 12 == 0 else None
                if number not in self._skipped:
                    self._take_place(number, wanted)
            self._settle()

    def guarded(self, do: Callable[[], Any], chance: float = 0.3) -> Any:
        """`do`, perhaps with a strike at one of the calls that it makes; None if it was killed."""
        if self.random.random() < chance:
            kind = self.random.choices(list(STRIKES), list(STRIKES.values()))[0]
            self._calls.strike(int(self.random.triangular(0, 15, 3)), self._strike(kind))
        try:
            return do()
        except Killed:
            self.note("    … killed")
            return None
        finally:
            self._calls.count()

    def raised(self, where: str, error: Exception) -> None:
        """Something was raised: a defect, unless the store was away."""
        self.note(f"    {where} raised {error!r}")
        if not self._is_struck:
            self.defects.append(f"{where} raised {error!r}")
        self._is_struck = False

    def _take_place(self, number: int, wanted: str | None) -> None:
        event = wanted or self.random.choices(list(EVENTS), list(EVENTS.values()))[0]
        if event == "publish_post" and wanted is None:
            event = "deliver_due"
        self.note(f"{number:3} {clock.now():%d %H:%M:%S} {event}")
        self._is_struck = False
        if event in ("publish_post", "act"):
            getattr(self._people, event)(f"s{self.seed}n{number}")
        else:
            getattr(self, f"_{event}")()

    # Strikes

    def _strike(self, kind: str) -> Callable[[Callable[[], Any]], Any]:
        def strike(call: Callable[[], Any]) -> Any:
            name = self._calls.made[-1]
            is_store = name in FIRESTORE_CALLS
            self.note(f"    {kind}: {name}")
            if kind == "killed before":
                raise Killed
            if kind == "store away before" and is_store:
                self._is_struck = True
                raise ServiceUnavailable("away")
            if kind == "frozen before" and is_store:
                self._freeze()
            answer = call()
            if kind == "killed after":
                raise Killed
            if kind == "store away after" and is_store:
                self._is_struck = True
                raise ServiceUnavailable("away")
            if kind == "frozen after":
                self._freeze()
            if kind == "acknowledgement lost" and name == "commit":
                return call()
            return answer

        return strike

    def _freeze(self) -> None:
        """An instance stands still while the world goes on."""
        seconds = self.random.choice((8, 30, 110, 700, 2_400))
        self.note(f"    frozen for {seconds} s")
        self.world.advance(timedelta(seconds=seconds))
        self._sweep_now()
        self.world.deliver_due()

    # Tasks

    def _handle(self, delivery: Delivery) -> int:
        self._delivered.append(delivery)
        how = (
            "once"
            if self._is_settling
            else self.random.choices(("once", "twice", "at once"), (90, 6, 4))[0]
        )
        if how == "at once":
            self.note("    twice at once:")
            with ThreadPoolExecutor(2) as pool:
                return max(pool.map(self._handle_once, [delivery, delivery]))
        status = self._handle_once(delivery)
        return max(status, self._handle_once(delivery)) if how == "twice" else status

    def _handle_once(self, delivery: Delivery) -> int:
        task = json.loads(delivery.body)
        if "job" in task:
            name = f"{task['platform']} {task['job']}"
        else:
            name = f"{self.name_of(task['submissionId'])} {task.get('runId', 'orchestrate')}"
        try:
            status = self._inner(delivery)
        except Exception as error:
            self.raised(name, error)
            return 500
        self.note(f"    {name} #{task.get('seq', '')}: {self.world.log[-1]}")
        return status

    def name_of(self, post_id: str) -> str:
        return next((a.name for a in self.ledger.asked if a.post_id == post_id), post_id[:8])

    def _deliver_due(self) -> None:
        for _ in range(self.random.choice((1, 2, 20))):
            if not self.guarded(self.world.tasks.deliver_due):
                return

    def _deliver_one(self) -> None:
        pending = self.world.tasks.pending()
        if pending:
            task = self.random.choice(pending)
            self.guarded(lambda: self.world.tasks.deliver(task.name), 0.4)

    def _lose_task(self) -> None:
        pending = self.world.tasks.pending()
        if pending:
            self.world.tasks.drop(self.random.choice(pending).name)

    def _deliver_late(self) -> None:
        if self._delivered:
            delivery = self.random.choice(self._delivered)
            self.guarded(lambda: self._handle(delivery))

    def _upset_queue(self) -> None:
        chaos = Chaos(
            drop_first=self.random.choice((0, 1, 3)), delay_seconds=self.random.choice((0, 0, 45))
        )
        self.note(f"    {chaos.json()}")
        self.world.tasks.set_chaos(chaos)

    def _let_time_pass(self) -> None:
        self.world.advance(timedelta(seconds=self.random.choice(PAUSES)))

    def _sweep(self) -> None:
        self.guarded(self._sweep_now)

    def _sweep_now(self) -> None:
        try:
            self.world.sweep()
        except Exception as error:
            self.raised("sweep", error)

    # Platforms

    def _break_platform(self) -> None:
        # Mostly those that posts are under way to.
        recent = self.in_use[-4:] if self.random.random() < 0.7 else self.in_use
        self.break_one_of(recent)

    def break_one_of(self, kinds: Sequence[Kind], at_visible: float = 0.45) -> None:
        """A fault for one of the platforms of `kinds`."""
        kind = self.random.choice(kinds)
        fault = random_fault(self.random, kind, at_visible)
        self.note(f"    {kind.platform}: {fault}")
        self.world.platforms[kind.platform].faults.add(read_fault(fault))

    def _change_platform(self) -> None:
        self._change(self.random.choice(self.in_use).platform)

    def _change(self, name: str) -> None:
        platform = self.world.platforms[name]
        seconds = self.random.choice((0, 30, 120, 480, 1_200))
        match self.random.choice(("lag", "processing", "skew", "faultless")):
            case "lag":
                platform.listing_lag = timedelta(seconds=seconds)
                self.note(f"    {name} lists posts {seconds} s late")
            case "processing":
                platform.processing_time = timedelta(seconds=seconds)
                self.note(f"    {name} processes media for {seconds} s")
            case "skew":
                ahead = self.random.choice((-90, -20, 0, 20, 90))
                platform.clock_skew = timedelta(seconds=ahead)
                self.note(f"    the clock of {name} is {ahead} s ahead")
            case "faultless":
                platform.faults.clear()
                self.note(f"    {name} is well again")

    def _reconnect(self) -> None:
        name = self.random.choice(self.in_use).platform
        self.note(f"    {name}_main is connected again")
        self.api.connect(name, f"{name}_main")

    # The end

    def _settle(self) -> None:
        """Everything works again, and time passes until nothing is left to do."""
        self.note(f"--- {clock.now():%d %H:%M:%S} everything works again")
        self._is_settling, self._is_struck = True, False
        self.world.tasks.set_chaos(Chaos())
        for platform in self.world.platforms.values():
            platform.faults.clear()
            platform.listing_lag = platform.processing_time = timedelta(0)
        self._until_quiet()
        self.note("--- tasks of old come again")
        self.random = Random(f"{self.seed}/late")
        for delivery in self.random.sample(self._delivered, min(20, len(self._delivered))):
            self._handle(delivery)
        self._until_quiet()
        self.note("--- the end")

    def _until_quiet(self) -> None:
        end = clock.now() + LONGEST
        while clock.now() < end:
            self.world.deliver_due()
            self.world.sweep()
            self.world.deliver_due()
            waking = self._waking()
            if not waking:
                return
            waiting = [task.schedule_time for task in self.world.tasks.pending()]
            pause = max(min([*waiting, *waking]) - clock.now(), timedelta(minutes=1))
            self.world.advance(pause)

    def _waking(self) -> list[Any]:
        """When the documents with work left are looked at again."""
        return [
            wake_at
            for group in ("postSubmissions", "runs")
            for snapshot in self.world.parts.db.collection_group(group).stream()
            if (wake_at := (snapshot.to_dict() or {}).get("wakeAt")) is not None
        ]

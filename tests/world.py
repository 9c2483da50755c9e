"""The system in one process, for tests: real Firestore, real task queue, real platforms over HTTP.

The functions' handlers are called by the Cloud Tasks emulator itself, which
delivers only when a test says so and passes on whatever a handler raises.
"""

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
from google.cloud import firestore, tasks_v2
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

from functions.orchestrator.orchestration import orchestrate
from functions.publisher.delivery import RunTask, deliver
from functions.sweeper.sweep import sweep
from local.platforms.simulation import SimulatedPlatform
from local.tasks_emulator import CloudTasksEmulator
from local.tasks_emulator.delivery import Delivery
from shared import clock
from shared.config import Settings
from shared.domain import idempotency
from shared.domain.accounts import Account, Tokens
from shared.domain.media import MediaAsset
from shared.gcp.firestore import read_all
from shared.gcp.media import asset_fields, media_path
from shared.gcp.tasks import TaskQueues
from shared.gcp.users import Users, subscription_path
from shared.platforms.sending import send
from shared.posts import request as post_request
from shared.posts import submit
from shared.wiring import Parts

USER = "ann"
FAR = datetime(9000, 1, 1, tzinfo=UTC)


@dataclass
class World:
    parts: Parts
    tasks: CloudTasksEmulator
    platforms: Mapping[str, SimulatedPlatform]
    log: list[str]
    """What each delivered task answered."""

    @classmethod
    def build(
        cls,
        db: firestore.Client,
        settings: Settings,
        platforms: Mapping[str, SimulatedPlatform],
        clock_file: Path,
    ) -> "World":
        log: list[str] = []
        tasks = CloudTasksEmulator(
            clock_file=clock_file,
            manual=True,
            # Looked up at each delivery: a test may put its own handler in place.
            deliver=lambda delivery: world.handle(delivery),  # noqa: PLW0108
        )
        tasks.start()
        channel = grpc.insecure_channel(tasks.address)
        client = tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))
        location = f"projects/{settings.project}/locations/{settings.region}"
        for queue in ("orchestrate", *(f"publish-{name}" for name in platforms)):
            tasks.create_queue(f"{location}/queues/{queue}")
        parts = Parts(
            settings=settings,
            db=db,
            queues=TaskQueues(settings, lambda _: client),
            send=send,
        )
        world = cls(parts, tasks, platforms, log)
        world.add_user(USER)
        for name in platforms:
            world.connect(name, f"{name}_{USER}")
        return world

    def close(self) -> None:
        self.tasks.stop()

    def add_user(self, user_id: str, **subscription: Any) -> None:
        users = Users(self.parts.db)
        users.put(user_id, email=f"{user_id}@example.com")
        paid = {"status": "active", "plan_id": "pro", "current_period_end": FAR, **subscription}
        users.put_subscription(user_id, **paid)

    def connect(self, platform: str, account_id: str, user_id: str = USER) -> Account:
        """Connect an account, known to Soku and to the simulated platform."""
        access, refresh = (f"{account_id}-{kind}-{secrets.token_hex(8)}" for kind in "ar")
        registered = self.platforms[platform].add_account(
            account_id, account_id, access, refresh_token=refresh, client_id=f"{platform}-client"
        )
        account = Account(
            user_id=user_id,
            platform=platform,
            account_id=account_id,
            external_id=registered.external_id,
            username=account_id,
        )
        self.parts.accounts.connect(account, Tokens(access, refresh))
        return account

    def submit(
        self,
        text: str,
        platform: Any = ("x", "threads"),
        media: Sequence[MediaAsset] = (),
        **more: Any,
    ) -> str:
        """Accept a post, as the api does; answers its id."""
        targets = [platform] if isinstance(platform, (str, dict)) else list(platform)
        content: dict[str, Any] = {"text": text, "platform": targets}
        if media:
            content["mediaUrls"] = [self.own(asset).url for asset in media]
        return self.submit_body({"post": {"content": content}, **more})

    def own(self, asset: MediaAsset, user_id: str = USER) -> MediaAsset:
        """Let a user have stored `asset`, which lies on the tests' shelf."""
        document = self.parts.db.document(media_path(user_id, asset.media_id))
        document.set(asset_fields(asset))
        return asset

    def submit_body(self, body: dict[str, Any], sent_key: str | None = None) -> str:
        request = post_request.parse(body)
        key = idempotency.key_for(user_id=USER, mode="live", sent=sent_key, body=body)
        snapshots = read_all(self.parts.db, submit.paths(USER, request, key, self.parts.settings))
        accepted = submit.submit(
            request,
            body=body,
            key=key,
            sender=submit.Sender(USER, None, "live", "req_test"),
            snapshots=snapshots,
            parts=self.parts,
            add_account=lambda batch, submission_id: None,
        )
        return accepted.submission_id

    def handle(self, delivery: Delivery) -> int:
        """What the functions do with a task, without HTTP in between."""
        task = json.loads(delivery.body)
        if delivery.url == self.parts.settings.orchestrator_url:
            said = orchestrate(task["submissionId"], task["generation"], self.parts)
        else:
            run_task = RunTask(task["submissionId"], task["runId"], task["generation"], task["seq"])
            said = deliver(run_task, self.parts)
        self.log.append(said)
        return 200

    def deliver_due(self) -> None:
        """Deliver what is due, and what becomes due thereby, until nothing is."""
        while self.tasks.deliver_due():
            pass

    def advance(self, by: timedelta) -> None:
        self.tasks.advance(by.total_seconds())

    def sweep(self) -> None:
        self.log.append(sweep(self.parts))

    def live_until_quiet(self, longest: timedelta = timedelta(hours=14)) -> None:
        """Let time pass as in production, task by task and sweep by sweep, until nothing waits."""
        end = clock.now() + longest
        while clock.now() < end:
            self.deliver_due()
            self.sweep()
            self.deliver_due()
            if not self.open_documents():
                return
            self.advance(self._until_next())
        raise AssertionError(f"still open after {longest}: {self.open_documents()}; {self.log}")

    def open_documents(self) -> list[str]:
        """Paths of the documents that still have work left."""
        return [
            snapshot.reference.path
            for group in ("postSubmissions", "runs")
            for snapshot in self.parts.db.collection_group(group).stream()
            if snapshot.to_dict().get("wakeAt") is not None
        ]

    def _until_next(self) -> timedelta:
        waiting = [task.schedule_time for task in self.tasks.pending()]
        waking = [
            snapshot.get("wakeAt")
            for path in self.open_documents()
            if (snapshot := self.parts.db.document(path).get()).exists
        ]
        next_at = min([*waiting, *waking])
        return max(next_at - clock.now(), timedelta(0)) + timedelta(milliseconds=10)

    def submission(self, submission_id: str) -> dict[str, Any]:
        found: dict[str, Any] = (
            self.parts.db.document(f"postSubmissions/{submission_id}").get().to_dict()
        )
        return found

    def run(self, submission_id: str, run_id: str) -> dict[str, Any]:
        path = f"postSubmissions/{submission_id}/runs/{run_id}"
        found: dict[str, Any] = self.parts.db.document(path).get().to_dict()
        return found

    def visible(self, platform: str) -> list[str]:
        """Texts of the posts that are visible on a platform, oldest first."""
        return [post.text for post in self.platforms[platform].posts.all()]

    def expire_subscription(self) -> None:
        self.parts.db.document(subscription_path(USER)).update({"status": "canceled"})

    def with_parts(self, **changed: Any) -> "World":
        """The same world, seen through other parts."""
        self.parts = replace(self.parts, **changed)
        return self

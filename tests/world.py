"""The system in one process, for tests: real Firestore, real task queue, real platforms over HTTP.

The functions' handlers are called by the Cloud Tasks emulator itself, which
delivers only when a test says so and passes on whatever a handler raises.
"""

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
from google.cloud import firestore, firestore_v1, tasks_v2
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

from functions import collector, webhooks
from functions.orchestrator.orchestration import orchestrate
from functions.publisher import do_task
from functions.sweeper.sweep import sweep
from local.platforms.simulation import SimulatedPlatform
from local.tasks_emulator import CloudTasksEmulator
from local.tasks_emulator.delivery import Delivery
from shared import clock
from shared.config import Settings
from shared.domain import idempotency
from shared.domain.accounts import Account, Tokens
from shared.domain.media import MediaAsset
from shared.gcp.accounts import account_from, account_path
from shared.gcp.cipher import TokenCipher
from shared.gcp.firestore import read_all
from shared.gcp.grants import credential_paths, path_of, write_connected
from shared.gcp.media import asset_fields, media_path
from shared.gcp.messages import Batch, decoded
from shared.gcp.owned import collection_of
from shared.gcp.tasks import TaskQueues
from shared.gcp.users import Users, subscription_path
from shared.platforms import registry
from shared.platforms.sending import send
from shared.posts import request as post_request
from shared.posts import submit
from shared.wiring import Parts

USER = "ann"
_WITH_WORK = {
    *("postSubmissions", "runs", "revocations", "deletions", "replies"),
    "webhookWork",
}
_WAKING = firestore_v1.types.StructuredQuery(
    from_=[firestore_v1.types.StructuredQuery.CollectionSelector(all_descendants=True)],
    select={"fields": [{"field_path": "wakeAt"}]},
)
FAR = datetime(9000, 1, 1, tzinfo=UTC)


class TaskServer:
    """A Cloud Tasks emulator that one world after the other uses: starting one takes its time."""

    def __init__(self, clock_file: Path) -> None:
        self._handle: Callable[[Delivery], int] = _no_world
        self.emulator = CloudTasksEmulator(
            clock_file=clock_file,
            manual=True,
            # Looked up at each delivery: the next world puts its own in place.
            deliver=lambda delivery: self._handle(delivery),  # noqa: PLW0108
        )
        self.emulator.start()
        channel = grpc.insecure_channel(self.emulator.address)
        self.client = tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))

    def open(self, queues: Iterable[str], handle: Callable[[Delivery], int]) -> None:
        """Create the queues of a world and deliver their tasks to `handle`."""
        self.emulator.replace_queues(queues)
        self._handle = handle

    def close(self) -> None:
        """Delete the queues of a world."""
        self._handle = _no_world
        self.emulator.replace_queues(())

    def stop(self) -> None:
        self.emulator.stop()


def _no_world(delivery: Delivery) -> int:
    raise AssertionError(f"a task without a world: {delivery.url}")


class _OneCommit:
    """Stands in for a database: what several stores commit through it becomes one commit."""

    def __init__(self, db: firestore.Client) -> None:
        self._db, self._batch = db, Batch(db)
        # A batch commits through the client's own API.
        self._firestore_api = self
        self._database_string, self._rpc_metadata = db._database_string, db._rpc_metadata

    def document(self, path: str) -> Any:
        reference = self._db.document(path)
        reference.set = lambda fields, **more: self._batch.set(reference, fields, **more)
        return reference

    def commit(self, request: Any, **_: Any) -> Any:
        """What each store calls; `write` commits all."""
        self._batch._write_pbs.extend(request.writes)
        return firestore_v1.types.CommitResponse()

    def connect(self, account: Account, tokens: Tokens, cipher: TokenCipher) -> Account:
        return write_connected(self._batch, self._db, account, tokens, cipher)

    def write(self) -> None:
        self._batch.commit()


@dataclass
class World:
    parts: Parts
    task_server: TaskServer
    platforms: Mapping[str, SimulatedPlatform]
    log: list[str]
    """What each delivered task answered."""
    mode: str = "live"
    """Of the posts that are submitted."""

    @classmethod
    def build(
        cls,
        db: firestore.Client,
        settings: Settings,
        platforms: Mapping[str, SimulatedPlatform],
        task_server: TaskServer,
    ) -> "World":
        client = task_server.client
        parts = Parts(
            settings=settings,
            db=db,
            queues=TaskQueues(settings, lambda _: client),
            send=send,
        )
        world = cls(parts, task_server, platforms, [])
        # Looked up at each delivery, too: a test may put its own in place.
        task_server.open(world._queues(), lambda delivery: world.handle(delivery))  # noqa: PLW0108
        return world

    def close(self) -> None:
        self.task_server.close()

    def _queues(self) -> list[str]:
        settings = self.parts.settings
        location = f"projects/{settings.project}/locations/{settings.region}"
        kinds = ("publish", "collect")
        single = ("orchestrate", "webhooks")
        names = (*single, *(f"{kind}-{name}" for kind in kinds for name in self.platforms))
        return [f"{location}/queues/{name}" for name in names]

    @property
    def tasks(self) -> CloudTasksEmulator:
        return self.task_server.emulator

    def settle(
        self, user_id: str, account_id: str = "{platform}_{user}", **subscription: Any
    ) -> None:
        """Add a user with an account on each platform, all in one commit."""
        collected: Any = _OneCommit(self.parts.db)
        _put_user(collected, user_id, **subscription)
        for platform in self.platforms:
            own = account_id.format(platform=platform, user=user_id)
            self._connect(collected, platform, own, user_id)
        collected.write()

    def add_user(self, user_id: str, **subscription: Any) -> None:
        """Add a user without an account, or give one another subscription."""
        _put_user(self.parts.db, user_id, **subscription)

    def connect(self, platform: str, account_id: str, user_id: str = USER) -> Account:
        """Connect an account, known to Soku and to the simulated platform."""
        collected = _OneCommit(self.parts.db)
        account = self._connect(collected, platform, account_id, user_id)
        collected.write()
        return account

    def account(self, platform: str, account_id: str | None = None) -> Account:
        """The user's account on a platform, as it is stored."""
        path = account_path(USER, platform, account_id or f"{platform}_{USER}")
        account = account_from(self.parts.db.document(path).get(), USER)
        assert account is not None
        return account

    def tokens(self, platform: str) -> Tokens:
        """The stored tokens of the user's account on a platform."""
        account = self.account(platform)
        snapshots = read_all(self.parts.db, credential_paths(account))
        credential = self.parts.grants.credential_from(snapshots, account)
        assert credential is not None
        return credential.tokens

    def grant(self, platform: str) -> Any:
        """The reference of the grant of the user's account on a platform."""
        return self.parts.db.document(path_of(self.account(platform)))

    def put_tokens(self, account: Account, tokens: Tokens) -> Account:
        """Connect an account with these tokens."""
        collected = _OneCommit(self.parts.db)
        stored = collected.connect(account, tokens, self.parts.cipher)
        collected.write()
        return stored

    def _connect(
        self, collected: _OneCommit, platform: str, account_id: str, user_id: str
    ) -> Account:
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
            kind=registry.connecting(platform).login.kind,
        )
        return collected.connect(account, Tokens(access, refresh), self.parts.cipher)

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
        key = idempotency.key_for(user_id=USER, mode=self.mode, sent=sent_key, body=body)
        snapshots = read_all(self.parts.db, submit.paths(USER, request, key, self.parts.settings))
        accepted = submit.submit(
            request,
            body=body,
            key=key,
            sender=submit.Sender(USER, None, self.mode, "req_test", plan=None),
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
        elif delivery.url == self.parts.settings.collector_url:
            said = collector.do_task(task, self.parts)
        elif delivery.url == self.parts.settings.webhooks_url:
            said = webhooks.do_task(task, self.parts)
        else:
            said = do_task(task, self.parts)
        self.log.append(said)
        return 200

    def deliver_due(self) -> None:
        """Deliver what is due, and what becomes due because of it, until nothing is due."""
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
            open_documents = self._open()
            # A sweep with nothing to find changes nothing.
            if any(wake_at <= clock.now() for wake_at in open_documents.values()):
                self.sweep()
                self.deliver_due()
                open_documents = self._open()
            if not open_documents:
                return
            self.advance(self._until_next(open_documents.values()))
        raise AssertionError(f"still open after {longest}: {self.open_documents()}; {self.log}")

    def open_documents(self) -> list[str]:
        """Paths of the documents that still have work left."""
        return list(self._open())

    def _open(self) -> dict[str, datetime]:
        """When each document that still has work left wakes, by its path."""
        return {
            path: wake_at
            for path, fields in _everything(self.parts.db)
            if collection_of(path) in _WITH_WORK
            and (wake_at := _moment(fields.get("wakeAt"))) is not None
        }

    def _until_next(self, waking: Iterable[datetime]) -> timedelta:
        waiting = [task.schedule_time for task in self.tasks.pending()]
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


def _everything(db: firestore.Client) -> Iterator[tuple[str, dict[str, Any]]]:
    """The path of each document with its `wakeAt`, in one query: they are few, and asked often."""
    prefix = f"{db._database_string}/documents"
    request = firestore_v1.types.RunQueryRequest(parent=prefix, structured_query=_WAKING)
    for response in db._firestore_api.run_query(request=request, metadata=db._rpc_metadata):
        found = firestore_v1.types.RunQueryResponse.pb(response).document
        if found.name:
            yield found.name.removeprefix(f"{prefix}/"), decoded(found.fields)


def _moment(wake_at: datetime | int | None) -> datetime | None:
    """What is written blindly has times in seconds."""
    return datetime.fromtimestamp(wake_at, UTC) if isinstance(wake_at, int) else wake_at


def _put_user(db: firestore.Client, user_id: str, **subscription: Any) -> None:
    users = Users(db)
    users.put(user_id, email=f"{user_id}@example.com")
    paid = {"status": "active", "plan_id": "pro", "current_period_end": FAR, **subscription}
    users.put_subscription(user_id, **paid)

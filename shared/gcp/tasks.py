"""Cloud Tasks: unnamed tasks that contain only ids and call with our invoker's identity.

A handler reads the state again and decides from it, so a task that is delivered twice, late or
never does no harm. A name would only prevent sending a task again.
"""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from google.api_core import exceptions, retry
from google.cloud import tasks_v2

from shared import logs
from shared.config import Settings
from shared.domain.run import Run
from shared.domain.submission import Submission, Target

if TYPE_CHECKING:
    from shared.domain.reply import Reply
    from shared.gcp.collecting import Collecting
    from shared.gcp.grants import Grant
    from shared.gcp.revocations import Revocation

log = logs.logger("tasks")

# Longer than any function's timeout; the publisher's lease is longer still.
DISPATCH_DEADLINE = timedelta(minutes=10)
# The client library does not repeat CreateTask by itself. A queue that was idle for a month may
# return NOT_FOUND for a while.
_AGAIN = retry.Retry(
    predicate=retry.if_exception_type(
        exceptions.ServiceUnavailable,
        exceptions.DeadlineExceeded,
        exceptions.InternalServerError,
        exceptions.NotFound,
        exceptions.TooManyRequests,
    ),
    initial=0.1,
    maximum=1.0,
    multiplier=2.0,
    timeout=5.0,
)


# Without the client's wrapper, as in `shared.gcp.messages`.
_CreateTask = tasks_v2.CreateTaskRequest.pb()


class DispatchFailed(Exception):
    """The task could not be enqueued. Its work is stored, and the sweeper will enqueue it."""


class QueueDown(DispatchFailed):
    """… because its queue does not answer or does not exist: others would fail in the same way."""

    def __init__(self, queue: str, reason: object, *, is_missing: bool) -> None:
        super().__init__(f"{queue}: {reason}")
        self.queue = queue
        self.is_missing = is_missing


@dataclass
class TaskQueues:
    """The queues `orchestrate`, `publish-<platform>`, `collect-<platform>` and `webhooks`."""

    settings: Settings
    connect: Callable[[Settings], tasks_v2.CloudTasksClient]
    _client: tasks_v2.CloudTasksClient | None = None

    def __post_init__(self) -> None:
        self._connecting = threading.Lock()

    def dispatch_submission(self, submission: Submission, at: datetime | None = None) -> None:
        """Enqueue the orchestration of the submission, for `at` or now. Raises DispatchFailed."""
        task = {"submissionId": submission.submission_id, "generation": submission.generation}
        self._create("orchestrate", self.settings.orchestrator_url, task, at)

    def dispatch_run(self, run: Run, at: datetime | None = None) -> None:
        """Enqueue the next step of the run, for `at` or now. Raises DispatchFailed."""
        task = {
            "submissionId": run.submission_id,
            "runId": run.run_id,
            "generation": run.generation,
            "seq": run.seq,
        }
        self._create(f"publish-{run.platform}", self.settings.publisher_url, task, at)

    def dispatch_renewal(self, grant: "Grant") -> None:
        """Enqueue the renewal of the grant's tokens. Raises DispatchFailed."""
        task = {
            "userId": grant.user_id,
            "platform": grant.platform,
            "grantId": grant.grant_id,
            "version": grant.version,
        }
        self._create(f"publish-{grant.platform}", self.settings.publisher_url, task, None)

    def dispatch_revocation(self, revocation: "Revocation") -> None:
        """Enqueue the end of an authorization. Raises DispatchFailed."""
        task = {"revocationId": revocation.revocation_id}
        self._create(f"publish-{revocation.platform}", self.settings.publisher_url, task, None)

    def dispatch_check(self, submission: Submission, target: Target) -> None:
        """Enqueue the check of the account of a scheduled post's target. Raises DispatchFailed."""
        task = {"submissionId": submission.submission_id, "checkedRunId": target.run_id}
        self._create(f"publish-{target.platform}", self.settings.publisher_url, task, None)

    def dispatch_collection(self, work: "Collecting") -> None:
        """Enqueue the collector's work for an account. Raises DispatchFailed."""
        task = {
            "userId": work.user_id,
            "platform": work.platform,
            "accountId": work.account_id,
            "job": work.job,
        }
        self._create(f"collect-{work.platform}", self.settings.collector_url, task, None)

    def dispatch_reply(self, reply: "Reply", at: datetime | None = None) -> None:
        """Enqueue what is next for a reply, for `at` or now. Raises DispatchFailed."""
        task = {"userId": reply.user_id, "replyId": reply.reply_id}
        self._create(f"publish-{reply.platform}", self.settings.publisher_url, task, at)

    def dispatch_question(self, user_id: str, platform: str, account_id: str) -> None:
        """Enqueue the question what the platform allows an account. Raises DispatchFailed."""
        task = {"userId": user_id, "platform": platform, "askedAccountId": account_id}
        self._create(f"publish-{platform}", self.settings.publisher_url, task, None)

    def dispatch_webhook(self, user_id: str, webhook_id: str, at: datetime | None = None) -> None:
        """Enqueue the deliveries of a webhook, for `at` or now. Raises DispatchFailed."""
        task = {"userId": user_id, "webhookId": webhook_id}
        self._create("webhooks", self.settings.webhooks_url, task, at)

    def offer_webhook(self, user_id: str, webhook_id: str) -> None:
        """Enqueue the deliveries of a webhook now, or leave them to the sweeper."""
        try:
            self.dispatch_webhook(user_id, webhook_id)
        except DispatchFailed as error:
            log.error("event stored, but not enqueued; the sweeper will: %s", error)

    def _create(self, queue: str, url: str, body: Mapping[str, Any], at: datetime | None) -> None:
        request = _CreateTask()
        project, region = self.settings.project, self.settings.region
        request.parent = f"projects/{project}/locations/{region}/queues/{queue}"
        request.task.dispatch_deadline.FromTimedelta(DISPATCH_DEADLINE)
        http = request.task.http_request
        http.http_method = tasks_v2.HttpMethod.POST
        http.url = url
        http.headers["Content-Type"] = "application/json"
        http.body = json.dumps(body).encode()
        http.oidc_token.service_account_email = self.settings.tasks_invoker
        http.oidc_token.audience = url
        if at is not None:
            request.task.schedule_time.FromDatetime(at)
        try:
            self._connected().create_task(
                tasks_v2.CreateTaskRequest.wrap(request), retry=_AGAIN, timeout=5.0
            )
        except exceptions.InvalidArgument as error:
            # This task's own fault.
            raise DispatchFailed(f"{queue}: {error}") from error
        except (exceptions.GoogleAPICallError, exceptions.RetryError) as error:
            last = error.cause if isinstance(error, exceptions.RetryError) else error
            is_missing = isinstance(last, exceptions.NotFound)
            raise QueueDown(queue, error, is_missing=is_missing) from error

    def _connected(self) -> tasks_v2.CloudTasksClient:
        if self._client is None:
            with self._connecting:
                self._client = self._client or self.connect(self.settings)
        return self._client


def connect(settings: Settings) -> tasks_v2.CloudTasksClient:
    """A client of Google's service, or of the emulator in the settings."""
    if settings.queue_emulator is None:
        return tasks_v2.CloudTasksClient()
    import grpc
    from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport

    reconnect = [
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.min_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 500),
    ]
    channel = grpc.insecure_channel(settings.queue_emulator, options=reconnect)
    return tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))

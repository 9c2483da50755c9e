"""The Cloud Tasks emulator, used by the production client and over real HTTP."""

import contextlib
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from queue import Empty, Queue

import google.auth.transport.requests
import grpc
import pytest
import requests
from google.api_core import exceptions
from google.cloud import tasks_v2
from google.cloud.tasks_v2.services.cloud_tasks.transports import CloudTasksGrpcTransport
from google.oauth2 import id_token
from google.protobuf import field_mask_pb2
from werkzeug.wrappers import Request, Response

from local.http_server import LocalServer
from local.tasks_emulator import CloudTasksEmulator, Delivery, dispatcher, scheduler
from local.tasks_emulator.clock_file import ClockFile
from local.tasks_emulator.rules import RetryRules
from shared import clock

PARENT = "projects/demo/locations/here"
QUEUE = f"{PARENT}/queues/publish-x"
LIMIT_SECONDS = 10.0


class Handler:
    """Replaces a deployed function: stores each delivery and returns the given statuses."""

    def __init__(self, *answers: int) -> None:
        self._answers = list(answers)
        self.received: Queue[Delivery] = Queue()

    def __call__(self, delivery: Delivery) -> int:
        self.received.put(delivery)
        return self._answers.pop(0) if self._answers else 200

    def next(self) -> Delivery:
        return self.received.get(timeout=LIMIT_SECONDS)

    def bodies(self) -> list[str]:
        bodies = []
        with contextlib.suppress(Empty):
            while True:
                bodies.append(self.received.get_nowait().body.decode())
        return bodies


@pytest.fixture
def clock_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "clock-offset"
    monkeypatch.setattr(clock, "_offset", clock._Offset(str(path)))
    return path


@pytest.fixture
def start(
    clock_file: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., CloudTasksEmulator]]:
    """Starts an emulator with one queue, and stops it after the test.

    It never checks the clock on its own, so the test causes every delivery.
    """
    monkeypatch.setattr(dispatcher, "_LOOK_AGAIN_SECONDS", 3600.0)
    monkeypatch.setattr(scheduler, "_LOOK_AGAIN_SECONDS", 3600.0)
    with contextlib.ExitStack() as running:

        def begin(deliver: Callable[[Delivery], int] | None = None, **kwargs):
            emulator = CloudTasksEmulator(clock_file=clock_file, deliver=deliver, **kwargs)
            emulator.start()
            running.callback(emulator.stop)
            emulator.create_queue(QUEUE)
            return emulator

        yield begin


@pytest.fixture
def manual(start: Callable[..., CloudTasksEmulator]) -> tuple[CloudTasksEmulator, Handler]:
    handler = Handler()
    return start(handler, manual=True), handler


def client_of(emulator: CloudTasksEmulator) -> tasks_v2.CloudTasksClient:
    channel = grpc.insecure_channel(emulator.address)
    return tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))


def task(body: str = "{}", *, url: str = "http://handler.test/", **fields) -> tasks_v2.Task:
    if "name" in fields:
        fields["name"] = f"{QUEUE}/tasks/{fields['name']}"
    request = tasks_v2.HttpRequest(url=url, body=body.encode())
    return tasks_v2.Task(http_request=request, **fields)


def create(emulator: CloudTasksEmulator, *args, **kwargs) -> tasks_v2.Task:
    return client_of(emulator).create_task(parent=QUEUE, task=task(*args, **kwargs))


def wait_until(condition: Callable[[], bool]) -> None:
    """Return once `condition` is true; fail after the limit."""
    pause = threading.Event()
    for _ in range(int(LIMIT_SECONDS / 0.005)):
        if condition():
            return
        pause.wait(0.005)
    pytest.fail("the condition did not come true")


def post(emulator: CloudTasksEmulator, path: str, fields: object) -> requests.Response:
    return requests.post(emulator.control_url + path, json=fields, timeout=LIMIT_SECONDS)


def get(emulator: CloudTasksEmulator, path: str) -> requests.Response:
    return requests.get(emulator.control_url + path, timeout=LIMIT_SECONDS)


# What the service refuses


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (tasks_v2.Task(), "http_request"),
        (task(url="handler.test"), "begin with"),
        (task(url="http://handler.test/" + "a" * 2064), "longer"),
        (task("x" * 102_400), "size"),
        (task(dispatch_deadline=timedelta(seconds=14)), "deadline"),
        (task(dispatch_deadline=timedelta(seconds=1801)), "deadline"),
        (task(name="has space"), "name"),
        (tasks_v2.Task(task(), name=f"{PARENT}/queues/other/tasks/a"), "name"),
        (
            tasks_v2.Task(
                http_request={"url": "http://h.test", "http_method": "GET", "body": b"x"}
            ),
            "body",
        ),
        (
            tasks_v2.Task(http_request={"url": "http://h.test", "oidc_token": {"audience": "a"}}),
            "email",
        ),
    ],
)
def test_a_malformed_task_is_an_invalid_argument(manual, bad, why):
    emulator, _ = manual
    with pytest.raises(exceptions.InvalidArgument, match=f"(?i){why}"):
        client_of(emulator).create_task(parent=QUEUE, task=bad)
    assert emulator.pending() == []


def test_a_task_of_almost_100_kilobytes_is_accepted(manual):
    emulator, _ = manual
    create(emulator, "x" * 102_000)
    assert len(emulator.pending()) == 1


def test_a_task_can_be_scheduled_at_most_30_days_ahead(manual):
    emulator, _ = manual
    create(emulator, schedule_time=clock.now() + timedelta(days=30))
    with pytest.raises(exceptions.InvalidArgument, match="30 days"):
        create(emulator, schedule_time=clock.now() + timedelta(days=30, minutes=1))


def test_an_unknown_queue_or_task_is_not_found(manual):
    emulator, _ = manual
    client = client_of(emulator)
    with pytest.raises(exceptions.NotFound, match="Queue does not exist"):
        client.create_task(parent=f"{PARENT}/queues/other", task=task())
    with pytest.raises(exceptions.NotFound):
        client.get_task(name=f"{QUEUE}/tasks/none")


@pytest.mark.parametrize("ended_by", ["success", "deletion"])
def test_a_name_is_reserved_for_24_hours_after_the_task_ended(manual, ended_by):
    emulator, _ = manual
    name = create(emulator, name="once").name
    with pytest.raises(exceptions.AlreadyExists):
        create(emulator, name="once")
    if ended_by == "success":
        assert emulator.deliver_due() == 1
    else:
        client_of(emulator).delete_task(name=name)
    emulator.advance(24 * 3600 - 60)
    with pytest.raises(exceptions.AlreadyExists, match="too recently"):
        create(emulator, name="once")
    emulator.advance(61)
    assert create(emulator, name="once").name == name


# Queues


def test_a_queue_has_the_defaults_of_the_real_service(manual):
    queue = client_of(manual[0]).get_queue(name=QUEUE)
    assert queue.state == tasks_v2.Queue.State.RUNNING
    assert queue.rate_limits.max_concurrent_dispatches == 1000
    assert queue.retry_config.max_attempts == 100
    assert queue.retry_config.min_backoff == timedelta(seconds=0.1)
    assert queue.retry_config.max_backoff == timedelta(hours=1)
    assert queue.retry_config.max_doublings == 16


def test_an_update_changes_only_the_fields_in_its_mask(manual):
    client = client_of(manual[0])
    client.pause_queue(name=QUEUE)
    wanted = tasks_v2.Queue(
        name=QUEUE,
        rate_limits={"max_concurrent_dispatches": 3},
        retry_config={"max_attempts": 7, "min_backoff": timedelta(seconds=5)},
    )
    mask = field_mask_pb2.FieldMask(paths=["retry_config.max_attempts", "rate_limits"])
    changed = client.update_queue(queue=wanted, update_mask=mask)
    assert changed.retry_config.max_attempts == 7
    assert changed.retry_config.min_backoff == timedelta(seconds=0.1)
    assert changed.rate_limits.max_concurrent_dispatches == 3
    assert changed.state == tasks_v2.Queue.State.PAUSED


def test_queues_are_created_listed_and_deleted(manual):
    client = client_of(manual[0])
    other = f"{PARENT}/queues/orchestrate"
    client.create_queue(parent=PARENT, queue=tasks_v2.Queue(name=other))
    with pytest.raises(exceptions.AlreadyExists):
        client.create_queue(parent=PARENT, queue=tasks_v2.Queue(name=other))
    assert [queue.name for queue in client.list_queues(parent=PARENT)] == [other, QUEUE]
    assert list(client.list_queues(parent="projects/other/locations/here")) == []
    client.delete_queue(name=other)
    assert [queue.name for queue in client.list_queues(parent=PARENT)] == [QUEUE]


def test_a_paused_queue_delivers_nothing_until_it_is_resumed(start):
    handler = Handler()
    emulator = start(handler)
    client = client_of(emulator)
    other = f"{PARENT}/queues/publish-y"
    emulator.create_queue(other)
    client.pause_queue(name=QUEUE)
    create(emulator, "held")
    client.create_task(parent=other, task=task("goes"))
    assert handler.next().body == b"goes"
    assert [waiting.body for waiting in emulator.pending()] == ["held"]
    client.resume_queue(name=QUEUE)
    assert handler.next().body == b"held"


def test_purged_and_deleted_tasks_are_never_delivered(manual):
    emulator, handler = manual
    client = client_of(emulator)
    create(emulator, "purged")
    client.purge_queue(name=QUEUE)
    client.delete_task(name=create(emulator, "deleted").name)
    create(emulator, "kept")
    assert emulator.deliver_due() == 1
    assert handler.bodies() == ["kept"]
    assert emulator.stats()["deleted"] == 2


def test_tasks_are_listed_in_pages_with_their_body_only_in_the_full_view(manual):
    emulator, _ = manual
    names = [create(emulator, "secret", name=f"t{number}").name for number in range(5)]
    client = client_of(emulator)
    basic = list(client.list_tasks(request={"parent": QUEUE, "page_size": 2}))
    assert [listed.name for listed in basic] == names
    assert {listed.http_request.body for listed in basic} == {b""}
    full = client.get_task(request={"name": names[0], "response_view": "FULL"})
    assert full.http_request.body == b"secret"


# Delivery


def test_a_task_arrives_over_http_with_headers_and_a_token_that_googles_library_accepts(start):
    received: Queue[Request] = Queue()

    @Request.application
    def application(request: Request) -> Response:
        request.get_data()
        received.put(request)
        return Response("done")

    function = LocalServer(application)
    function.start()
    try:
        emulator = start()
        wanted = task('{"runId": 1}', url=f"{function.url}/run", name="r1-g1-s1")
        wanted.http_request.headers["Content-Type"] = "application/json"
        wanted.http_request.headers["x-cloudtasks-queuename"] = "forged"
        wanted.http_request.headers["user-agent"] = "forged"
        wanted.http_request.oidc_token.service_account_email = "tasks@demo.test"
        client_of(emulator).create_task(parent=QUEUE, task=wanted)
        request = received.get(timeout=LIMIT_SECONDS)
    finally:
        function.stop()
    assert (request.method, request.path, request.get_data()) == ("POST", "/run", b'{"runId": 1}')
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["User-Agent"] == "Google-Cloud-Tasks"
    assert request.headers["X-CloudTasks-QueueName"] == "publish-x"
    assert request.headers["X-CloudTasks-TaskName"] == "r1-g1-s1"
    assert request.headers["X-CloudTasks-TaskRetryCount"] == "0"
    assert request.headers["X-CloudTasks-TaskExecutionCount"] == "0"
    assert "X-CloudTasks-TaskPreviousResponse" not in request.headers
    age = clock.now().timestamp() - float(request.headers["X-CloudTasks-TaskETA"])
    assert 0 <= age < LIMIT_SECONDS
    claims = verify(emulator, request.headers["Authorization"], audience=f"{function.url}/run")
    assert claims["iss"] == "https://accounts.google.com"
    assert (claims["email"], claims["email_verified"]) == ("tasks@demo.test", True)
    assert claims["exp"] - claims["iat"] == 3600


def verify(emulator: CloudTasksEmulator, authorization: str, audience: str) -> dict:
    scheme, _, token = authorization.partition(" ")
    assert scheme == "Bearer"
    transport = google.auth.transport.requests.Request()
    return id_token.verify_token(token, transport, audience, certs_url=emulator.certs_url)


def test_tokens_use_real_time_and_are_bound_to_their_audience(start):
    emulator = start(Handler())
    emulator.advance(5 * 365 * 86400)
    token = emulator.token("https://one.test", "tasks@demo.test")
    other = emulator.token("https://two.test", "tasks@demo.test")
    assert verify(emulator, f"Bearer {token}", "https://one.test")["aud"] == "https://one.test"
    assert verify(emulator, f"Bearer {other}", "https://two.test")["aud"] == "https://two.test"
    with pytest.raises(ValueError, match="audience"):
        verify(emulator, f"Bearer {token}", "https://two.test")
    assert get(emulator, "/certs").headers["Cache-Control"] == "public, max-age=3600"


def test_an_unreachable_handler_counts_as_an_attempt_without_a_response(start):
    emulator = start(manual=True)
    free = LocalServer(Response("never"))
    free.stop()
    name = create(emulator, url=free.url).name
    assert emulator.deliver(name) is None
    waiting = emulator.pending()[0]
    assert (waiting.dispatch_count, waiting.response_count) == (1, 0)


def test_due_tasks_are_delivered_in_the_order_of_their_schedule(manual):
    emulator, handler = manual
    now = clock.now()
    for seconds in (30, 10, 20, 4000):
        create(emulator, str(seconds), schedule_time=now + timedelta(seconds=seconds))
    assert emulator.deliver_due() == 0
    emulator.advance(60)
    assert emulator.deliver_due() == 3
    assert handler.bodies() == ["10", "20", "30"]
    assert [waiting.body for waiting in emulator.pending()] == ["4000"]


def test_a_redirect_is_not_followed(start):
    received: Queue[str] = Queue()

    @Request.application
    def application(request: Request) -> Response:
        received.put(request.path)
        return Response(status=307, headers={"Location": "/elsewhere"})

    function = LocalServer(application)
    function.start()
    emulator = start(manual=True)
    assert emulator.deliver(create(emulator, url=f"{function.url}/here").name) == 307
    function.stop()
    assert (received.get_nowait(), received.empty()) == ("/here", True)


@pytest.mark.parametrize("status", [199, 302, 404, 429, 500])
def test_anything_but_2xx_is_retried_and_the_next_attempt_has_the_status(start, status):
    handler = Handler(status, 204)
    emulator = start(handler, manual=True)
    create(emulator)
    emulator.deliver_due()
    emulator.advance(1)
    assert emulator.deliver_due() == 1
    handler.next()
    second = handler.next().headers
    assert second["X-CloudTasks-TaskRetryCount"] == "1"
    assert second["X-CloudTasks-TaskExecutionCount"] == "1"
    assert second["X-CloudTasks-TaskPreviousResponse"] == str(status)
    assert emulator.pending() == []


def test_a_failed_task_is_retried_automatically(start):
    handler = Handler(503, 503, 200)
    emulator = start(handler)
    create(emulator)
    counts = [handler.next().headers["X-CloudTasks-TaskRetryCount"] for _ in range(3)]
    assert counts == ["0", "1", "2"]
    wait_until(lambda: emulator.stats()["succeeded"] == 1)
    assert emulator.stats()["failed"] == 2


def test_the_retry_waits_for_the_backoff_of_the_queue(start):
    emulator = start(Handler(500, 500), manual=True)
    config = {"min_backoff": timedelta(seconds=10), "max_backoff": timedelta(seconds=300)}
    client_of(emulator).update_queue(queue=tasks_v2.Queue(name=QUEUE, retry_config=config))
    name = create(emulator).name
    for expected in (10, 20):
        before = clock.now()
        emulator.deliver(name)
        after = clock.now()
        due = emulator.pending()[0].schedule_time
        wait = timedelta(seconds=expected)
        assert before + wait <= due <= after + wait


def test_the_backoff_follows_the_example_of_the_reference():
    rules = RetryRules(100, timedelta(), timedelta(seconds=10), timedelta(seconds=300), 3)
    waits = [rules.delay(failures).total_seconds() for failures in range(1, 9)]
    assert waits == [10, 20, 40, 80, 160, 240, 300, 300]


@pytest.mark.parametrize(
    ("max_attempts", "max_seconds", "attempts", "age", "gives_up"),
    [
        (3, 0, 2, 9999, False),
        (3, 0, 3, 0, True),
        (3, 60, 3, 59, False),
        (3, 60, 2, 60, False),
        (3, 60, 3, 60, True),
        (-1, 60, 1, 60, True),
        (-1, 60, 999, 59, False),
        (-1, 0, 999, 9999, False),
    ],
)
def test_a_task_is_given_up_when_every_limit_is_reached(
    max_attempts, max_seconds, attempts, age, gives_up
):
    second = timedelta(seconds=1)
    rules = RetryRules(max_attempts, max_seconds * second, second, second, 1)
    assert rules.gives_up(attempts, age * second) is gives_up


def test_a_task_out_of_attempts_is_deleted(start):
    handler = Handler(500, 500, 500)
    emulator = start(handler, manual=True)
    config = tasks_v2.Queue(name=QUEUE, retry_config={"max_attempts": 2})
    client_of(emulator).update_queue(queue=config)
    create(emulator)
    delivered = 0
    for _ in range(4):
        delivered += emulator.deliver_due()
        emulator.advance(3600)
    assert (delivered, emulator.pending(), emulator.stats()["deleted"]) == (2, [], 1)


def test_no_more_tasks_run_at_the_same_time_than_the_queue_allows(start):
    release = threading.Semaphore(0)
    arrived: Queue[int] = Queue()
    running = [0]

    def deliver(_: Delivery) -> int:
        running[0] += 1
        arrived.put(running[0])
        assert release.acquire(timeout=LIMIT_SECONDS)
        running[0] -= 1
        return 200

    emulator = start(deliver)
    limits = tasks_v2.Queue(name=QUEUE, rate_limits={"max_concurrent_dispatches": 2})
    client_of(emulator).update_queue(queue=limits)
    for _ in range(6):
        create(emulator)
    assert {arrived.get(timeout=LIMIT_SECONDS) for _ in range(2)} == {1, 2}
    assert (emulator.stats()["running"], emulator.stats()["waiting"]) == (2, 4)
    for _ in range(6):
        release.release()
    wait_until(lambda: emulator.stats()["succeeded"] == 6)
    assert max(arrived.get_nowait() for _ in range(4)) <= 2


def test_more_tasks_than_workers_are_all_delivered(start):
    emulator = start(Handler())
    for _ in range(dispatcher.WORKERS + 6):
        create(emulator)
    wait_until(lambda: emulator.stats()["succeeded"] == dispatcher.WORKERS + 6)


def test_run_task_delivers_early_and_in_a_paused_queue(start):
    handler = Handler()
    emulator = start(handler)
    client = client_of(emulator)
    client.pause_queue(name=QUEUE)
    name = create(emulator, "early", schedule_time=clock.now() + timedelta(days=1)).name
    assert client.run_task(name=name).dispatch_count == 1
    assert handler.next().body == b"early"
    wait_until(lambda: emulator.stats()["succeeded"] == 1)


def test_a_handlers_exception_reaches_the_test_and_the_task_stays(start):
    def deliver(_: Delivery) -> int:
        raise ZeroDivisionError

    emulator = start(deliver, manual=True)
    create(emulator)
    with pytest.raises(ZeroDivisionError):
        emulator.deliver_due()
    assert emulator.pending()[0].dispatch_count == 1


def test_drop_and_clear_remove_tasks(manual):
    emulator, handler = manual
    emulator.drop(create(emulator, name="dropped").name)
    with pytest.raises(exceptions.AlreadyExists):
        create(emulator, name="dropped")
    create(emulator, name="cleared")
    emulator.clear()
    assert (emulator.deliver_due(), handler.bodies(), emulator.stats()["created"]) == (0, [], 0)
    create(emulator, name="cleared")


# The control API


def test_moving_the_clock_immediately_delivers_tasks_that_become_due(start, clock_file):
    handler = Handler()
    emulator = start(handler)
    create(emulator, schedule_time=clock.now() + timedelta(days=20))
    before = clock.now()
    response = post(emulator, "/clock", {"advanceSeconds": 20 * 86400}).json()
    handler.next()
    assert response["offsetSeconds"] == float(clock_file.read_text()) == 20 * 86400
    assert datetime.fromisoformat(response["now"]) >= before + timedelta(days=20)
    assert post(emulator, "/clock", {"advanceSeconds": 1.5}).json()["offsetSeconds"] == 1728001.5


def test_a_task_is_on_time_after_the_clock_was_moved_close_to_it(start):
    handler = Handler()
    emulator = start(handler)
    due = clock.now() + timedelta(seconds=3600.2)
    create(emulator, schedule_time=due)
    emulator.advance(3600)
    handler.next()
    assert timedelta() <= clock.now() - due < timedelta(seconds=0.5)


def test_a_clock_moved_by_another_process_is_noticed(start, clock_file, monkeypatch, sweeper):
    handler = Handler()
    url, received, _ = sweeper
    monkeypatch.setattr(dispatcher, "_LOOK_AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(scheduler, "_LOOK_AGAIN_SECONDS", 0.05)
    emulator = start(handler, jobs=[(url, url, 86400)])
    create(emulator, schedule_time=clock.now() + timedelta(days=1))
    ClockFile(clock_file).advance(86400)
    handler.next()
    received.get(timeout=LIMIT_SECONDS)


def test_a_duplicate_arrives_right_after_the_first_delivery(manual):
    emulator, handler = manual
    assert post(emulator, "/chaos", {"duplicate": 1}).ok
    create(emulator, "twin")
    assert emulator.deliver_due() == 1
    assert handler.bodies() == ["twin", "twin"]
    figures = emulator.stats()
    assert (figures["delivered"], figures["duplicated"], figures["succeeded"]) == (2, 1, 1)


def test_concurrent_duplicates_run_at_the_same_time(start):
    both = threading.Barrier(2)

    def deliver(_: Delivery) -> int:
        both.wait(LIMIT_SECONDS)  # raises unless the other one arrives while this one waits
        return 200

    emulator = start(deliver, manual=True)
    post(emulator, "/chaos", {"duplicate": 1.0, "concurrentDuplicates": True})
    assert emulator.deliver(create(emulator).name) == 200


def test_dropped_deliveries_never_happen_and_are_not_retried(manual):
    emulator, handler = manual
    post(emulator, "/chaos", {"dropFirst": 2})
    for body in ("lost 1", "lost 2", "arrives"):
        create(emulator, body)
    emulator.deliver_due()
    emulator.advance(3600)
    emulator.deliver_due()
    assert handler.bodies() == ["arrives"]
    figures = emulator.stats()
    assert (figures["dropped"], figures["failed"], figures["succeeded"]) == (2, 2, 1)
    assert (figures["waiting"], figures["running"]) == (0, 0)


def test_delayed_deliveries_wait_and_an_empty_chaos_ends_the_delay(start):
    handler = Handler()
    emulator = start(handler)
    post(emulator, "/chaos", {"delaySeconds": 600})
    create(emulator)
    emulator.advance(590)
    assert emulator.stats()["delivered"] == 0
    assert post(emulator, "/chaos", {}).json() == {
        "duplicate": 0.0,
        "dropFirst": 0,
        "delaySeconds": 0.0,
        "concurrentDuplicates": False,
    }
    handler.next()


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/chaos", {"duplicate": 1.1}),
        ("/chaos", {"duplicate": True}),
        ("/chaos", {"dropFirst": 1.5}),
        ("/chaos", {"dropFirst": -1}),
        ("/chaos", {"delaySeconds": "3"}),
        ("/chaos", {"concurrentDuplicates": 1}),
        ("/chaos", {"dropfirst": 1}),
        ("/chaos", []),
        ("/clock", {}),
        ("/clock", {"advanceSeconds": -1}),
        ("/clock", {"advanceSeconds": None}),
    ],
)
def test_bad_values_get_400_with_a_message_and_change_nothing(manual, clock_file, path, fields):
    response = post(manual[0], path, fields)
    assert response.status_code == 400
    assert response.json()["error"].endswith(".")
    assert not clock_file.exists()


def test_the_control_api_shows_waiting_tasks_and_stats(manual):
    emulator, _ = manual
    due = clock.now() + timedelta(minutes=5)
    name = create(emulator, '{"text": "é"}', schedule_time=due).name
    create(emulator)
    emulator.deliver_due()
    assert get(emulator, "/tasks").json() == [
        {
            "name": name,
            "queue": "publish-x",
            "url": "http://handler.test/",
            "scheduleTime": due.isoformat(),
            "dispatchCount": 0,
            "responseCount": 0,
            "body": '{"text": "é"}',
        }
    ]
    figures = {
        "created": 2,
        "delivered": 1,
        "succeeded": 1,
        "failed": 0,
        "duplicated": 0,
        "dropped": 0,
        "deleted": 0,
        "waiting": 1,
        "running": 0,
    }
    assert get(emulator, "/stats").json() == {**figures, "perQueue": {"publish-x": figures}}
    assert get(emulator, "/nothing").status_code == 404
    assert get(emulator, "/clock").status_code == 405


# The scheduler


@pytest.fixture
def sweeper() -> Iterator[tuple[str, Queue[Request], list[int]]]:
    """(URL, received requests, statuses still to return) of a function that jobs call."""
    received: Queue[Request] = Queue()
    statuses: list[int] = []

    @Request.application
    def application(request: Request) -> Response:
        received.put(request)
        return Response(status=statuses.pop(0) if statuses else 200)

    server = LocalServer(application)
    server.start()
    yield server.url, received, statuses
    server.stop()


def test_a_jump_over_many_boundaries_runs_a_job_once(start, sweeper):
    url, received, _ = sweeper
    emulator = start(
        Handler(), jobs=[(url, "https://sweep.test", 86400)], scheduler_email="s@d.test"
    )
    assert received.empty()
    emulator.advance(3 * 365 * 86400)
    request = received.get(timeout=LIMIT_SECONDS)
    assert (request.method, request.headers["User-Agent"]) == ("POST", "Google-Cloud-Scheduler")
    claims = verify(emulator, request.headers["Authorization"], "https://sweep.test")
    assert claims["email"] == "s@d.test"
    with pytest.raises(Empty):
        received.get(timeout=0.3)
    emulator.advance(86400)
    received.get(timeout=LIMIT_SECONDS)


def test_a_failed_job_is_reported_and_runs_again_at_the_next_boundary(start, sweeper, capfd):
    url, received, statuses = sweeper
    statuses.append(500)
    emulator = start(Handler(), jobs=[(url, url, 86400)])
    emulator.advance(86400)
    received.get(timeout=LIMIT_SECONDS)
    emulator.advance(86400)
    received.get(timeout=LIMIT_SECONDS)
    assert f"The scheduled POST to {url} got the response 500" in capfd.readouterr().err


# The life of the emulator


def test_stop_ends_every_thread(clock_file):
    before = set(threading.enumerate())
    emulator = CloudTasksEmulator(
        clock_file=clock_file, deliver=Handler(), jobs=[("http://127.0.0.1:9/", "a", 86400)]
    )
    emulator.start()
    assert len(set(threading.enumerate()) - before) > 64
    emulator.stop()
    left = [thread.name for thread in set(threading.enumerate()) - before]
    assert left == []


def test_the_process_serves_its_queues_and_ends_cleanly_on_sigterm():
    with run_process() as process:
        line = process.stdout.readline()
        address = line.split()[3].rstrip(",")
        channel = grpc.insecure_channel(address)
        client = tasks_v2.CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))
        listed = client.list_queues(parent=PARENT)
        assert [queue.name for queue in listed] == [f"{PARENT}/queues/a", f"{PARENT}/queues/b"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT_SECONDS) == 0
        assert process.stderr.read() == ""


def test_a_port_in_use_is_reported_in_one_sentence(manual):
    port = manual[0].address.rpartition(":")[2]
    with run_process("--grpc-port", port) as process:
        assert process.wait(LIMIT_SECONDS) == 1
        assert f"Port {port} of 127.0.0.1 is in use" in process.stderr.read()


@contextlib.contextmanager
def run_process(*options: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "local.tasks_emulator", "--project", "demo"]
    command += ["--location", "here", "--queues", "a,b", *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()

"""Delivering tasks: over HTTP, again after a failure, and in order."""

import threading
from datetime import timedelta
from queue import Queue

import pytest
from google.api_core import exceptions
from google.cloud import tasks_v2
from werkzeug.wrappers import Request, Response

from local.http_server import LocalServer
from local.tasks_emulator import Delivery, dispatcher
from local.tasks_emulator.rules import RetryRules
from shared import clock
from tests.local.tasks_emulator.driving import (
    LIMIT_SECONDS,
    QUEUE,
    Handler,
    client_of,
    create,
    get,
    task,
    verify,
    wait_until,
)

pytestmark = pytest.mark.slow


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

"""What the service refuses, and its queues."""

from datetime import timedelta

import pytest
from google.api_core import exceptions
from google.cloud import tasks_v2
from google.protobuf import field_mask_pb2

from shared import clock
from tests.local.tasks_emulator.driving import (
    PARENT,
    QUEUE,
    Handler,
    client_of,
    create,
    task,
)

pytestmark = pytest.mark.slow


@pytest.mark.full
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

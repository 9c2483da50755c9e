"""The control API: clock, chaos and statistics."""

import threading
from datetime import datetime, timedelta

import pytest

from local.tasks_emulator import Delivery
from shared import clock
from tests.local.tasks_emulator.driving import (
    LIMIT_SECONDS,
    Handler,
    create,
    get,
    post,
)

pytestmark = pytest.mark.slow


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


@pytest.mark.full
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

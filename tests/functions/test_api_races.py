"""Changes at the second of the publication, and two at once: exactly one takes effect."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from local.platforms.faults import Fault
from shared import clock
from shared.web.envelope import time_text
from tests.functions.api_client import POSTS, ApiClient, post
from tests.functions.racing import ROUNDS, race, stored, without_limits

MINUTES = timedelta(minutes=1)
# A round of these takes three times as long.
RETRIES = ROUNDS // 2
HEAD_STARTS = 10
PUBLISHED = ("succeeded", {"x": "succeeded"})
REFUSED = {"title": "Forbidden", "status": 403, "detail": "This looks automated."}


def due_now(api: ApiClient, text: str) -> str:
    """A scheduled post that is due but has not started."""
    post_id = api.accept(post(text, scheduledTime=time_text(clock.now() + 2 * MINUTES)))
    api.world.advance(2 * MINUTES)
    return post_id


def against_orchestrator(
    api: ApiClient, number: int, method: str, path: str, body: Any = None
) -> Any:
    """The answer to a change that starts together with the publication, after both have ended."""
    api.world.log.clear()
    answer, _ = race(
        lambda: api.call(method, f"{POSTS}/{path}", json=body),
        lambda: after_reads(api, number % HEAD_STARTS, api.world.deliver_due),
    )
    api.world.deliver_due()
    return answer


def after_reads(api: ApiClient, count: int, do: Callable[[], Any]) -> Any:
    """Delay one side by some reads, so that both sides meet at every point."""
    for _ in range(count):
        api.world.parts.db.document("users/nobody").get()
    return do()


def shown(api: ApiClient, *texts: str) -> list[str]:
    """The visible ones of `texts`, with repetitions."""
    return [text for text in api.world.visible("x") if text in texts]


@pytest.mark.full
@pytest.mark.parametrize(
    ("what", "state"), [("cancel", ("canceled", {})), ("unschedule", ("draft", {}))]
)
def test_a_post_that_is_stopped_at_its_second_goes_out_wholly_or_not_at_all(
    api: ApiClient, what: str, state: tuple[str, dict[str, str]]
) -> None:
    api = without_limits(api)
    for number in range(ROUNDS):
        text = f"Race {number}"
        post_id = due_now(api, text)
        answer = against_orchestrator(api, number, "POST", f"{post_id}/{what}")
        assert answer.status_code in (200, 409), answer.text
        is_stopped = answer.status_code == 200
        assert stored(api, post_id) == (state if is_stopped else PUBLISHED), api.world.log
        assert shown(api, text) == ([] if is_stopped else [text]), api.world.log


@pytest.mark.full
def test_a_post_that_is_published_by_hand_at_its_second_goes_out_once(api: ApiClient) -> None:
    api = without_limits(api)
    for number in range(ROUNDS):
        text = f"Race {number}"
        post_id = due_now(api, text)
        answer = against_orchestrator(api, number, "POST", f"{post_id}/publish")
        assert answer.status_code in (202, 409), answer.text
        assert stored(api, post_id) == PUBLISHED, api.world.log
        generation = 2 if answer.status_code == 202 else 1
        assert api.world.submission(post_id)["generation"] == generation
        assert shown(api, text) == [text], api.world.log


@pytest.mark.full
def test_a_post_that_is_deleted_at_its_second_is_gone_or_goes_out(api: ApiClient) -> None:
    api = without_limits(api)
    for number in range(ROUNDS):
        text = f"Race {number}"
        post_id = due_now(api, text)
        answer = against_orchestrator(api, number, "DELETE", post_id)
        assert answer.status_code in (204, 409), answer.text
        is_gone = answer.status_code == 204
        assert stored(api, post_id) == (None if is_gone else PUBLISHED), api.world.log
        # It may have ended before the deletion, and then it is live.
        has_started = any(line.startswith("dispatched") for line in api.world.log)
        assert has_started or is_gone, api.world.log
        assert shown(api, text) == ([text] if has_started else []), api.world.log


@pytest.mark.full
@pytest.mark.parametrize("new_time", [None, 5 * MINUTES])
def test_a_post_that_is_edited_at_its_second_goes_out_once_as_old_or_as_new(
    api: ApiClient, new_time: timedelta | None
) -> None:
    api = without_limits(api)
    for number in range(ROUNDS):
        old, new = f"Old {number}", f"New {number}"
        post_id = due_now(api, old)
        body: dict[str, Any] = {"post": {"content": {"text": new, "platform": "x"}}}
        if new_time is not None:
            body["scheduledTime"] = time_text(clock.now() + new_time)
        answer = against_orchestrator(api, number, "PATCH", post_id, body)
        assert answer.status_code in (200, 409), answer.text
        is_edited = answer.status_code == 200
        if is_edited and new_time is not None:
            assert (stored(api, post_id), shown(api, old, new)) == (("queued", {}), [])
            api.world.advance(new_time)
            api.world.deliver_due()
        assert stored(api, post_id) == PUBLISHED, api.world.log
        text = new if is_edited else old
        assert api.world.submission(post_id)["text"] == text
        assert api.world.run(post_id, "x")["content"]["text"] == text
        assert shown(api, old, new) == [text], api.world.log


def failed(api: ApiClient, text: str) -> str:
    api.world.platforms["x"].faults.add(
        Fault("POST", "/2/tweets", "status", 1, 0, {"status": 403, "body": REFUSED})
    )
    post_id = api.accept(post(text))
    api.world.deliver_due()
    assert stored(api, post_id) == ("failed", {"x": "failed"}), api.world.log
    return post_id


def retry(api: ApiClient, post_id: str, text: str | None = None) -> Any:
    body = None if text is None else {"post": {"content": {"text": text}}}
    return api.call("POST", f"{POSTS}/{post_id}/retry", json=body)


def say_not_published(api: ApiClient, post_id: str) -> Any:
    path = f"{POSTS}/{post_id}/runs/x/resolve"
    return api.call("POST", path, json={"outcome": "not_published"})


@pytest.mark.full
def test_of_two_retries_at_once_one_wins_and_its_content_goes_out(api: ApiClient) -> None:
    api = without_limits(api)
    for number in range(RETRIES):
        texts = [f"Old {number}", f"New {number}"]
        post_id = failed(api, texts[0])
        answers = race(
            lambda post_id=post_id: retry(api, post_id),
            lambda post_id=post_id, text=texts[1]: retry(api, post_id, text),
        )
        assert sorted(answer.status_code for answer in answers) == [202, 409]
        for answer in answers:
            if answer.status_code == 409:
                assert answer.json["error"]["code"] == "invalid_state"
        assert stored(api, post_id) == ("dispatched", {"x": "queued"})
        assert api.world.run(post_id, "x")["generation"] == 2
        api.world.deliver_due()
        assert stored(api, post_id) == PUBLISHED, api.world.log
        [won] = [text for text, one in zip(texts, answers, strict=True) if one.status_code == 202]
        assert shown(api, *texts) == [won], api.world.log
        assert api.world.submission(post_id)["text"] == won


@pytest.mark.full
def test_a_retry_and_a_deletion_at_once_leave_nothing_half(api: ApiClient) -> None:
    api = without_limits(api)
    for number in range(RETRIES):
        text = f"New {number}"
        post_id = failed(api, f"Old {number}")
        retried, deleted = race(
            lambda post_id=post_id, text=text: retry(api, post_id, text),
            lambda post_id=post_id: api.call("DELETE", f"{POSTS}/{post_id}"),
        )
        codes = (retried.status_code, deleted.status_code)
        assert codes in ((202, 409), (409, 204), (404, 204)), codes
        api.world.deliver_due()
        is_retried = retried.status_code == 202
        assert stored(api, post_id) == (PUBLISHED if is_retried else None), api.world.log
        assert shown(api, text) == ([text] if is_retried else []), api.world.log


def test_a_retry_and_the_users_report_at_once_publish_nothing_twice(api: ApiClient) -> None:
    """The retry is refused before the outcome is reported, and accepted after it."""
    api = without_limits(api)
    for number in range(RETRIES):
        text = f"Race {number}"
        api.world.platforms["x"].faults.add(Fault("POST", "/2/tweets", "reset_before", 1, 0, {}))
        post_id = api.accept(post(text))
        api.world.deliver_due()
        assert stored(api, post_id) == ("unconfirmed", {"x": "unconfirmed"})
        retried, resolved = race(
            lambda number=number, post_id=post_id: after_reads(
                api, number % HEAD_STARTS, lambda: retry(api, post_id)
            ),
            lambda post_id=post_id: say_not_published(api, post_id),
        )
        assert resolved.status_code == 200, resolved.text
        assert retried.status_code in (202, 409), retried.text
        api.world.deliver_due()
        is_retried = retried.status_code == 202
        failed_again = ("failed", {"x": "failed"})
        assert stored(api, post_id) == (PUBLISHED if is_retried else failed_again), api.world.log
        assert shown(api, text) == ([text] if is_retried else []), api.world.log

"""Actions on a post, and posts in each status."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from requests import Response

from tests.end_to_end.conftest import Client, until

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
PLATFORMS = ("x", "threads")
FIRST = {"x": "POST /2/tweets", "threads": "POST /v1.0/me/threads"}
REFUSED = {"title": "Forbidden", "status": 403, "detail": "This looks automated."}
EDIT = {"post": {"content": {"text": "Edited", "platform": "x"}}}
# The actions besides reading: the method, the path below the post, and the body.
ACTIONS: dict[str, tuple[str, str, Any]] = {
    "edit": ("PATCH", "", EDIT),
    "unschedule": ("POST", "/unschedule", None),
    "cancel": ("POST", "/cancel", None),
    "publish": ("POST", "/publish", None),
    "retry": ("POST", "/retry", None),
    "delete": ("DELETE", "", None),
}


def a_text() -> str:
    return f"A life {uuid4()}"


def ask(user: Client, post: str, what: str, changed: Any = None) -> Response:
    method, path, body = ACTIONS[what]
    return user.call(method, post, path, changed or body)


def done(
    user: Client, post: str, what: str, status: int = 200, changed: Any = None
) -> tuple[str, str]:
    """(status, displayStatus) in the response to an action that must succeed."""
    response = ask(user, post, what, changed)
    assert response.status_code == status, response.text
    return statuses(response.json())


def statuses(post: dict[str, Any]) -> tuple[str, str]:
    return post["status"], post["displayStatus"]


def now(user: Client, post: str) -> tuple[str, str]:
    return statuses(user.read(post))


def end(user: Client, post: str) -> tuple[str, str]:
    """The statuses at the end, when the links of published runs are known too."""

    def has_links() -> bool:
        return all(
            "permalink" in run for run in user.read(post)["runs"] if run["status"] == "succeeded"
        )

    found = statuses(user.read(post, wait=60))
    until(has_links)
    return found


def runs(user: Client, post: str) -> dict[str, str]:
    """The status of each run by its platform."""
    return {run["platform"]: run["status"] for run in user.read(post)["runs"]}


def assert_refused(user: Client, post: str, *actions: str) -> None:
    """None of the actions is allowed now, and none changes anything."""
    before = user.read(post)
    for what in actions:
        response = ask(user, post, what)
        assert (response.status_code, response.json()["error"]["code"]) == (409, "invalid_state"), (
            what
        )
    assert user.read(post) == before


def shown(user: Client, text: str) -> tuple[int, int]:
    """How many times the text is visible on each of the two platforms."""
    x, threads = (len(user.visible(platform, text)) for platform in PLATFORMS)
    return x, threads


def pass_time(user: Client, by: timedelta) -> None:
    user.move_to(user.now() + by)
    until(user.is_quiet)


def scheduled(user: Client, text: str) -> str:
    """A post scheduled in half an hour."""
    return user.post(text, scheduledTime=(user.now() + HOUR / 2).isoformat())


def held(user: Client, text: str) -> str:
    """A post that is being published: X is rate-limited for ten minutes, Threads is done."""
    user.fault("x", FIRST["x"], "rate_limit", retryAfter=600)
    post = user.post(text)
    until(lambda: runs(user, post) == {"x": "processing", "threads": "succeeded"})
    return post


def failed(user: Client, text: str) -> str:
    """A post that X has refused."""
    user.fault("x", FIRST["x"], "status", status=403, body=REFUSED)
    post = user.post(text, "x")
    assert end(user, post) == ("failed", "failed")
    return post


def failed_in_part(user: Client, text: str) -> str:
    """A post that X has refused and Threads has published."""
    user.fault("x", FIRST["x"], "status", status=403, body=REFUSED)
    post = user.post(text)
    assert end(user, post) == ("partially_failed", "partially_failed")
    return post

"""Publishes a sample post and prints the result: `python -m local demo`.

It uses the running stack; if none is running, it starts one and stops it at the end.
"""

import sys
import time
import urllib.error
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from local.failures import StackError
from local.loopback import answers, call
from local.seed import account_ids
from local.stack import STATE, Stack
from local.state_directory import StackFile
from shared import clock
from shared.platforms import registry

# Platforms that support text-only posts.
_PLATFORMS = ("x", "threads", "linkedin", "facebook")
_COMMENTED, _COMMENT = "threads", "This looks great! Where can I read more?"
_WAIT_SECONDS = 60
_LINK_SECONDS = 4.0


def main() -> int:
    """Return 0 if every platform has the post, otherwise 1."""
    try:
        with _stack() as info:
            return _publish(info)
    except urllib.error.HTTPError as error:
        print(f"The API responded with {error.code}: {error.read().decode()}", file=sys.stderr)
    except (StackError, OSError) as error:
        print(error, file=sys.stderr)
    return 1


@contextmanager
def _stack() -> Iterator[Mapping[str, Any]]:
    """The addresses of the running stack, or of a new one that ends with this context.

    The new one has a directory of its own, so it leaves the data of the last run alone.
    """
    running = _running()
    if running is not None:
        yield running
        return
    print("No stack is running. Starting one …", flush=True)
    with Stack(STATE / "demo", report=partial(print, flush=True)) as stack:
        yield stack.info


def _running() -> dict[str, Any] | None:
    with suppress(OSError, ValueError, KeyError):
        info = StackFile(STATE).read()
        if answers(f"{info['api']}/healthz"):
            return info
    return None


def _publish(info: Mapping[str, Any]) -> int:
    headers = {
        "soku-api-key": info["users"]["demo"]["apiKey"],
        "Idempotency-Key": str(uuid.uuid4()),  # a second demo is a second post
    }
    targets = [
        {"platform": platform, "accountId": account_ids("demo", platform)[0]}
        for platform in _PLATFORMS
        if platform in info["platforms"]
    ]
    text = f"Hello from Soku at {clock.now():%H:%M:%S.%f} UTC"
    body = {"post": {"content": {"text": text, "platform": targets}}}
    accepted = call("POST", f"{info['api']}/v1/posts", body, headers=headers)
    post = _finished(f"{info['api']}/v1/posts/{accepted['postSubmissionId']}", headers)
    print(f"{accepted['postSubmissionId']}: {post['status']}")
    for run in post["runs"]:
        name = registry.about(run["platform"]).display_name
        print(f"  {name:<12}{run['status']:<14}{_outcome(run)}")
    _comment(post, info)
    return 0 if post["status"] == "succeeded" else 1


def _comment(post: Mapping[str, Any], info: Mapping[str, Any]) -> None:
    """Somebody comments on the post, so that the inbox has something to show."""
    for run in post["runs"]:
        if run["platform"] == _COMMENTED and run.get("platformPostId"):
            comment = {"postId": run["platformPostId"], "text": _COMMENT, "author": "bea"}
            call("POST", f"{info['platforms'][_COMMENTED]}/_sim/comments", comment)
            name = registry.display_name(_COMMENTED)
            print(f"@bea has commented on {name}. The comment is in the inbox within 5 minutes.")


def _finished(url: str, headers: dict[str, str]) -> Any:
    """The finished post, with the permalinks that arrive a moment later."""
    post = call("GET", f"{url}?wait={_WAIT_SECONDS}", headers=headers, seconds=_WAIT_SECONDS + 10)
    deadline = time.monotonic() + _LINK_SECONDS
    while time.monotonic() < deadline and any(
        run["status"] == "succeeded" and not run.get("permalink") for run in post["runs"]
    ):
        time.sleep(_LINK_SECONDS / 20)
        post = call("GET", url, headers=headers)
    return post


def _outcome(run: Mapping[str, Any]) -> str:
    if run.get("permalink"):
        return str(run["permalink"])
    error = run.get("error")
    return str(error["message"] if error else run.get("platformPostId") or "")


if __name__ == "__main__":
    sys.exit(main())

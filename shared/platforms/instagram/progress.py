"""How far the containers of an Instagram post are: what follows from each of their states.

A checkpoint holds `items` (the containers of a carousel's items; None for one that is to be made
anew) of which the first `ready` are finished, `container` (what is published), `finished` once
that is ready, and counts of polls, misses, races and failures.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from shared.domain.content import Content
from shared.domain.errors import OutcomeUnknown, PlatformUnavailable
from shared.platforms.base import Pending
from shared.platforms.instagram.errors import Failure

# The guide polls once a minute for five minutes. In practice images take some seconds, and long
# reels more than five minutes (gitroomhq/postiz-app gives them eight).
IMAGE_POLLS = (3,) * 20 + (60,) * 5
VIDEO_POLLS = (10,) * 6 + (30,) * 28 + (300,) * 12
# "Media ID is not available" on publishing can come although the status says FINISHED.
RACE_AFTER = (5, 10, 30, 60)
# A container that was just made may not be found at first.
MISSING_AFTER = (2, 5, 10)

MISSING = "MISSING"
"""In the place of a status: the container is not found."""

NEW: Mapping[str, int] = {"polls": 0, "misses": 0}
"""The counts of a container that was just made."""


def missing_item(content: Content, checkpoint: Mapping[str, Any]) -> int | None:
    """The first place in a carousel that has no container; None when all have one."""
    items: Sequence[str | None] = checkpoint.get("items", ())
    places = (place for place, item in enumerate(items) if item is None)
    return next(places, len(items) if len(items) < len(content.media) else None)


def from_the_start(checkpoint: Mapping[str, Any]) -> dict[str, Any]:
    return {"failures": checkpoint.get("failures", 0)}


def another(kept: Mapping[str, Any], failed: Failure) -> Pending:
    """Make the container anew that `kept` lacks, as often as it is worth a try."""
    failures = kept.get("failures", 0) + 1
    if failures > failed.more_tries:
        raise failed.error
    return Pending({**kept, "failures": failures}, timedelta(seconds=10 * failures))


def start_over(checkpoint: Mapping[str, Any], why: str) -> Pending:
    """Nothing was published from these containers: begin again, twice at most."""
    failed = Failure(PlatformUnavailable(why), more_tries=2)
    return another(from_the_start(checkpoint), failed)


def not_finished(status: str, checkpoint: Mapping[str, Any], is_video: bool) -> Pending:
    """What follows from a status that is neither the end nor a failure."""
    if status == "EXPIRED":
        return start_over(checkpoint, "Instagram let the post's container expire.")
    if status == MISSING:
        return _ask_again(checkpoint, "misses", MISSING_AFTER)
    return _ask_again(checkpoint, "polls", VIDEO_POLLS if is_video else IMAGE_POLLS)


def _ask_again(checkpoint: Mapping[str, Any], counted: str, waits: Sequence[int]) -> Pending:
    count = checkpoint.get(counted, 0)
    if count < len(waits):
        return Pending({**checkpoint, counted: count + 1}, timedelta(seconds=waits[count]))
    if checkpoint.get("races"):
        # It was sent once, and refused as not ready: without a status nothing proves that.
        raise OutcomeUnknown(
            "Instagram does not say what came of the post: it may or may not be live. It is "
            "being looked up."
        )
    return start_over(checkpoint, "Instagram did not finish preparing the post.")


def finished(checkpoint: Mapping[str, Any]) -> Pending:
    """The container can be published, if it was not refused as unready again and again."""
    if checkpoint.get("races", 0) > len(RACE_AFTER):
        return start_over(checkpoint, "Instagram does not find the post that it prepared.")
    return Pending({**checkpoint, "finished": True})


def after_race(checkpoint: Mapping[str, Any]) -> Pending:
    """Read the container's status again, and publish the same one if it is still not live."""
    races = checkpoint.get("races", 0)
    wait = RACE_AFTER[min(races, len(RACE_AFTER) - 1)]
    again = {**checkpoint, **NEW, "finished": False, "races": races + 1}
    return Pending(again, timedelta(seconds=wait))

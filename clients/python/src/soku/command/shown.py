"""What the command prints, for people or as JSON."""

import json
import re
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from soku import models
from soku.comments import Comment
from soku.errors import SokuError
from soku.posts import Post, Target, state_of

_WIDEST_TEXT = 50
_WIDEST_COMMENT = 500
_WIDEST_MESSAGE = 1000
# Strangers write comments, and platforms messages: control characters, those that turn the
# direction of a line or have no width, and half characters, which cannot be printed.
_UNSHOWN = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    r"\ud800-\udfff\U000e0000-\U000e0fff]+"
)
_REPLIES = {
    "queued": "Soku is about to send it.",
    "sending": "It may or may not be public yet.",
    "unconfirmed": "It may or may not be public. Soku is looking it up; do not send it again.",
}
_UNCONFIRMED = "It may or may not be live. Soku is looking it up; do not post it again."


def as_json(value: Any) -> None:
    # In ASCII, which each terminal and each file takes, and which moves no cursor.
    print(json.dumps(value, indent=2))


def post(shown: Post) -> None:
    """A post and what became of it on each account."""
    print(f"{shown.id}  {shown.status}")
    for line in runs(shown):
        print(f"  {line}")


def runs(shown: Post) -> list[str]:
    """One line for each target. It says that a post is live only if its platform said so."""
    if not shown.data["runs"]:
        at = shown.data["scheduledTime"]
        names = ", ".join(target["runId"] for target in shown.data["targets"])
        return [f"{names}: {f'scheduled for {time(at)}' if at else shown.status}"]
    return [run(each) for each in shown.data["runs"]]


def run(each: models.Run | models.ListedRun) -> str:
    state = state_of(each)
    said = f"{each['runId']}: {state}"
    if "permalink" in each and state != "deleted":
        said += f" at {message(each['permalink'])}"
    if each["status"] == "unconfirmed":
        said += f". {_UNCONFIRMED}"
    elif "error" in each:
        said += f". {message(each['error']['message'])}"
    return said


def posts(listed: Sequence[Post]) -> None:
    if not listed:
        print("No posts.")
    for each in listed:
        at = time(each.data["scheduledTime"] or each.data["createdAt"])
        names = ",".join(target["runId"] for target in each.data["targets"])
        short = line(text_of(each), _WIDEST_TEXT)
        print(f"{each.id}  {each.status:<16}  {at}  {names:<20}  {short}")


def text_of(shown: Post) -> str:
    """The text of a post, or the first one that a target has instead."""
    own = (target.get("text") for target in shown.data["targets"])
    return next(filter(None, (shown.data["content"].get("text"), *own)), "")


def accounts(listed: Sequence[models.Account]) -> None:
    if not listed:
        print("No accounts.")
    for each in listed:
        name = account_name(each)
        mark = "  (default)" if each["default"] else ""
        reason = f". {message(each['reason'])}" if each["reason"] else ""
        platform, status = each["platform"], each["status"]
        print(f"{platform:<10}  {each['accountId']:<24}  {name}: {status}{mark}{reason}")


def account_name(account: models.Account) -> str:
    return line(account["label"] or account["username"], _WIDEST_TEXT)


def comments(listed: Sequence[Comment]) -> None:
    if not listed:
        print("No comments.")
    for each in listed:
        about = each.data
        print(f"{each.id}  {about['platform']:<10}  {about['state']:<6}  {author(about)}")
        text = "(not kept)" if each.text is None else line(each.text, _WIDEST_COMMENT)
        print(f"  {text}")


def author(comment: models.Comment) -> str:
    named = comment["author"]
    names = (named["name"], named["username"]) if named else ()
    return next(filter(None, (line(name or "", _WIDEST_TEXT) for name in names)), "somebody")


def reply(sent: models.Reply) -> str:
    """One line, which says that a reply is sent only if its platform said so."""
    said = f"Reply {sent['id']}: {sent['status']}"
    if sent["status"] == "sent":
        return f"{said} at {message(sent['permalink'])}" if sent["permalink"] else said
    problem = message(sent["error"]["message"]) if sent["error"] else ""
    return f"{said}. {_REPLIES.get(sent['status'], problem)}".rstrip()


def templates(listed: Iterable[models.PictureTemplate]) -> None:
    for each in listed:
        print(f"{each['templateSlug']:<14}  {each['description']}")
        needed = each["config"].get("required", [])
        others = [name for name in each["config"]["properties"] if name not in needed]
        fields = [*(f"{name} (required)" for name in needed), *others]
        print(f"  {', '.join(fields)}")


def time(text: str) -> str:
    """A time of the API in the zone of this machine, in a form that `--at` accepts."""
    try:
        return datetime.fromisoformat(text).astimezone().isoformat(" ", "minutes")
    except (ValueError, OverflowError):
        # One of the last hours of the year 9999, or a form of a newer server.
        return message(text)


def line(text: str, widest: int) -> str:
    """The text as one line that a terminal can show."""
    plain = _UNSHOWN.sub(" ", text).strip()
    return plain if len(plain) <= widest else f"{plain[: widest - 1]}…"


def message(text: str) -> str:
    """A message in one line; a platform may have written a part of it."""
    return line(text, _WIDEST_MESSAGE)


def target(name: str) -> Target:
    """What `x` or `x:ACCOUNT_ID` means."""
    platform, colon, account_id = name.strip().partition(":")
    if not colon:
        return platform
    if not account_id:
        raise SokuError(f'Write the ID of the account after "{platform}:", or "{platform}" alone.')
    # The API checks the name of the platform.
    return cast(models.PostTarget, {"platform": platform, "accountId": account_id})


class Bar:
    """The progress of uploads, on a terminal alone."""

    def __init__(self) -> None:
        self._is_shown = sys.stderr.isatty()
        self._percent = -1

    def __call__(self, sent: int, size: int) -> None:
        percent = 100 * sent // size
        if not self._is_shown or percent == self._percent:
            return
        self._percent = percent
        filled = percent * 30 // 100
        line = f"\rUploading [{'#' * filled}{' ' * (30 - filled)}] {percent:3d} %"
        end = "\n" if sent == size else ""
        print(line, end=end, file=sys.stderr, flush=True)

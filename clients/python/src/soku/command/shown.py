"""What the command prints, for people or as JSON."""

import json
import re
import sys
from collections.abc import Iterable
from typing import Any, cast

from soku import models
from soku.comments import Comment
from soku.posts import Post, Target

_WIDEST_TEXT = 50
_WIDEST_COMMENT = 500
# Strangers write comments: control characters and those that turn the direction of a line.
_UNSHOWN = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")
_REPLIES = {
    "queued": "Soku is about to send it.",
    "sending": "It may or may not be public yet.",
    "unconfirmed": "It may or may not be public. Soku is looking it up; do not send it again.",
}
_UNCONFIRMED = "It may or may not be live. Soku is looking it up; do not post it again."


def as_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2))


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
        return [f"{names}: {f'scheduled for {at}' if at else shown.status}"]
    return [run(each) for each in shown.data["runs"]]


def run(each: models.Run | models.ListedRun) -> str:
    said = f"{each['runId']}: {'live' if each['status'] == 'succeeded' else each['status']}"
    if "permalink" in each:
        said += f" at {each['permalink']}"
    if each["status"] == "unconfirmed":
        said += f". {_UNCONFIRMED}"
    elif "error" in each:
        said += f". {each['error']['message']}"
    return said


def posts(listed: Iterable[Post]) -> None:
    for each in listed:
        short = line(each.data["content"].get("text") or "", _WIDEST_TEXT)
        names = ",".join(target["runId"] for target in each.data["targets"])
        print(f"{each.id}  {each.status:<16}  {names:<20}  {short}")


def accounts(listed: Iterable[models.Account]) -> None:
    for each in listed:
        name = each["label"] or each["username"]
        mark = "  (default)" if each["default"] else ""
        reason = f". {each['reason']}" if each["reason"] else ""
        platform, status = each["platform"], each["status"]
        print(f"{platform:<10}  {each['accountId']:<24}  {name}: {status}{mark}{reason}")


def comments(listed: Iterable[Comment]) -> None:
    for each in listed:
        about = each.data
        print(f"{each.id}  {about['platform']:<10}  {about['state']:<6}  {author(about)}")
        text = "(not kept)" if each.text is None else line(each.text, _WIDEST_COMMENT)
        print(f"  {text}")


def author(comment: models.Comment) -> str:
    named = comment["author"]
    return line((named and (named["name"] or named["username"])) or "somebody", _WIDEST_TEXT)


def reply(sent: models.Reply) -> str:
    """One line, which says that a reply is sent only if its platform said so."""
    said = f"Reply {sent['id']}: {sent['status']}"
    if sent["status"] == "sent":
        return f"{said} at {sent['permalink']}" if sent["permalink"] else said
    problem = sent["error"]["message"] if sent["error"] else ""
    return f"{said}. {_REPLIES.get(sent['status'], problem)}".rstrip()


def templates(listed: Iterable[models.PictureTemplate]) -> None:
    for each in listed:
        print(f"{each['templateSlug']:<14}  {each['description']}")
        needed = each["config"].get("required", [])
        others = [name for name in each["config"]["properties"] if name not in needed]
        fields = [*(f"{name} (required)" for name in needed), *others]
        print(f"  {', '.join(fields)}")


def line(text: str, widest: int) -> str:
    """The text as one line that a terminal can show."""
    plain = _UNSHOWN.sub(" ", text).strip()
    return plain if len(plain) <= widest else f"{plain[: widest - 1]}…"


def target(name: str) -> Target:
    """What `x` or `x:ACCOUNT_ID` means."""
    platform, _, account_id = name.strip().partition(":")
    if not account_id:
        return platform
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

"""What is wrong with a post, at the field of the composer where it can be put right."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from functions.dashboard import words
from functions.dashboard.composer.draft import Draft
from shared.domain.errors import ApiError, ErrorCode, InvalidRequest
from shared.platforms import registry

_TARGET = re.compile(r"post\.content\.platform\[(\d+)\](?:\.(.*))?")
_MEDIUM = re.compile(r"post\.content\.mediaUrls\[(\d+)\]")
_WORDS = {
    ("scheduledTime", "too_soon"): "Choose a time at least 1 minute from now.",
    ("scheduledTime", "missing"): "Choose a time.",
    ("notAfter", "too_soon"): (
        "The post must not be published that late. Choose an earlier time, or remove the limit."
    ),
    ("post.content.platform", "missing"): "Choose at least one account.",
    ("post.content.platform", "invalid"): "Choose fewer accounts.",
}
_BY_CODE = {
    "text_not_supported": (
        "{name} shows no text with this kind of post. Give {name} a different, empty text."
    ),
    "title_differs_from_text": (
        "A saved story shows only its title. Give {name} a different text: an empty one, or the "
        "same as the title."
    ),
    "unknown_media": "This file does not exist any more. Remove it, and add it again.",
}

_MISSING = frozenset({"missing", "media_required"})
# By the field where it is missing.
_MISSED = {"text": "a text", "files": "a picture or a video"}


@dataclass(frozen=True)
class Fault:
    at: str
    """The id of the element in the form."""
    message: str
    platforms: tuple[str, ...] = ()
    """Those that refuse the post for this."""
    leave_out: tuple[str, ...] = ()
    """The accounts without which the fault is gone; empty if others would not be left."""
    is_missing: bool = False
    """Something that the writer may still be about to add."""
    post_id: str = ""
    """The other post that a warning is about."""
    is_unpaid: bool = False
    """The page of billing has the remedy."""

    @property
    def names(self) -> str:
        return listed(self.platforms)


def part_id(key: str) -> str:
    """A part's key as it is in the ids of elements."""
    return re.sub(r"[^\w-]", "-", key)


def of_violations(violations: Iterable[Mapping[str, Any]], draft: Draft) -> list[Fault]:
    """Faults for violations as the API shows them, each once."""
    found = [_fault(violation, draft) for violation in violations]
    return _merged(list(dict.fromkeys(found)), draft)


def listed(platforms: Iterable[str]) -> str:
    """The names of platforms: "Facebook, Threads and X"."""
    return words.listed(list(map(registry.display_name, platforms)))


def _merged(faults: list[Fault], draft: Draft) -> list[Fault]:
    """What several platforms miss at the same field, as one fault."""
    merged: dict[Any, Fault] = {}
    for fault in faults:
        what = _MISSED.get(fault.at) if fault.is_missing and fault.platforms else None
        before = merged.get(what) if what else None
        if before is None or what is None:
            merged[what or fault] = fault
            continue
        platforms = tuple(dict.fromkeys((*before.platforms, *fault.platforms)))
        accounts = tuple(a for a in draft.accounts if a.partition(":")[0] in platforms)
        leave_out = accounts if len(accounts) < len(draft.accounts) else ()
        message = f"{listed(platforms)} need {what}."
        merged[what] = Fault(fault.at, message, platforms, leave_out, is_missing=True)
    return list(merged.values())


def of_error(error: ApiError, draft: Draft) -> list[Fault]:
    """Why a post was not accepted."""
    if isinstance(error, InvalidRequest):
        return of_violations((each.as_json() for each in error.violations), draft)
    if error.code is ErrorCode.UPLOAD_FAILED:
        details = ({"platform": None, "code": "", **each} for each in error.details)
        return of_violations(details, draft)
    if error.code in (ErrorCode.UNAUTHORIZED, ErrorCode.MISSING_ACCOUNT):
        named = error.details or {}
        account = f"{named.get('platform')}:{named.get('accountId')}"
        return [_of_account(account, error.message, draft)]
    # A user may do everything with their own posts, as far as their plan allows it.
    return [Fault("send", error.message, is_unpaid=error.code is ErrorCode.FORBIDDEN)]


def of_result(result: Mapping[str, Any], draft: Draft) -> tuple[list[Fault], list[Fault]]:
    """Faults and warnings of the answer of `shared.posts.validate`."""
    targets = result["targets"]
    errors = [*result["errors"], *(each for target in targets for each in target["errors"])]
    warnings = [each for target in targets for each in target["warnings"]]
    return of_violations(errors, draft), of_violations(warnings, draft)


def _fault(violation: Mapping[str, Any], draft: Draft) -> Fault:
    field, code, platform = violation["field"], violation["code"], violation.get("platform")
    message = _WORDS.get((field, code)) or violation["message"]
    if platform and code in _BY_CODE:
        message = _BY_CODE[code].format(name=registry.display_name(platform))
    elif code in _BY_CODE:
        message = _BY_CODE[code]
    platforms = (platform,) if platform else ()
    accounts = [each for each in draft.accounts if each.partition(":")[0] == platform]
    if code in (ErrorCode.UNAUTHORIZED, ErrorCode.MISSING_ACCOUNT):
        message = "Reconnect this account, or choose a later time and reconnect it before that."
        accounts = [account for account in [_account_at(field, draft)] if account]
    message = message.replace("`", "")
    leaves = bool(accounts) and len(accounts) < len(draft.accounts)
    leave_out = tuple(accounts) if leaves else ()
    is_missing = code in _MISSING
    return Fault(_place(field, draft), message, platforms, leave_out, is_missing)


def _place(field: str, draft: Draft) -> str:
    if medium := _MEDIUM.match(field):
        return f"media-{medium[1]}"
    account = _account_at(field, draft)
    target = _TARGET.fullmatch(field)
    if account and target:
        return _place_in(account, target[2] or "", draft)
    if field.startswith("post.content.platform"):
        return "accounts"
    if field.startswith("post.content.media"):
        return "files"
    return {"scheduledTime": "at", "notAfter": "until", "post.content.text": "text"}.get(
        field, "send"
    )


def _place_in(account: str, rest: str, draft: Draft) -> str:
    """The element for a part of a target."""
    key = part_id(draft.part_key(account))
    if rest == "text":
        return f"text-{key}"
    if alt := re.match(r"options\.altTexts(?:\[(\d+)\])?", rest):
        return f"alt-{alt[1] or 0}"
    if option := re.match(r"options\.(\w+)", rest):
        return f"opt-{key}-{option[1]}"
    return f"account-{part_id(account)}"


def _account_at(field: str, draft: Draft) -> str | None:
    target = _TARGET.fullmatch(field)
    position = int(target[1]) if target else len(draft.accounts)
    return draft.accounts[position] if position < len(draft.accounts) else None


def _of_account(account: str, message: str, draft: Draft) -> Fault:
    if account not in draft.accounts:
        return Fault("accounts", message)
    platform = account.partition(":")[0]
    leave_out = (account,) if len(draft.accounts) > 1 else ()
    return Fault(f"account-{part_id(account)}", message, (platform,), leave_out)


def time_fault(message: str, *, is_missing: bool = False) -> Fault:
    return Fault("at", message, is_missing=is_missing)

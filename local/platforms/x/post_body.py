"""The schema of `POST /2/tweets`: docs.x.com/x-api/posts/create-post. It allows nothing more."""

from collections.abc import Callable
from typing import Any

from local.platforms.x import errors as x_errors

_Check = Callable[[Any], bool]


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_boolean(value: object) -> bool:
    return isinstance(value, bool)


def _ids(least: int, most: int) -> _Check:
    def check(value: object) -> bool:
        return (
            isinstance(value, list)
            and least <= len(value) <= most
            and all(map(x_errors.is_id, value))
        )

    return check


def _is_poll_options(value: object) -> bool:
    """2 to 4 options of 1 to 25 characters."""
    return (
        isinstance(value, list)
        and 2 <= len(value) <= 4
        and all(isinstance(option, str) and 1 <= len(option) <= 25 for option in value)
    )


def _is_poll_duration(value: object) -> bool:
    """5 to 10080 minutes."""
    return type(value) is int and 5 <= value <= 10080


def _is_reply_setting(value: object) -> bool:
    return value in ("following", "mentionedUsers", "subscribers", "verified")


_FIELDS: dict[str, _Check | dict[str, _Check]] = {
    "text": _is_text,
    "media": {"media_ids": _ids(1, 4), "tagged_user_ids": _ids(0, 10)},
    "poll": {
        "options": _is_poll_options,
        "duration_minutes": _is_poll_duration,
        "reply_settings": _is_reply_setting,
    },
    "reply": {"in_reply_to_tweet_id": x_errors.is_id, "exclude_reply_user_ids": _ids(0, 1000)},
    "quote_tweet_id": x_errors.is_id,
    "reply_settings": _is_reply_setting,
    "community_id": x_errors.is_id,
    "share_with_followers": _is_boolean,
    "made_with_ai": _is_boolean,
    "paid_partnership": _is_boolean,
    "edit_options": {"previous_post_id": x_errors.is_id},
    "nullcast": _is_boolean,
    "geo": {"place_id": _is_text},
    "for_super_followers_only": _is_boolean,
    "card_uri": _is_text,
    "direct_message_deep_link": _is_text,
}
_REQUIRED_INSIDE = {
    "media": ("media_ids",),
    "poll": ("options", "duration_minutes"),
    "reply": ("in_reply_to_tweet_id",),
    "edit_options": ("previous_post_id",),
}
_EXCLUSIVE = ("media", "poll", "quote_tweet_id", "card_uri", "direct_message_deep_link")


def check_post_body(body: dict[str, Any]) -> None:
    """Refuse a body that X does not accept. Raises Refusal."""
    x_errors.check_fields(body, (), _FIELDS)
    for name, value in body.items():
        check = _FIELDS[name]
        if isinstance(check, dict):
            _check_object(name, value, check)
        elif not check(value):
            raise _not_valid(name, value)
    together = [name for name in _EXCLUSIVE if name in body]
    if len(together) > 1:
        raise x_errors.invalid_request(
            f"$: only one of {', '.join(together)} may be given",
            {name: [str(body[name])] for name in together},
        )


def _check_object(name: str, value: object, fields: dict[str, _Check]) -> None:
    if not isinstance(value, dict):
        raise _not_valid(name, value)
    x_errors.check_fields(value, _REQUIRED_INSIDE.get(name, ()), fields, f"{name}.")
    for field, inner in value.items():
        if not fields[field](inner):
            raise _not_valid(f"{name}.{field}", inner)


def _not_valid(path: str, value: object) -> Exception:
    return x_errors.invalid(path, value, f"$.{path}: [{value}] is not valid")

"""What a command answers, and how it says that it cannot."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared import wiring
from shared.config import settings_with
from shared.gcp.firestore import document, read_all
from shared.gcp.users import user_path
from shared.web.envelope import time_text
from shared.wiring import Parts


@dataclass(frozen=True)
class Answer:
    """`text` is for people; `data`, for `--json`, is made of JSON's types and of times."""

    text: str
    data: Any
    failed: bool = False
    """It was done, but not all of it: the exit code says so."""


class Refused(Exception):
    """The command cannot be carried out; the message is one line that says what to do."""


def connect(*needed: str) -> Parts:
    """The parts that a command works with. `needed`: its variables beside the project.

    Raises ConfigurationError.
    """
    return wiring.build(settings_with("GOOGLE_CLOUD_PROJECT", *needed))


def known_user(parts: Parts, user_id: str) -> dict[str, Any]:
    """The fields of `users/{user_id}`. Raises Refused, StoreUnavailable."""
    if not user_id or "/" in user_id:
        raise Refused(f"{user_id!r} cannot be a user's id.")
    path = user_path(user_id)
    fields = document(read_all(parts.db, [path])[path])
    if fields is None:
        raise Refused(f"There is no user {user_id}; `user create` makes one.")
    return fields


def shown(value: Any) -> str:
    """One value in a line of text."""
    if isinstance(value, datetime):
        return time_text(value)
    return "-" if value is None else str(value)


def lines(fields: Mapping[str, Any]) -> str:
    """A line for each of `fields`, the values below each other."""
    width = max(map(len, fields), default=0)
    return "\n".join(f"{name:<{width}}  {shown(value)}" for name, value in fields.items())

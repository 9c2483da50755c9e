"""The result of a command, and its refusal."""

from collections.abc import Iterable, Mapping
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
class Result:
    """`text` is for people; `data` is for `--json` and contains JSON types and datetimes."""

    text: str
    data: Any
    failed: bool = False
    """The command was only partly successful, so the exit code is 1."""
    stream: Iterable[str] | None = None
    """Lines to print one by one instead, with and without `--json`."""


class Refused(Exception):
    """The command cannot run; the message is one line that says what to do."""


def connect(*needed: str) -> Parts:
    """The parts that a command uses. `needed`: its variables in addition to the project.

    Raises ConfigurationError.
    """
    return wiring.build(settings_with("GOOGLE_CLOUD_PROJECT", *needed))


def known_user(parts: Parts, user_id: str) -> dict[str, Any]:
    """The fields of `users/{user_id}`. Raises Refused, StoreUnavailable."""
    if not user_id or "/" in user_id:
        raise Refused(f"{user_id!r} is not a valid user ID.")
    path = user_path(user_id)
    fields = document(read_all(parts.db, [path])[path])
    if fields is None:
        raise Refused(
            f"User {user_id} not found. A person becomes a user by signing in; see `user invite`."
        )
    return fields


def shown(value: Any) -> str:
    """A value as text."""
    if isinstance(value, datetime):
        return time_text(value)
    return "-" if value is None else str(value)


def lines(fields: Mapping[str, Any]) -> str:
    """One line for each field, with the values aligned."""
    width = max(map(len, fields), default=0)
    return "\n".join(f"{name:<{width}}  {shown(value)}" for name, value in fields.items())

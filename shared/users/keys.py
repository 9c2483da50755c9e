"""A user's API keys: listing, creating and deleting them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from shared import clock
from shared.domain.errors import ApiError, ErrorCode, FormUsed, InvalidRequest, Violation
from shared.gcp.api_keys import ApiKey, ApiKeys, new_key
from shared.gcp.firestore import read_all, retry_conflicts
from shared.gcp.users import is_user, user_path
from shared.wiring import Parts

MOST_ACTIVE = 10
"""How many keys a user can have at the same time. One for each program is enough, and a list that
a person can read is one in which they notice a key that should not be there."""
MOST_LISTED = 100
"""How many keys a user can have together with expired ones, so that a list stays small."""


def of_user(parts: Parts, user_id: str) -> list[ApiKey]:
    """The keys that are not deleted, expired ones included, newest first."""
    return ApiKeys(parts.db).not_revoked(user_id)[::-1]


def create(
    parts: Parts,
    user_id: str,
    *,
    name: str,
    scopes: Iterable[str],
    expires_at: datetime | None,
    mode: str = "live",
    form_id: str | None = None,
) -> tuple[str, ApiKey]:
    """A new key, which is shown once, and how it is stored. Raises ApiError, FormUsed.

    `form_id`: of a form that creates one key, however often the browser sends it.
    """
    if mode == "test" and not parts.settings.accepts_test_keys:
        message = "This Soku does not accept test keys. Ask the operator to set TEST_MODE=on."
        raise InvalidRequest([Violation("mode", "not_available", message)])
    if expires_at is not None and expires_at <= clock.now():
        message = "The time must be in the future. Omit it for a key that does not expire."
        raise InvalidRequest([Violation("expiresAt", "too_soon", message)])
    keys, path, key, chosen = ApiKeys(parts.db), user_path(user_id), new_key(mode), tuple(scopes)

    def store(user: Any) -> ApiKey:
        if not is_user(user):
            raise ApiError(ErrorCode.FORBIDDEN, "Soku is deleting your user.")
        # After the user: a key that is created in between changes the user, and this commit fails.
        present = keys.not_revoked(user_id)
        if form_id is not None and form_id in {one.form_id for one in present}:
            raise FormUsed
        _check_number(present)
        return keys.create(
            key, user=user, name=name, scopes=chosen, expires_at=expires_at, form_id=form_id
        )

    stored = retry_conflicts("a user's API keys", lambda: read_all(parts.db, [path])[path], store)
    return key, stored


def delete(parts: Parts, user_id: str, key_id: str, stored: ApiKey | None) -> None:
    """Revoke the user's key `stored`, which `key_id` names. Raises ApiError not_found."""
    if stored is None or stored.user_id != user_id or stored.revoked:
        raise key_not_found(key_id)
    ApiKeys(parts.db).revoke(stored.key_hash)


def key_not_found(key_id: str) -> ApiError:
    """The error for a key that does not exist, was deleted or belongs to another user."""
    return ApiError(ErrorCode.NOT_FOUND, f"API key {key_id} not found.")


def _check_number(keys: list[ApiKey]) -> None:
    active = sum(not key.is_expired(clock.now()) for key in keys)
    if active >= MOST_ACTIVE:
        raise too_many_keys(f"{MOST_ACTIVE} active API keys", "one that you no longer need")
    if len(keys) >= MOST_LISTED:
        raise too_many_keys(f"{MOST_LISTED} API keys", "those that have expired")


def too_many_keys(number: str, which: str) -> ApiError:
    message = f"You have {number}, which is the limit. Delete {which}, then send the request again."
    return ApiError(ErrorCode.INVALID_STATE, message)

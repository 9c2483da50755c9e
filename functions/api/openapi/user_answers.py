"""Models of the answers that only signed-in users get, like those of `answers`."""

from functions.api.openapi.answers import Answer, Mode, Scope, Time
from shared.gcp.deletions import UserDeletionStatus


class ApiKey(Answer):
    """An API key, without the key itself."""

    id: str
    name: str
    preview: str
    """The beginning and the end of the key."""
    mode: Mode
    scopes: list[Scope]
    created_at: Time
    expires_at: Time | None
    """The key stops working at this time; null: it does not expire."""
    last_used_at: Time | None
    """When the key was last used, up to an hour out of date; null: never used."""


class CreatedApiKey(ApiKey):
    """The new API key. Only this response contains it."""

    key: str


class ApiKeyList(Answer):
    """The API keys that are not deleted, newest first."""

    data: list[ApiKey]


class UserDeletion(Answer):
    """The deletion of a user, which takes some minutes."""

    status: UserDeletionStatus
    """`deleting`, then `checking`: everything was removed once, and what requests that were under
    way wrote meanwhile is removed next."""
    started_at: Time

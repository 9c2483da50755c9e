"""Signed-in users as callers: `Authorization: Bearer` with an ID token of Firebase Authentication.

Only their requests import this module.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from shared import logs
from shared.domain.errors import ApiError, ErrorCode
from shared.gcp import identity
from shared.gcp.identity import VerifiedPerson
from shared.gcp.oidc import CertificatesUnavailable, InvalidToken
from shared.gcp.users import is_user, user_path
from shared.web.strangers import check_strangers, refused_stranger
from shared.wiring import Parts

log = logs.logger("api")

Read = Callable[[Any, list[str]], dict[str, Any]]
"""Reads the documents at some paths of a database. Raises ApiError."""


def person_of(token: str, parts: Parts, read: Read) -> VerifiedPerson:
    """A signed-in user.

    Only a user that this instance has not met costs a read. Raises ApiError unauthorized,
    forbidden, rate_limit_exceeded or internal_error.
    """
    try:
        person = identity.person_of(token, parts.settings)
    except InvalidToken as error:
        log.info("ID token refused: %s", error)
        message = "The ID token is invalid or has expired. Sign in again, and send the new token."
        raise refused_stranger(message) from error
    except identity.EmailNotVerified as error:
        message = (
            "The email address of this account is not verified. Verify it, then sign in again."
        )
        raise refused_stranger(message) from error
    except CertificatesUnavailable as error:
        log.error("ID token not checked, certificates unavailable: %s", error)
        message = (
            "Google's certificates could not be downloaded, so Soku could not check your ID token. "
            "Nothing was changed. Send the request again."
        )
        raise ApiError(ErrorCode.INTERNAL_ERROR, message) from error
    _meet(person.user_id, parts.db, read)
    return person


@lru_cache(maxsize=10_000)
def _meet(user_id: str, db: Any, read: Read) -> None:
    """Let the instance know a user, whose document every request reads again."""
    check_strangers()
    path = user_path(user_id)
    user = read(db, [path])[path]
    if not is_user(user):
        raise leaving_person() if user.exists else unknown_person()


def unknown_person() -> ApiError:
    """The error for a valid token of somebody who is not a user of this Soku."""
    message = (
        "Your account is not a user of this Soku. Ask its operator to add you, then send the "
        "request again."
    )
    return refused_stranger(message, ErrorCode.FORBIDDEN)


def leaving_person() -> ApiError:
    """The error for a user who is being deleted."""
    message = (
        "Soku is deleting your user. This takes a few minutes, and you do not have to do anything."
    )
    return refused_stranger(message, ErrorCode.FORBIDDEN)


def removed_person(user: Any) -> ApiError:
    """The same for a user that this instance has met, and from now on does not know any more.

    `user`: the snapshot of the user.
    """
    _meet.cache_clear()
    return leaving_person() if user.exists else unknown_person()

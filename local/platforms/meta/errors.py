"""The error envelope of Meta's APIs.

developers.facebook.com/docs/graph-api/guides/error-handling.
"""

import itertools
from collections.abc import Mapping

from local.platforms.simulation import Refusal

_traces = itertools.count(1)


def meta_error(
    message: str,
    code: int,
    *,
    subcode: int | None = None,
    kind: str = "OAuthException",
    status: int = 400,
    transient: bool | None = None,
    title: str | None = None,
    explanation: str | None = None,
) -> Refusal:
    """`{error: {message, type, code, error_subcode?, is_transient?, …, fbtrace_id}}`."""
    error = {
        "message": message,
        "type": kind,
        "code": code,
        "error_subcode": subcode,
        "is_transient": transient,
        "error_user_title": title,
        "error_user_msg": explanation,
        "fbtrace_id": f"A{next(_traces):09d}",
    }
    return Refusal(status, {"error": {k: v for k, v in error.items() if v is not None}})


def bad_parameter(message: str) -> Refusal:
    """Code 100: a parameter is missing or wrong."""
    return meta_error(f"(#100) {message}", 100)


def wrong_secret() -> Refusal:
    """Code 1: this is not the secret of the app."""
    return meta_error("Error validating client secret.", 1)


def need(parameters: Mapping[str, str], *names: str) -> None:
    """Refuse a request that lacks one of the parameters. Raises Refusal."""
    for name in names:
        if not parameters.get(name):
            raise bad_parameter(f"The parameter {name} is required.")


def media_not_found(media_id: str) -> Refusal:
    """24/4279009, which claims not to be transient and often is."""
    return meta_error(
        "The requested resource does not exist",
        24,
        subcode=4279009,
        transient=False,
        title="Media Not Found",
        explanation=f"The media with id {media_id} cannot be found.",
    )


def not_fetched(url: str) -> Refusal:
    """9004/2207052: there is no file, or no media of this kind, at the URL."""
    return meta_error(
        "Only photo or video can be accepted as media type.",
        9004,
        subcode=2207052,
        transient=False,
        title="Media download has failed. The media URI doesn't meet our requirements.",
        explanation=f"The media could not be fetched from this URI: {url}.",
    )


def no_such_object(method: str, object_id: str, kind: str = "OAuthException") -> Refusal:
    """100/33: the object is missing, hidden from the token, or has no such operation."""
    return meta_error(
        f"Unsupported {method.lower()} request. Object with ID '{object_id}' does not exist, "
        "cannot be loaded due to missing permissions, or does not support this operation.",
        100,
        subcode=33,
        kind=kind,
    )

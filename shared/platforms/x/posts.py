"""What X does alike with every post, also with a reply: its address and its deletion."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from shared.domain.errors import PlatformUnavailable
from shared.platforms.http import Answer, Http
from shared.platforms.wire import mapping
from shared.platforms.x.timeline import API


def permalink_of(post_id: object) -> str:
    """The form without a user name: it survives a rename."""
    return f"https://x.com/i/web/status/{post_id}"


def path_of(post_id: str, *below: str) -> str:
    return "/".join((API, "tweets", quote(post_id, safe=""), *below))


def delete(
    post_id: str, bearer: dict[str, str], http: Http, accepted: Callable[[Answer], dict[str, Any]]
) -> None:
    """Delete a post; one that is already gone is no error. Raises a PlatformError."""
    answer = http.prepare("DELETE", path_of(post_id), headers=bearer)
    # A post that is already gone: 404, or, as another client reports, the same answer again.
    if answer.status == 404:
        return
    deletion = mapping(accepted(answer).get("data"))
    if not deletion.get("deleted"):
        raise PlatformUnavailable("X did not confirm that it deleted the post.")

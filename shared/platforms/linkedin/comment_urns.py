"""The URNs of comments, and what shows them: …/community-management/shares/comments-api.

A comment is named for the activity of its post: `urn:li:comment:(urn:li:activity:1,2)`. In
notifications, clients have also seen `urn:li:comment:(activity:1,2)`.
"""

import re

from shared.platforms.linkedin.restli import encoded
from shared.platforms.linkedin.timeline import permalink_of
from shared.platforms.wire import link_of, words

_COMMENT = re.compile(r"urn:li:comment:\((?:urn:li:)?(\w{1,30}:\d{1,19}),(\d{1,19})\)", re.ASCII)


def comment_urn(value: object) -> str | None:
    """The URN of a comment, always in the same spelling; None if it is none."""
    found = _COMMENT.fullmatch(words(value))
    return f"urn:li:comment:(urn:li:{found[1]},{found[2]})" if found else None


def object_of(urn: str) -> str:
    """What the comment is on: in most cases an activity. Any other URN stays as it is."""
    found = _COMMENT.fullmatch(urn)
    return f"urn:li:{found[1]}" if found else urn


def number_of(urn: str) -> str:
    """The number of the comment."""
    found = _COMMENT.fullmatch(urn)
    return found[2] if found else ""


def link_to(urn: str) -> str | None:
    """The public address of a comment, as LinkedIn's own links have it."""
    short = f"urn:li:comment:({object_of(urn).removeprefix('urn:li:')},{number_of(urn)})"
    return link_of(f"{permalink_of(object_of(urn))}?commentUrn={encoded(short)}")

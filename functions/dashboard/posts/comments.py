"""The newest comments on a post, as its page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

from functions.dashboard.inbox.filters import ALL, Filters
from functions.dashboard.inbox.rows import Row, row_of
from functions.dashboard.posts import possible
from shared.domain.submission import Submission
from shared.inbox import listing
from shared.inbox.listing import InboxQuery
from shared.platforms import registry
from shared.web import strict
from shared.wiring import Parts

MOST_SHOWN = 20


@dataclass(frozen=True)
class PostComments:
    rows: Sequence[Row]
    """The newest first."""
    everything: str
    """The address of the inbox with all comments of the post."""
    back: str
    """The path of the same, to which the page of a comment leads back."""


def comments_of(submission: Submission, post: possible.Post, parts: Parts) -> PostComments | None:
    """None where no platform shows comments. Raises StoreUnavailable."""
    live = possible.live_platforms(post)
    if submission.mode == "test" or not any(map(registry.shows_comments, live)):
        return None
    query = strict.read(InboxQuery, {"postId": submission.submission_id, "limit": str(MOST_SHOWN)})
    page = listing.read(parts, submission.user_id, query)
    every = Filters(tab=ALL, post=submission.submission_id)
    return PostComments([row_of(item, {}) for item in page.items], every.href, every.back)

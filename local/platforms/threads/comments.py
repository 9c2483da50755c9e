"""Replies and mentions (developers.facebook.com/docs/threads, reply-management, threads-mentions).

Where the documentation shows no answer to a wrong request, the one here is our choice.
"""

from datetime import UTC, datetime
from typing import Any

from local.platforms import clock
from local.platforms.meta import errors as meta_errors
from local.platforms.meta import queries
from local.platforms.meta.parameters import parameters
from local.platforms.posts import Post
from local.platforms.reading import own
from local.platforms.simulation import Refusal
from local.platforms.threads.reads import READ_REPLIES, Reads
from local.platforms.threads.state import State

MANAGE_REPLIES, MENTIONS = "threads_manage_replies", "threads_manage_mentions"
# 2023-07-05: there are no mentions before.
EARLIEST = datetime.fromtimestamp(1_688_540_400, UTC)


class CommentEndpoints(Reads):
    def conversation(self, post_id: str) -> Any:
        """`GET /{version}/{post}/conversation`: all replies to a post that is none itself."""
        account = self._state.authorized(READ_REPLIES)
        post = own(self._platform.posts.get(post_id), account)
        if post is None or post.details["draft"].reply_to_id is not None:
            raise _missing(post_id)
        return self._ordered(self._replies.of_post(post_id))

    def replies(self, node_id: str) -> Any:
        """`GET /{version}/{node}/replies`: those of a user, or the direct ones to a post."""
        account = self._state.authorized(READ_REPLIES)
        if node_id in ("me", account.external_id):
            return self.own_replies(account)
        if self._replies.find(node_id) is None:
            raise _missing(node_id)
        return self._ordered(self._replies.to(node_id))

    def mentions(self, user_id: str) -> Any:
        """`GET /{version}/{user}/mentions`: newest first."""
        account = self._state.owner(user_id, MENTIONS)
        if self.asks_for_relations() and not self._state.token().grant.may(READ_REPLIES):
            # Seen in October 2026: one field that is not allowed spoils the whole list.
            raise meta_errors.meta_error("An unknown error occurred", 1, status=500)
        _check_range()
        return self.listing(self._replies.mentions(account.account_id, account.username))

    def manage(self, reply_id: str) -> Any:
        """`POST /{version}/{reply}/manage_reply`: hide a direct reply to an own post, or show it.

        What is below it follows.
        """
        account = self._state.authorized(MANAGE_REPLIES)
        hide = parameters().get("hide", "").lower()
        if hide not in ("true", "false"):
            raise meta_errors.bad_parameter("Param hide must be a boolean.")
        book = self._platform.comments
        reply = own(book.get(reply_id), account)
        if reply is None or reply.post_id is None:
            raise meta_errors.no_such_object("POST", reply_id, State.error_type)
        if reply.parent_id is not None:
            raise meta_errors.bad_parameter("Only top-level replies can be hidden.")
        for comment in book.of_post(reply.post_id):
            if reply in book.thread(comment):
                comment.is_hidden = hide == "true"
        return {"success": True}

    def _ordered(self, newest_first: list[Post]) -> Any:
        """A page of replies, in the order that `reverse` says. Raises Refusal."""
        queries.check_known(queries.queried_fields(), self.post_fields)
        sent = parameters()
        if sent.get("before") and sent.get("after"):
            raise meta_errors.bad_parameter("Only one of before and after can be specified.")

        def shown(post: Post) -> Any:
            return queries.selected(self.post_as_json(post), default=("id",))

        if sent.get("reverse", "true").lower() == "false":
            return queries.paged(newest_first[::-1], shown, lambda post: -int(post.id))
        return queries.paged(newest_first, shown, lambda post: int(post.id))


def _check_range() -> None:
    since, until = queries.moment("since"), queries.moment("until")
    if since is not None and (since < EARLIEST or since >= (until or clock.now())):
        raise meta_errors.bad_parameter("Param since must be from 1688540400 to until.")
    if until is not None and until > clock.now():
        raise meta_errors.bad_parameter("Param until must not be in the future.")


def _missing(post_id: str) -> Refusal:
    return meta_errors.no_such_object("GET", post_id, State.error_type)

"""What comments have in common on the twins of Facebook and Instagram."""

from collections.abc import Iterable
from typing import Any

from local.platforms import clock
from local.platforms.comments import Author, Comment
from local.platforms.meta import errors as meta_errors
from local.platforms.meta.parameters import parameters
from local.platforms.meta.state import S
from local.platforms.simulation import Endpoints

Numbered = tuple[int, Comment]


class CommentEndpoints(Endpoints[S]):
    def thread_of(self, comment: Comment) -> Comment:
        """The first comment of a thread: replies to a reply are shown below it."""
        *_, first = self._platform.comments.thread(comment)
        return first

    def replies_below(self, thread: Comment) -> list[Comment]:
        """All comments of a thread but the first one."""
        if thread.post_id is None:
            return []
        return [
            comment
            for comment in self._platform.comments.of_post(thread.post_id)
            if comment is not thread and self.thread_of(comment) is thread
        ]

    def add_reply(self, comment: Comment, author: Author) -> dict[str, Any]:
        """Add a reply of the account, with the text in the request. Raises Refusal."""
        meta_errors.need(parameters(), "message")
        thread = self.thread_of(comment)
        reply = Comment(
            id=self._platform.new_comment_id(comment.post_id, thread.id),
            account_id=comment.account_id,
            text=parameters()["message"],
            author=author,
            created_at=clock.now(),
            post_id=comment.post_id,
            parent_id=thread.id,
            is_own=True,
        )
        self._platform.comments.add(reply)
        return {"id": reply.id}


def numbered(comments: Iterable[Comment]) -> list[Numbered]:
    """Comments by time, the newest first, with numbers that stay when there are newer ones."""
    in_order = sorted(comments, key=lambda each: (each.created_at, _number(each)))
    return list(enumerate(in_order))[::-1]


def sent_switch(name: str) -> bool | None:
    """A switch in the request; None if it is not there. Raises Refusal."""
    value = parameters().get(name)
    if value is not None and value not in ("true", "false"):
        raise meta_errors.bad_parameter(f"Param {name} must be a boolean.")
    return None if value is None else value == "true"


def _number(comment: Comment) -> int:
    return int(comment.id.rpartition("_")[2])

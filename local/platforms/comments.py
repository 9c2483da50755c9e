"""The comments on a simulated platform, and the mentions of its accounts.

Controls add comments of other people; the platform's own requests add replies of its accounts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from local.platforms import clock
from local.platforms.accounts import Account
from local.platforms.posts import iso


@dataclass(frozen=True)
class Author:
    """Who wrote a comment. A person without a name has blocked or left the platform."""

    id: str
    username: str | None
    name: str | None = None


@dataclass
class Comment:
    """A comment on a post, or a mention of an account, which is on no post of that account."""

    id: str
    account_id: str
    """The account whose post it is on, or that it mentions."""
    text: str
    author: Author
    created_at: datetime
    post_id: str | None = None
    parent_id: str | None = None
    """The comment that it answers."""
    edited_at: datetime | None = None
    is_hidden: bool = False
    is_own: bool = False
    """The account itself wrote it."""

    @property
    def is_mention(self) -> bool:
        return self.post_id is None

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "accountId": self.account_id,
            "postId": self.post_id,
            "parentId": self.parent_id,
            "text": self.text,
            "author": self.author.username,
            "createdAt": iso(self.created_at),
            "hidden": self.is_hidden,
            "own": self.is_own,
        }


def own_reply(comment_id: str, account: Account, answered: Comment, text: str) -> Comment:
    """What an account answers to a comment."""
    return Comment(
        id=comment_id,
        account_id=account.account_id,
        text=text,
        author=Author(account.external_id, account.username, account.username),
        created_at=clock.now(),
        post_id=answered.post_id,
        parent_id=answered.id,
        is_own=True,
    )


class CommentBook:
    """The comments of one platform, oldest first. The caller holds the platform's lock."""

    def __init__(self) -> None:
        self._comments: dict[str, Comment] = {}
        self._numbers = count(5001)

    def new_number(self) -> int:
        """A number for the id of the next comment."""
        return next(self._numbers)

    def add(self, comment: Comment) -> None:
        self._comments[comment.id] = comment

    def get(self, comment_id: str) -> Comment | None:
        return self._comments.get(comment_id)

    def remove(self, comment_id: str) -> None:
        """Remove a comment and its replies."""
        if self._comments.pop(comment_id, None):
            for reply in self.replies(comment_id):
                self.remove(reply.id)

    def all(self) -> list[Comment]:
        return list(self._comments.values())

    def of_post(self, post_id: str) -> list[Comment]:
        """The comments on a post, with all replies."""
        return [comment for comment in self._comments.values() if comment.post_id == post_id]

    def replies(self, comment_id: str) -> list[Comment]:
        """The direct replies to a comment."""
        return [comment for comment in self._comments.values() if comment.parent_id == comment_id]

    def mentions(self, account_id: str) -> list[Comment]:
        """The mentions of an account that are on no post of its own."""
        return [
            comment
            for comment in self._comments.values()
            if comment.is_mention and comment.account_id == account_id and not comment.is_own
        ]

    def thread(self, comment: Comment) -> Iterator[Comment]:
        """A comment and those that it answers, up to the first one."""
        while True:
            yield comment
            parent = self.get(comment.parent_id) if comment.parent_id else None
            if parent is None:
                return
            comment = parent

    def clear(self) -> None:
        self._comments.clear()

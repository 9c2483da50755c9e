"""The controls of comments, `/_sim/comments`: what other people write on a simulated platform."""

from datetime import timedelta
from typing import Any

from flask import request

from local.platforms import clock
from local.platforms.comments import Author, Comment
from local.platforms.controls import BadControl, ControlledPlatform, fields

_FIELDS = {"postId", "accountId", "parentId", "text", "author", "name", "count", "secondsAgo"}
MOST_AT_ONCE = 5000


class CommentControls:
    """POST adds comments, PATCH changes the text of one, DELETE removes one with its replies."""

    def __init__(self, platform: ControlledPlatform) -> None:
        self._platform = platform
        self._book = platform.comments
        platform.control("GET", "/comments", self._all)
        platform.control("POST", "/comments", self._add)
        platform.control("PATCH", "/comments/<path:comment_id>", self._edit)
        platform.control("DELETE", "/comments/<path:comment_id>", self._remove)

    def _all(self) -> list[dict[str, Any]]:
        post_id = request.args.get("postId")
        found = self._book.all() if post_id is None else self._book.of_post(post_id)
        return [comment.as_json() for comment in found]

    def _add(self) -> tuple[dict[str, Any], int]:
        """Comments on the post `postId`, or replies to `parentId`, or mentions of `accountId`.

        `author` is a name of a person, "" one without a name. With `count`, there are so many,
        a second apart, each with its number in the text.
        """
        body = fields()
        if unknown := sorted(body.keys() - _FIELDS):
            raise BadControl(f"A comment has no {', '.join(unknown)}.")
        account_id, post_id = self._place(body)
        count, age = body.get("count", 1), body.get("secondsAgo", 0)
        if type(count) is not int or not 1 <= count <= MOST_AT_ONCE or type(age) is not int:
            raise BadControl("count and secondsAgo are whole numbers.")
        author, text = _author(body), body.get("text", "")
        if not isinstance(text, str):
            raise BadControl("text is a string.")
        added = []
        for number in range(count):
            parent_id = body.get("parentId")
            comment = Comment(
                id=self._platform.new_comment_id(post_id, parent_id),
                account_id=account_id,
                text=text if count == 1 else f"{text} {number + 1}",
                author=author,
                created_at=clock.now() - timedelta(seconds=age + count - 1 - number),
                post_id=post_id,
                parent_id=parent_id,
            )
            self._book.add(comment)
            added.append(comment.id)
        return {"id": added[-1], "ids": added}, 201

    def _place(self, body: dict[str, Any]) -> tuple[str, str | None]:
        """The account and the post that a comment belongs to. Raises BadControl."""
        if parent_id := body.get("parentId"):
            parent = self._comment(parent_id)
            return parent.account_id, parent.post_id
        if post_id := body.get("postId"):
            post = self._platform.posts.get(post_id)
            if post is None:
                raise BadControl(f"There is no post {post_id}.")
            return post.account_id, post.id
        account = self._platform.accounts.get(str(body.get("accountId")))
        if account is None:
            raise BadControl("A comment needs postId or parentId, and a mention accountId.")
        return account.account_id, None

    def _edit(self, comment_id: str) -> None:
        text = fields().get("text")
        if not isinstance(text, str):
            raise BadControl("text is a string.")
        comment = self._comment(comment_id)
        comment.text, comment.edited_at = text, clock.now()

    def _remove(self, comment_id: str) -> None:
        self._book.remove(self._comment(comment_id).id)

    def _comment(self, comment_id: str) -> Comment:
        comment = self._book.get(comment_id)
        if comment is None:
            raise BadControl(f"There is no comment {comment_id}.")
        return comment


def _author(body: dict[str, Any]) -> Author:
    username = body.get("author", "fan")
    name = body.get("name", str(username).capitalize())
    if not isinstance(username, str) or not isinstance(name, str):
        raise BadControl("author and name are strings.")
    return Author(f"person_{username}", username or None, name or None)

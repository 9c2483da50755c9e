"""Comments on posts, and posts that tag an account, as graph.instagram.com gives them.

developers.facebook.com/docs/instagram-platform/reference/ig-media/comments, …/ig-comment and
docs/instagram-platform/comment-moderation. Without the permission, lists are empty and people have
no names.
"""

import re
from typing import Any

from local.platforms.accounts import Account
from local.platforms.comments import Author, Comment
from local.platforms.instagram.reads import is_readable
from local.platforms.instagram.state import State, scoped_id
from local.platforms.meta import errors as meta_errors
from local.platforms.meta import queries
from local.platforms.meta.comments import CommentEndpoints, Numbered, numbered, sent_switch
from local.platforms.meta.parameters import parameters
from local.platforms.meta.queries import Fields, Modifiers
from local.platforms.reading import own

PAGE_MOST = 50
MAX_TEXT, MAX_HASHTAGS, MAX_LINKS = 300, 4, 1
SCOPE = "instagram_business_manage_comments"
_FIELDS = (
    *("id", "text", "timestamp", "username", "from", "user", "like_count", "hidden"),
    *("parent_id", "media"),
)
_LISTED = ("id", "text", "timestamp")
_EDGE = "replies"


class Comments(CommentEndpoints[State]):
    def of_post(self, post_id: str) -> Any:
        """`GET /{version}/{media}/comments?fields=`: the first of each thread, newest first."""
        account = self._state.authorized()
        post = self._platform.posts.get(post_id)
        if post is None or not is_readable(account, post):
            raise meta_errors.no_such_object("GET", post_id)
        comments = self._platform.comments.of_post(post.id)
        return self._listing([each for each in comments if each.parent_id is None])

    def replies(self, comment_id: str) -> Any:
        """`GET /{version}/{comment}/replies?fields=`."""
        comment = self._found("GET", comment_id, self._state.authorized())
        return self._listing(self.replies_below(comment))

    def find(self, comment_id: str, account: Account) -> Comment | None:
        """A comment on a post of the account. Mentions are posts of others, which have no node."""
        comment = own(self._platform.comments.get(comment_id), account)
        return None if comment is None or comment.is_mention else comment

    def node(self, comment: Comment, fields: Fields) -> dict[str, Any]:
        """The named fields of a comment, or the default ones. Raises Refusal."""
        edges = {_EDGE: lambda asked, below: self._embedded(comment, asked, below)}
        asked = fields or {name: {} for name in _LISTED}
        return queries.expanded(self._as_json(comment), edges, asked)

    def reply(self, comment_id: str) -> Any:
        """`POST /{version}/{comment}/replies`: `{id}`."""
        account = self._state.authorized(SCOPE)
        comment = self._found("POST", comment_id, account)
        _check(parameters().get("message", ""))
        if comment.is_hidden:
            raise meta_errors.bad_parameter("A hidden comment cannot be answered.")
        return self.add_reply(comment, Author(scoped_id(account), account.username))

    def update(self, comment_id: str) -> Any:
        """`POST /{version}/{comment}?hide=`: `{success}`."""
        comment = self._found("POST", comment_id, self._state.authorized(SCOPE))
        meta_errors.need(parameters(), "hide")
        comment.is_hidden = sent_switch("hide") is True
        return {"success": True}

    def delete(self, comment_id: str) -> Any:
        """`DELETE /{version}/{comment}`: `{success}`."""
        comment = self._found("DELETE", comment_id, self._state.authorized(SCOPE))
        self._platform.comments.remove(comment.id)
        return {"success": True}

    def tags(self, user_id: str) -> Any:
        """`GET /{version}/{user}/tags?fields=`: posts of others in which the account is tagged."""
        account = self._state.owner(user_id)
        mentions = self._platform.comments.mentions(account.account_id)
        return queries.paged(
            numbered(mentions if self._may_read() else []),
            lambda each: queries.selected(_tag_as_json(each[1])),
            _place,
        )

    def _listing(self, comments: list[Comment]) -> dict[str, Any]:
        names = [name.partition(".")[0] for name in queries.queried_fields()]
        queries.check_known(names, (*_FIELDS, _EDGE))
        return queries.paged(
            numbered(comments if self._may_read() else []),
            lambda each: self.node(each[1], queries.queried_fields()),
            _place,
            PAGE_MOST,
        )

    def _embedded(self, comment: Comment, asked: Modifiers, below: Fields) -> dict[str, Any] | None:
        """`replies` of a comment, which is left out if there are none."""
        queries.check_known(asked, ("limit",))
        replies = numbered(self.replies_below(comment) if self._may_read() else [])
        shown = queries.embedded(replies, lambda each: self.node(each[1], below), _place, asked)
        return shown if replies else None

    def _as_json(self, comment: Comment) -> dict[str, Any]:
        """Every field of a comment."""
        author, thread = comment.author, self.thread_of(comment)
        account = self._accounts.get(comment.account_id)
        is_named = author.username is not None and self._may_read()
        return dict.fromkeys(_FIELDS) | {
            "id": comment.id,
            "text": comment.text,
            "timestamp": queries.timestamp(comment.created_at),
            "username": author.username if is_named else None,
            "from": {"id": author.id, "username": author.username} if is_named else None,
            # Only of comments that the account itself has written.
            "user": {"id": account.external_id} if account and comment.is_own else None,
            "like_count": 0,
            "hidden": comment.is_hidden,
            "parent_id": None if thread is comment else thread.id,
            "media": {"id": comment.post_id},
        }

    def _found(self, method: str, comment_id: str, account: Account) -> Comment:
        comment = self.find(comment_id, account)
        if comment is None:
            raise meta_errors.no_such_object(method, comment_id)
        return comment

    def _may_read(self) -> bool:
        return self._state.token().grant.may(SCOPE)


def _check(message: str) -> None:
    """Refuse a text that is no comment. Raises Refusal."""
    hashtags, links = len(re.findall(r"#\w", message)), len(re.findall(r"https?://", message))
    if len(message) > MAX_TEXT or hashtags > MAX_HASHTAGS or links > MAX_LINKS:
        raise meta_errors.bad_parameter("Param message is too long, or has too many tags or links.")


def _tag_as_json(mention: Comment) -> dict[str, Any]:
    return {
        "id": mention.id,
        "caption": mention.text or None,
        "media_type": "IMAGE",
        "permalink": f"https://www.instagram.com/p/{mention.id}/",
        "timestamp": queries.timestamp(mention.created_at),
        "username": mention.author.username,
    }


def _place(numbered_comment: Numbered) -> int:
    return numbered_comment[0]

"""Comments on the posts of Pages, and posts that tag a Page.

developers.facebook.com/docs/graph-api/reference/object/comments, …/comment and …/page/tagged. That
hidden comments take no replies is not documented. Every third id comes without the post in front,
as other clients have seen.
"""

from collections.abc import Mapping
from typing import Any

from local.platforms.accounts import Account
from local.platforms.comments import Author, Comment
from local.platforms.facebook.state import State
from local.platforms.meta import errors as meta_errors
from local.platforms.meta import queries
from local.platforms.meta.comments import CommentEndpoints, Numbered, numbered, sent_switch
from local.platforms.meta.parameters import parameters
from local.platforms.meta.queries import Fields, Modifiers
from local.platforms.posts import Post
from local.platforms.reading import own
from local.platforms.simulation import Refusal

MAX_TEXT = 8000
_MANAGE, _READ = "pages_manage_engagement", "pages_read_user_content"
_FIELDS = (
    *("id", "from", "message", "created_time", "parent", "comment_count", "like_count"),
    *("is_hidden", "can_comment", "can_hide", "can_remove", "attachment", "message_tags"),
    "permalink_url",
)


class Comments(CommentEndpoints[State]):
    def listing(self, node_id: str) -> Any:
        """`GET /{post, video or comment}/comments?filter=&order=&summary=`."""
        if self._state.token().kind != "access":
            return {"data": []}
        account = self._state.authorized(None, "pages_read_engagement")
        comments, post = self._comments_on(node_id, account)
        asked = parameters()
        queries.check_known(queries.queried_fields(), _FIELDS)
        page = queries.paged(
            self._in_order(comments, asked),
            lambda each: queries.selected(self.as_json(each[1]), ("id", "message", "created_time")),
            lambda each: each[0],
        )
        return page | self._summary(len(comments) if post is None else self._count(post), asked)

    def edge(self, post: Post | None, asked: Modifiers, below: Fields) -> dict[str, Any] | None:
        """`comments` as a field of a post or a video; None if their number is withheld."""
        self.require_reading()
        queries.check_known(asked, ("filter", "order", "limit", "summary"))
        comments = self._platform.comments.of_post(post.id) if post else []
        count = self._count(post) if post else 0
        if count is None:
            return None
        return queries.embedded(
            self._in_order(comments, asked),
            lambda each: queries.chosen(self.as_json(each[1]), below),
            lambda each: each[0],
            asked,
        ) | self._summary(count, asked)

    def require_reading(self) -> None:
        """Refuse what needs to read what people write. Raises Refusal."""
        if not self._state.token().grant.may(_READ):
            message = f"(#10) This endpoint requires the '{_READ}' permission"
            raise meta_errors.meta_error(message, 10, status=403)

    def find(self, comment_id: str, account: Account) -> Comment | None:
        """A comment on a post of the Page, by either spelling of its id; or a mention."""
        named = self._platform.comments.get(comment_id)
        if named is None and "_" not in comment_id:
            every = self._platform.comments.all()
            named = next((each for each in every if _bare(each.id) == comment_id), None)
        return own(named, account)

    def reply(self, comment_id: str) -> Any:
        """`POST /{comment}/comments`: `{id}`."""
        comment, account = self._managed("POST", comment_id)
        if len(parameters().get("message", "")) > MAX_TEXT:
            raise meta_errors.bad_parameter("Param message is too long.")
        if not _can_comment(comment):
            raise meta_errors.bad_parameter("You cannot reply to this comment.")
        added = self.add_reply(
            comment, Author(account.external_id, account.username, account.username)
        )
        return {"id": _spelled(added["id"])}

    def update(self, comment_id: str) -> Any:
        """`POST /{comment}`: hides a comment or replaces its text, even one by somebody else."""
        comment, _ = self._managed("POST", comment_id)
        hidden, message = sent_switch("is_hidden"), parameters().get("message")
        if hidden is not None and comment.is_own:
            raise meta_errors.bad_parameter("You cannot hide this comment.")
        comment.is_hidden = comment.is_hidden if hidden is None else hidden
        comment.text = comment.text if message is None else message
        return {"success": True}

    def delete(self, comment_id: str) -> Any:
        """`DELETE /{comment}`: `{success}`."""
        comment, _ = self._managed("DELETE", comment_id)
        if not comment.is_own:
            self.require_reading()
        self._platform.comments.remove(comment.id)
        return {"success": True}

    def tagged(self, page_id: str) -> Any:
        """`GET /{page}/tagged`: public posts that tag the Page; people are not named."""
        account = self._state.authorized(page_id, "pages_show_list")
        self.require_reading()
        return queries.paged(
            numbered(self._platform.comments.mentions(account.account_id)),
            lambda each: queries.selected(self.mention_as_json(each[1])),
            lambda each: each[0],
        )

    def mention_as_json(self, mention: Comment) -> dict[str, Any]:
        """A post of somebody else that tags the Page."""
        return {
            "id": mention.id,
            "from": None,
            "message": mention.text or None,
            "created_time": queries.timestamp(mention.created_at),
            "permalink_url": f"https://www.facebook.com/{mention.id}",
        }

    def as_json(self, comment: Comment) -> dict[str, Any]:
        """Every field of a comment."""
        thread = self.thread_of(comment)
        author = comment.author
        is_named = author.name and self._state.token().grant.may(_READ)
        return dict.fromkeys(_FIELDS) | {
            "id": _spelled(comment.id),
            "from": {"id": author.id, "name": author.name} if is_named else None,
            "message": comment.text,
            "created_time": queries.timestamp(comment.created_at),
            "parent": None if thread is comment else {"id": _spelled(thread.id)},
            "comment_count": len(self._platform.comments.replies(comment.id)),
            "like_count": 0,
            "is_hidden": comment.is_hidden,
            "can_comment": _can_comment(comment),
            "can_hide": not comment.is_own,
            "can_remove": True,
            "permalink_url": f"https://www.facebook.com/{comment.post_id}?comment_id={comment.id}",
        }

    def _comments_on(self, node_id: str, account: Account) -> tuple[list[Comment], Post | None]:
        """The comments on a post or a video, with the post; or the replies to a comment."""
        comment = self.find(node_id, account)
        if comment is not None:
            return self.replies_below(comment), None
        video = own(self._state.videos.get(node_id), account)
        post = video.post if video else own(self._platform.posts.get(node_id), account)
        if post is None:
            raise meta_errors.no_such_object("GET", node_id)
        return self._platform.comments.of_post(post.id), post

    def _managed(self, method: str, comment_id: str) -> tuple[Comment, Account]:
        """A comment that the request may change, and the Page. Raises Refusal."""
        if self._state.token().kind != "access":
            message = "(#1705) There was an error posting this comment. Use a Page access token."
            raise meta_errors.meta_error(message, 1705)
        account = self._state.authorized(None, _MANAGE)
        comment = self.find(comment_id, account)
        if comment is None or comment.is_mention:
            raise meta_errors.no_such_object(method, comment_id)
        return comment, account

    def _in_order(self, comments: list[Comment], asked: Mapping[str, str]) -> list[Numbered]:
        """Those of all levels or of the first one, in the order that is asked for.

        Raises Refusal.
        """
        levels, order = asked.get("filter", "toplevel"), asked.get("order", "chronological")
        if levels not in ("toplevel", "stream"):
            raise _not_one_of("filter", "toplevel, stream")
        if order not in ("chronological", "reverse_chronological"):
            raise _not_one_of("order", "chronological, reverse_chronological")
        if levels == "toplevel":
            comments = self._first_level(comments)
        newest_first = numbered(comments)
        if order == "reverse_chronological":
            return newest_first
        return [(-number, comment) for number, comment in reversed(newest_first)]

    def _first_level(self, comments: list[Comment]) -> list[Comment]:
        """The comments that are shown below none of the others."""
        ids = {comment.id for comment in comments}
        threads = [self.thread_of(comment) for comment in comments]
        return [
            comment
            for comment, thread in zip(comments, threads, strict=True)
            if thread is comment or thread.id not in ids
        ]

    def _count(self, post: Post) -> int | None:
        return self._platform.numbers_of(post)["comments"]

    def _summary(self, count: int | None, asked: Mapping[str, str]) -> dict[str, Any]:
        if asked.get("summary") not in ("true", "total_count") or count is None:
            return {}
        order = asked.get("order", "chronological")
        return {"summary": {"order": order, "total_count": count, "can_comment": True}}


def _not_one_of(name: str, known: str) -> Refusal:
    return meta_errors.bad_parameter(f"Param {name} must be one of {{{known}}}.")


def _can_comment(comment: Comment) -> bool:
    return not comment.is_hidden


def _bare(comment_id: str) -> str:
    return comment_id.rpartition("_")[2]


def _spelled(comment_id: str) -> str:
    bare = _bare(comment_id)
    return comment_id if int(bare) % 3 else bare

"""Comments in the form of posts: on Threads, a reply is a post that answers another one."""

from local.platforms.comments import Comment
from local.platforms.meta.containers import short_code
from local.platforms.posts import Post
from local.platforms.simulation import SimulatedPlatform
from local.platforms.threads.drafts import Draft


class Replies:
    def __init__(self, platform: SimulatedPlatform) -> None:
        self._book = platform.comments
        self._posts = platform.posts

    def find(self, post_id: str) -> Post | None:
        """The post with this id, which can be a reply or a mention."""
        comment = self._book.get(post_id)
        return self.as_post(comment) if comment else self._posts.get(post_id)

    def of_post(self, post_id: str) -> list[Post]:
        """All replies below a post, newest first."""
        return self._as_posts(self._book.of_post(post_id))

    def to(self, post_id: str) -> list[Post]:
        """The direct replies to a post or to a reply, newest first."""
        return [reply for reply in self._all() if reply.details["draft"].reply_to_id == post_id]

    def written_by(self, account_id: str) -> list[Post]:
        """What an account has answered, newest first."""
        return [reply for reply in self._all() if reply.account_id == account_id]

    def mentions(self, account_id: str, username: str) -> list[Post]:
        """The posts of others that name an account, also below its own posts, newest first."""
        named = [
            comment
            for comment in self._book.all()
            if comment.account_id == account_id
            and not comment.is_own
            and (comment.is_mention or f"@{username}" in comment.text)
        ]
        return self._as_posts(named)

    def as_post(self, comment: Comment) -> Post:
        code, username = short_code(comment.id), comment.author.username
        answered = comment.parent_id or comment.post_id
        shown = {
            "owner": None,
            "username": username,
            # Of a private profile, neither is shown.
            "permalink": f"https://www.threads.com/@{username}/post/{code}" if username else None,
            "root_post": {"id": comment.post_id} if comment.post_id else None,
            "has_replies": bool(self._book.replies(comment.id)),
            "is_reply_owned_by_me": comment.is_own,
            "hide_status": "HIDDEN" if comment.is_hidden else "NOT_HUSHED",
        }
        draft = Draft("TEXT", comment.text, "everyone", reply_to_id=answered)
        return Post(
            comment.id,
            comment.account_id if comment.is_own else "",
            comment.text,
            comment.text,
            comment.created_at,
            details={
                "draft": draft,
                "topic_tag": None,
                "shortcode": code,
                "permalink": shown["permalink"],
                "shown": shown,
            },
        )

    def _all(self) -> list[Post]:
        return self._as_posts(self._book.all())

    def _as_posts(self, comments: list[Comment]) -> list[Post]:
        posts = map(self.as_post, comments)
        return sorted(posts, key=lambda post: int(post.id), reverse=True)

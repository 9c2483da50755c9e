"""Posts and comments as X has them: a comment is a post that answers another one.

A reply begins with the names of those who are answered (docs.x.com, fundamentals/data-dictionary).
"""

import re
from dataclasses import dataclass
from typing import Any

from local.platforms import clock
from local.platforms.accounts import Account
from local.platforms.comments import Author, Comment
from local.platforms.posts import Post
from local.platforms.simulation import SimulatedPlatform
from local.platforms.x.text import rewritten

_NAME = re.compile(r"@(\w+)")


@dataclass(frozen=True)
class User:
    """An account, or another person, who may have no name any more."""

    id: str
    username: str | None
    name: str | None

    @classmethod
    def of(cls, account: Account) -> "User":
        return cls(account.external_id, account.username, account.username)


class Conversations:
    def __init__(self, platform: SimulatedPlatform) -> None:
        self._platform = platform
        self._accounts = platform.accounts
        self._book = platform.comments

    def find(self, post_id: str) -> Post | None:
        """The post with this id, which can be a comment."""
        comment = self._book.get(post_id)
        return self.as_post(comment) if comment else self._platform.posts.get(post_id)

    def everything(self) -> list[Post]:
        """All posts and comments, newest first."""
        return _newest_first([*self._platform.posts.all(), *map(self.as_post, self._book.all())])

    def written_by(self, account: Account) -> list[Post]:
        """What an account has posted and answered, as far as lists show it, newest first."""
        shown_until = clock.now() - self._platform.listing_lag
        replies = [
            self.as_post(comment)
            for comment in self._book.all()
            if comment.is_own and comment.account_id == account.account_id
        ]
        posts = [*self._platform.posts.all(account.account_id), *replies]
        return _newest_first([post for post in posts if post.visible_at <= shown_until])

    def mentions(self, account: Account) -> list[Post]:
        """The comments of others that name an account, newest first."""
        comments = [
            comment
            for comment in self._book.all()
            if not comment.is_own and comment.account_id == account.account_id
        ]
        return _newest_first([self.as_post(comment) for comment in comments])

    def author_of(self, post: Post) -> User | None:
        author: Author | None = post.details.get("author")
        if author is not None:
            return self._person(author)
        account = self._accounts.get(post.account_id)
        return User.of(account) if account else None

    def root_of(self, post: Post) -> str:
        """The id of the conversation: that of its first post."""
        parent_id = post.details["replied_to"]
        parent = self.find(parent_id) if parent_id else None
        return self.root_of(parent) if parent else parent_id or post.id

    def named_in(self, post: Post) -> list[dict[str, Any]]:
        """`entities.mentions`. Only accounts are known by their names."""
        accounts = {account.username.lower(): account for account in self._accounts.all()}
        found = [
            {
                "start": match.start(),
                "end": match.end(),
                "username": account.username,
                "id": account.external_id,
            }
            for match in _NAME.finditer(post.shown)
            if (account := accounts.get(match[1].lower()))
        ]
        return found or post.details.get("named", [])

    def as_post(self, comment: Comment) -> Post:
        """A comment in the form of a post."""
        before = "".join(f"@{name} " for name in self._answered_names(comment))
        shown, links = rewritten(before + comment.text, comment.id)
        account = self._accounts.get(comment.account_id)
        details: dict[str, Any] = {
            "links": links,
            "reply_settings": "everyone",
            "replied_to": comment.parent_id or comment.post_id,
            "quoted": None,
            "poll": None,
            "attached": [],
        }
        if not comment.is_own:
            details["author"] = comment.author
        if comment.is_mention and account:
            named = {"username": account.username, "id": account.external_id}
            details["named"] = [{"start": 0, "end": 0, **named}]
        author_id = comment.account_id if comment.is_own else ""
        return Post(comment.id, author_id, comment.text, shown, comment.created_at, details=details)

    def _answered_names(self, comment: Comment) -> list[str]:
        """Those who wrote what the comment answers, and the post, without its own author."""
        _, *answered = self._book.thread(comment)
        names = [each.author.username for each in answered]
        post = self._platform.posts.get(comment.post_id or "")
        account = self._accounts.get(post.account_id) if post else None
        names += [account.username] if account else []
        return [name for name in dict.fromkeys(names) if name and name != comment.author.username]

    def _person(self, author: Author) -> User:
        """The ids of persons are digits, as those of accounts are."""
        return User(self._accounts.external_id_for(author.id), author.username, author.name)


def _newest_first(posts: list[Post]) -> list[Post]:
    return sorted(posts, key=lambda post: int(post.id), reverse=True)

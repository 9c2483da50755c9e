"""Replies and mentions on X.

docs.x.com (posts/timelines, posts/search, posts/manage-tweets, pricing) and OpenAPI file 2.167,
2026-11-28. A reply names the account that it answers, so the account's mentions contain nearly all
replies, in one list for all posts. Searching a conversation also finds those that leave the name
out, and shows which replies are gone; X searches the last 7 days.

X charges for each post that it returns, and for each author, whose price is that of two posts. An
empty page is free. X charges only once a UTC day for the same post, but every reading counts here.
X does not say whether a reply is hidden.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from shared.domain.accounts import Account
from shared.domain.errors import PlatformUnavailable, ReadRefused
from shared.domain.inbox import Author, Kind, Seen
from shared.domain.reconciliation import SeenPost, Sighting
from shared.platforms import comments, x
from shared.platforms.comments import CommentPage, Replied, Source, Survey, Target, Watch
from shared.platforms.http import Http
from shared.platforms.metrics import Reader
from shared.platforms.wire import link_of, mapping, mappings, number, words
from shared.platforms.x import errors, posts, timeline
from shared.platforms.x.text import MAX_WEIGHT, weighted_length
from shared.platforms.x.timeline import API, IDS

_MENTIONS, _CONVERSATION = "mentions", "conversation"
# The fewest that a search returns. In posts, an author costs 2 (docs.x.com, pricing).
_PAGE_SIZE = 10
_AUTHOR_COST = 2
_HIDING = "tweet.moderate.write"
_FIELDS = (
    "attachments,author_id,conversation_id,created_at,entities,in_reply_to_user_id,note_tweet,"
    "referenced_tweets,text"
)
_SHAPE = {"expansions": "author_id", "user.fields": "name,profile_image_url,username"}
# Ids count milliseconds from here, times 2^22 (github.com/twitter-archive/snowflake).
_EPOCH_MS = 1_288_834_974_657
# X puts the names of those who are answered before a reply.
_NAMES_BEFORE = re.compile(r"(?:@\w{1,20}\s+)+")


class Comments(comments.Comments):
    about = x.ABOUT
    max_length = MAX_WEIGHT
    scopes = ("tweet.read", "users.read")
    reply_scopes = ("tweet.write",)
    daily_budget = 0
    page_cost = _PAGE_SIZE * (1 + _AUTHOR_COST)
    item_cost = 1 + _AUTHOR_COST
    can_hide = True
    error_of = staticmethod(errors.error_of)
    length = staticmethod(weighted_length)

    def survey_cost(self, watch: Watch) -> int:
        return 0

    def survey(self, watch: Watch, reader: Reader, http: Http) -> Survey:
        """The mentions, and once an hour the conversations of young posts; makes no request."""
        own_posts = tuple(post.platform_post_id for post in watch.posts)
        since = _first_id(comments.read_from(watch))
        mentions = Source(_MENTIONS, since=since, own_posts=own_posts)
        conversations = [
            Source(_CONVERSATION, post_id, is_whole=True, own_posts=(post_id,))
            for post in watch.swept()
            for post_id in [post.platform_post_id]
        ]
        return Survey([mentions, *conversations], comments.read_until(watch))

    def page(self, source: Source, cursor: str | None, reader: Reader, http: Http) -> CommentPage:
        if source.name == _MENTIONS:
            path, following = timeline.user_path(reader.account, "mentions"), "pagination_token"
            query = {"since_id": source.since}
        else:
            path, following = f"{API}/tweets/search/recent", "next_token"
            query = {"query": f"conversation_id:{source.post_id}"}
        query |= {"max_results": str(_PAGE_SIZE), **_SHAPE}
        query |= {following: cursor} if cursor else {}
        fields = self.shown(timeline.read_posts(path, query, _FIELDS, reader.bearer, http))
        meta = mapping(fields.get("meta"))
        if number(meta.get("result_count")) is None:
            raise _unusable()
        view = _View.of(fields, reader.account, source.own_posts)
        return CommentPage(
            [seen for post in view.posts if (seen := view.seen(post))],
            words(meta.get("next_token")) or None,
            is_readable=all(IDS.of(post.get("id")) for post in view.posts),
            cost=len(view.posts) + _AUTHOR_COST * len(view.authors),
        )

    def read_one(self, target: Target, reader: Reader, http: Http) -> Seen | None:
        path = posts.path_of(target.comment_id)
        fields = self.shown(timeline.read_posts(path, _SHAPE, _FIELDS, reader.bearer, http))
        if _is_gone(fields):
            return None
        own_posts = (target.post_id,) if target.post_id else ()
        view = _View.of({**fields, "data": [fields.get("data")]}, reader.account, own_posts)
        seen = view.seen(view.posts[0])
        if seen is None or seen.comment_id != target.comment_id:
            raise _unusable()
        return seen

    def reply(self, target: Target, text: str, reader: Reader, http: Http) -> Replied:
        body = {"text": text, "reply": {"in_reply_to_tweet_id": target.comment_id}}
        answer = http.publish("POST", f"{API}/tweets", json=body, headers=reader.bearer)
        comment_id = IDS.of(mapping(self.published(answer).get("data")).get("id"))
        return Replied(comment_id, comment_id and posts.permalink_of(comment_id))

    def find_replies(
        self, target: Target, text: str, since: datetime, reader: Reader, http: Http
    ) -> Sighting:
        sent = _without_names(text)
        names = f"{timeline.FIELDS},referenced_tweets"
        listed = timeline.posts_since(reader, since, http, self.shown, names)
        same = [
            SeenPost(reply_id, made_at, posts.permalink_of(reply_id))
            for post in listed.entries
            if _answered(post) == target.comment_id
            and timeline.is_same_text(_without_names(timeline.as_written(post)), sent)
            and (reply_id := IDS.of(post.get("id")))
            and (made_at := timeline.created_at(post))
        ]
        return Sighting(tuple(same), list_was_read=listed.is_whole)

    def set_hidden(self, target: Target, hidden: bool, reader: Reader, http: Http) -> None:
        path = posts.path_of(target.comment_id, "hidden")
        answer = http.prepare("PUT", path, json={"hidden": hidden}, headers=reader.bearer)
        if mapping(self.accepted(answer).get("data")).get("hidden") is not hidden:
            raise PlatformUnavailable("X did not confirm that it changed the reply.")

    def delete(self, target: Target, reader: Reader, http: Http) -> None:
        posts.delete(target.comment_id, reader.bearer, http, self.accepted)


@dataclass(frozen=True)
class _View:
    """What one answer shows to an account."""

    posts: Sequence[dict[str, Any]]
    authors: Mapping[str, Mapping[str, Any]]
    account: Account
    own_posts: Sequence[str]

    @classmethod
    def of(cls, fields: Mapping[str, Any], account: Account, own_posts: Sequence[str]) -> "_View":
        users = mappings(mapping(fields.get("includes")).get("users"))
        authors = {words(user.get("id")): user for user in users}
        return cls(list(timeline.posts_of(fields)), authors, account, own_posts)

    def seen(self, post: Mapping[str, Any]) -> Seen | None:
        """A post of others about the account; None for one that is no comment."""
        comment_id, created_at = IDS.of(post.get("id")), timeline.created_at(post)
        if comment_id is None or created_at is None or comment_id in self.own_posts:
            return None
        if _referenced(post, "retweeted", "reposted"):
            return None
        author_id = words(post.get("author_id"))
        is_own = author_id == self.account.external_id
        kind, post_id, parent_id = self._place(post)
        return Seen(
            comment_id,
            kind,
            created_at,
            _text_of(post),
            self._author(author_id),
            post_id,
            parent_id,
            posts.permalink_of(comment_id),
            is_own=is_own,
            is_hidden=None,
            # X lets an app answer only those who name the account (changelog, 2026-02-23).
            can_reply=is_own or self._is_named(post),
            can_hide=post_id is not None and not is_own and self._may(_HIDING),
            can_delete=is_own,
        )

    def _place(self, post: Mapping[str, Any]) -> tuple[Kind, str | None, str | None]:
        """The kind of a comment, the account's post that it is on, and the comment it answers."""
        root, answered = IDS.of(post.get("conversation_id")), _answered(post)
        is_to_us = words(post.get("in_reply_to_user_id")) == self.account.external_id
        # What answers the account at the start of a conversation is on a post of the account.
        if answered and root and (root in self.own_posts or (is_to_us and answered == root)):
            return (Kind.COMMENT, root, None) if answered == root else (Kind.REPLY, root, answered)
        return Kind.MENTION, None, answered if is_to_us else None

    def _author(self, author_id: str) -> Author:
        user = self.authors.get(author_id, {})
        return Author(
            comments.id_of(author_id),
            comments.name_of(user.get("name")),
            comments.name_of(user.get("username")),
            link_of(user.get("profile_image_url")),
        )

    def _is_named(self, post: Mapping[str, Any]) -> bool:
        named = mappings(mapping(post.get("entities")).get("mentions"))
        ids = {words(each.get("id")) for each in named}
        names = {words(each.get("username")).lower() for each in named}
        return self.account.external_id in ids or self.account.username.lower() in names

    def _may(self, scope: str) -> bool:
        return scope not in self.account.missing_scopes


def _first_id(moment: datetime) -> str:
    """The smallest id of a post from `moment` on."""
    return str(int(moment.timestamp() * 1000) - _EPOCH_MS << 22)


def _referenced(post: Mapping[str, Any], *kinds: str) -> str | None:
    """The post that another one answers, quotes or repeats."""
    # The name of X's reference, and the one that its specification has since version 2.167.
    references = mappings(post.get("referenced_tweets") or post.get("referenced_posts"))
    return next((IDS.of(each.get("id")) for each in references if each.get("type") in kinds), None)


def _answered(post: Mapping[str, Any]) -> str | None:
    return _referenced(post, "replied_to")


def _text_of(post: Mapping[str, Any]) -> str:
    """The text as its author wrote it; a long one is beside the beginning that `text` has."""
    note = mapping(post.get("note_tweet") or post.get("note_post"))
    text = timeline.as_written({**post, **note} if words(note.get("text")) else post)
    return comments.text_of(_without_names(text) if _answered(post) else text)


def _without_names(reply: str) -> str:
    names = _NAMES_BEFORE.match(reply)
    return reply[names.end() :] if names else reply


def _is_gone(fields: Mapping[str, Any]) -> bool:
    """Whether X does not find a post. Raises ReadRefused if it does not show it."""
    if fields.get("data"):
        return False
    error = next(iter(mappings(fields.get("errors"))), None)
    if error is None:
        raise _unusable()
    if words(error.get("type")).endswith("/resource-not-found"):
        return True
    raise ReadRefused(f"X does not show this reply: {words(error.get('detail'))}")


def _unusable() -> PlatformUnavailable:
    return PlatformUnavailable("X returned no usable answer.")

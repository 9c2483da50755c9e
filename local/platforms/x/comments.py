"""Mentions, search and hidden replies (docs.x.com/x-api/posts)."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import request

from local.platforms import clock
from local.platforms.posts import Post
from local.platforms.x import errors as x_errors
from local.platforms.x.reads import (
    READ_SCOPES,
    TIMELINE_QUERY,
    ReadEndpoints,
    moment,
    page_size,
    selected,
)

MOST_MENTIONS = 800
SEARCH_LEAST = 10
SEARCHED_FOR = timedelta(days=7)
LONGEST_QUERY = 512
HIDE_SCOPES = (*READ_SCOPES, "tweet.moderate.write")
_MENTIONS_QUERY = tuple(name for name in TIMELINE_QUERY if name != "exclude")
_TERM = re.compile(r"(?P<not>-?)(?P<name>conversation_id|in_reply_to_tweet_id|from):(?P<value>\w+)")

_Test = Callable[[Post], bool]


class CommentEndpoints(ReadEndpoints):
    def mentions(self, user_id: str) -> Any:
        """`GET /2/users/:id/mentions`: as a timeline; only the newest 800 can be reached."""
        self._state.authorized(*READ_SCOPES)
        x_errors.allow_query(*_MENTIONS_QUERY)
        x_errors.check_id("id", user_id)
        fields, size = self._post_fields(), page_size()
        _check_start()
        account = self._accounts.with_external_id(user_id)
        if account is None:
            return {"errors": [x_errors.not_found("user", "id", user_id)]}
        mentions = self._conversations.mentions(account)[:MOST_MENTIONS]
        return self._page(selected(mentions), size, fields)

    def search(self) -> Any:
        """`GET /2/tweets/search/recent?query=`: posts of the last 7 days, newest first."""
        self._state.authorized(*READ_SCOPES)
        x_errors.allow_query("query", "next_token", "sort_order", *_MENTIONS_QUERY)
        fields, size = self._post_fields(), page_size(SEARCH_LEAST)
        _check_start()
        since = clock.now() - SEARCHED_FOR
        start = moment("start_time")
        if start is not None and start < since:
            raise x_errors.bad_query("start_time", request.args["start_time"], "is too early")
        is_asked_for = self._test(request.args.get("query", ""))
        found = [
            post
            for post in self._conversations.everything()
            if post.visible_at >= since and is_asked_for(post)
        ]
        return self._page(selected(found), size, fields)

    def hide(self, post_id: str) -> Any:
        """`PUT /2/tweets/:id/hidden`: `{data: {hidden}}`; a reply in an own conversation."""
        account = self._state.authorized(*HIDE_SCOPES)
        x_errors.allow_query()
        x_errors.check_id("tweet_id", post_id)
        body = x_errors.json_body()
        x_errors.check_fields(body, ("hidden",), ("hidden",))
        if not isinstance(body["hidden"], bool):
            raise x_errors.invalid("hidden", body["hidden"], "$.hidden: is not a boolean")
        comment = self._platform.comments.get(post_id)
        if comment is None:
            raise x_errors.not_found_status("tweet", "tweet_id", post_id)
        root = self._platform.posts.get(comment.post_id or "")
        if root is None or root.account_id != account.account_id:
            raise x_errors.forbidden("You are not the author of the conversation's first post.")
        comment.is_hidden = body["hidden"]
        return {"data": {"hidden": comment.is_hidden}}

    def _test(self, query: str) -> _Test:
        """Whether a post is what the query searches for. Raises Refusal."""
        if not 1 <= len(query) <= LONGEST_QUERY:
            problem = f"is not between 1 and {LONGEST_QUERY} characters long"
            raise x_errors.bad_query("query", query, problem)
        alternatives = [[self._term(term) for term in part.split()] for part in query.split(" OR ")]
        return lambda post: any(all(test(post) for test in tests) for tests in alternatives)

    def _term(self, term: str) -> _Test:
        """One operator; this twin knows those that conversations need."""
        match = _TERM.fullmatch(term)
        if match is None:
            raise x_errors.bad_query("query", term, "has an operator that is not known")
        value, negated = match["value"].lower(), bool(match["not"])
        values: dict[str, Callable[[Post], str | None]] = {
            "conversation_id": self._conversations.root_of,
            "in_reply_to_tweet_id": lambda post: post.details["replied_to"],
            "from": self._author_name,
        }
        value_of = values[match["name"]]
        return lambda post: (value_of(post) == value) is not negated

    def _author_name(self, post: Post) -> str | None:
        author = self._conversations.author_of(post)
        return author.username.lower() if author and author.username else None


def _check_start() -> None:
    """A query begins at an id or at a time. Raises Refusal."""
    if "since_id" in request.args and "start_time" in request.args:
        message = "`since_id` and `start_time` cannot be used together"
        raise x_errors.invalid("since_id", request.args["since_id"], message)

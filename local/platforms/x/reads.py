"""Reading from X: the account's profile, posts by id, and a user's posts.

docs.x.com/x-api as of November 2026. All metrics of users are 0.
"""

import re
from datetime import datetime, timedelta
from typing import Any

from flask import request

from local.platforms import clock
from local.platforms.posts import Post, iso
from local.platforms.reading import whole_number
from local.platforms.simulation import Endpoints
from local.platforms.x import errors as x_errors
from local.platforms.x.conversations import Conversations, User
from local.platforms.x.fields import (
    EXPANSIONS,
    MEDIA_FIELDS,
    PLACE_FIELDS,
    POLL_FIELDS,
    POST_FIELD_NAMES,
    POST_FIELDS,
    USER_FIELDS,
    USER_METRICS,
)
from local.platforms.x.state import State

READ_SCOPES = ("tweet.read", "users.read")
_DEFAULT_POST_FIELDS = ("id", "text", "edit_history_tweet_ids")
MOST_IDS = 100
PRIVATE_METRICS_FOR = timedelta(days=30)
PAGE_LEAST, PAGE_MOST, PAGE_DEFAULT = 5, 100, 10
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_PAGE_TOKEN = re.compile(r"after-([0-9]+)")
_OTHER_FIELDS = {
    "expansions": EXPANSIONS,
    "media.fields": MEDIA_FIELDS,
    "user.fields": USER_FIELDS,
    "poll.fields": POLL_FIELDS,
    "place.fields": PLACE_FIELDS,
}
# What every read of posts knows, besides its own parameters.
SHAPE = (*POST_FIELD_NAMES, *_OTHER_FIELDS)
TIMELINE_QUERY = (
    "start_time",
    "end_time",
    "since_id",
    "until_id",
    "max_results",
    "pagination_token",
    "exclude",
    *SHAPE,
)


class ReadEndpoints(Endpoints[State]):
    def __init__(self, state: State) -> None:
        super().__init__(state)
        self._conversations = Conversations(state.platform)

    def me(self) -> Any:
        """`GET /2/users/me`: `{data: {id, name, username, …}}`."""
        account = self._state.authorized(*READ_SCOPES)
        x_errors.allow_query("user.fields", "expansions", *POST_FIELD_NAMES)
        return {"data": _user(User.of(account))}

    def one(self, post_id: str) -> Any:
        """`GET /2/tweets/:id`: data, or HTTP 200 with errors if the post does not exist."""
        self._state.authorized(*READ_SCOPES)
        x_errors.allow_query(*SHAPE)
        x_errors.check_id("id", post_id)
        fields = self._post_fields()
        post = self._conversations.find(post_id)
        if post is None:
            return {"errors": [x_errors.not_found("tweet", "id", post_id)]}
        return {"data": self._shown(post, fields)} | self._included([post])

    def lookup(self) -> Any:
        """`GET /2/tweets?ids=`: those that exist in data, the others in errors."""
        self._state.authorized(*READ_SCOPES)
        x_errors.allow_query("ids", *SHAPE)
        fields = self._post_fields()
        ids = request.args.get("ids", "").split(",")
        if not 1 <= len(ids) <= MOST_IDS:
            message = f"The number of values in the `ids` query parameter list [{len(ids)}] is not "
            raise x_errors.invalid("ids", ids, message + f"between 1 and {MOST_IDS}")
        for post_id in ids:
            x_errors.check_id("ids", post_id)
        found = [self._conversations.find(post_id) for post_id in ids]
        data = [self._shown(post, fields) for post in found if post]
        missing = [post_id for post_id, post in zip(ids, found, strict=True) if post is None]
        errors = [
            x_errors.not_found("tweet", "ids", i)
            | {"detail": f"Could not find tweet with id: [{i}]."}
            for i in missing
        ]
        errors += [e for post in found if post for e in self._unauthorized_fields(post, fields)]
        answer = {key: value for key, value in (("data", data), ("errors", errors)) if value}
        return answer | self._included([post for post in found if post])

    def timeline(self, user_id: str) -> Any:
        """`GET /2/users/:id/tweets`: newest first, `meta` with the counts and `next_token`."""
        self._state.authorized(*READ_SCOPES)
        x_errors.allow_query(*TIMELINE_QUERY)
        x_errors.check_id("id", user_id)
        fields = self._post_fields()
        size = page_size()
        account = self._accounts.with_external_id(user_id)
        if account is None:
            return {"errors": [x_errors.not_found("user", "id", user_id)]}
        posts = selected(self._conversations.written_by(account))
        return self._page(posts, size, fields)

    def _page(self, posts: list[Post], size: int, fields: tuple[str, ...]) -> dict[str, Any]:
        """The first `size` posts, with `meta`."""
        page = posts[:size]
        meta: dict[str, Any] = {"result_count": len(page)}
        if not page:
            return {"meta": meta}
        meta |= {"newest_id": page[0].id, "oldest_id": page[-1].id}
        if len(posts) > size:
            meta["next_token"] = f"after-{page[-1].id}"
        answer: dict[str, Any] = {"data": [self._shown(post, fields) for post in page]}
        return answer | self._included(page) | {"meta": meta}

    def _post_fields(self) -> tuple[str, ...]:
        """The fields that the query names, by either name of the parameter. Raises Refusal."""
        refused = self._state.refused_parameter
        if refused in request.args:
            known = next(name for name in POST_FIELD_NAMES if name != refused)
            message = f"The query parameter [{refused}] is not one of [{known}]"
            raise x_errors.invalid(refused, request.args[refused], message)
        for name, known in _OTHER_FIELDS.items():
            x_errors.listed_values(name, known)
        named = [x_errors.listed_values(name, POST_FIELDS) for name in POST_FIELD_NAMES]
        return (*_DEFAULT_POST_FIELDS, *named[0], *named[1])

    def _included(self, page: list[Post]) -> dict[str, Any]:
        """`{includes}` with the media and authors of a page, if the query expands them."""
        expansions = x_errors.listed_values("expansions", EXPANSIONS)
        includes: dict[str, Any] = {}
        media = self._media(page)
        if media and "attachments.media_keys" in expansions:
            includes["media"] = media
        if "author_id" in expansions:
            authors = [self._conversations.author_of(post) for post in page]
            users = {author.id: author for author in authors if author and author.username}
            includes["users"] = [_user(user) for user in users.values()]
        return {"includes": includes} if includes else {}

    def _media(self, page: list[Post]) -> list[dict[str, Any]]:
        """The media of a page, with the fields that the query names. Raises Refusal."""
        fields = ("media_key", "type", *x_errors.listed_values("media.fields", MEDIA_FIELDS))
        everything = [
            {"media_key": key, "type": kind, "alt_text": alt_text, "public_metrics": views}
            for post in page
            for key, kind, alt_text in post.details["attached"]
            for views in [self._views(post) if kind == "video" else None]
        ]
        return [only({n: v for n, v in medium.items() if v}, fields) for medium in everything]

    def _views(self, post: Post) -> dict[str, int] | None:
        views = self._platform.numbers_of(post)["views"]
        return None if views is None else {"view_count": views}

    def _shown(self, post: Post, fields: tuple[str, ...]) -> dict[str, Any]:
        author = self._conversations.author_of(post)
        everything = {
            "id": post.id,
            "text": post.shown,
            "edit_history_tweet_ids": [post.id],
            "created_at": iso(post.visible_at),
            "author_id": author.id if author else None,
            "conversation_id": self._conversations.root_of(post),
            "reply_settings": post.details["reply_settings"],
            "lang": "und",
            "possibly_sensitive": False,
            "source": "Soku",
            "public_metrics": self._public_metrics(post),
        }
        if self._are_private_metrics_shown(post):
            clicks = self._platform.numbers_of(post)["clicks"]
            everything["non_public_metrics"] = {} if clicks is None else {"url_link_clicks": clicks}
        everything |= self._relations(post, author)
        if post.details["attached"]:
            keys = [key for key, _, _ in post.details["attached"]]
            everything["attachments"] = {"media_keys": keys}
        entities = {
            "urls": post.details["links"],
            "mentions": self._conversations.named_in(post),
        }
        if any(entities.values()):
            everything["entities"] = {name: found for name, found in entities.items() if found}
        return only(everything, fields)

    def _public_metrics(self, post: Post) -> dict[str, int]:
        numbers = self._platform.numbers_of(post)
        shares = numbers["shares"]
        counts = {
            "retweet_count": None if shares is None else shares - shares // 3,
            "reply_count": numbers["comments"],
            "like_count": numbers["likes"],
            "quote_count": None if shares is None else shares // 3,
            "bookmark_count": numbers["saves"],
            "impression_count": numbers["views"],
        }
        return {name: count for name, count in counts.items() if count is not None}

    def _are_private_metrics_shown(self, post: Post) -> bool:
        """To the author, for 30 days."""
        is_own = post.account_id == self._state.authorized(*READ_SCOPES).account_id
        return is_own and clock.now() - post.visible_at < PRIVATE_METRICS_FOR

    def _unauthorized_fields(self, post: Post, fields: tuple[str, ...]) -> list[dict[str, Any]]:
        if "non_public_metrics" not in fields or self._are_private_metrics_shown(post):
            return []
        return [x_errors.unauthorized_field("non_public_metrics", post.id)]

    def _relations(self, post: Post, author: User | None) -> dict[str, Any]:
        relations: dict[str, Any] = {}
        kinds = [kind for kind in ("replied_to", "quoted") if post.details[kind]]
        references = [{"type": kind, "id": post.details[kind]} for kind in kinds]
        if references:
            relations["referenced_tweets"] = references
        parent = self._conversations.find(post.details["replied_to"] or "")
        to = self._conversations.author_of(parent) if parent else None
        if to and author:
            relations["in_reply_to_user_id"] = to.id
        return relations


def _user(user: User) -> dict[str, Any]:
    """A user, with the fields that the query names. Raises Refusal."""
    everything = {
        "id": user.id,
        "name": user.name,
        "username": user.username,
        "profile_image_url": "https://abs.twimg.com/sticky/default_profile_normal.png",
        "verified": False,
        "subscription_type": "None",
        "public_metrics": dict.fromkeys(USER_METRICS, 0),
    }
    named = x_errors.listed_values("user.fields", USER_FIELDS)
    return only(everything, ("id", "name", "username", *named))


def only(everything: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The requested fields that have a value."""
    return {name: everything[name] for name in dict.fromkeys(names) if name in everything}


def page_size(least: int = PAGE_LEAST) -> int:
    """How many posts the query asks for. Raises Refusal."""
    value = request.args.get("max_results", str(PAGE_DEFAULT))
    size = whole_number(value, least, PAGE_MOST)
    if size is None:
        problem = f"is not between {least} and {PAGE_MOST}"
        raise x_errors.bad_query("max_results", value, problem)
    return size


def selected(posts: list[Post]) -> list[Post]:
    """The posts that the query selects. Raises Refusal."""
    start, end = moment("start_time"), moment("end_time")
    since, until, before = _id("since_id"), _id("until_id"), _page_start()
    excluded = x_errors.listed_values("exclude", ("replies", "retweets"))

    def asked_for(post: Post) -> bool:
        number = int(post.id)
        return (
            (start is None or post.visible_at >= start)
            and (end is None or post.visible_at < end)
            and (since is None or number > since)
            and (until is None or number < until)
            and (before is None or number < before)
            and not ("replies" in excluded and post.details["replied_to"])
        )

    return [post for post in posts if asked_for(post)]


def moment(name: str) -> datetime | None:
    value = request.args.get(name)
    if value is None:
        return None
    try:
        if _RFC_3339.fullmatch(value):
            return datetime.fromisoformat(value)
    except ValueError:
        pass  # digits in the right places, but no such moment
    raise x_errors.bad_query(name, value, "is not a valid RFC3339 date")


def _id(name: str) -> int | None:
    value = request.args.get(name)
    if value is None:
        return None
    x_errors.check_id(name, value)
    return int(value)


def _page_start() -> int | None:
    """A search has another name for it."""
    name = "next_token" if "next_token" in request.args else "pagination_token"
    value = request.args.get(name)
    if value is None:
        return None
    match = _PAGE_TOKEN.fullmatch(value)
    if match is None:
        raise x_errors.bad_query(name, value, "is not valid")
    return int(match[1])

"""X: API v2, text posts.

Facts are from X's documentation and OpenAPI file (2.167) as of 2026-11-22,
docs.x.com; where only other clients' reports are known, a comment says so.
"""

import base64
import html
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal

from shared import clock
from shared.domain.accounts import Tokens
from shared.domain.errors import (
    ContentRejected,
    DuplicateRejected,
    ErrorCategory,
    MediaRejected,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReconnectRequired,
    Rejected,
    TokenExpired,
    Violation,
)
from shared.domain.reconciliation import SeenPost, Sighting
from shared.domain.run import Content
from shared.platforms.base import (
    Capabilities,
    Options,
    Pending,
    Platform,
    Post,
    Published,
    Step,
)
from shared.platforms.http import Answer, Http
from shared.platforms.text.twitter import INVALID_CHARACTERS, weighted_length

CREATE = Step("create_post", visible=True)

# Our own app ran out of credits or of its monthly cap: no customer's fault, and not over soon.
OUT_OF_CREDITS_WAIT = timedelta(hours=1)
CAPPED_WAIT = timedelta(days=1)


class XOptions(Options):
    reply_settings: Literal["following", "mentionedUsers", "subscribers", "verified"] | None = None
    """Who may reply; everyone when omitted."""


class X(Platform):
    name = "x"
    base_url = "https://api.x.com"
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_text=280, text_unit="characters, of which a link counts 23 and an emoji 2"
    )
    options = XOptions

    def text_length(self, text: str) -> int:
        return weighted_length(text)

    def violations(self, content: Content) -> list[Violation]:
        if not any(character in content.text for character in INVALID_CHARACTERS):
            return []
        message = "X refuses the characters U+FFFE, U+FEFF and U+FFFF; remove them."
        return [Violation("text", "invalid_characters", message)]

    def next_step(self, content: Content, checkpoint: Mapping[str, Any]) -> Step:
        return CREATE

    def take(
        self, step: Step, post: Post, checkpoint: Mapping[str, Any], http: Http
    ) -> Published | Pending:
        # Unknown fields are refused, so nothing is sent that was not asked for.
        body: dict[str, Any] = {"text": post.content.text}
        if post.content.options.get("replySettings"):
            body["reply_settings"] = post.content.options["replySettings"]
        answer = http.publish("POST", "/2/tweets", json=body, headers=_bearer(post))
        created = self.accepted(answer).get("data") or {}
        if "id" not in created:
            raise OutcomeUnknown(
                "X accepted the post without naming it. It is being looked up.",
                platform_code=str(answer.status),
            )
        return Published(created["id"], permalink_of(created["id"]))

    def look_up(
        self, post: Post, checkpoint: Mapping[str, Any], since: datetime, http: Http
    ) -> Sighting:
        ours = comparable(post.content.text)
        same = [
            SeenPost(seen["id"], _time(seen["created_at"]), permalink_of(seen["id"]))
            for seen in self._posts_since(post, since, http)
            if comparable(_as_written(seen)) == ours
        ]
        return Sighting(same=tuple(same), list_was_read=True)

    def _posts_since(self, post: Post, since: datetime, http: Http) -> list[dict[str, Any]]:
        """The account's own posts, all pages: each post read is billed, so pages are small."""
        query = {
            "max_results": "10",
            "start_time": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "exclude": "retweets",
            "tweet.fields": "created_at,entities,attachments,text",
        }
        path = f"/2/users/{post.account.external_id}/tweets"
        posts: list[dict[str, Any]] = []
        while True:
            page = self.accepted(http.read(path, params=query, headers=_bearer(post)))
            posts += page.get("data") or []
            following = (page.get("meta") or {}).get("next_token")
            if not following:
                return posts
            query["pagination_token"] = following

    def refresh(self, tokens: Tokens, http: Http) -> Tokens:
        """X rotates the refresh token: the old pair is dead once this answered."""
        if tokens.refresh_token is None:
            raise ReconnectRequired(RECONNECT)
        if self.client is None:
            # Ours to mend: nobody's authorization has ended.
            raise PlatformUnavailable(
                "Soku has no client id for X; the operator must set X_CLIENT_ID and "
                "X_CLIENT_SECRET.",
                concerns_operator=True,
            )
        basic = base64.b64encode(
            f"{self.client.client_id}:{self.client.client_secret}".encode()
        ).decode()
        answer = http.exchange_tokens(
            "/2/oauth2/token",
            data={"grant_type": "refresh_token", "refresh_token": tokens.refresh_token},
            headers={"Authorization": f"Basic {basic}"},
        )
        if not answer.ok:
            raise _refresh_error(answer)
        granted = answer.fields()
        if "access_token" not in granted:
            raise PlatformUnavailable("X answered a token refresh without a token.")
        lifetime = timedelta(seconds=granted.get("expires_in", 7200))
        return Tokens(
            access_token=granted["access_token"],
            refresh_token=granted.get("refresh_token", tokens.refresh_token),
            expires_at=clock.now() + lifetime,
        )

    def error_of(self, answer: Answer) -> PlatformError:
        problem = _problem(answer)
        said: dict[str, Any] = {"platform_code": problem.code, "platform_message": problem.detail}
        match answer.status:
            case 401:
                return TokenExpired(RECONNECT, **said)
            case 402:
                return RateLimited(
                    "Soku's X app is out of credits; the operator must add some.",
                    retry_after=OUT_OF_CREDITS_WAIT,
                    concerns_operator=True,
                    **said,
                )
            case 429:
                return _rate_limited(answer, problem, said)
            case 403:
                return _forbidden(problem, said)
            case 400 if problem.says("media ids"):
                return MediaRejected(f"X cannot use the media: {problem.detail}", **said)
            case 400 | 404 | 409 | 413 | 431:
                return Rejected(
                    f"X refused the post: {problem.detail}",
                    category=ErrorCategory.VALIDATION,
                    **said,
                )
        return Rejected(f"X refused the post: {problem.detail}", **said)


RECONNECT = "The authorization of this X account has ended. Reconnect it, then retry."


def permalink_of(post_id: str) -> str:
    """The form without a user name: it outlives renames."""
    return f"https://x.com/i/web/status/{post_id}"


# X gives a link that was written without a scheme one of its own.
_SCHEME = re.compile(r"https?://", re.IGNORECASE)


def comparable(text: str) -> str:
    """`text` as it can be compared with what X made of it."""
    return " ".join(_SCHEME.sub("", unicodedata.normalize("NFC", text)).split())


def _as_written(seen: Mapping[str, Any]) -> str:
    """A listed post's text as its author wrote it: entities unescaped, then links put back.

    In this order: an address is not escaped, and `&copy=1` in one is no entity.
    """
    text = html.unescape(seen.get("text", ""))
    for link in (seen.get("entities") or {}).get("urls") or []:
        # A link to attached media stands at the end and was never written.
        written = "" if link.get("media_key") else link.get("expanded_url", link["url"])
        text = text.replace(link["url"], written)
    return text


def _bearer(post: Post) -> dict[str, str]:
    return {"Authorization": f"Bearer {post.access_token}"}


def _time(value: str) -> datetime:
    return datetime.fromisoformat(value)


class _Problem:
    """The one thing that X's four shapes of error body have in common."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = code
        self.detail = detail

    def says(self, *phrases: str) -> bool:
        return any(phrase in self.detail.lower() for phrase in phrases)


def _problem(answer: Answer) -> _Problem:
    body = answer.fields()
    errors = [error for error in body.get("errors") or [] if isinstance(error, dict)]
    first = errors[0] if errors else {}
    # The host of a problem's `type` differs between documents: its last segment is the name.
    kind = str(body.get("type", "")).rsplit("/", 1)[-1]
    code = kind if kind not in ("", "about:blank", "blank") else first.get("code")
    detail = first.get("message") or body.get("detail") or body.get("error_description")
    title = body.get("title") or body.get("error")
    return _Problem(str(code or answer.status), str(detail or title or f"HTTP {answer.status}"))


# 403 is several different things; only the detail, and sometimes the type, tells them apart.
def _forbidden(problem: _Problem, said: Mapping[str, Any]) -> PlatformError:
    if problem.says("duplicate content"):
        return DuplicateRejected(
            "X refused the post as a repetition of an earlier one. Change the text, or find the "
            "earlier post in the account.",
            **said,
        )
    if problem.says("too long", "cashtag", "invalid url"):
        return Rejected(
            f"X refused the post: {problem.detail}", category=ErrorCategory.VALIDATION, **said
        )
    if problem.says("post a video longer"):
        return MediaRejected(f"X refused the video: {problem.detail}", **said)
    if problem.says("automated", "spam", "violates our rules", "withheld"):
        return ContentRejected(f"X's rules do not allow this post: {problem.detail}", **said)
    reason = (
        "the account is suspended"
        if problem.code == "user-suspended" or problem.says("suspended")
        else problem.detail
    )
    return Rejected(
        f"X does not allow this account to post: {reason}",
        category=ErrorCategory.PERMISSION,
        **said,
    )


def _rate_limited(answer: Answer, problem: _Problem, said: Mapping[str, Any]) -> PlatformError:
    if problem.code == "usage-capped":
        return RateLimited(
            "Soku's X app has used up its cap; the operator must raise it.",
            retry_after=CAPPED_WAIT,
            concerns_operator=True,
            **said,
        )
    return RateLimited(
        "X limits how often this account may post; it goes on by itself.",
        retry_after=_until_reset(answer.headers),
        **said,
    )


def _until_reset(headers: Mapping[str, str]) -> timedelta:
    """The latest reset of an empty bucket; X's own window of 15 minutes when none is named.

    A 429 can come with calls left in the 15-minute bucket because a 24-hour one is empty.
    """
    buckets = ("x-rate-limit", "x-app-limit-24hour", "x-user-limit-24hour")
    resets = [
        int(headers[f"{bucket}-reset"])
        for bucket in buckets
        if headers.get(f"{bucket}-reset", "").isdigit()
        and headers.get(f"{bucket}-remaining") == "0"
    ]
    named = headers.get("x-rate-limit-reset", "")
    if not resets and not named.isdigit():
        return timedelta(minutes=15)
    reset = datetime.fromtimestamp(max(resets) if resets else int(named), UTC)
    return max(reset - clock.now(), timedelta(seconds=1))


def _refresh_error(answer: Answer) -> PlatformError:
    body = answer.fields()
    said: dict[str, Any] = {
        "platform_code": str(body.get("error", answer.status)),
        "platform_message": str(body.get("error_description", "")),
    }
    if answer.status == 400 and body.get("error") in ("invalid_request", "invalid_grant"):
        return ReconnectRequired(RECONNECT, **said)
    if answer.status == 429:
        return RateLimited(
            "X limits token refreshes.", retry_after=_until_reset(answer.headers), **said
        )
    if body.get("error") in ("unauthorized_client", "invalid_client"):
        return Rejected(
            "X refused Soku's own client id or secret; the operator must check "
            "X_CLIENT_ID and X_CLIENT_SECRET.",
            concerns_operator=True,
            **said,
        )
    return PlatformUnavailable(f"X did not refresh the token: HTTP {answer.status}.", **said)

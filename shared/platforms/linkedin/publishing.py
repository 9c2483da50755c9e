"""LinkedIn: the versioned Posts, Images and Videos APIs, for members and organizations.

Facts are from LinkedIn's documentation (learn.microsoft.com/linkedin) as of
2026-11-22; a comment says where only other clients' reports are known. An
account's `external_id` is the author's URN. A member's token is write-only:
whatever it reads is answered 403. An organization's may read.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal

from shared import clock
from shared.domain.accounts import Tokens
from shared.domain.content import Content
from shared.domain.errors import (
    ErrorCategory,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    ReconnectRequired,
    Rejected,
    Violation,
)
from shared.domain.reconciliation import CLOCK_SLACK, Handle, Sighting
from shared.platforms import base, linkedin
from shared.platforms.base import (
    AltTextOptions,
    Capabilities,
    MediaLimits,
    Pending,
    Post,
    Published,
    Step,
)
from shared.platforms.http import Answer, Http
from shared.platforms.linkedin import uploads as media
from shared.platforms.linkedin.errors import (
    RECONNECT,
    accepted,
    duplicate_of,
    error_of,
    refresh_error,
)
from shared.platforms.linkedin.text import escaped
from shared.platforms.linkedin.timeline import permalink_of, posts_since, sighting
from shared.platforms.linkedin.uploads import encoded, headers

CREATE = Step("create_post", visible=True)

LOOK = "Look for it in the LinkedIn account."

# Within about 10 minutes the same text by the same author is answered with the first post's URN.
# The rest is for clocks and for the request to arrive.
REPEAT_WITHIN = timedelta(minutes=8)
# Documented for an article's title alone.
MAX_TITLE = 400


class LinkedinOptions(AltTextOptions):
    visibility: Literal["PUBLIC", "CONNECTIONS", "LOGGED_IN"] | None = None
    """Who may see it: everybody when omitted. CONNECTIONS is for members, not for pages."""
    title: str | None = None
    """Shown with a video."""
    disable_reshare: bool | None = None
    """Nobody may share the post on; they may when omitted."""


class Publishing(base.Publishing[Any]):
    about = linkedin.ABOUT
    checkpoint = base.Checkpoint
    capabilities: ClassVar[Capabilities] = Capabilities(
        max_text=3000,
        text_unit="characters, an emoji counting 2 or more",
        image=MediaLimits(
            content_types=frozenset({"image/jpeg", "image/png", "image/gif"}),
            # None is documented; other publishers stop at 5 to 8 MB.
            max_bytes=8_000_000,
            max_pixels=36_152_319,
        ),
        # Unverified: 5 GB stand in a note on the schema, 500 MB everywhere else.
        video=MediaLimits(
            content_types=frozenset({"video/mp4"}),
            max_bytes=500_000_000,
            min_bytes=75 * 1024,
            min_aspect=round(1 / 2.4, 4),
            max_aspect=2.4,
            min_seconds=3,
            max_seconds=30 * 60,
        ),
        max_images=20,
        max_videos=1,
        max_alt_text=4086,
        deletes=True,
    )
    options = LinkedinOptions

    def text_length(self, text: str) -> int:
        """How LinkedIn counts is undocumented: what is shown, in UTF-16, is the longest reading."""
        return len(text.encode("utf-16-le")) // 2

    def violations(self, content: Content) -> list[Violation]:
        title = content.options.get("title")
        if not title:
            return []
        if not content.videos:
            message = "LinkedIn shows a title with a video alone; leave it out."
            return [Violation("options.title", "title_not_supported", message)]
        if len(title) > MAX_TITLE:
            message = f"LinkedIn takes at most {MAX_TITLE} characters; this title has {len(title)}."
            return [Violation("options.title", "title_too_long", message)]
        return []

    def next_step(self, content: Content, checkpoint: Mapping[str, Any]) -> Step:
        return media.next_step(content, checkpoint) or CREATE

    def take(
        self, step: Step, post: Post, checkpoint: Mapping[str, Any], http: Http
    ) -> Published | Pending:
        _check_visibility(post)
        if step is not CREATE:
            return media.take(step, post, checkpoint, http)
        if "first_try" in checkpoint:
            return _repeat(post, checkpoint, http)
        return _published(_send(post, checkpoint, http))

    def look_up(
        self, post: Post, checkpoint: Mapping[str, Any], since: datetime, http: Http
    ) -> Sighting:
        if not _is_member(post):
            posts = posts_since(post, since, http)
            if posts is not None:
                return sighting(post, checkpoint, posts)
        first_try = since + CLOCK_SLACK
        # Unverified whether media count for what is the same: with them, nothing is repeated.
        if post.content.media or clock.now() > first_try + REPEAT_WITHIN:
            return Sighting()
        return Sighting(handle=Handle.REPEATABLE, checkpoint={"first_try": first_try.isoformat()})

    def delete(self, post: Post, platform_post_id: str, http: Http) -> None:
        answer = http.prepare(
            "DELETE",
            f"/rest/posts/{encoded(platform_post_id)}",
            headers=headers(post, **{"X-RestLi-Method": "DELETE"}),
        )
        if answer.status != 404:
            accepted(answer)

    def permalink(self, post: Post, platform_post_id: str, http: Http) -> str | None:
        return permalink_of(platform_post_id)

    def refresh(self, tokens: Tokens, http: Http) -> Tokens:
        """Apps that LinkedIn approved for it only. The refresh token's own year is not renewed."""
        if tokens.refresh_token is None:
            raise ReconnectRequired(RECONNECT)
        client = self.own_client
        answer = http.exchange_tokens(
            "/oauth/v2/accessToken",
            data={
                "grant_type": "refresh_token",
                "refresh_token": tokens.refresh_token,
                "client_id": client.client_id,
                "client_secret": client.client_secret,
            },
        )
        if not answer.ok:
            raise refresh_error(answer)
        granted = answer.fields()
        if "access_token" not in granted:
            raise PlatformUnavailable("LinkedIn answered a token refresh without a token.")
        return Tokens(
            access_token=granted["access_token"],
            refresh_token=granted.get("refresh_token", tokens.refresh_token),
            expires_at=clock.now() + timedelta(seconds=granted.get("expires_in", 60 * 86400)),
        )

    def error_of(self, answer: Answer) -> PlatformError:
        return error_of(answer)


def _is_member(post: Post) -> bool:
    return post.account.external_id.startswith("urn:li:person:")


def _check_visibility(post: Post) -> None:
    if post.content.options.get("visibility") == "CONNECTIONS" and not _is_member(post):
        raise Rejected(
            "A LinkedIn page has no connections; choose the visibility PUBLIC or LOGGED_IN.",
            category=ErrorCategory.VALIDATION,
        )


def _send(post: Post, checkpoint: Mapping[str, Any], http: Http) -> Answer:
    body = _body(post, checkpoint.get("media", ()))
    return http.publish("POST", "/rest/posts", json=body, headers=headers(post))


def _body(post: Post, urns: Sequence[str]) -> dict[str, Any]:
    """The post, the same to the byte whenever it is made from the same content."""
    options = post.content.options
    body: dict[str, Any] = {
        "author": post.account.external_id,
        "commentary": escaped(post.content.text),
        "visibility": options.get("visibility") or "PUBLIC",
        "distribution": {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        },
        "lifecycleState": "PUBLISHED",
        "isReshareDisabledByAuthor": bool(options.get("disableReshare")),
    }
    if len(urns) == 1:
        medium = _described(post, 0, urns[0])
        title = options.get("title")
        body["content"] = {"media": {**medium, "title": title} if title else medium}
    elif urns:
        images = [_described(post, position, urn) for position, urn in enumerate(urns)]
        body["content"] = {"multiImage": {"images": images}}
    return body


def _described(post: Post, position: int, urn: str) -> dict[str, str]:
    alt_text = post.alt_text(position)
    return {"id": urn, "altText": alt_text} if alt_text else {"id": urn}


def _published(answer: Answer) -> Published:
    """The post that a 201 has made: its id is in a header alone."""
    if not answer.ok and not answer.fields():
        raise OutcomeUnknown(
            "LinkedIn's answer could not be read: the post may or may not be live. It is being "
            "looked up.",
            platform_code=str(answer.status),
        )
    accepted(answer)
    urn = answer.headers.get("x-restli-id")
    if not urn:
        raise OutcomeUnknown(
            "LinkedIn accepted the post without naming it. It is being looked up.",
            platform_code=str(answer.status),
        )
    return Published(urn, permalink_of(urn))


def _repeat(post: Post, checkpoint: Mapping[str, Any], http: Http) -> Published:
    """Send what may be live already. LinkedIn takes it, or names the post that it was.

    Whatever else it answers tells nothing of the first try.
    """
    first_try = datetime.fromisoformat(checkpoint["first_try"])
    if clock.now() > first_try + REPEAT_WITHIN:
        raise OutcomeUnknown("It is too late to find out whether the post is live. " + LOOK)
    answer = _send(post, checkpoint, http)
    first = duplicate_of(answer)
    if first is not None and _made_at(first) >= first_try - CLOCK_SLACK:
        return Published(first, permalink_of(first))
    try:
        return _published(answer)
    except PlatformError as error:
        raise OutcomeUnknown(
            f"The first try may or may not be live, and LinkedIn refused a second one. {LOOK}",
            platform_code=error.platform_code,
            platform_message=error.platform_message,
        ) from error


def _made_at(urn: str) -> datetime:
    """When a post was made, by its id: milliseconds above 22 bits, as other tools read it.

    It keeps an older post, or one that was deleted and still counts, from being taken for ours.
    """
    return datetime.fromtimestamp((int(urn.rpartition(":")[2]) >> 22) / 1000, UTC)

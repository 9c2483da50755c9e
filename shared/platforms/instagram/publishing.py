"""Instagram: images, carousels, reels and stories through Instagram Login.

Facts are from Meta's documentation (developers.facebook.com/docs/instagram-platform)
as of 2026-11-22. Whatever is published is a container first: created from a public
URL, polled, published. The items of a carousel are containers of their own. The
container is the handle: it is published once, and as long as it says FINISHED it is
not live.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from shared import clock
from shared.domain.accounts import Tokens
from shared.domain.content import Content
from shared.domain.errors import (
    ErrorCategory,
    MediaRejected,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    ReconnectRequired,
    Rejected,
    TokenExpired,
    Violation,
)
from shared.domain.media import MediaKind
from shared.domain.reconciliation import Handle, SeenPost, Sighting
from shared.platforms import base, instagram
from shared.platforms.base import (
    Capabilities,
    Pending,
    Post,
    Published,
    Step,
)
from shared.platforms.http import Answer, Http
from shared.platforms.instagram import progress
from shared.platforms.instagram.errors import (
    RECONNECT,
    Failure,
    container_failure,
    failure,
    is_missing,
    is_not_ready,
    tries_after,
)
from shared.platforms.instagram.products import (
    LIMITS,
    POST_LIMITS,
    InstagramOptions,
    Kind,
    alike,
    carousel_fields,
    container_fields,
    item_fields,
    kind_of,
    violations_of,
)
from shared.platforms.meta.errors import meta_error, not_an_envelope

API = "/v26.0"

CREATE_ITEM = Step("create_item")
CHECK_ITEM = Step("check_item", polls=True)
CREATE = Step("create_container")
CHECK = Step("check_container", polls=True)
PUBLISH = Step("publish_container", visible=True)


class Publishing(base.Publishing[Any]):
    about = instagram.ABOUT
    checkpoint = base.Checkpoint
    capabilities: ClassVar[Capabilities] = POST_LIMITS
    options = InstagramOptions

    def text_length(self, text: str) -> int:
        # How emoji count is not documented: by code points, as the notes have it.
        return len(text)

    def limits(self, content: Content) -> Capabilities:
        return LIMITS[kind_of(content)]

    def violations(self, content: Content) -> list[Violation]:
        return list(violations_of(content))

    def next_step(self, content: Content, checkpoint: Mapping[str, Any]) -> Step:
        if "container" in checkpoint:
            return PUBLISH if checkpoint.get("finished") else CHECK
        if kind_of(content) is Kind.CAROUSEL:
            if progress.missing_item(content, checkpoint) is not None:
                return CREATE_ITEM
            if checkpoint.get("ready", 0) < len(content.media):
                return CHECK_ITEM
        return CREATE

    def take(
        self, step: Step, post: Post, checkpoint: Mapping[str, Any], http: Http
    ) -> Published | Pending:
        if step is CREATE_ITEM:
            return self._create_item(post, checkpoint, http)
        if step is CHECK_ITEM:
            return self._check_item(post, checkpoint, http)
        if step is CREATE:
            return self._create(post, checkpoint, http)
        if step is CHECK:
            return self._check(post, checkpoint, http)
        return self._publish(post, checkpoint, http)

    def _create_item(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
        position = progress.missing_item(post.content, checkpoint) or 0
        answer = self._ask_for_container(item_fields(post, position), post, http)
        try:
            container = self._container(answer)
        except MediaRejected as error:
            return progress.another(checkpoint, Failure(error, tries_after(error)))
        items = list(checkpoint.get("items", ()))
        items[position : position + 1] = [container]
        return Pending({**checkpoint, "items": items, **progress.NEW})

    def _create(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
        items: Sequence[str] = checkpoint.get("items", ())
        fields = carousel_fields(post, items) if items else container_fields(post)
        answer = self._ask_for_container(fields, post, http)
        if items and is_not_ready(answer):
            refused = Failure(self.error_of(answer), more_tries=2)
            return progress.another({**checkpoint, "ready": 0}, refused)
        try:
            container = self._container(answer)
        except MediaRejected as error:
            return progress.another(checkpoint, Failure(error, tries_after(error)))
        return Pending({**checkpoint, "container": container, **progress.NEW})

    def _ask_for_container(self, fields: Mapping[str, str], post: Post, http: Http) -> Answer:
        path = f"{API}/{post.account.external_id}/media"
        return http.prepare("POST", path, data=fields, params=_token(post))

    def _container(self, answer: Answer) -> str:
        container: str | None = self.accepted(answer).get("id")
        if not container:
            raise PlatformUnavailable(
                "Instagram answered the creation of a container without its id."
            )
        return container

    def _check_item(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
        ready = checkpoint.get("ready", 0)
        items = list(checkpoint["items"])
        status, sentence = self._status(items[ready], post, http)
        match status:
            case "FINISHED":
                return Pending({**checkpoint, "ready": ready + 1, **progress.NEW})
            case "ERROR":
                items[ready] = None
                return progress.another({**checkpoint, "items": items}, container_failure(sentence))
        is_video = post.content.media[ready].kind is MediaKind.VIDEO
        return progress.not_finished(status, checkpoint, is_video)

    def _check(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
        status, sentence = self._status(checkpoint["container"], post, http)
        match status:
            case "FINISHED":
                return progress.finished(checkpoint)
            case "PUBLISHED":
                raise OutcomeUnknown("Instagram says the post is live without naming it.")
            case "ERROR":
                # Of a carousel it is not told whether an item is to blame: all are made anew.
                return progress.another(
                    progress.from_the_start(checkpoint), container_failure(sentence)
                )
        return progress.not_finished(status, checkpoint, bool(post.content.videos))

    def _publish(
        self, post: Post, checkpoint: Mapping[str, Any], http: Http
    ) -> Published | Pending:
        answer = http.publish(
            "POST",
            f"{API}/{post.account.external_id}/media_publish",
            data={"creation_id": checkpoint["container"]},
            params=_token(post),
        )
        if is_not_ready(answer):
            return progress.after_race(checkpoint)
        published = self._taken(answer).get("id")
        if not published:
            raise OutcomeUnknown("Instagram published the post without naming it.")
        return Published(published)

    def _taken(self, answer: Answer) -> dict[str, Any]:
        """As `accepted`; what is no clear refusal the container is asked about."""
        try:
            return self.accepted(answer)
        except PlatformError as error:
            if not _may_be_live(error):
                raise
            raise OutcomeUnknown(
                "Instagram failed while it published the post: it may or may not be live. It is "
                "being looked up.",
                platform_code=error.platform_code,
                platform_message=error.platform_message,
            ) from error

    def look_up(
        self, post: Post, checkpoint: Mapping[str, Any], since: datetime, http: Http
    ) -> Sighting:
        status, _ = self._status(checkpoint["container"], post, http)
        is_live = status == "PUBLISHED"
        same = tuple(
            SeenPost(seen["id"], _time(seen), seen.get("permalink"))
            for seen in alike(self._posts_since(post, since, http), post.content, is_live)
        )
        match status:
            case "PUBLISHED":
                return Sighting(same=same, handle=Handle.PUBLISHED)
            case "FINISHED":
                kept = {**checkpoint, **progress.NEW, "finished": False, "races": 0}
                return Sighting(same=same, handle=Handle.NOT_PUBLISHED, checkpoint=kept)
            case "EXPIRED" | "ERROR":
                return Sighting(same=same, handle=Handle.NOT_PUBLISHED, checkpoint={})
        return Sighting(same=same)

    def _posts_since(self, post: Post, since: datetime, http: Http) -> Iterator[dict[str, Any]]:
        """The account's posts, newest first; its stories are listed apart."""
        edge = "stories" if kind_of(post.content) is Kind.STORY else "media"
        query = {
            "fields": "id,caption,media_type,media_product_type,permalink,timestamp",
            "limit": "25",
            "since": str(int(since.timestamp())),
            **_token(post),
        }
        path = f"{API}/{post.account.external_id}/{edge}"
        while True:
            page = self.accepted(http.read(path, params=query))
            listed = page.get("data") or []
            recent = [seen for seen in listed if _time(seen) >= since]
            yield from recent
            paging = page.get("paging") or {}
            if not listed or len(recent) < len(listed) or not paging.get("next"):
                return
            query["after"] = paging["cursors"]["after"]

    def _status(self, container: str, post: Post, http: Http) -> tuple[str, str]:
        """`status_code` of a container and the sentence that goes with it."""
        answer = http.read(
            f"{API}/{container}", params={"fields": "status_code,status", **_token(post)}
        )
        if is_missing(answer):
            return progress.MISSING, ""
        fields = self.accepted(answer)
        return str(fields.get("status_code", "")), str(fields.get("status", ""))

    def permalink(self, post: Post, platform_post_id: str, http: Http) -> str | None:
        answer = http.read(
            f"{API}/{platform_post_id}", params={"fields": "id,permalink", **_token(post)}
        )
        found: str | None = self.accepted(answer).get("permalink")
        return found

    def refresh(self, tokens: Tokens, http: Http) -> Tokens:
        """A token that still lives, and is a day old, is exchanged for one of 60 more days."""
        answer = http.read(
            "/refresh_access_token",
            params={"grant_type": "ig_refresh_token", "access_token": tokens.access_token},
        )
        if not answer.ok:
            error = self.error_of(answer)
            raise ReconnectRequired(RECONNECT) if _ends_authorization(error) else error
        granted = answer.fields()
        if "access_token" not in granted:
            raise PlatformUnavailable("Instagram answered a token refresh without a token.")
        lifetime = timedelta(seconds=granted.get("expires_in", 60 * 86400))
        return Tokens(granted["access_token"], None, clock.now() + lifetime)

    def error_of(self, answer: Answer) -> PlatformError:
        error = meta_error(answer)
        return failure(error) if error else not_an_envelope("Instagram", answer)


def _token(post: Post) -> dict[str, str]:
    return {"access_token": post.access_token}


def _may_be_live(error: PlatformError) -> bool:
    """Whether this refusal of the visible request leaves open what came of it.

    What a container that was published already is answered with is not documented.
    """
    is_unknown = isinstance(error, Rejected) and error.category is ErrorCategory.UNKNOWN
    return isinstance(error, PlatformUnavailable) or is_unknown or tries_after(error) > 0


def _ends_authorization(error: PlatformError) -> bool:
    """Whether this refusal of a refresh is about the token, the only thing that was sent."""
    if isinstance(error, Rejected):
        return error.category in (ErrorCategory.PERMISSION, ErrorCategory.VALIDATION)
    return isinstance(error, TokenExpired)


def _time(seen: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(seen["timestamp"])

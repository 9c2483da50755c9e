"""Snapchat: stories, saved stories and Spotlight of a Public Profile.

Facts are from Snap's documentation (developers.snap.com, Public Profile API) and, where that is
silent, from public clients, as of 2026-11-22. Media are encrypted by us, uploaded in parts and
processed there; then one call publishes them. The media is the handle: after a lost answer the
account's list says whether it is live, and the same media may be published again.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from shared import clock
from shared.domain.accounts import Tokens
from shared.domain.content import Content
from shared.domain.errors import (
    ContentRejected,
    ErrorCategory,
    PlatformError,
    PlatformUnavailable,
    ReconnectRequired,
    Rejected,
    Violation,
)
from shared.domain.reconciliation import SeenPost, Sighting
from shared.platforms import base, snapchat
from shared.platforms.base import (
    UPLOAD_LEASE,
    UPLOAD_STEP_BYTES,
    Capabilities,
    Pending,
    Post,
    Published,
    Step,
)
from shared.platforms.http import Answer, Http
from shared.platforms.snapchat import errors as answers
from shared.platforms.snapchat.encryption import (
    MIB,
    encrypted,
    new_secrets,
    next_iv,
    part_bytes,
    part_count,
)
from shared.platforms.snapchat.limits import ANYTHING, SnapchatOptions, faults_of, limits_of
from shared.platforms.snapchat.products import (
    Listing,
    Product,
    created,
    items,
    listing,
    media_type,
    post_id_in,
    product_of,
    request_for,
    state_of,
)

CREATE = Step("create_media")
UPLOAD = Step("upload_media", lease=UPLOAD_LEASE)
FINALIZE = Step("finalize_media")
PUBLISH = Step("publish", visible=True)
CHECK = Step("check_post", polls=True)

# While media are processed only the publishing call itself tells: 10 minutes in all.
PROCESSING_AFTER = (5, 9, 16, *[30] * 19)
MAX_MEDIA = 3
# Moderation of a spotlight is waited for about 10 minutes; then it counts as published.
MODERATION_AFTER = (10, 20, 30, *[60] * 9)
# The publishing call names no story; the list does, sooner or later.
LISTED_AFTER = (5, 10, 15, 30, 60)
PAGE, MOST_PAGES = "50", 20
# A listed time may be cut to seconds, and their clock may differ.
SLACK = timedelta(seconds=5)


class Publishing(base.Publishing[Any]):
    about = snapchat.ABOUT
    checkpoint = base.Checkpoint
    capabilities: ClassVar[Capabilities] = ANYTHING
    options = SnapchatOptions

    def text_length(self, text: str) -> int:
        return len(text)

    def limits(self, content: Content) -> Capabilities:
        return limits_of(content)

    def violations(self, content: Content) -> list[Violation]:
        return faults_of(content)

    def next_step(self, content: Content, checkpoint: Mapping[str, Any]) -> Step:
        if "media" not in checkpoint:
            return CREATE
        if checkpoint.get("parts", 0) < part_count(content.media[0].size):
            return UPLOAD
        if not checkpoint.get("finalized"):
            return FINALIZE
        return CHECK if "posted_at" in checkpoint else PUBLISH

    def take(
        self, step: Step, post: Post, checkpoint: Mapping[str, Any], http: Http
    ) -> Published | Pending:
        if step is CHECK:
            return self._check(post, checkpoint, http)
        try:
            if step is CREATE:
                return self._create(post, checkpoint, http)
            if step is UPLOAD:
                return self._upload(post, checkpoint, http)
            if step is FINALIZE:
                return self._finalize(post, checkpoint, http)
            return self._publish(post, checkpoint, http)
        except answers.MediaExpired:
            if _made(checkpoint) >= MAX_MEDIA:
                raise
            return Pending({"made": _made(checkpoint)})

    def _create(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
        asset, secrets = post.content.media[0], new_secrets()
        name = asset.url.rpartition("/")[2]
        body = {"type": media_type(asset), "name": name, **secrets}
        path = f"{_profile(post)}/media"
        fields = self.accepted(http.prepare("POST", path, json=body, headers=_bearer(post)))
        # Flat in the documentation, nested in some clients.
        nested = [value for value in fields.values() if isinstance(value, dict)]
        made = next((found for found in (fields, *nested) if found.get("media_id")), {})
        paths = {name: str(made.get(name, "")) for name in ("add_path", "finalize_path")}
        if not made or not all(path.startswith(("/", "https://")) for path in paths.values()):
            raise PlatformUnavailable("Snapchat did not say where to upload the media.")
        media_id, count = str(made["media_id"]), _made(checkpoint) + 1
        return Pending({"media": media_id, "made": count, **secrets, **paths})

    def _upload(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
        size = post.content.media[0].size
        parts, iv = checkpoint.get("parts", 0), checkpoint.get("next_iv", checkpoint["iv"])
        uploaded = 0
        while parts < part_count(size) and uploaded < UPLOAD_STEP_BYTES:
            part = _encrypted_part(post, parts, checkpoint["key"], iv, http)
            parts += 1
            # A part that is sent again after a crash is the same to the byte.
            answer = http.upload(
                "POST",
                checkpoint["add_path"],
                data={"action": "ADD", "part_number": str(parts)},
                files={"file": ("part", part, "application/octet-stream")},
                headers=_bearer(post),
            )
            self.accepted(answer)
            uploaded, iv = uploaded + len(part), next_iv(part)
        return Pending({**checkpoint, "parts": parts, "next_iv": iv})

    def _finalize(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
        answer = http.prepare(
            "POST",
            checkpoint["finalize_path"],
            files={"action": (None, "FINALIZE")},
            headers=_bearer(post),
        )
        # An earlier call whose answer was lost may have done it: publishing will tell.
        try:
            self.accepted(answer)
        except answers.MediaProcessing:
            pass
        except Rejected as error:
            if error.category is not ErrorCategory.UNKNOWN:
                raise
        return Pending({**checkpoint, "finalized": True})

    def _publish(
        self, post: Post, checkpoint: Mapping[str, Any], http: Http
    ) -> Published | Pending:
        product, posted_at = product_of(post.content), clock.now()
        answer = http.publish(
            "POST",
            f"{_profile(post)}/{product.path}",
            json=request_for(post.content, checkpoint["media"]),
            headers=_bearer(post),
        )
        try:
            post_id = post_id_in(self._taken(answer), product)
        except answers.MediaProcessing:
            return _publish_later(checkpoint)
        if post_id and product is not Product.SPOTLIGHT:
            return Published(post_id)
        named = {"post_id": post_id} if post_id else {}
        return Pending({**checkpoint, "posted_at": posted_at.isoformat(), **named}, sent=True)

    def _taken(self, answer: Answer) -> dict[str, Any]:
        """As `taken`; that the media are not ready, or gone, is known to publish nothing."""
        error = None if answers.is_success(answer) else self.error_of(answer)
        if isinstance(error, answers.MediaProcessing | answers.MediaExpired):
            raise error
        return self.taken(answer)

    def _check(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Published | Pending:
        """Learn what became of a post that Snapchat has taken: a refused read says nothing."""
        post_id = checkpoint.get("post_id")
        if post_id:
            return self._moderated(post, post_id, checkpoint, http)
        try:
            same = self._listed(post, _posted_at(checkpoint) - SLACK, http).same
        except Rejected:
            same = ()
        if len(same) == 1:
            return Published(same[0].platform_post_id, same[0].permalink)
        return _check_later(checkpoint, LISTED_AFTER) or Published(checkpoint["media"])

    def _moderated(
        self, post: Post, post_id: str, checkpoint: Mapping[str, Any], http: Http
    ) -> Published | Pending:
        try:
            spotlight = self._spotlight(post, post_id, http)
        except Rejected:
            spotlight = {}
        published = Published(post_id, _spotlight_link(post_id, spotlight))
        match state_of(spotlight):
            case "REJECTED":
                raise ContentRejected(
                    "Snapchat's moderation rejected this spotlight; it is not live. Publish "
                    "something that its Spotlight guidelines allow.",
                    platform_code="REJECTED",
                )
            case "SUBMITTED":
                return _check_later(checkpoint, MODERATION_AFTER) or published
        if spotlight:
            return published
        return _check_later(checkpoint, LISTED_AFTER) or published

    def look_up(
        self, post: Post, checkpoint: Mapping[str, Any], since: datetime, http: Http
    ) -> Sighting:
        if "posted_at" in checkpoint:
            return self._look_up_taken(post, checkpoint, http)
        found = self._listed(post, since, http)
        kept = {**checkpoint, "waits": 0}
        return Sighting(same=found.same, list_was_read=found.is_whole, checkpoint=kept)

    def _look_up_taken(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Sighting:
        """Snapchat said that it has the post; only moderation could still have kept it back."""
        post_id = checkpoint.get("post_id")
        if post_id and state_of(self._spotlight(post, post_id, http)) == "REJECTED":
            return Sighting()
        made_at = _posted_at(checkpoint)
        return Sighting(made=SeenPost(post_id or checkpoint["media"], made_at))

    def _listed(self, post: Post, since: datetime, http: Http) -> Listing:
        """The account's posts of this kind back to `since`, newest first as they are listed."""
        product = product_of(post.content)
        query = {"limit": PAGE}
        found: list[dict[str, Any]] = []
        for _ in range(MOST_PAGES):
            path = f"{_profile(post)}/{product.path}"
            page = self.accepted(http.read(path, params=query, headers=_bearer(post)))
            found += items(page, product)
            oldest = created(found[-1]) if found else None
            cursor = (page.get("page") or page.get("paging") or {}).get("next_page_id")
            if not cursor or (oldest is not None and oldest < since):
                return listing(found, post.content, since)
            query["cursor"] = str(cursor)
        return Listing(listing(found, post.content, since).same, is_whole=False)

    def _spotlight(self, post: Post, post_id: str, http: Http) -> dict[str, Any]:
        answer = http.read(f"{_profile(post)}/spotlights/{post_id}", headers=_bearer(post))
        return next(iter(items(self.accepted(answer), Product.SPOTLIGHT)), {})

    def permalink(self, post: Post, platform_post_id: str, http: Http) -> str | None:
        product = product_of(post.content)
        if product is Product.SPOTLIGHT:
            spotlight = self._spotlight(post, platform_post_id, http)
            return _spotlight_link(platform_post_id, spotlight) if spotlight else None
        answer = http.read(
            f"{_profile(post)}/{product.path}", params={"limit": PAGE}, headers=_bearer(post)
        )
        found = items(self.accepted(answer), product)
        return next((i.get("share_url") for i in found if i.get("id") == platform_post_id), None)

    def refresh(self, tokens: Tokens, http: Http) -> Tokens:
        if tokens.refresh_token is None:
            raise ReconnectRequired(answers.RECONNECT)
        client = self.own_client
        answer = http.exchange_tokens(
            "/login/oauth2/access_token",
            data={
                "grant_type": "refresh_token",
                "refresh_token": tokens.refresh_token,
                "client_id": client.client_id,
                "client_secret": client.client_secret,
            },
        )
        if not answer.ok:
            raise answers.refresh_error(answer)
        granted = answer.fields()
        if "access_token" not in granted:
            raise PlatformUnavailable("Snapchat answered a token refresh without a token.")
        # Older documents say 1800 seconds where none are named.
        lifetime = timedelta(seconds=granted.get("expires_in", 1800))
        kept = granted.get("refresh_token") or tokens.refresh_token
        return Tokens(granted["access_token"], kept, clock.now() + lifetime)

    def error_of(self, answer: Answer) -> PlatformError:
        return answers.error_of(answer)

    def accepted(self, answer: Answer) -> dict[str, Any]:
        if not answers.is_success(answer):
            raise self.error_of(answer)
        return answer.fields()


def _profile(post: Post) -> str:
    return f"/v1/public_profiles/{post.account.external_id}"


def _bearer(post: Post) -> dict[str, str]:
    return {"Authorization": f"Bearer {post.access_token}"}


def _made(checkpoint: Mapping[str, Any]) -> int:
    count: int = checkpoint.get("made", 0)
    return count


def _encrypted_part(post: Post, number: int, key: str, iv: str, http: Http) -> bytes:
    """Part `number`, counted from 0, read in pieces: a request needs all of its ciphertext."""
    asset = post.content.media[0]
    length = part_bytes(asset.size)
    start, end = number * length, min((number + 1) * length, asset.size)
    pieces = (http.bytes_of(asset, at, min(4 * MIB, end - at)) for at in range(start, end, 4 * MIB))
    return encrypted(pieces, key=key, iv=iv, is_last=end == asset.size)


def _posted_at(checkpoint: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(checkpoint["posted_at"])


def _publish_later(checkpoint: Mapping[str, Any]) -> Pending:
    waits = checkpoint.get("waits", 0)
    if waits >= len(PROCESSING_AFTER):
        raise PlatformUnavailable("Snapchat did not finish processing the media.")
    wait = timedelta(seconds=PROCESSING_AFTER[waits])
    return Pending({**checkpoint, "waits": waits + 1}, wait)


def _check_later(checkpoint: Mapping[str, Any], after: tuple[int, ...]) -> Pending | None:
    """None when it has been asked often enough."""
    polls = checkpoint.get("polls", 0)
    if polls >= len(after):
        return None
    wait = timedelta(seconds=after[polls])
    return Pending({**checkpoint, "polls": polls + 1}, wait, sent=True)


def _spotlight_link(post_id: str, spotlight: Mapping[str, Any]) -> str:
    """What Snapchat says, or else as clients construct it: no document names that form."""
    return spotlight.get("share_url") or f"https://www.snapchat.com/spotlight/{post_id}"

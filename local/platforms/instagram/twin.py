"""Instagram as graph.instagram.com answers: containers, posts, stories, and tokens.

Written from the notes on Instagram, login path B; section numbers below are theirs. Limits and
error bodies are real, quotas are not kept: they act only while a fault asks.
"""

import base64
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Response, request

from local.platforms import controls
from local.platforms.accounts import Account
from local.platforms.faults import Fault
from local.platforms.instagram.container import Wanted, read_container
from local.platforms.instagram.media import (
    REEL,
    STORY_VIDEO,
    VideoFailure,
    fetch_image,
    fetch_video,
)
from local.platforms.instagram.reads import ReadEndpoints
from local.platforms.instagram.tokens import TokenEndpoints
from local.platforms.media import Medium
from local.platforms.meta import errors as meta_errors
from local.platforms.meta.platform import MetaPlatform
from local.platforms.posts import Content, MediaItem, Post
from local.platforms.simulation import Refusal, bearer_token
from shared import clock

API = "/v26.0"
CONTAINER_LIFETIME = timedelta(hours=24)  # section 4
UPLOAD_FAILED = 2207082
_FIRST_ID = 17_889_455_560_051_444  # of the size that the notes show


@dataclass
class Container:
    """What was created and may be published once."""

    id: str
    account_id: str
    created_at: datetime
    ready_at: datetime
    wanted: Wanted
    media: tuple[Medium, ...] = ()
    stuck: bool = False
    failure: int | None = None
    """A subcode: processing ends in ERROR."""
    published: bool = False

    @property
    def status_code(self) -> str:
        """Section 3."""
        if self.published:
            return "PUBLISHED"
        if self.stuck:  # by a fault, and that for ever
            return "IN_PROGRESS"
        now = clock.now()
        if now >= self.created_at + CONTAINER_LIFETIME:
            return "EXPIRED"
        if now < self.ready_at:
            return "IN_PROGRESS"
        return "FINISHED" if self.failure is None else "ERROR"

    @property
    def status(self) -> str:
        """The sentence that goes with the code."""
        code = self.status_code
        if code == "ERROR":
            return f"Error: Media upload has failed with error code {self.failure}"
        sentences = {
            "FINISHED": "Finished: Media has been uploaded and it is ready to be published.",
            "IN_PROGRESS": "In Progress: Media is still being processed.",
            "EXPIRED": "Expired: The container has expired.",
        }
        return sentences.get(code, "Published: Media has been published.")

    @property
    def items(self) -> list[MediaItem]:
        return [medium.item for medium in self.media]


class Instagram(MetaPlatform):
    """The twin of graph.instagram.com."""

    name = "instagram"
    usage_kind = "instagram"

    def __init__(self) -> None:
        self.containers: dict[str, Container] = {}
        self.publish_races = 0
        self._ids = itertools.count(_FIRST_ID, 7)
        super().__init__()

    def routes(self) -> None:
        TokenEndpoints(self).routes()
        self.route("POST", f"{API}/<user_id>/media", self.create_container)
        self.route("POST", f"{API}/<user_id>/media_publish", self.publish)
        ReadEndpoints(self).routes()
        controls.add_switch(self, "/publish_race", self._switch_publish_race)

    def forget(self) -> None:
        self.containers.clear()
        self.publish_races = 0

    def presented_token(self) -> str | None:
        return parameters().get("access_token") or bearer_token()

    def publishing_content(self) -> Content | None:
        token = self.accounts.token(self.presented_token())
        is_publication = request.method == "POST" and request.path.endswith("/media_publish")
        container = self.containers.get(parameters().get("creation_id", ""))
        if token is None or not is_publication or container is None:
            return None
        digests = tuple(item.sha256 for item in container.items)
        return Content(token.account_id, container.wanted.caption, digests)

    def authorized(self, scope: str = "instagram_business_basic") -> Account:
        """The account whose token the request carries (section 2). Raises Refusal."""
        value = self.presented_token()
        if value is None:
            raise meta_errors.missing_token()
        token = self.accounts.token(value)
        account = self.accounts.get(token.account_id) if token else None
        if token is None or account is None:
            raise meta_errors.unparsable_token()
        standing = self.accounts.standing(token)
        if standing == "expired":
            raise meta_errors.expired_token(clock.now() - timedelta(minutes=1))
        if standing == "revoked":
            raise meta_errors.revoked_token()
        if not account.may(scope):
            message = f"(#10) Application does not have permission for this action: {scope}"
            raise meta_errors.meta_error(message, 10, status=403)
        return account

    def owner(self, user_id: str, scope: str = "instagram_business_basic") -> Account:
        """The account that the path names, which must be the token's. Raises Refusal."""
        account = self.authorized(scope)
        if user_id not in (account.external_id, "me"):
            raise meta_errors.no_such_object(request.method, user_id)
        return account

    # Publishing: section 3.

    def create_container(self, user_id: str) -> Any:
        """`POST /v26.0/{user}/media`: `{id}` of a container."""
        account = self.owner(user_id, "instagram_business_content_publish")
        wanted = read_container(parameters())
        media, failure = self._media(account, wanted)
        fault = self.struck_by()
        mode = fault.mode if fault else None
        now = clock.now()
        container = Container(
            id=self._next_id(),
            account_id=account.account_id,
            created_at=now,
            ready_at=now + self.processing_time,
            wanted=wanted,
            media=media,
            stuck=mode == "processing_stuck",
            failure=UPLOAD_FAILED if mode == "processing_failed" else failure,
        )
        self.containers[container.id] = container
        return {"id": container.id}

    def publish(self, user_id: str) -> Any:
        """`POST /v26.0/{user}/media_publish`: `{id}` of the post; a container makes one post."""
        account = self.owner(user_id, "instagram_business_content_publish")
        creation_id = parameters().get("creation_id")
        if not creation_id:
            raise meta_errors.bad_parameter("The parameter creation_id is required.")
        container = self.containers.get(creation_id)
        if container is None or container.account_id != account.account_id:
            raise _container_gone()
        if container.status_code == "EXPIRED":
            raise _container_gone()
        if container.wanted.kind == "ITEM":
            raise meta_errors.bad_parameter("An item of a carousel cannot be published.")
        # What a second publication is answered is not documented (section 7).
        if container.status_code != "FINISHED" or self.publish_races > 0:
            self.publish_races = max(self.publish_races - 1, 0)
            raise _not_ready()
        return {"id": self._make_visible(account, container).id}

    def _media(self, account: Account, wanted: Wanted) -> tuple[tuple[Medium, ...], int | None]:
        """What the container shows, or why processing it will fail. Raises Refusal."""
        if wanted.kind == "CAROUSEL":
            items = [self._item(account, child) for child in wanted.children]
            return tuple(medium for item in items for medium in item.media), None
        if wanted.image_url:
            return (fetch_image(wanted.image_url, wanted.kind == "STORIES"),), None
        try:
            limits = STORY_VIDEO if wanted.kind == "STORIES" else REEL
            video = fetch_video(wanted.video_url or "", limits)
        except VideoFailure as error:
            return (), error.subcode
        offset = wanted.options.get("thumb_offset", 0)
        if offset and offset >= (video.duration or 0) * 1000:
            message = "Thumbnail offset must be greater than or equal to 0 and less than video"
            raise meta_errors.meta_error(f"{message} duration.", 1, subcode=2207057)
        return (video,), None

    def _item(self, account: Account, container_id: str) -> Container:
        """A finished item of a carousel. Raises Refusal."""
        container = self.containers.get(container_id)
        if container is None or container.account_id != account.account_id:
            raise _container_gone()
        if container.wanted.kind != "ITEM":
            raise meta_errors.bad_parameter(f"{container_id} is no item of a carousel.")
        if container.status_code == "EXPIRED":
            raise _container_gone()
        if container.status_code != "FINISHED":
            raise _not_ready()
        return container

    def _make_visible(self, account: Account, container: Container) -> Post:
        post_id = self._next_id()
        wanted = container.wanted
        code = base64.urlsafe_b64encode(int(post_id).to_bytes(8)).rstrip(b"=").decode()
        is_story = wanted.kind == "STORIES"
        path = f"stories/{account.username}/{post_id}" if is_story else f"p/{code}"
        if wanted.kind == "REELS":
            path = f"reel/{code}"
        post = Post(
            post_id,
            account.account_id,
            wanted.caption,
            wanted.caption,
            clock.now(),
            media=container.items,
            details={
                "wanted": wanted,
                "items": [self.containers[child].wanted for child in wanted.children],
                "shortcode": code,
                "permalink": f"https://www.instagram.com/{path}/",
            },
        )
        self.posts.add(post)
        container.published = True
        return post

    def _next_id(self) -> str:
        return str(next(self._ids))

    def _switch_publish_race(self) -> None:
        self.publish_races = controls.whole_number("times")

    # How Instagram refuses: sections 5, 6.

    def rate_limited(self, retry_after: float) -> Response:
        message = "(#80002) There have been too many calls to this Instagram account."
        return self.throttled(meta_errors.meta_error(message, 80002), retry_after)

    def quota_exhausted(self, fault: Fault) -> Response | None:
        if request.path.endswith("/content_publishing_limit"):
            return None  # it tells of the quota rather than failing
        return meta_errors.as_response(
            meta_errors.meta_error(
                "Application request limit reached",
                9,
                subcode=2207042,
                transient=False,
                title="Maximum number of posts reached",
                explanation="You reached maximum number of posts that is allowed.",
            )
        )


def parameters() -> Mapping[str, str]:
    """What the present request carries: query, form and JSON are read alike (section 3)."""
    body = request.get_json(silent=True) if request.is_json else None
    sent = body if isinstance(body, dict) else {}
    return {**{name: str(value) for name, value in sent.items()}, **request.values}


def _not_ready() -> Refusal:
    return meta_errors.meta_error(
        "Media ID is not available",
        9007,
        subcode=2207027,
        transient=False,
        title="Media is not ready for publishing",
        explanation="The media is not ready for publishing, please wait for a moment",
    )


def _container_gone() -> Refusal:
    return meta_errors.meta_error(
        "The requested resource does not exist",
        24,
        subcode=2207008,
        transient=False,
        title="Media builder has expired",
        explanation="The media builder with this creation id does not exist or has expired.",
    )

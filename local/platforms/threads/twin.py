"""Threads as graph.threads.net answers: posts, their containers, and tokens.

Written from the notes on Threads; section numbers below are theirs. Limits and
error bodies are real, quotas are not kept: they act only while a fault asks.
"""

import base64
import itertools
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from flask import Response, request

from local.platforms import controls
from local.platforms.accounts import Account
from local.platforms.faults import Fault
from local.platforms.media import CannotFetch, NotMedia, fetch
from local.platforms.meta import errors as meta_errors
from local.platforms.meta.platform import MetaPlatform
from local.platforms.posts import Content, MediaItem, Post
from local.platforms.simulation import bearer_token
from local.platforms.threads.container import Draft, fault_of, not_fetched, read_container
from local.platforms.threads.login import LoginEndpoints
from local.platforms.threads.reads import ReadEndpoints
from local.platforms.threads.text import shown_text
from shared import clock

CONTAINER_LIFETIME = timedelta(hours=24)  # section 3.5
QUOTA_DAY = timedelta(hours=24)  # section 5
USER_AGENT = "facebookexternalhit/1.1"
CONTENT_TYPES = {
    "IMAGE": ("image/jpeg", "image/png"),
    "VIDEO": ("video/mp4", "video/quicktime"),
}
_FIRST_ID = 17_889_615_691_921_648  # of the size that the notes show


@dataclass
class Container:
    """What was created and may be published once."""

    id: str
    account_id: str
    created_at: datetime
    made: Draft
    outcome: str  # FINISHED, IN_PROGRESS or ERROR
    error_message: str = "UNKNOWN"
    items: tuple[MediaItem, ...] = ()
    processing: timedelta = timedelta(0)
    published: bool = False

    @property
    def status(self) -> str:
        """Section 3.2."""
        if self.published:
            return "PUBLISHED"
        is_stuck = self.outcome == "IN_PROGRESS"  # by a fault, and that for ever
        if not is_stuck and clock.now() >= self.created_at + CONTAINER_LIFETIME:
            return "EXPIRED"
        is_in_work = clock.now() < self.created_at + self.processing
        return "IN_PROGRESS" if is_in_work else self.outcome


@dataclass
class Usage:
    """When an account did what is counted (section 5)."""

    deletes: list[datetime] = field(default_factory=list)
    publications: list[tuple[datetime, bool]] = field(default_factory=list)  # with "is a reply"


class Threads(MetaPlatform):
    """The twin of graph.threads.net."""

    name = "threads"
    usage_kind = "threads"

    def __init__(self) -> None:
        self.containers: dict[str, Container] = {}
        self.usage: dict[str, Usage] = {}
        self.publish_races = 0
        self._ids = itertools.count(_FIRST_ID, 7)
        super().__init__()

    def routes(self) -> None:
        LoginEndpoints(self).routes()
        self.route("POST", "/v1.0/me/threads", self.create_container)
        self.route("POST", "/v1.0/me/threads_publish", self.publish)
        for edge in ("threads", "threads_publish"):
            self.route("POST", f"/v1.0/<int:user_id>/{edge}", self.numeric_user)
        self.route("DELETE", "/v1.0/<post_id>", self.delete)
        ReadEndpoints(self).routes()
        controls.add_switch(self, "/publish_race", self._switch_publish_race)

    def forget(self) -> None:
        self.containers.clear()
        self.usage.clear()
        self.publish_races = 0

    def presented_token(self) -> str | None:
        return request.values.get("access_token") or bearer_token()

    def publishing_content(self) -> Content | None:
        token = self.accounts.token(self.presented_token())
        if token is None or request.method != "POST":
            return None
        if request.path == "/v1.0/me/threads_publish":
            container = self.containers.get(request.values.get("creation_id", ""))
            if container is None:
                return None
            hashes = tuple(item.sha256 for item in container.items)
            return Content(token.account_id, container.made.text, hashes)
        if request.path == "/v1.0/me/threads" and _publishes_at_once():
            return Content(token.account_id, request.values.get("text", ""))
        return None

    def authorized(self, *scopes: str) -> Account:
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
        for scope in ("threads_basic", *scopes):
            if not account.may(scope):
                message = f"(#10) Application does not have permission for this action: {scope}"
                raise meta_errors.meta_error(message, 10, status=403)
        return account

    # Publishing: sections 3, 4, 8.

    def create_container(self) -> Any:
        """`POST /v1.0/me/threads`: `{id}` of a container, or of a post with auto_publish_text."""
        account = self.authorized("threads_content_publish")
        made = read_container(request.values)
        for target in (made.reply_to_id, made.quote_post_id):
            if target is not None and self.posts.get(target) is None:
                raise meta_errors.media_not_found(target)
        container = Container(
            id=self._next_id(),
            account_id=account.account_id,
            created_at=clock.now(),
            made=made,
            outcome="FINISHED",
        )
        self._fill(container)
        self._act_out_fault(container)
        self.containers[container.id] = container
        if _publishes_at_once():
            return {"id": self._make_visible(account, container).id}
        return {"id": container.id}

    def publish(self) -> Any:
        """`POST /v1.0/me/threads_publish`: `{id}` of the post; a container makes one post."""
        account = self.authorized("threads_content_publish")
        creation_id = request.values.get("creation_id")
        if not creation_id:
            raise meta_errors.bad_parameter("The parameter creation_id is required.")
        container = self.containers.get(creation_id)
        if (
            container is None
            or container.account_id != account.account_id
            or container.made.is_item
            or container.status != "FINISHED"
        ):
            raise meta_errors.media_not_found(creation_id)
        if self.publish_races > 0:
            self.publish_races -= 1
            raise meta_errors.media_not_found(creation_id)
        return {"id": self._make_visible(account, container).id}

    def delete(self, post_id: str) -> Any:
        """`DELETE /v1.0/{post}`: `{success, deleted_id}`."""
        account = self.authorized("threads_delete")
        post = self.posts.get(post_id)
        if post is None or post.account_id != account.account_id:
            raise meta_errors.no_such_object("DELETE", post_id)
        self.posts.remove(post_id)
        self.usage_of(account).deletes.append(clock.now())
        return {"success": True, "deleted_id": post_id}

    def numeric_user(self, user_id: int) -> Any:
        """A stored numeric id in the place of `me` is answered 24/4279009 (section 3)."""
        self.authorized()
        raise meta_errors.media_not_found(str(user_id))

    def usage_of(self, account: Account) -> Usage:
        """What an account has done of late."""
        return self.usage.setdefault(account.account_id, Usage())

    def _make_visible(self, account: Account, container: Container) -> Post:
        post_id = self._next_id()
        made = container.made
        code = base64.urlsafe_b64encode(int(post_id).to_bytes(8)).rstrip(b"=").decode()
        details: dict[str, Any] = {
            "shortcode": code,
            "permalink": f"https://www.threads.com/@{account.username}/post/{code}",
            "made": made,
        }
        shown, details["topic_tag"] = shown_text(made.text, made.topic_tag)
        now = clock.now()
        items = list(container.items)
        post = Post(post_id, account.account_id, made.text, shown, now, items, details)
        self.posts.add(post)
        self.usage_of(account).publications.append((now, made.reply_to_id is not None))
        container.published = True
        return post

    def _next_id(self) -> str:
        return str(next(self._ids))

    def _fill(self, container: Container) -> None:
        """Take the media into a container: from its URL, or from the items of a carousel."""
        made = container.made
        if made.media_url is not None:
            container.processing = self.processing_time
            self._fetch(container, made.media_url)
        for child_id in made.children:
            child = self.containers.get(child_id)
            if child is None or child.account_id != container.account_id or not child.made.is_item:
                raise meta_errors.media_not_found(child_id)
            if child.status != "FINISHED":
                message = f"The carousel item {child_id} is {child.status}."
                raise meta_errors.bad_parameter(message)
            container.items += child.items

    def _fetch(self, container: Container, url: str) -> None:
        """An image that cannot be had is refused at once, a video only shows it in its status."""
        is_video = container.made.kind == "VIDEO"
        try:
            medium = fetch(url, USER_AGENT)
        except (CannotFetch, NotMedia):
            if not is_video:
                raise not_fetched() from None
            container.outcome, container.error_message = "ERROR", "FAILED_DOWNLOADING_VIDEO"
            return
        if medium.content_type not in CONTENT_TYPES[container.made.kind]:
            raise not_fetched()
        container.items = (medium.item,)
        fault = fault_of(medium)
        if fault is not None:
            container.outcome, container.error_message = "ERROR", fault

    def _act_out_fault(self, container: Container) -> None:
        fault = self.struck_by()
        outcomes = {"processing_stuck": "IN_PROGRESS", "processing_failed": "ERROR"}
        if fault is not None and fault.mode in outcomes:
            container.outcome = outcomes[fault.mode]

    def _switch_publish_race(self) -> None:
        self.publish_races = controls.whole_number("times")

    # How Threads refuses: sections 5, 6.

    def rate_limited(self, retry_after: float) -> Response:
        message = "(#4) Application request limit reached"
        return self.throttled(meta_errors.meta_error(message, 4, transient=True), retry_after)

    def quota_exhausted(self, fault: Fault) -> Response | None:
        if request.path == "/v1.0/me/threads_publishing_limit":
            return None  # it tells of the quota rather than failing
        # The notes have no example; Instagram's daily cap is 9/2207042.
        return meta_errors.as_response(
            meta_errors.meta_error(
                "(#9) The account has reached its limit of posts for 24 hours",
                9,
                subcode=2207042,
                transient=False,
                title="Maximum number of posts reached",
            )
        )


def _publishes_at_once() -> bool:
    return request.values.get("auto_publish_text", "").lower() == "true"

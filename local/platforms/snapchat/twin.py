"""Snapchat as businessapi.snapchat.com answers: stories, saved stories and spotlights.

Written from the notes on Snapchat; section numbers below are theirs. Limits are
real, quotas are not kept: they act only while a fault asks.
"""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

from flask import Response, request
from werkzeug.exceptions import HTTPException

from local.platforms import controls
from local.platforms.accounts import Account
from local.platforms.faults import Fault
from local.platforms.posts import Content, Post
from local.platforms.simulation import Refusal, SimulatedPlatform, bearer_token
from local.platforms.snapchat import answers
from local.platforms.snapchat.login import LoginEndpoints
from local.platforms.snapchat.media import Media, MediaEndpoints, check_measures
from local.platforms.snapchat.reads import ITEMS, ReadEndpoints
from shared import clock

SCOPE = "snapchat-profile-api"  # section 1
LIFETIMES = {"ONE_DAY": 1, "TWO_DAYS": 2, "THREE_DAYS": 3, "ONE_WEEK": 7}  # section 5.5, days
MAX_TITLE, MAX_DESCRIPTION = 45, 160  # section 6
_LOCALE = re.compile(r"[a-z]{2,3}_[A-Z]{2}")
_POSTING = re.compile(rf"/v1/public_profiles/[^/]+/({'|'.join(ITEMS)})")
# Refusals that come with HTTP 200 at times are those of what was asked, not of who asks.
_ALWAYS_HTTP = (401, 403, 429)


@dataclass
class Spotlight:
    """A spotlight and its moderation."""

    post: Post
    live_at: datetime | None
    """None: never decided."""
    rejected: bool = False

    @property
    def status(self) -> str:
        if self.live_at is None or clock.now() < self.live_at:
            return "SUBMITTED"
        return "REJECTED" if self.rejected else "LIVE"


class Snapchat(SimulatedPlatform):
    """The twin of businessapi.snapchat.com, and of accounts.snapchat.com below /login."""

    name = "snapchat"

    def __init__(self) -> None:
        self.media: dict[str, Media] = {}
        self.spotlights: dict[str, Spotlight] = {}
        self._turn_back()
        super().__init__()

    def routes(self) -> None:
        LoginEndpoints(self).routes()
        MediaEndpoints(self).routes()
        ReadEndpoints(self).routes()
        for path, publish in (
            ("stories", self.publish_story),
            ("saved_stories", self.publish_saved_story),
            ("spotlights", self.publish_spotlight),
        ):
            self.route("POST", f"/v1/public_profiles/<profile_id>/{path}", publish)
        controls.add_switch(self, "/posting", self._switch_posting)
        controls.add_switch(self, "/moderation", self._switch_moderation)
        controls.add_switch(self, "/rotation", self._switch_rotation)
        controls.add_switch(self, "/errors_with_200", self._switch_errors)

    def forget(self) -> None:
        self.media.clear()
        self.spotlights.clear()
        self._turn_back()

    def _turn_back(self) -> None:
        self.posting_time = timedelta(0)
        self.moderation_time = timedelta(0)
        self.rotates = False
        self.errors_with_200 = False

    def add_account(
        self,
        account_id: str,
        username: str,
        access_token: str,
        *,
        external_id: str | None = None,
        refresh_token: str | None = None,
        client_id: str | None = None,
        scopes: Iterable[str] | None = None,
    ) -> Account:
        """As of every platform; the ids of profiles are UUIDs (section 4)."""
        return super().add_account(
            account_id,
            username,
            access_token,
            external_id=external_id or str(uuid5(NAMESPACE_URL, f"snapchat:{account_id}")),
            refresh_token=refresh_token,
            client_id=client_id,
            scopes=scopes,
        )

    def presented_token(self) -> str | None:
        if request.path.startswith("/login/"):
            return request.form.get("refresh_token")
        return bearer_token()

    def publishing_content(self) -> Content | None:
        posting = _POSTING.fullmatch(request.path)
        body = request.get_json(silent=True)
        token = self.accounts.token(bearer_token())
        if posting is None or request.method != "POST" or token is None:
            return None
        media_id, text = _wanted(posting[1], body if isinstance(body, dict) else {})
        media = self.media.get(media_id)
        if media is None or media.medium is None:
            return None
        return Content(token.account_id, text, (media.medium.item.sha256,))

    def authorized(self, profile_id: str) -> Account:
        """The account whose token the request carries, for its own profile (section 4)."""
        token = self.accounts.token(bearer_token())
        account = self.accounts.get(token.account_id) if token else None
        is_access = token is not None and token.kind == "access"
        if token is None or account is None or not is_access:
            raise answers.dead_token()
        if self.accounts.standing(token) != "active":
            raise answers.dead_token()
        if self.accounts.with_external_id(profile_id) is None:
            raise answers.refusal(404, "There is no such public profile.")
        if profile_id != account.external_id or not account.may(SCOPE):
            raise answers.denied()
        return account

    def json_body(self, *known: str) -> dict[str, Any]:
        """The JSON object of the request, which has no other fields. Raises Refusal."""
        body = request.get_json(silent=True)
        if request.mimetype != "application/json" or not isinstance(body, dict):
            raise answers.refusal(400, "The request must carry a JSON object.")
        unknown = sorted(set(body) - set(known))
        if unknown:
            raise answers.refusal(400, f"Unrecognized field {', '.join(unknown)}.")
        return body

    # Publishing: section 5.5.

    def publish_story(self, profile_id: str) -> Any:
        """`POST …/stories`: taken, and no id."""
        account = self.authorized(profile_id)
        body = self.json_body("media_id", "customized_ttl")
        ttl = body.get("customized_ttl", {"ttl": "ONE_DAY"})
        if not isinstance(ttl, dict) or ttl.get("ttl") not in LIFETIMES:
            raise answers.refusal(400, f"ttl must be one of {', '.join(LIFETIMES)}.")
        media = self._ready_media(account, body.get("media_id"))
        lifetime = timedelta(days=LIFETIMES[ttl["ttl"]])
        self._make_visible(media, "stories", "", str(uuid4()), lifetime=lifetime)
        return answers.success()

    def publish_saved_story(self, profile_id: str) -> Any:
        """`POST …/saved_stories`: each with its own outcome."""
        account = self.authorized(profile_id)
        stories = self.json_body("saved_stories").get("saved_stories")
        if not isinstance(stories, list) or len(stories) != 1 or not isinstance(stories[0], dict):
            raise answers.refusal(400, "saved_stories must hold one saved story.")
        media_id, title = _wanted("saved_stories", {"saved_stories": stories})
        if not 1 <= len(title) <= MAX_TITLE or set(stories[0]) != {"title", "snap_sources"}:
            reason = f"title must have 1 to {MAX_TITLE} characters"
            failed = {"sub_request_status": "ERROR", "sub_request_error_reason": reason}
            return answers.success(saved_stories=[failed]) | {"request_status": "PARTIAL"}
        media = self._ready_media(account, media_id)
        post = self._make_visible(media, "saved_stories", title, str(uuid4()))
        made = {"sub_request_status": "SUCCESS", "saved_story": {"id": post.id, "title": title}}
        return answers.success(saved_stories=[made])

    def publish_spotlight(self, profile_id: str) -> Any:
        """`POST …/spotlights`: its id, before moderation."""
        account = self.authorized(profile_id)
        body = self.json_body("media_id", "description", "locale", "skip_save_to_profile")
        description, locale = body.get("description", ""), body.get("locale")
        if not isinstance(locale, str) or not _LOCALE.fullmatch(locale):
            raise answers.refusal(400, "locale is required, in the form en_US.")
        if not isinstance(description, str) or len(description) > MAX_DESCRIPTION:
            raise answers.refusal(400, f"description takes at most {MAX_DESCRIPTION} characters.")
        if type(body.get("skip_save_to_profile", False)) is not bool:
            raise answers.refusal(400, "skip_save_to_profile must be true or false.")
        media = self._ready_media(account, body.get("media_id"))
        if media.type != "VIDEO":
            raise answers.refusal(400, "Unsupported media type: a spotlight is a video.")
        fault = self.struck_by()
        rejected = fault is not None and fault.mode == "processing_failed"
        stuck = fault is not None and fault.mode == "processing_stuck"
        post = self._make_visible(
            media,
            "spotlights",
            description,
            f"W7_{secrets.token_urlsafe(24)}",
            on_profile=not body.get("skip_save_to_profile", False),
            locale=locale,
        )
        live_at = None if stuck else clock.now() + self.moderation_time
        self.spotlights[post.id] = Spotlight(post, live_at, rejected)
        if rejected:
            self.posts.remove(post.id)
        return answers.success(spotlight_id=post.id)

    def _ready_media(self, account: Account, media_id: object) -> Media:
        """The uploaded media as far as it may be published now (sections 5.4, 7)."""
        media = self.media.get(str(media_id))
        if media is None or media.account_id != account.account_id:
            raise answers.refusal(404, "There is no such media.")
        if media.posted_at is not None and clock.now() < media.posted_at + self.posting_time:
            raise answers.posting_already()
        if media.expired:
            raise answers.expired()
        if media.medium is None or media.ready_at is None:
            raise answers.refusal(400, "The media is not finalized.")
        if media.stuck or clock.now() < media.ready_at:
            raise answers.processing()
        if media.broken:
            raise answers.refusal(400, "The media could not be processed.")
        check_measures(media.medium)
        return media

    def _make_visible(
        self, media: Media, product: str, text: str, post_id: str, **details: Any
    ) -> Post:
        now = clock.now()
        media.posted_at = now
        post = Post(
            post_id,
            media.account_id,
            text,
            text,
            now + self.posting_time,
            [media.medium.item] if media.medium else [],
            {"product": product, **details},
        )
        self.posts.add(post)
        return post

    def _switch_posting(self) -> None:
        self.posting_time = timedelta(seconds=controls.whole_number("seconds"))

    def _switch_moderation(self) -> None:
        self.moderation_time = timedelta(seconds=controls.whole_number("seconds"))

    def _switch_rotation(self) -> None:
        self.rotates = controls.boolean("rotate")

    def _switch_errors(self) -> None:
        self.errors_with_200 = controls.boolean("on")

    # How Snapchat refuses: sections 3, 6, 7.

    def decorate(self, response: Response) -> None:
        status = response.status_code
        is_about_request = 400 <= status < 500 and status not in _ALWAYS_HTTP
        is_login = request.path.startswith("/login/")
        if self.errors_with_200 and is_about_request and not is_login:
            response.status_code = 200

    def http_error(self, error: HTTPException) -> Refusal:
        return answers.refusal(error.code or 500, error.name)

    def server_error(self) -> Response:
        return answers.as_response(answers.refusal(500, "Internal error"))

    def rate_limited(self, retry_after: float) -> Response:
        response = answers.as_response(answers.refusal(429, "Too many requests"))
        response.headers["Retry-After"] = str(int(retry_after))
        return response

    def quota_exhausted(self, fault: Fault) -> Response | None:
        """No number of posts is published (section 6): only the rate is limited."""
        return answers.as_response(answers.refusal(429, "Too many requests"))


def _wanted(product: str, body: dict[str, Any]) -> tuple[str, str]:
    """The id of the media and the text that a publishing request names."""
    if product != "saved_stories":
        return str(body.get("media_id", "")), str(body.get("description", ""))
    stories = body.get("saved_stories")
    story = stories[0] if isinstance(stories, list) and stories else {}
    sources = story.get("snap_sources") if isinstance(story, dict) else None
    source = sources[0] if isinstance(sources, list) and len(sources) == 1 else {}
    media_id = source.get("media_id", "") if isinstance(source, dict) else ""
    return str(media_id), str(story.get("title", "")) if isinstance(story, dict) else ""

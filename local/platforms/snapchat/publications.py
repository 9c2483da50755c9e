"""Publishing on Snapchat: stories, saved stories and spotlights."""

import re
import secrets
from datetime import timedelta
from typing import Any
from uuid import uuid4

from local.platforms import clock
from local.platforms.accounts import Account
from local.platforms.posts import Post
from local.platforms.reading import own
from local.platforms.simulation import Endpoints
from local.platforms.snapchat import answers
from local.platforms.snapchat.state import Media, Spotlight, State
from local.platforms.snapchat.uploads import check_measures

LIFETIMES = {"ONE_DAY": 1, "TWO_DAYS": 2, "THREE_DAYS": 3, "ONE_WEEK": 7}  # days
MAX_TITLE, MAX_DESCRIPTION = 45, 160
_LOCALE = re.compile(r"[a-z]{2,3}_[A-Z]{2}")


class Publications(Endpoints[State]):
    def story(self, profile_id: str) -> Any:
        """`POST …/stories`: accepted without an id."""
        account = self._state.authorized(profile_id)
        body = answers.json_body("media_id", "customized_ttl")
        ttl = body.get("customized_ttl", {"ttl": "ONE_DAY"})
        if not isinstance(ttl, dict) or ttl.get("ttl") not in LIFETIMES:
            raise answers.refusal(400, f"ttl must be one of {', '.join(LIFETIMES)}.")
        media = self._ready_media(account, body.get("media_id"))
        lifetime = timedelta(days=LIFETIMES[ttl["ttl"]])
        self._make_visible(media, "stories", "", str(uuid4()), lifetime=lifetime)
        return answers.success()

    def saved_story(self, profile_id: str) -> Any:
        """`POST …/saved_stories`: each story has its own outcome."""
        account = self._state.authorized(profile_id)
        stories = answers.json_body("saved_stories").get("saved_stories")
        if not isinstance(stories, list) or len(stories) != 1 or not isinstance(stories[0], dict):
            raise answers.refusal(400, "saved_stories must hold one saved story.")
        media_id, title = requested_media("saved_stories", {"saved_stories": stories})
        if not 1 <= len(title) <= MAX_TITLE or set(stories[0]) != {"title", "snap_sources"}:
            reason = f"title must have 1 to {MAX_TITLE} characters"
            failed = {"sub_request_status": "ERROR", "sub_request_error_reason": reason}
            return answers.success(saved_stories=[failed]) | {"request_status": "PARTIAL"}
        media = self._ready_media(account, media_id)
        post = self._make_visible(media, "saved_stories", title, str(uuid4()))
        made = {"sub_request_status": "SUCCESS", "saved_story": {"id": post.id, "title": title}}
        return answers.success(saved_stories=[made])

    def spotlight(self, profile_id: str) -> Any:
        """`POST …/spotlights`: the id, before moderation."""
        account = self._state.authorized(profile_id)
        body = answers.json_body("media_id", "description", "locale", "skip_save_to_profile")
        description, locale = body.get("description", ""), body.get("locale")
        if not isinstance(locale, str) or not _LOCALE.fullmatch(locale):
            raise answers.refusal(400, "locale is required, in the form en_US.")
        if not isinstance(description, str) or len(description) > MAX_DESCRIPTION:
            raise answers.refusal(
                400, f"description must have at most {MAX_DESCRIPTION} characters."
            )
        if type(body.get("skip_save_to_profile", False)) is not bool:
            raise answers.refusal(400, "skip_save_to_profile must be true or false.")
        media = self._ready_media(account, body.get("media_id"))
        if media.type != "VIDEO":
            raise answers.refusal(400, "Unsupported media type: a spotlight is a video.")
        rejected = self._platform.struck("processing_failed")
        stuck = self._platform.struck("processing_stuck")
        post = self._make_visible(
            media,
            "spotlights",
            description,
            f"W7_{secrets.token_urlsafe(24)}",
            on_profile=not body.get("skip_save_to_profile", False),
            locale=locale,
        )
        live_at = None if stuck else clock.now() + self._state.moderation_time
        self._state.spotlights[post.id] = Spotlight(post, live_at, rejected)
        if rejected:
            self._platform.posts.remove(post.id)
        return answers.success(spotlight_id=post.id)

    def _ready_media(self, account: Account, media_id: object) -> Media:
        """The uploaded media, ready to be published. Raises Refusal."""
        media = own(self._state.media.get(str(media_id)), account)
        if media is None:
            raise answers.refusal(404, "Media not found.")
        if media.posted_at is not None and clock.now() < media.posted_at + self._state.posting_time:
            message = "The media is being posted already."
            raise answers.refusal(400, message, "MEDIA_POSTING_ALREADY_IN_PROGRESS")
        if media.expired:
            raise answers.expired()
        if media.medium is None or media.ready_at is None:
            raise answers.refusal(400, "The media is not finalized.")
        if media.stuck or clock.now() < media.ready_at:
            message = "The media is still being processed."
            raise answers.refusal(400, message, "MEDIA_PROCESSING")
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
            now + self._state.posting_time,
            [media.medium.item] if media.medium else [],
            {"product": product, **details},
        )
        self._platform.posts.add(post)
        return post


def requested_media(product: str, body: dict[str, Any]) -> tuple[str, str]:
    """The id of the media and the text in the body of a publishing request."""
    if product != "saved_stories":
        return str(body.get("media_id", "")), str(body.get("description", ""))
    stories = body.get("saved_stories")
    story = stories[0] if isinstance(stories, list) and stories else {}
    sources = story.get("snap_sources") if isinstance(story, dict) else None
    source = sources[0] if isinstance(sources, list) and len(sources) == 1 else {}
    media_id = source.get("media_id", "") if isinstance(source, dict) else ""
    return str(media_id), str(story.get("title", "")) if isinstance(story, dict) else ""

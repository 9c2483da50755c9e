"""TikTok as open.tiktokapis.com and its upload host answer: direct posts of videos and photos.

Written from the notes on TikTok; section numbers below are theirs. Videos come
by upload and photos by URL, as each must or may; drafts and videos by URL are
left out. Limits and error bodies are real, quotas act only while a fault asks.
"""

import itertools
import secrets
from datetime import timedelta
from typing import Any

from flask import Response, g, request
from werkzeug.exceptions import HTTPException

from local.platforms import controls
from local.platforms.accounts import Account
from local.platforms.faults import Fault
from local.platforms.media import CannotFetch, Medium, NotMedia, fetch
from local.platforms.posts import Content, Post
from local.platforms.simulation import Refusal, SimulatedPlatform
from local.platforms.tiktok import checks as tiktok_checks
from local.platforms.tiktok.errors import MESSAGES, as_response, refusal, wrapped
from local.platforms.tiktok.oauth import OAuthEndpoints
from local.platforms.tiktok.publication import CreatorSettings, Publication
from local.platforms.tiktok.reads import ReadEndpoints
from local.platforms.tiktok.upload import PATH as UPLOAD_PATH
from local.platforms.tiktok.upload import UploadEndpoint
from shared import clock

PUBLISH = "/v2/post/publish"
VIDEO_INIT, PHOTO_INIT = f"{PUBLISH}/video/init/", f"{PUBLISH}/content/init/"
CREATOR_INFO = f"{PUBLISH}/creator_info/query/"
USER_AGENT = "TikTokBot (simulated)"
# The local stack serves its media on loopback, which stands for a verified HTTPS domain.
VERIFIED = ("http://127.0.0.1:", "http://localhost:")
PROCESSING_FAULT = "file_format_check_failed"
_FIRST_ID = 7_574_000_000_000_000_000  # of the size that the notes show
_JSON = "application/json"


class TikTok(SimulatedPlatform):
    """The twin of open.tiktokapis.com."""

    name = "tiktok"

    def __init__(self) -> None:
        self.publications: dict[str, Publication] = {}
        self._ids = itertools.count(_FIRST_ID, 7)
        self._oauth = OAuthEndpoints(self)
        self._uploads = UploadEndpoint(self)
        self._forget_switches()
        super().__init__()

    def routes(self) -> None:
        self.route("POST", VIDEO_INIT, self.begin_video)
        self.route("POST", PHOTO_INIT, self.post_photos)
        self._uploads.routes()
        self._oauth.routes()
        ReadEndpoints(self).routes()
        controls.add_switch(self, "/creator", self._switch_creator)
        controls.add_switch(self, "/moderation", self._switch_moderation)
        controls.add_switch(self, "/fail_reason", self._switch_fail_reason)

    def forget(self) -> None:
        self.publications.clear()
        self._oauth.forget()
        self._forget_switches()

    def publishing_content(self) -> Content | None:
        if request.method == "PUT" and request.path == UPLOAD_PATH:
            return self._uploads.publishing_content()
        token = self.accounts.token(self.presented_token())
        if token is None or request.path != PHOTO_INIT or request.method != "POST":
            return None
        try:
            body = tiktok_checks.json_body(request.get_json(silent=True), "post_info")
            photos = self._photos(body)
        except (Refusal, CannotFetch, NotMedia):
            return None
        text = str(body["post_info"].get("description", ""))
        return Content(token.account_id, text, tuple(photo.item.sha256 for photo in photos))

    def authorized(self, scope: str) -> Account:
        """The account whose token the request carries (section 2.5). Raises Refusal."""
        token = self.accounts.token(self.presented_token())
        account = self.accounts.get(token.account_id) if token else None
        if (
            token is None
            or account is None
            or token.kind != "access"
            or self.accounts.standing(token) != "active"
        ):
            raise refusal(401, "access_token_invalid")
        if not account.may(scope):
            raise refusal(401, "scope_not_authorized")
        return account

    # Publishing: sections 5 and 6.

    def begin_video(self) -> Any:
        """`POST …/video/init/`: `{publish_id, upload_url}`; nothing is posted by it."""
        account = self.authorized("video.publish")
        body = _json_body()
        tiktok_checks.check_video_info(body["post_info"], self.creator)
        plan = tiktok_checks.chunk_plan(body["source_info"])
        publication = self._begin("v_pub_file~v2-1", account, "video", body["post_info"], "title")
        publication.plan = plan
        address = self._uploads.address_of(publication)
        return wrapped({"publish_id": publication.publish_id, "upload_url": address})

    def post_photos(self) -> Any:
        """`POST …/content/init/`: `{publish_id}`; the photos are fetched at once."""
        account = self.authorized("video.publish")
        body = _json_body()
        if (body.get("media_type"), body.get("post_mode")) != ("PHOTO", "DIRECT_POST"):
            raise tiktok_checks.invalid("media_type must be PHOTO, post_mode DIRECT_POST.")
        tiktok_checks.check_photo_info(body["post_info"], self.creator)
        tiktok_checks.photo_urls(body["source_info"], VERIFIED)
        info = body["post_info"] | {"cover": body["source_info"]["photo_cover_index"]}
        publication = self._begin("p_pub_url~v2", account, "photo", info, "description")
        publication.complete_at = clock.now()
        try:
            publication.media = tuple(self._photos(body))
        except CannotFetch:
            publication.fail_reason = "photo_pull_failed"
        except NotMedia:
            publication.fail_reason = "file_format_check_failed"
        faults = [tiktok_checks.photo_fault(photo) for photo in publication.media]
        publication.fail_reason = publication.fail_reason or next(filter(None, faults), "")
        publication.uploaded = sum(photo.size for photo in publication.media)
        self.act_out_fault(publication)
        self.settle(publication)
        return wrapped({"publish_id": publication.publish_id})

    def _begin(
        self, prefix: str, account: Account, kind: str, info: dict[str, Any], text: str
    ) -> Publication:
        publication = Publication(
            publish_id=f"{prefix}.{secrets.randbelow(10**19):019}",
            account_id=account.account_id,
            kind=kind,
            text=info.get(text, ""),
            info=info,
            begun_at=clock.now(),
        )
        self.publications[publication.publish_id] = publication
        if kind == "video":
            self.act_out_fault(publication)
        return publication

    def _photos(self, body: dict[str, Any]) -> list[Medium]:
        """The photos that the present request names, fetched once. Raises CannotFetch, NotMedia."""
        if "photos" not in g:
            urls = tiktok_checks.photo_urls(body.get("source_info") or {}, VERIFIED)
            g.photos = [fetch(url, USER_AGENT) for url in urls]
        photos: list[Medium] = g.photos
        return photos

    def act_out_fault(self, publication: Publication) -> None:
        """Let a fault of processing that the present request suffers have its effect."""
        fault = self.struck_by()
        if fault is None or publication.post_id is not None:
            return
        if fault.mode == "processing_stuck":
            publication.is_stuck = True
        elif fault.mode == "processing_failed":
            publication.fail_reason = self.fail_reason

    def settle(self, publication: Publication) -> None:
        """Make visible what TikTok is through with."""
        is_done = publication.status(self.processing_time) == "PUBLISH_COMPLETE"
        account = self.accounts.get(publication.account_id)
        if not is_done or publication.post_id is not None or account is None:
            return
        post_id = publication.post_id = str(next(self._ids))
        kind = publication.kind
        # A photo post lies there under the address of a video, too.
        share_url = f"https://www.tiktok.com/@{account.username}/video/{post_id}"
        details = {
            "info": publication.info,
            "is_public": publication.is_public,
            "share_url": share_url,
            "title": publication.info.get("title", ""),
            "duration": int(publication.media[0].duration or 0) if kind == "video" else 0,
        }
        completed = publication.complete_at or clock.now()
        self.posts.add(
            Post(
                post_id,
                publication.account_id,
                publication.text,
                publication.text,
                completed + self.processing_time,
                publication.items,
                details,
            )
        )

    def settle_all(self) -> None:
        """As `settle`, for everything that is in the making."""
        for publication in self.publications.values():
            self.settle(publication)

    # Switches, as `POST /_sim/…`.

    def _forget_switches(self) -> None:
        self.creator = CreatorSettings()
        self.moderation_time = timedelta(0)
        self.fail_reason = PROCESSING_FAULT

    def _switch_creator(self) -> None:
        """What the creator has set, by the names of `CreatorSettings`."""
        try:
            self.creator = CreatorSettings(**controls.json_object())
        except TypeError as error:
            raise controls.BadControl(str(error)) from None

    def _switch_moderation(self) -> None:
        """How long a public post is live before it is named."""
        self.moderation_time = timedelta(seconds=controls.whole_number("seconds"))

    def _switch_fail_reason(self) -> None:
        """What `processing_failed` fails for."""
        self.fail_reason = str(controls.json_object().get("reason") or PROCESSING_FAULT)

    # How TikTok refuses: sections 3 and 11.

    def http_error(self, error: HTTPException) -> Refusal:
        return refusal(error.code or 500, "unsupported_path", f"{error.name}: {request.path}")

    def server_error(self) -> Response:
        return as_response(refusal(500, "internal_error"))

    def rate_limited(self, retry_after: float) -> Response:
        return as_response(refusal(429, "rate_limit_exceeded"))

    def quota_exhausted(self, fault: Fault) -> Response | None:
        code = fault.parameters.get("variant", "spam_risk_too_many_posts")
        if code not in MESSAGES:
            return None
        if request.path == CREATOR_INFO:
            return as_response(refusal(200, code))  # section 4: with 200, on purpose
        return as_response(refusal(403, code)) if request.path.endswith("/init/") else None


def _json_body() -> dict[str, Any]:
    if request.mimetype != _JSON:
        raise tiktok_checks.invalid("The Content-Type must be application/json.")
    return tiktok_checks.json_body(request.get_json(silent=True), "post_info", "source_info")

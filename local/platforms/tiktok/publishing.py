"""Starting posts of videos and photos (sections 5 and 6 of the notes on TikTok)."""

import secrets
from typing import Any

from flask import g, request

from local.platforms import clock
from local.platforms.accounts import Account
from local.platforms.media import CannotFetch, Medium, NotMedia, fetch
from local.platforms.posts import Content
from local.platforms.reading import bearer_token
from local.platforms.simulation import Endpoints, Refusal
from local.platforms.tiktok import checks as tiktok_checks
from local.platforms.tiktok.errors import wrapped
from local.platforms.tiktok.publication import Publication
from local.platforms.tiktok.state import State
from local.platforms.tiktok.upload import address_of

USER_AGENT = "TikTokBot (simulated)"
# The local stack serves its media on loopback, which stands for a verified HTTPS domain.
VERIFIED = ("http://127.0.0.1:", "http://localhost:")


class PublishingEndpoints(Endpoints[State]):
    def start_video(self) -> Any:
        """`POST …/video/init/`: `{publish_id, upload_url}`; posts nothing."""
        account = self._state.authorized("video.publish")
        body = _json_body()
        tiktok_checks.check_video_info(body["post_info"], self._state.creator)
        plan = tiktok_checks.chunk_plan(body["source_info"])
        publication = self._begin("v_pub_file~v2-1", account, "video", body["post_info"], "title")
        publication.plan = plan
        address = address_of(publication)
        return wrapped({"publish_id": publication.publish_id, "upload_url": address})

    def post_photos(self) -> Any:
        """`POST …/content/init/`: `{publish_id}`; the photos are downloaded at once."""
        account = self._state.authorized("video.publish")
        body = _json_body()
        if (body.get("media_type"), body.get("post_mode")) != ("PHOTO", "DIRECT_POST"):
            raise tiktok_checks.invalid("media_type must be PHOTO, post_mode DIRECT_POST.")
        tiktok_checks.check_photo_info(body["post_info"], self._state.creator)
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
        self._state.act_out_fault(publication)
        self._state.settle(publication)
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
        self._state.publications[publication.publish_id] = publication
        if kind == "video":
            self._state.act_out_fault(publication)
        return publication

    def _photos(self, body: dict[str, Any]) -> list[Medium]:
        """The photos of the current request, downloaded once. Raises CannotFetch, NotMedia."""
        if "photos" not in g:
            urls = tiktok_checks.photo_urls(body.get("source_info") or {}, VERIFIED)
            g.photos = [fetch(url, USER_AGENT) for url in urls]
        photos: list[Medium] = g.photos
        return photos

    def content_of_request(self) -> Content | None:
        """The photo post that the current request makes visible."""
        token = self._accounts.token(bearer_token())
        if token is None or request.method != "POST":
            return None
        try:
            body = tiktok_checks.json_body("post_info")
            photos = self._photos(body)
        except (Refusal, CannotFetch, NotMedia):
            return None
        text = str(body["post_info"].get("description", ""))
        return Content.of(token.account_id, text, [photo.item for photo in photos])


def _json_body() -> dict[str, Any]:
    if request.mimetype != "application/json":
        raise tiktok_checks.invalid("The Content-Type must be application/json.")
    return tiktok_checks.json_body("post_info", "source_info")

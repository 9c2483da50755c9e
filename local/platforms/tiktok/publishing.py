"""Starting posts of videos and photos (the Content Posting API)."""

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


class PublishingEndpoints(Endpoints[State]):
    def start_video(self) -> Any:
        """`POST …/video/init/`: `{publish_id, upload_url}`, and no address for one by URL."""
        account = self._state.authorized("video.publish")
        body = _json_body("post_info", "source_info")
        tiktok_checks.check_video_info(body["post_info"], self._state.creator)
        return self._start(account, body["post_info"], body["source_info"])

    def start_draft(self) -> Any:
        """`POST …/inbox/video/init/`: as `start_video`, for the inbox of the user."""
        account = self._state.authorized("video.upload")
        return self._start(account, {}, _json_body("source_info")["source_info"], is_draft=True)

    def _start(
        self,
        account: Account,
        info: dict[str, Any],
        source: dict[str, Any],
        *,
        is_draft: bool = False,
    ) -> Any:
        place = "inbox" if is_draft else "pub"
        match source.get("source"):
            case "FILE_UPLOAD":
                plan = tiktok_checks.chunk_plan(source)
                publication = self._begin(
                    f"v_{place}_file~v2-1", account, "video", info, info.get("title", "")
                )
                publication.plan, publication.is_draft = plan, is_draft
                address = address_of(publication)
                return wrapped({"publish_id": publication.publish_id, "upload_url": address})
            case "PULL_FROM_URL":
                tiktok_checks.video_url(source, self._state.verified)
                publication = self._begin(
                    f"v_{place}_url~v2-1", account, "video", info, info.get("title", "")
                )
                publication.is_draft = is_draft
                return self._pull(publication, source)
        raise tiktok_checks.invalid("source_info.source must be FILE_UPLOAD or PULL_FROM_URL.")

    def post_photos(self) -> Any:
        """`POST …/content/init/`: `{publish_id}`; the photos are downloaded at once."""
        body = _json_body("post_info", "source_info")
        info, source = body["post_info"], body["source_info"]
        mode = body.get("post_mode")
        if body.get("media_type") != "PHOTO" or mode not in ("DIRECT_POST", "MEDIA_UPLOAD"):
            message = "media_type must be PHOTO, post_mode DIRECT_POST or MEDIA_UPLOAD."
            raise tiktok_checks.invalid(message)
        is_draft = mode == "MEDIA_UPLOAD"
        account = self._state.authorized("video.upload" if is_draft else "video.publish")
        if is_draft:
            tiktok_checks.check_draft_info(info)
        else:
            tiktok_checks.check_photo_info(info, self._state.creator)
        tiktok_checks.photo_urls(source, self._state.verified)
        prefix = "p_inbox_url~v2" if is_draft else "p_pub_url~v2"
        details = info | {"cover": source["photo_cover_index"]}
        text = info.get("description", "")
        publication = self._begin(prefix, account, "photo", details, text)
        publication.is_draft = is_draft
        return self._pull(publication, source)

    def _pull(self, publication: Publication, source: dict[str, Any]) -> Any:
        """Download the media now, and process them."""
        publication.is_pulled, publication.complete_at = True, clock.now()
        is_photo = publication.kind == "photo"
        try:
            publication.media = tuple(self._downloaded(source))
        except CannotFetch:
            publication.fail_reason = f"{publication.kind}_pull_failed"
        except NotMedia:
            publication.fail_reason = "file_format_check_failed"
        faults = [
            tiktok_checks.photo_fault(medium)
            if is_photo
            else tiktok_checks.video_fault(medium, self._state.creator)
            for medium in publication.media
        ]
        publication.fail_reason = publication.fail_reason or next(filter(None, faults), "")
        publication.uploaded = sum(medium.size for medium in publication.media)
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
            text=text,
            info=info,
            begun_at=clock.now(),
        )
        self._state.publications[publication.publish_id] = publication
        if kind == "video":
            self._state.act_out_fault(publication)
        return publication

    def _downloaded(self, source: dict[str, Any]) -> list[Medium]:
        """The media of the current request, downloaded once. Raises CannotFetch, NotMedia."""
        if "media" not in g:
            verified = self._state.verified
            urls = (
                [tiktok_checks.video_url(source, verified)]
                if "video_url" in source
                else tiktok_checks.photo_urls(source, verified)
            )
            g.media = [fetch(url, USER_AGENT) for url in urls]
        media: list[Medium] = g.media
        return media

    def content_of_request(self) -> Content | None:
        """The post of downloaded media that the current request makes visible."""
        token = self._accounts.token(bearer_token())
        if token is None or request.method != "POST":
            return None
        try:
            body = tiktok_checks.json_body("post_info", "source_info")
            if body["source_info"].get("source") != "PULL_FROM_URL":
                return None
            media = self._downloaded(body["source_info"])
        except (Refusal, CannotFetch, NotMedia):
            return None
        name = "title" if "video_url" in body["source_info"] else "description"
        text = str(body["post_info"].get(name, ""))
        return Content.of(token.account_id, text, [medium.item for medium in media])


def _json_body(*parts: str) -> dict[str, Any]:
    if request.mimetype != "application/json":
        raise tiktok_checks.invalid("The Content-Type must be application/json.")
    return tiktok_checks.json_body(*parts)

"""Videos, reels and video stories of Pages (developers.facebook.com/docs/video-api).

A video is started, sent and finished. It goes live without another request once it has been
processed, `processing_time` after it was finished.
"""

from typing import Any

from flask import request

from local.platforms import clock
from local.platforms.accounts import Account
from local.platforms.facebook.media import USER_AGENT, check_video, is_playable, sent_file
from local.platforms.facebook.state import State, Video, upload_error
from local.platforms.media import CannotFetch, Medium, NotMedia, fetch, inspect
from local.platforms.meta import errors as meta_errors
from local.platforms.meta.parameters import parameters
from local.platforms.posts import Content, MediaItem, Post
from local.platforms.reading import own, whole_number
from local.platforms.simulation import Endpoints, Refusal
from shared.platforms.facebook import ABOUT

TRANSFER_BYTES = 4 << 20  # how much of an ordinary video one chunk may have
EDGES = ("videos", "video_reels", "video_stories")


class Videos(Endpoints[State]):
    def phase(self, page_id: str, edge: str) -> Any:
        """`POST /{page}/{edge}` with an `upload_phase`."""
        account = self._state.authorized(page_id, "pages_manage_posts")
        phase = parameters().get("upload_phase")
        if phase == "start":
            return self._start(account, edge)
        if phase == "transfer" and edge == "videos":
            return self._transfer(account)
        if phase == "finish":
            return self._finish(account, edge)
        if phase is None and edge == "videos":
            return self._upload_at_once(account)
        raise meta_errors.bad_parameter("Param upload_phase must be one of {start, finish}.")

    def finished_content(self, edge: str) -> Content | None:
        """What the request would make visible, if it finishes a video."""
        sent = parameters()
        if sent.get("upload_phase") is None and edge == "videos" and not sent.get("file_url"):
            file = request.files.get("source")
            token = self._accounts.token(self._platform.presented_token())
            if file is None or token is None:
                return None
            data = file.read()
            file.seek(0)
            item = MediaItem.of("video", data)
            return Content.of(token.account_id, _text(edge), [item])
        if sent.get("upload_phase") != "finish":
            return None
        video = self._named(edge)
        if video is None:
            return None
        return Content.of(video.account_id, _text(edge), [_item(video)])

    def _start(self, account: Account, edge: str) -> Any:
        video = Video(self._state.next_id(), account.account_id, edge)
        video.outcome = self._outcome(video)
        if edge == "videos":
            video.size = _whole("file_size")
            video.session = self._state.next_id()
        self._state.videos[video.id] = video
        if edge == "videos":
            session = {"upload_session_id": video.session, "video_id": video.id}
            return session | _offsets(video)
        url = f"{request.host_url}video-upload/{ABOUT.api_version}/{video.id}"
        return {"video_id": video.id, "upload_url": url}

    def _upload_at_once(self, account: Account) -> Any:
        """A whole video in one request, as a file or by its URL: `{id}`."""
        url, file = parameters().get("file_url"), sent_file()
        if file is None and not url:
            raise meta_errors.meta_error("(#324) Requires upload file", 324)
        try:
            data = fetch(url or "", USER_AGENT).data if file is None else file
        except (CannotFetch, NotMedia) as error:
            raise meta_errors.bad_parameter(f"The file_url cannot be used: {error}") from error
        video = Video(self._state.next_id(), account.account_id, "videos", size=len(data))
        video.data += data
        self._state.videos[video.id] = video
        self._complete(account, video)
        return {"id": video.id}

    def _transfer(self, account: Account) -> Any:
        video = own(self._named("videos"), account)
        if video is None or video.finished_at:
            raise meta_errors.bad_parameter("Invalid upload_session_id")
        chunk = request.files.get("video_file_chunk")
        if chunk is None:
            raise meta_errors.bad_parameter("The parameter video_file_chunk is required.")
        start = _whole("start_offset")
        data = chunk.read()
        expected = _offsets(video)
        if start < len(video.data) and start + len(data) <= len(video.data):
            return expected  # sent again: nothing changes
        is_fitting = 0 < len(data) <= int(expected["end_offset"]) - start
        if start != len(video.data) or not is_fitting:
            raise _wrong_offset(expected)
        video.data += data
        video.outcome = self._outcome(video)
        return _offsets(video)

    def receive(self, video_id: str) -> Any:
        """`POST {upload_url}`: bytes from an offset to the end, or a URL to fetch them from."""
        video = own(self._state.videos.get(video_id), self._state.uploader())
        if video is None or video.edge == "videos":
            raise upload_error("Unknown video", status=404)
        data = self._sent_bytes()
        # A file that Facebook fetches needs no other header.
        is_fetched = "file_url" in request.headers
        offset = 0 if is_fetched else _header("Offset")
        size = len(data) if is_fetched else _header("file_size")
        if video.size not in (None, size):
            raise upload_error("file_size has changed")
        if offset != len(video.data):
            message = f"The offset is {len(video.data)}"
            raise upload_error(message, "OffsetInvalidError", retriable=True)
        if offset + len(data) > size:
            raise upload_error("More than file_size")
        video.size = size
        video.data += data
        video.outcome = self._outcome(video)
        if not video.is_whole:
            raise upload_error("The request ended early", "PartialRequestError", retriable=True)
        return {"success": True}

    def _sent_bytes(self) -> bytes:
        url = request.headers.get("file_url")
        if url is None:
            return request.get_data()
        try:
            return fetch(url, USER_AGENT).data
        except (CannotFetch, NotMedia) as error:
            raise upload_error(str(error), "ProcessingFailedError") from error

    def _finish(self, account: Account, edge: str) -> Any:
        video = own(self._named(edge), account)
        if video is None:
            raise meta_errors.bad_parameter("Unknown video.")
        if video.finished_at is not None:
            raise meta_errors.bad_parameter("The video is already finished.")
        state = parameters().get("video_state")
        if edge == "video_reels" and state not in ("PUBLISHED", "DRAFT"):
            raise meta_errors.bad_parameter("Param video_state must be one of {PUBLISHED, DRAFT}.")
        if not video.is_whole:
            raise meta_errors.meta_error(
                "There was a problem uploading your video file.", 6000, subcode=1363130
            )
        self._complete(account, video)
        answer: dict[str, Any] = {"success": True}
        if edge == "video_stories" and video.post is not None:
            answer["post_id"] = video.post.id
        return answer

    def _complete(self, account: Account, video: Video) -> None:
        """All bytes are there: process the video, then show it."""
        sent = parameters()
        video.outcome = self._outcome(video)
        medium = _medium(video)
        if medium is None or not is_playable(medium):
            video.outcome = "failed"
        else:
            check_video(medium, video.edge)
        video.finished_at = clock.now()
        is_published = sent.get("published", "true").lower() in ("true", "1")
        if video.outcome == "ready" and is_published and sent.get("video_state") != "DRAFT":
            self._go_live(account, video)

    def _go_live(self, account: Account, video: Video) -> None:
        number = self._state.next_id()
        shown = f"/reel/{video.id}/" if video.edge == "video_reels" else f"/watch/?v={video.id}"
        is_story = video.edge == "video_stories"
        post_id = number if is_story else f"{account.external_id}_{number}"
        text = "" if is_story else _text(video.edge)
        details = {
            "kind": "story" if is_story else "post",
            "number": number,
            "media_id": video.id,
            "path": f"/stories/{account.external_id}/{number}/" if is_story else shown,
            "title": parameters().get("title"),
        }
        visible_at = clock.now() + self._platform.processing_time
        items = [_item(video)]
        video.post = Post(post_id, account.account_id, text, text, visible_at, items, details)
        self._platform.posts.add(video.post)

    def _named(self, edge: str) -> Video | None:
        """The video of the request: by its session on the videos edge, otherwise by its id."""
        values = parameters()
        if edge == "videos":
            session = values.get("upload_session_id")
            known = self._state.videos.values()
            return next((v for v in known if session and v.session == session), None)
        video = self._state.videos.get(values.get("video_id", ""))
        return video if video is not None and video.edge == edge else None

    def _outcome(self, video: Video) -> str:
        if self._platform.struck("processing_stuck"):
            return "stuck"
        return "failed" if self._platform.struck("processing_failed") else video.outcome


def status_of(video: Video) -> dict[str, Any]:
    """`status` of a video: as a whole, and of its three phases."""
    uploading: dict[str, Any] = {"status": "complete" if video.is_whole else "in_progress"}
    uploading["bytes_transfered"] = len(video.data)
    processing: dict[str, Any] = {"status": "not_started"}
    publishing: dict[str, Any] = {"status": "not_started"}
    whole = "upload_complete" if video.is_whole else "uploading"
    if video.is_live and video.post is not None:
        whole, processing = "ready", {"status": "complete"}
        publishing = {"status": "complete", "publish_status": "published"}
        publishing["publish_time"] = int(video.post.visible_at.timestamp())
    elif video.finished_at is not None and video.outcome == "failed":
        error = {"code": 1363026, "message": "The video file cannot be processed."}
        whole, processing = "error", {"status": "error", "errors": [error]}
    elif video.finished_at is not None and video.outcome == "ready" and video.post is None:
        whole, processing = "ready", {"status": "complete"}
        publishing = {"status": "complete", "publish_status": "draft"}
    elif video.finished_at is not None:
        whole, processing = "processing", {"status": "in_progress"}
    return {
        "video_status": whole,
        "uploading_phase": uploading,
        "processing_phase": processing,
        "publishing_phase": publishing,
    }


def _text(edge: str) -> str:
    return "" if edge == "video_stories" else parameters().get("description", "")


def _medium(video: Video) -> Medium | None:
    try:
        return inspect(bytes(video.data))
    except NotMedia:
        return None


def _item(video: Video) -> MediaItem:
    return Medium(bytes(video.data), "video", "", 1, 1).item


def _offsets(video: Video) -> dict[str, str]:
    """As strings; both are the size when all bytes have arrived."""
    start = len(video.data)
    return {
        "start_offset": str(start),
        "end_offset": str(min(start + TRANSFER_BYTES, video.size or 0)),
    }


def _wrong_offset(expected: dict[str, str]) -> Refusal:
    refusal = meta_errors.meta_error(
        "There was a problem uploading your video file.", 6001, subcode=1363037
    )
    refusal.body["error"]["error_data"] = expected
    return refusal


def _whole(name: str) -> int:
    number = whole_number(parameters().get(name))
    if number is None:
        raise meta_errors.bad_parameter(f"Param {name} must be an integer.")
    return number


def _header(name: str) -> int:
    number = whole_number(request.headers.get(name))
    if number is None:
        raise upload_error(f"HeaderValuePredicate: Header {name} not convertable to unsigned long")
    return number

"""YouTube's resumable uploads (sections 3.1 to 3.4 of the notes on YouTube)."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from local.platforms.media import NotMedia, inspect
from local.platforms.posts import Content, MediaItem, Post
from local.platforms.reading import bearer_token, json_object, own, whole_number
from local.platforms.simulation import Endpoints
from local.platforms.youtube.errors import bad_request, invalid_credentials, refusal
from local.platforms.youtube.metadata import check_parts, check_resource
from local.platforms.youtube.state import Session, State
from local.platforms.youtube.video import Ending, Video
from shared import clock
from shared.platforms.youtube import ABOUT

PATH = f"/upload/youtube/{ABOUT.api_version}/videos"
GRAIN = 262_144  # bytes; every chunk but the last is a multiple
MOST_BYTES = 274_877_906_944
_SCOPES = ("youtube.upload", "youtube", "youtube.force-ssl")
_QUERY = {"uploadType", "part", "notifySubscribers", "upload_id"}
_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+)")


@dataclass(frozen=True)
class _Chunk:
    """The range in a PUT; with `first` None it queries the status."""

    first: int | None
    last: int
    total: int


class UploadEndpoints(Endpoints[State]):
    def content_of_request(self) -> Content | None:
        """What a PUT would make visible: the chunk that ends the file does."""
        session = self._state.sessions.get(request.args.get("upload_id", ""))
        chunk = _chunk()
        if request.method != "PUT" or session is None or chunk is None or chunk.first is None:
            return None
        token = self._accounts.token(bearer_token())
        if token is None or chunk.last + 1 != session.total:
            return None
        made = self._platform.posts.get(session.video_id or "")
        if made is not None:
            return made.content
        whole = hashlib.sha256(session.stored[: chunk.first])
        whole.update(request.get_data())
        description = session.resource["snippet"].get("description", "")
        return Content(token.account_id, description, (whole.hexdigest(),))

    # 3.1

    def start(self) -> Any:
        """`POST`: 200 without a body, and the session's address in `Location`."""
        account = self._state.authorized(*_SCOPES)
        notifies = _check_query()
        if request.mimetype != "application/json":
            raise bad_request(f"Unsupported content with type: {request.mimetype}")
        body = json_object()
        if body is None:
            raise bad_request("Parse Error", "parseError")
        check_parts(request.args.get("part", ""), body)
        total, content_type = _announced()
        check_resource(body)
        session = Session(
            id=secrets.token_urlsafe(32),
            account_id=account.account_id,
            resource={"snippet": body.get("snippet", {}), "status": body.get("status", {})},
            total=total,
            content_type=content_type,
            notifies=notifies,
            created_at=clock.now(),
        )
        self._note_fate(session)
        self._state.sessions[session.id] = session
        query = {**request.args, "upload_id": session.id}
        location = f"{request.host_url.rstrip('/')}{PATH}?{urlencode(query)}"
        return Response("", 200, {"Location": location})

    # 3.2, 3.3

    def put(self) -> Any:
        """`PUT`: 308 with the stored range, or 200 with the finished video."""
        account = self._state.authorized(*_SCOPES)
        session = own(self._state.sessions.get(request.args.get("upload_id", "")), account)
        if session is None or session.is_gone:
            raise refusal(404, "notFound", "Not Found", "global")
        self._note_fate(session)
        chunk = _chunk()
        if chunk is None or chunk.total != session.total:
            raise bad_request("Invalid request. The Content-Range does not fit the upload.")
        data = request.get_data()
        if chunk.first is None and data:
            raise bad_request("Invalid request. A query of the status carries no bytes.")
        if chunk.first is not None and session.video_id is None:
            self._store(session, chunk.first, chunk.last, data)
        if session.video_id is None and len(session.stored) == session.total:
            self._make_video(session)
        if session.video_id is None:
            return _resume_incomplete(session)
        return self._state.videos[session.video_id].as_json(("snippet", "status"))

    def _store(self, session: Session, first: int, last: int, data: bytes) -> None:
        if len(data) != last - first + 1 or first != len(session.stored):
            raise bad_request("Invalid request. Failed to parse Content-Range header.")
        if last + 1 > session.total:
            raise bad_request("Invalid request. There are more bytes than were announced.")
        if last + 1 < session.total and len(data) % GRAIN:
            raise bad_request(f"Invalid request. Chunks must be multiples of {GRAIN} bytes.")
        if request.mimetype != session.content_type:
            raise bad_request(f"Media type '{request.mimetype}' is not the one announced.")
        if self._state.partial_stores:
            self._state.partial_stores -= 1
            data = data[: len(data) // 2 // GRAIN * GRAIN]
        session.stored += data

    def _note_fate(self, session: Session) -> None:
        for mode in ("processing_stuck", "processing_failed"):
            if self._platform.struck(mode):
                session.fate = mode

    def _make_video(self, session: Session) -> None:
        """The upload is complete: the video exists, visible unless its processing fails."""
        account = self._accounts.get(session.account_id)
        if account is None:
            raise invalid_credentials()
        data = bytes(session.stored)
        now = clock.now()
        video = Video(
            id=secrets.token_urlsafe(8),
            account_id=account.account_id,
            resource=session.resource,
            channel={"channelId": account.external_id, "channelTitle": account.username},
            created_at=now,
            ready_at=now + self._platform.processing_time,
            ending=self._ending(session, data),
        )
        session.video_id, session.stored = video.id, bytearray()
        self._state.videos[video.id] = video
        if video.ending.upload_status in ("processed", "uploaded"):
            self._show(video, data, session)

    def _show(self, video: Video, data: bytes, session: Session) -> None:
        text = video.resource["snippet"].get("description", "")
        item = MediaItem("video", hashlib.sha256(data).hexdigest(), len(data))
        details = {**video.resource, "notifies": session.notifies}
        post = Post(video.id, video.account_id, text, text, video.created_at, [item], details)
        self._platform.posts.add(post)

    def _ending(self, session: Session, data: bytes) -> Ending:
        wanted, self._state.next_ending = self._state.next_ending, None
        if wanted is not None:
            return wanted
        if session.fate == "processing_stuck":
            return Ending("uploaded")
        if session.fate == "processing_failed":
            return Ending("failed", "conversion")
        try:
            is_video = inspect(data).kind == "video"
        except NotMedia:
            is_video = False
        return Ending() if is_video else Ending("failed", "invalidFile")


def _resume_incomplete(session: Session) -> Response:
    kept = len(session.stored)
    return Response("", 308, {"Range": f"bytes=0-{kept - 1}"} if kept else {})


def _check_query() -> bool:
    """Whether subscribers are notified. Raises Refusal."""
    query = request.args
    for name in query:
        if name not in _QUERY:
            raise bad_request(f'Unknown name "{name}"', "unexpectedParameter")
    if query.get("uploadType") != "resumable":
        raise bad_request("Media body required.", "mediaBodyRequired")
    notifies = query.get("notifySubscribers", "true")
    if notifies not in ("true", "false"):
        raise bad_request("Invalid value for notifySubscribers.", "invalidParameter")
    return notifies == "true"


def _announced() -> tuple[int, str]:
    """Size in bytes and type of the announced file. Raises Refusal."""
    length = whole_number(request.headers.get("X-Upload-Content-Length"), 1, MOST_BYTES)
    kind = request.headers.get("X-Upload-Content-Type", "")
    if length is None:
        raise bad_request("Invalid X-Upload-Content-Length.", "mediaBodyRequired")
    if not kind.startswith("video/") and kind != "application/octet-stream":
        raise bad_request(f"Media type '{kind}' is not supported.", "mediaBodyUnsupported")
    return length, kind


def _chunk() -> _Chunk | None:
    """Content-Range; without one, the body is the whole file. None: it cannot be read."""
    header = request.headers.get("Content-Range")
    if header is None:
        size = request.content_length or 0
        return _Chunk(0, size - 1, size) if size else None
    found = _RANGE.fullmatch(header)
    if found is None:
        return None
    if found[1] is None:
        return _Chunk(None, -1, int(found[3]))
    return _Chunk(int(found[1]), int(found[2]), int(found[3]))

"""YouTube's uploads: resumable ones, and those in a single request.

developers.google.com/youtube/v3/guides/using_resumable_upload_protocol and the upload protocols
of Google's API clients.
"""

import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import urlencode

from flask import Response, request

from local.platforms import clock
from local.platforms.accounts import Account
from local.platforms.media import NotMedia, inspect
from local.platforms.posts import Content, MediaItem, Post
from local.platforms.reading import bearer_token, json_object, own, whole_number
from local.platforms.simulation import Endpoints
from local.platforms.youtube.errors import bad_request, invalid_credentials, refusal
from local.platforms.youtube.metadata import check_parts, check_resource
from local.platforms.youtube.parts import STANDARD_QUERY
from local.platforms.youtube.state import Session, State
from local.platforms.youtube.video import Ending, Video
from shared.platforms.youtube import ABOUT

PATH = f"/upload/youtube/{ABOUT.api_version}/videos"
GRAIN = 262_144  # bytes; every chunk but the last is a multiple
MOST_BYTES = 274_877_906_944
_SCOPES = ("youtube.upload", "youtube", "youtube.force-ssl")
# `autoLevels` and `stabilize` are deprecated and have no effect.
_QUERY = {"part", "notifySubscribers", "upload_id", "autoLevels", "stabilize", *STANDARD_QUERY}
_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")


@dataclass(frozen=True)
class _Chunk:
    """The range in a PUT; with `first` None it queries the status."""

    first: int | None
    last: int
    total: int | None
    """None: the client does not know it yet."""


class UploadEndpoints(Endpoints[State]):
    def content_of_request(self) -> Content | None:
        """What a PUT would make visible: the chunk that ends the file does."""
        session = self._state.sessions.get(request.args.get("upload_id", ""))
        chunk = _chunk()
        if request.method != "PUT" or session is None or chunk is None or chunk.first is None:
            return None
        token = self._accounts.token(bearer_token())
        if token is None or chunk.last + 1 != (session.total or chunk.total):
            return None
        made = self._platform.posts.get(session.video_id or "")
        if made is not None:
            return made.content
        whole = hashlib.sha256(session.stored[: chunk.first])
        whole.update(request.get_data())
        description = session.resource["snippet"].get("description", "")
        return Content(token.account_id, description, (whole.hexdigest(),))

    def start(self) -> Any:
        """`POST`: begins a session, or with another `uploadType` uploads the whole video."""
        account = self._state.authorized(*_SCOPES)
        notifies = _check_query()
        kind = request.args.get("uploadType")
        if kind != "resumable":
            return self._upload_at_once(account, kind, notifies)
        if request.mimetype != "application/json":
            raise bad_request(f"Unsupported content with type: {request.mimetype}")
        total, content_type = _announced()
        session = self._begin(account, json_object(), total, content_type, notifies)
        query = {**request.args, "upload_id": session.id}
        location = f"{request.host_url.rstrip('/')}{PATH}?{urlencode(query)}"
        return Response("", 200, {"Location": location})

    def _begin(
        self,
        account: Account,
        body: Any,
        total: int | None,
        content_type: str | None,
        notifies: bool,
    ) -> Session:
        if not isinstance(body, dict):
            raise bad_request("Parse Error", "parseError")
        check_parts(request.args.getlist("part"), body)
        if body:  # a simple upload has none
            check_resource(body)
        snippet = body.get("snippet", {"title": "unknown"})
        session = Session(
            id=secrets.token_urlsafe(32),
            account_id=account.account_id,
            resource={"snippet": snippet, "status": body.get("status", {})},
            total=total,
            content_type=content_type,
            notifies=notifies,
            created_at=clock.now(),
        )
        self._note_fate(session)
        self._state.sessions[session.id] = session
        return session

    def _upload_at_once(self, account: Account, kind: str | None, notifies: bool) -> Any:
        """`uploadType=multipart` has the resource and the bytes, `media` the bytes alone."""
        body, data, content_type = _whole_upload(kind)
        session = self._begin(account, body, len(data), content_type, notifies)
        session.stored += data
        return self._make_video(session).as_json(("snippet", "status"))

    def put(self) -> Any:
        """`PUT`: 308 with the stored range, or 200 with the finished video."""
        account = self._state.authorized(*_SCOPES)
        session = own(self._state.sessions.get(request.args.get("upload_id", "")), account)
        if session is None or session.is_gone:
            raise refusal(404, "notFound", "Not Found", "global")
        self._note_fate(session)
        chunk = _chunk()
        if chunk is None or not _fits(chunk, session):
            raise bad_request("Invalid request. The Content-Range does not fit the upload.")
        data = request.get_data()
        if chunk.first is None and data:
            raise bad_request("Invalid request. A query of the status carries no bytes.")
        session.total = session.total or chunk.total
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
        if last + 1 > (session.total or MOST_BYTES):
            raise bad_request("Invalid request. There are more bytes than were announced.")
        if last + 1 != session.total and len(data) % GRAIN:
            raise bad_request(f"Invalid request. Chunks must be multiples of {GRAIN} bytes.")
        if request.mimetype and session.content_type not in (None, request.mimetype):
            raise bad_request(f"Media type '{request.mimetype}' is not the one announced.")
        if self._state.partial_stores:
            self._state.partial_stores -= 1
            data = data[: len(data) // 2 // GRAIN * GRAIN]
        session.stored += data

    def _note_fate(self, session: Session) -> None:
        for mode in ("processing_stuck", "processing_failed"):
            if self._platform.struck(mode):
                session.fate = mode

    def _make_video(self, session: Session) -> Video:
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
        return video

    def _show(self, video: Video, data: bytes, session: Session) -> None:
        text = video.resource["snippet"].get("description", "")
        item = MediaItem.of("video", data)
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


def _fits(chunk: _Chunk, session: Session) -> bool:
    return None in (chunk.total, session.total) or chunk.total == session.total


def _resume_incomplete(session: Session) -> Response:
    kept = len(session.stored)
    return Response("", 308, {"Range": f"bytes=0-{kept - 1}"} if kept else {})


def _check_query() -> bool:
    """Whether subscribers are notified. Raises Refusal."""
    query = request.args
    for name in query:
        if name not in _QUERY:
            raise bad_request(f'Unknown name "{name}"', "unexpectedParameter")
    if query.get("uploadType") not in ("resumable", "multipart", "media"):
        raise bad_request("Media body required.", "mediaBodyRequired")
    for name in ("autoLevels", "stabilize"):
        if query.get(name, "false") not in ("true", "false"):
            raise bad_request(f"Invalid value for {name}.", "invalidParameter")
    notifies = query.get("notifySubscribers", "true")
    if notifies not in ("true", "false"):
        raise bad_request("Invalid value for notifySubscribers.", "invalidParameter")
    return notifies == "true"


def _announced() -> tuple[int | None, str | None]:
    """Size in bytes and type of the announced file, as far as named. Raises Refusal."""
    size, kind = (request.headers.get(f"X-Upload-Content-{name}") for name in ("Length", "Type"))
    length = whole_number(size, 1, MOST_BYTES)
    if size is not None and length is None:
        raise bad_request("Invalid X-Upload-Content-Length.", "mediaBodyRequired")
    _check_type(kind)
    return length, kind


def _check_type(kind: str | None) -> None:
    if kind and not kind.startswith("video/") and kind != "application/octet-stream":
        raise bad_request(f"Media type '{kind}' is not supported.", "mediaBodyUnsupported")


def _whole_upload(kind: str | None) -> tuple[Any, bytes, str]:
    """The resource, the bytes and their type of an upload in one request. Raises Refusal."""
    if kind == "media":
        _check_type(request.mimetype)
        return {}, request.get_data(), request.mimetype
    header = f"Content-Type: {request.headers.get('Content-Type', '')}\r\n\r\n".encode()
    parts = BytesParser(policy=HTTP).parsebytes(header + request.get_data()).get_payload()
    if request.mimetype != "multipart/related" or not isinstance(parts, list) or len(parts) != 2:
        raise bad_request("Media body required.", "mediaBodyRequired")
    resource, media = (part.get_payload(decode=True) for part in parts)
    content_type = parts[1].get_content_type()
    _check_type(content_type)
    try:
        return json.loads(resource), media, content_type
    except ValueError:
        raise bad_request("Parse Error", "parseError") from None


def _chunk() -> _Chunk | None:
    """Content-Range; without one, the body is the whole file. None: it cannot be read."""
    header = request.headers.get("Content-Range")
    if header is None:
        size = request.content_length or 0
        return _Chunk(0, size - 1, size) if size else None
    found = _RANGE.fullmatch(header)
    if found is None:
        return None
    total = None if found[3] == "*" else int(found[3])
    if found[1] is None:
        return _Chunk(None, -1, total)
    return _Chunk(int(found[1]), int(found[2]), total)

"""Uploading photos and videos to Facebook.

An ordinary video is uploaded in chunks to the Page's videos edge, a reel or a story video as one
stream to rupload.facebook.com (developers.facebook.com/docs/video-api as of 2026-11-22). Both
start with an id of the video.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from shared.domain.errors import PlatformUnavailable
from shared.domain.media import MediaAsset
from shared.platforms.base import UPLOAD_LEASE, UPLOAD_STEP_BYTES, Pending, Post, Step
from shared.platforms.base import Turn as AnyTurn
from shared.platforms.facebook import ABOUT
from shared.platforms.facebook.checkpoint import Checkpoint
from shared.platforms.facebook.errors import error_of
from shared.platforms.facebook.limits import product_of
from shared.platforms.facebook.videos import FIELDS, Video
from shared.platforms.http import Answer, Http
from shared.platforms.meta.errors import meta_error
from shared.platforms.meta.graph import path_of, token_of

UPLOAD_PHOTO = Step("upload_photo")
START = Step("start_video")
UPLOAD = Step("upload_video", lease=UPLOAD_LEASE)

# A chunk is held in memory. Facebook may ask for more at once, and names the next offset.
CHUNK_BYTES = 8 * 1024 * 1024
# The subcode for a chunk at the wrong offset; `error_data` has the right one.
_WRONG_OFFSET = 1363037
# Where the video of each product is started and finished.
_EDGES = {"post": "videos", "reel": "video_reels", "story": "video_stories"}

Turn = AnyTurn[Checkpoint]


def edge_of(post: Post, name: str) -> str:
    """The path of an edge of the Page."""
    return path_of(ABOUT, post.account.external_id, name)


def video_edge_of(post: Post) -> str:
    return edge_of(post, _EDGES[product_of(post.content)])


def upload_photo(turn: Turn) -> Pending:
    """Let Facebook download the next photo, without publishing it."""
    photos, post = turn.checkpoint.photos, turn.post
    fields = {"url": turn.content.images[len(photos)].url, "published": "false"}
    alt_text = post.alt_text(len(photos))
    if alt_text:
        fields["alt_text_custom"] = alt_text
    path = edge_of(post, "photos")
    photo = _accepted(turn.http.prepare("POST", path, data=fields, params=token_of(post))).get("id")
    if not photo:
        raise PlatformUnavailable("Facebook received a photo without returning its id.")
    return Pending(replace(turn.checkpoint, photos=(*photos, str(photo))))


def start_video(turn: Turn) -> Pending:
    fields = {"upload_phase": "start"}
    is_chunked = product_of(turn.content) == "post"
    if is_chunked:
        fields["file_size"] = str(turn.content.videos[0].size)
    path = video_edge_of(turn.post)
    answer = turn.http.prepare("POST", path, data=fields, params=token_of(turn.post))
    upload = _accepted(answer)
    target = upload.get("upload_session_id" if is_chunked else "upload_url")
    if not upload.get("video_id") or not target:
        raise PlatformUnavailable("Facebook started an upload without returning its id.")
    started = Checkpoint(video_id=str(upload["video_id"]))
    if not is_chunked:
        return Pending(replace(started, upload_url=str(target)))
    start, end = _offsets(upload)
    return Pending(replace(started, upload_session=str(target), start=start, end=end))


def upload_video(turn: Turn) -> Pending:
    """Send the next part of an ordinary video, or all bytes of a reel or a story video."""
    checkpoint = turn.checkpoint
    if checkpoint.upload_url is not None:
        _stream(turn, checkpoint.upload_url)
        return Pending(replace(checkpoint, uploaded=True))
    start, end = _send_chunks(turn)
    return Pending(replace(checkpoint, start=start, end=end, uploaded=start >= end))


def read_video(turn: Turn) -> Video:
    """What Facebook reports about the video. Raises a PlatformError."""
    path = path_of(ABOUT, turn.checkpoint.video_id or "")
    query = {"fields": FIELDS, **token_of(turn.post)}
    return Video(_accepted(turn.http.read(path, params=query)))


def _send_chunks(turn: Turn) -> tuple[int, int]:
    """Send about one step's worth of chunks; returns where the next one starts and ends."""
    start, end, sent = turn.checkpoint.start, turn.checkpoint.end, 0
    while start < end and sent < UPLOAD_STEP_BYTES:
        length = min(end - start, CHUNK_BYTES)
        next_start, end = _next_chunk(_send_chunk(turn, start, length))
        if next_start == start:
            raise PlatformUnavailable("Facebook did not accept a part of the video.")
        start, sent = next_start, sent + length
    if start >= end and start != turn.content.videos[0].size:
        raise PlatformUnavailable("Facebook ended the upload before the end of the video.")
    return start, end


def _send_chunk(turn: Turn, start: int, length: int) -> Answer:
    chunk = turn.http.bytes_of(turn.content.videos[0], start, length)
    return turn.http.upload(
        "POST",
        video_edge_of(turn.post),
        params=token_of(turn.post),
        data={
            "upload_phase": "transfer",
            "upload_session_id": turn.checkpoint.upload_session,
            "start_offset": str(start),
        },
        files={"video_file_chunk": ("chunk", chunk, "application/octet-stream")},
    )


def _next_chunk(answer: Answer) -> tuple[int, int]:
    """Where the next chunk starts and ends; a refused offset is answered with the right one."""
    error = meta_error(answer)
    if answer.ok or error is None or error.subcode != _WRONG_OFFSET:
        return _offsets(_accepted(answer))
    data = answer.fields()["error"].get("error_data")
    return _offsets(json.loads(data) if isinstance(data, str) else data or {})


def _offsets(fields: Mapping[str, Any]) -> tuple[int, int]:
    """`start_offset` and `end_offset`, which are strings. Raises PlatformUnavailable."""
    try:
        return int(fields["start_offset"]), int(fields["end_offset"])
    except (KeyError, TypeError, ValueError) as error:
        message = "Facebook did not return the next offset of the upload."
        raise PlatformUnavailable(message) from error


def _stream(turn: Turn, url: str) -> None:
    """Send the bytes that Facebook does not have yet, all in one request.

    There, a request that ends before the file does is an error, so there are no smaller parts.
    """
    video = turn.content.videos[0]
    offset = read_video(turn).received(video.size)
    if offset >= video.size:
        return
    answer = _send_stream(turn.http, url, turn.post.access_token, video, offset)
    if not _accepted(answer).get("success"):
        raise PlatformUnavailable("Facebook did not confirm that it received the whole video.")


def _send_stream(http: Http, url: str, token: str, video: MediaAsset, offset: int) -> Answer:
    with http.part(video, offset) as part:
        return http.upload(
            "POST",
            url,
            data=part,
            headers={
                "Authorization": f"OAuth {token}",
                "Content-Type": "application/octet-stream",
                "offset": str(offset),
                "file_size": str(video.size),
            },
        )


def _accepted(answer: Answer) -> dict[str, Any]:
    """The fields of a 2xx answer. Raises a PlatformError."""
    if not answer.ok:
        raise error_of(answer)
    return answer.fields()

"""Uploading photos and videos to Facebook.

An ordinary video is uploaded in chunks to the Page's videos edge, a reel or a story video as one
stream to rupload.facebook.com (developers.facebook.com/docs/video-api as of 2026-11-22). Both
start with an id of the video.
"""

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
from shared.platforms.meta.graph import path_of
from shared.platforms.wire import decoded, mapping, number, words

UPLOAD_PHOTO = Step("upload_photo")
START = Step("start_video")
UPLOAD = Step("upload_video", lease=UPLOAD_LEASE)

# A chunk is held in memory. Facebook may ask for more at once, and names the next offset.
CHUNK_BYTES = 8 * 1024 * 1024
# The subcode for a chunk at the wrong offset; `error_data` has the right one.
_WRONG_OFFSET = 1363037
# Where the video of each product is started and finished. The phases of an ordinary video
# (`upload_phase`) have left Meta's publishing guide and still work. Should Facebook refuse them:
# upload to `/{app}/uploads`, then post the handle to `/{page}/videos` as
# `fbuploader_video_file_chunk`.
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
    answer = turn.http.prepare("POST", path, data=fields, headers=post.bearer)
    photo = words(_accepted(answer).get("id"))
    if not photo:
        raise PlatformUnavailable("Facebook received a photo without returning its id.")
    return Pending(replace(turn.checkpoint, photos=(*photos, photo)))


def start_video(turn: Turn) -> Pending:
    fields = {"upload_phase": "start"}
    is_chunked = product_of(turn.content) == "post"
    if is_chunked:
        fields["file_size"] = str(turn.content.videos[0].size)
    path = video_edge_of(turn.post)
    answer = turn.http.prepare("POST", path, data=fields, headers=turn.post.bearer)
    upload = _accepted(answer)
    target = words(upload.get("upload_session_id" if is_chunked else "upload_url"))
    video_id = words(upload.get("video_id"))
    if not video_id or not (target if is_chunked else target.startswith(("https://", "http://"))):
        raise PlatformUnavailable("Facebook started an upload without returning its id.")
    started = Checkpoint(video_id=video_id)
    if not is_chunked:
        return Pending(replace(started, upload_url=target))
    start, end = _offsets(upload)
    return Pending(replace(started, upload_session=target, start=start, end=end))


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
    reading = turn.http.read(path, params={"fields": FIELDS}, headers=turn.post.bearer)
    if not reading.ok:
        raise reading.refusal(ABOUT.display_name, error_of)
    return Video(reading.fields())


def _send_chunks(turn: Turn) -> tuple[int, int]:
    """Send about one step's worth of chunks; returns where the next one starts and ends."""
    start, end, sent = turn.checkpoint.start, turn.checkpoint.end, 0
    while start < end and sent < UPLOAD_STEP_BYTES:
        length = min(end - start, CHUNK_BYTES)
        next_start, end = _next_chunk(_send_chunk(turn, start, length))
        if next_start == start or max(next_start, end) > turn.content.videos[0].size:
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
        headers=turn.post.bearer,
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
    data = mapping(answer.fields().get("error")).get("error_data")
    return _offsets(mapping(decoded(data) if isinstance(data, str) else data))


def _offsets(fields: Mapping[str, Any]) -> tuple[int, int]:
    """`start_offset` and `end_offset`, which are strings. Raises PlatformUnavailable."""
    start, end = number(fields.get("start_offset")), number(fields.get("end_offset"))
    if start is None or end is None:
        raise PlatformUnavailable("Facebook did not return the next offset of the upload.")
    return start, end


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

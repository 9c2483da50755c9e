"""Uploading images and videos to LinkedIn: …/shares/images-api and …/videos-api.

Uploaded media belong to the author of the post. A member's token cannot read them (LinkedIn
answers 403), so for a member Soku waits for a fixed time instead of polling.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from shared.domain.content import Content
from shared.domain.errors import MediaRejected, PlatformUnavailable
from shared.platforms.base import UPLOAD_LEASE, UPLOAD_STEP_BYTES, Pending, Step
from shared.platforms.base import Turn as AnyTurn
from shared.platforms.http import Answer
from shared.platforms.linkedin.checkpoint import Checkpoint, VideoPart, VideoUpload
from shared.platforms.linkedin.errors import EXPIRED_UPLOAD_URL, accepted, code_of, shown
from shared.platforms.linkedin.restli import encoded, headers
from shared.platforms.wire import mappings, number, words

UPLOAD_IMAGE = Step("upload_image", lease=UPLOAD_LEASE)
INITIALIZE_VIDEO = Step("initialize_video")
UPLOAD_VIDEO = Step("upload_video", lease=UPLOAD_LEASE)
FINALIZE_VIDEO = Step("finalize_video")
CHECK_MEDIA = Step("check_media", polls=True)

# Seconds. Other clients poll every 5 s for up to 5 min, or every 20 s up to 8 times; each call
# counts against a daily limit.
POLL_AFTER = (5, 5, 10, 10, 20, 20, 30, 30, 60, 60, 60, 60, 60, 60)
# Unverified how long a video takes; a post with a video that is not ready becomes visible later.
_UNSEEN_IMAGES_TAKE = timedelta(seconds=3)
_UNSEEN_VIDEO_TAKES = timedelta(seconds=15)
_BYTES_A_SECOND = 2_000_000
_LONGEST_UNSEEN = timedelta(minutes=5)

Turn = AnyTurn[Checkpoint]


def next_step(content: Content, checkpoint: Checkpoint) -> Step | None:
    """The next step for the media; None when all are ready."""
    if checkpoint.ready or not content.media:
        return None
    if len(checkpoint.media) == len(content.media):
        return CHECK_MEDIA
    if content.images:
        return UPLOAD_IMAGE
    video = checkpoint.video
    if video is None:
        return INITIALIZE_VIDEO
    return UPLOAD_VIDEO if len(video.etags) < len(video.parts) else FINALIZE_VIDEO


def upload_image(turn: Turn) -> Pending:
    """Upload the next image. After a crash it is uploaded as a new one; nobody sees the first."""
    uploaded = turn.checkpoint.media
    image = turn.content.images[len(uploaded)]
    upload = _initialize(turn, "images")
    with turn.http.part(image) as part:
        answer = turn.http.upload(
            "PUT",
            _url_of(upload),
            data=part,
            headers={**turn.post.bearer, "Content-Type": image.content_type},
        )
    accepted(answer)
    return Pending(Checkpoint(media=(*uploaded, _urn_of(upload, "image"))))


def _urn_of(upload: Mapping[str, Any], kind: str) -> str:
    urn = words(upload.get(kind))
    if not urn.startswith(f"urn:li:{kind}:"):
        raise PlatformUnavailable("LinkedIn started an upload without returning its id.")
    return urn


def _url_of(upload: Mapping[str, Any]) -> str:
    url = words(upload.get("uploadUrl"))
    if not url.startswith(("https://", "http://")):
        raise PlatformUnavailable("LinkedIn started an upload without returning its URL.")
    return url


def initialize_video(turn: Turn) -> Pending:
    upload = _initialize(
        turn,
        "videos",
        fileSizeBytes=turn.content.videos[0].size,
        uploadCaptions=False,
        uploadThumbnail=False,
    )
    parts = tuple(_part_of(part) for part in mappings(upload.get("uploadInstructions")))
    _check_parts(parts, turn.content.videos[0].size)
    video = VideoUpload(_urn_of(upload, "video"), words(upload.get("uploadToken")), parts)
    return Pending(replace(turn.checkpoint, video=video))


def _initialize(turn: Turn, kind: str, **fields: Any) -> Mapping[str, Any]:
    """A new upload of an image or a video, as LinkedIn describes it."""
    request = {"owner": turn.post.account.external_id, **fields}
    answer = turn.http.prepare(
        "POST",
        f"/rest/{kind}?action=initializeUpload",
        json={"initializeUploadRequest": request},
        headers=headers(turn.post),
    )
    value = accepted(answer).get("value")
    if not isinstance(value, dict):
        raise PlatformUnavailable("LinkedIn started an upload without returning its URL.")
    return value


def _part_of(part: Mapping[str, Any]) -> VideoPart:
    first, last = number(part.get("firstByte")), number(part.get("lastByte"))
    if first is None or last is None:
        raise PlatformUnavailable("LinkedIn described a part of the video without its bytes.")
    return VideoPart(_url_of(part), first, last)


def _check_parts(parts: Sequence[VideoPart], size: int) -> None:
    """Raises PlatformUnavailable unless the parts follow one another to the end of the video."""
    starts = [0, *(part.last + 1 for part in parts)]
    if [part.first for part in parts] != starts[:-1] or starts[-1] < size:
        raise PlatformUnavailable("LinkedIn did not cut the whole video into parts.")


def upload_video(turn: Turn) -> Pending:
    """Send the next parts, as LinkedIn has cut them; a part can be sent again."""
    video = _video_of(turn)
    etags, sent = list(video.etags), 0
    for part in video.parts[len(etags) :]:
        if sent >= UPLOAD_STEP_BYTES:
            break
        answer = _put(turn, part)
        if code_of(answer) == EXPIRED_UPLOAD_URL and not turn.checkpoint.renewed:
            return Pending(Checkpoint(renewed=True))
        accepted(answer)
        if "ETag" not in answer.headers:
            raise PlatformUnavailable("LinkedIn accepted a part of the video without an ETag.")
        etags.append(answer.headers["ETag"])
        sent += part.last - part.first + 1
    return Pending(replace(turn.checkpoint, video=replace(video, etags=tuple(etags))))


def _put(turn: Turn, part: VideoPart) -> Answer:
    asset = turn.content.videos[0]
    last = min(part.last, asset.size - 1)
    with turn.http.part(asset, part.first, last - part.first + 1) as data:
        octets = {"Content-Type": "application/octet-stream"}
        return turn.http.upload("PUT", part.url, data=data, headers=octets)


def finalize_video(turn: Turn) -> Pending:
    video = _video_of(turn)
    request = {
        "video": video.urn,
        "uploadToken": video.token,
        "uploadedPartIds": list(video.etags),
    }
    answer = turn.http.prepare(
        "POST",
        "/rest/videos?action=finalizeUpload",
        json={"finalizeUploadRequest": request},
        headers=headers(turn.post),
    )
    accepted(answer)
    return Pending(Checkpoint(media=(video.urn,)))


def _video_of(turn: Turn) -> VideoUpload:
    if turn.checkpoint.video is None:
        raise ValueError("this step follows initialize_video")
    return turn.checkpoint.video


def check_media(turn: Turn) -> Pending:
    """Check whether the media can be posted, up to the first one that cannot be yet."""
    media = turn.checkpoint.media
    for position in range(turn.checkpoint.available, len(media)):
        kind = "videos" if turn.content.videos else "images"
        path = f"/rest/{kind}/{encoded(media[position])}"
        answer = turn.http.read(path, headers=headers(turn.post))
        if answer.status == 403:
            return Pending(Checkpoint(media=media, ready=True), _unseen_for(turn.content))
        medium = shown(answer)
        if medium.get("status") == "PROCESSING_FAILED":
            reason = medium.get("processingFailureReason") or "LinkedIn gives no reason"
            raise MediaRejected(
                f"LinkedIn could not process media[{position}]: {reason}.",
                platform_code="PROCESSING_FAILED",
                platform_message=str(reason),
            )
        if medium.get("status") != "AVAILABLE":
            return _check_later(turn.checkpoint, position)
    return Pending(Checkpoint(media=media, ready=True))


def _check_later(checkpoint: Checkpoint, available: int) -> Pending:
    polls = checkpoint.polls
    if polls >= len(POLL_AFTER):
        raise PlatformUnavailable("LinkedIn did not finish processing the media.")
    waiting = replace(checkpoint, available=available, polls=polls + 1)
    return Pending(waiting, timedelta(seconds=POLL_AFTER[polls]))


def _unseen_for(content: Content) -> timedelta:
    """How long LinkedIn gets for media whose state Soku cannot read.

    A post that comes too early all the same is refused, and sent again after a while.
    """
    if not content.videos:
        return _UNSEEN_IMAGES_TAKE
    by_size = timedelta(seconds=content.videos[0].size // _BYTES_A_SECOND)
    return min(_UNSEEN_VIDEO_TAKES + by_size, _LONGEST_UNSEEN)

"""Images and videos on their way to LinkedIn: …/shares/images-api and …/videos-api.

What is uploaded belongs to the author of the post. The checkpoint holds `media`,
the URNs that are there so far, and `video`, the upload that is under way. A
member's token may not read: it is answered 403, and time must do instead.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from shared.domain.content import Content
from shared.domain.errors import MediaRejected, PlatformUnavailable
from shared.platforms.base import UPLOAD_LEASE, UPLOAD_STEP_BYTES, Pending, Post, Step
from shared.platforms.http import Answer, Http
from shared.platforms.linkedin.errors import EXPIRED_UPLOAD_URL, accepted, code_of

# Active until 15 September 2027 (…/marketing/versioning).
API_VERSION = "202609"

UPLOAD_IMAGE = Step("upload_image", lease=UPLOAD_LEASE)
INITIALIZE_VIDEO = Step("initialize_video")
UPLOAD_VIDEO = Step("upload_video", lease=UPLOAD_LEASE)
FINALIZE_VIDEO = Step("finalize_video")
CHECK_MEDIA = Step("check_media", polls=True)

# Others poll every 5 s for up to 5 min, or 20 s for 8; each call counts against a daily limit.
POLL_AFTER = (5, 5, 10, 10, 20, 20, 30, 30, 60, 60, 60, 60, 60, 60)
# Unverified how long a video takes; a post with one that is not ready shows when it is.
_UNSEEN_VIDEO_TAKES = timedelta(seconds=15)
_BYTES_A_SECOND = 2_000_000
_LONGEST_UNSEEN = timedelta(minutes=5)


def headers(post: Post, **more: str) -> dict[str, str]:
    """What every call of the versioned API carries."""
    return {
        "Authorization": f"Bearer {post.access_token}",
        "Linkedin-Version": API_VERSION,
        "X-Restli-Protocol-Version": "2.0.0",
        **more,
    }


def encoded(urn: str) -> str:
    """A URN as a path or a query carries it; HTTP libraries must not encode it again."""
    return quote(urn, safe="")


def next_step(content: Content, checkpoint: Mapping[str, Any]) -> Step | None:
    """What comes next until the media are there; None when they are."""
    if checkpoint.get("ready") or not content.media:
        return None
    if len(checkpoint.get("media", ())) == len(content.media):
        return CHECK_MEDIA
    if content.images:
        return UPLOAD_IMAGE
    video = checkpoint.get("video")
    if video is None:
        return INITIALIZE_VIDEO
    return UPLOAD_VIDEO if len(video["etags"]) < len(video["parts"]) else FINALIZE_VIDEO


def take(step: Step, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
    """Do one of the steps of this module. Raises a PlatformError."""
    match step.name:
        case UPLOAD_IMAGE.name:
            return _upload_image(post, checkpoint, http)
        case INITIALIZE_VIDEO.name:
            return _initialize_video(post, checkpoint, http)
        case UPLOAD_VIDEO.name:
            return _upload_parts(post, checkpoint, http)
        case FINALIZE_VIDEO.name:
            return _finalize_video(post, checkpoint, http)
    return _check(post, checkpoint, http)


def _upload_image(post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
    """One image. A second try begins a new one; nobody ever sees the first."""
    done = list(checkpoint.get("media", ()))
    image = post.content.images[len(done)]
    upload = _initialize(post, "images", {}, http)
    with http.part(image) as part:
        answer = http.upload(
            "PUT",
            upload["uploadUrl"],
            data=part,
            headers={
                "Authorization": f"Bearer {post.access_token}",
                "Content-Type": image.content_type,
            },
        )
    accepted(answer)
    return Pending({"media": [*done, upload["image"]]})


def _initialize_video(post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
    asked = {
        "fileSizeBytes": post.content.videos[0].size,
        "uploadCaptions": False,
        "uploadThumbnail": False,
    }
    upload = _initialize(post, "videos", asked, http)
    parts = [
        {"url": part["uploadUrl"], "first": part["firstByte"], "last": part["lastByte"]}
        for part in upload["uploadInstructions"]
    ]
    # The token goes back as it came, even when it is empty.
    token = upload.get("uploadToken", "")
    video = {"urn": upload["video"], "token": token, "parts": parts, "etags": []}
    return Pending({**checkpoint, "video": video})


def _initialize(post: Post, kind: str, asked: Mapping[str, Any], http: Http) -> dict[str, Any]:
    answer = http.prepare(
        "POST",
        f"/rest/{kind}?action=initializeUpload",
        json={"initializeUploadRequest": {"owner": post.account.external_id, **asked}},
        headers=headers(post),
    )
    value = accepted(answer).get("value")
    if not isinstance(value, dict):
        raise PlatformUnavailable("LinkedIn began an upload without saying where to.")
    return value


def _upload_parts(post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
    """The next parts, by LinkedIn's own instructions; a part may be sent again."""
    video = checkpoint["video"]
    etags, sent = list(video["etags"]), 0
    for part in video["parts"][len(etags) :]:
        if sent >= UPLOAD_STEP_BYTES:
            break
        answer = _put(post, part, http)
        if code_of(answer) == EXPIRED_UPLOAD_URL and not checkpoint.get("renewed"):
            return Pending({"renewed": True})
        accepted(answer)
        if "ETag" not in answer.headers:
            raise PlatformUnavailable("LinkedIn took a part of the video without an ETag.")
        etags.append(answer.headers["ETag"])
        sent += part["last"] - part["first"] + 1
    return Pending({**checkpoint, "video": {**video, "etags": etags}})


def _put(post: Post, part: Mapping[str, Any], http: Http) -> Answer:
    """One part; its range names the last byte too."""
    asset = post.content.videos[0]
    last = min(part["last"], asset.size - 1)
    with http.part(asset, part["first"], last - part["first"] + 1) as data:
        octets = {"Content-Type": "application/octet-stream"}
        return http.upload("PUT", part["url"], data=data, headers=octets)


def _finalize_video(post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
    video = checkpoint["video"]
    request = {
        "video": video["urn"],
        "uploadToken": video["token"],
        "uploadedPartIds": video["etags"],
    }
    answer = http.prepare(
        "POST",
        "/rest/videos?action=finalizeUpload",
        json={"finalizeUploadRequest": request},
        headers=headers(post),
    )
    accepted(answer)
    return Pending({"media": [video["urn"]]})


def _check(post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
    """Whether the media can be posted, read as far as the first that cannot yet."""
    media = checkpoint["media"]
    for position in range(checkpoint.get("available", 0), len(media)):
        kind = "videos" if post.content.videos else "images"
        path = f"/rest/{kind}/{encoded(media[position])}"
        answer = http.read(path, headers=headers(post))
        if answer.status == 403:
            return Pending({"media": media, "ready": True}, _unseen_for(post.content))
        found = accepted(answer)
        if found.get("status") == "PROCESSING_FAILED":
            reason = found.get("processingFailureReason") or "it gives no reason"
            raise MediaRejected(
                f"LinkedIn could not process media[{position}]: {reason}.",
                platform_code="PROCESSING_FAILED",
                platform_message=str(reason),
            )
        if found.get("status") != "AVAILABLE":
            return _wait(checkpoint, position)
    return Pending({"media": media, "ready": True})


def _wait(checkpoint: Mapping[str, Any], available: int) -> Pending:
    polls = checkpoint.get("polls", 0)
    if polls >= len(POLL_AFTER):
        raise PlatformUnavailable("LinkedIn has not finished processing the media.")
    again = {**checkpoint, "available": available, "polls": polls + 1}
    return Pending(again, timedelta(seconds=POLL_AFTER[polls]))


def _unseen_for(content: Content) -> timedelta:
    """How long LinkedIn is given for media whose state we may not read.

    Images none: they are there at once in practice, and a post that comes too early is refused
    with MEDIA_ASSET_WAITING_UPLOAD, which is tried again.
    """
    if not content.videos:
        return timedelta(0)
    by_size = timedelta(seconds=content.videos[0].size // _BYTES_A_SECOND)
    return min(_UNSEEN_VIDEO_TAKES + by_size, _LONGEST_UNSEEN)

"""Facebook's limits for photos and videos (developers.facebook.com/docs/video-api)."""

from flask import request

from local.platforms.media import CannotFetch, Medium, NotMedia, fetch, inspect
from local.platforms.meta import errors as meta_errors
from local.platforms.simulation import Refusal

USER_AGENT = "facebookexternalhit/1.1"
# From the documentation; the error's text still names 4 MB.
MAX_PHOTO_BYTES = 10_000_000
PHOTO_TYPES = ("image/jpeg", "image/png", "image/gif")
MAX_VIDEO_SECONDS = 240 * 60
VIDEO_TYPES = ("video/mp4", "video/quicktime")
CODECS = ("h264", "hevc")
NARROWEST, SHORTEST = 540, 960  # pixels of a reel
LONGEST = {"video_reels": 90, "video_stories": 60}  # seconds; 3 at least
ASPECT, TOLERANCE = 9 / 16, 0.005


def fetched_photo(url: str) -> Medium:
    """The photo at a URL. Raises Refusal."""
    if "fbcdn" in url:
        raise _invalid(2061006)
    try:
        medium = fetch(url, USER_AGENT)
    except CannotFetch as error:
        raise _invalid(2061006, f"The URL cannot be fetched: {error}") from error
    except NotMedia:
        raise _bad_photo() from None
    return _checked(medium)


def _checked(medium: Medium) -> Medium:
    if medium.content_type not in PHOTO_TYPES or medium.size > MAX_PHOTO_BYTES:
        raise _bad_photo()
    return medium


def sent_file() -> bytes | None:
    """The file in a multipart request, which the documentation calls `source`."""
    file = next(iter(request.files.values()), None)
    return None if file is None else file.read()


def sent_photo(data: bytes) -> Medium:
    """The photo that a request has itself. Raises Refusal."""
    try:
        medium = inspect(data)
    except NotMedia:
        raise _bad_photo() from None
    return _checked(medium)


def _bad_photo() -> Refusal:
    explanation = (
        "Your photos couldn't be uploaded. Photos should be less than 4 MB and saved as JPG, PNG, "
        "GIF, TIFF, HEIF or WebP files."
    )
    return _invalid(1366046, explanation, title="Can't Read Files")


def check_video(medium: Medium, edge: str) -> None:
    """Refuse a video for what Facebook checks when it is finished. Raises Refusal."""
    if edge == "videos":
        if medium.duration is None or medium.duration > MAX_VIDEO_SECONDS:
            raise _invalid(1363128, "The video is too long.")
        return
    if abs(medium.aspect - ASPECT) > TOLERANCE:
        raise _invalid(1363040, "The video must have an aspect ratio of 9:16.")
    if medium.width < NARROWEST or medium.height < SHORTEST:
        raise _invalid(1363127, "The video must have at least 540x960 pixels.")
    if medium.duration is None or not 3 <= medium.duration <= LONGEST[edge] + 0.05:
        raise _invalid(1363128, f"The video must last from 3 to {LONGEST[edge]} seconds.")
    if medium.frame_rate is None or not 23.9 <= medium.frame_rate <= 60.1:
        raise _invalid(1363129, "The video must have from 24 to 60 frames a second.")


def is_playable(medium: Medium) -> bool:
    """Whether processing will succeed."""
    return medium.content_type in VIDEO_TYPES and medium.codec in CODECS


def _invalid(subcode: int, explanation: str | None = None, title: str | None = None) -> Refusal:
    return meta_errors.meta_error(
        "Invalid parameter", 100, subcode=subcode, title=title, explanation=explanation
    )

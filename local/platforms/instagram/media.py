"""Instagram's limits for images and videos, checked on their bytes.

developers.facebook.com/docs/instagram-platform/content-publishing. An image is refused when its
container is created; a video is checked later, and its container ends in ERROR.
"""

from local.platforms.media import CannotFetch, Medium, NotMedia, fetch
from local.platforms.meta import errors as meta_errors

USER_AGENT = "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)"
_MIB = 1024 * 1024
MAX_IMAGE_BYTES = 8 * _MIB
MIN_ASPECT, MAX_ASPECT = 0.75, 1.91
# (bytes, least seconds, most seconds)
STORY_VIDEO = (100 * _MIB, 3.0, 60.0)
REEL = (300 * _MIB, 3.0, 15 * 60.0)
MAX_WIDTH = 1920
FRAME_RATES = (23.0, 60.0)
CODECS = ("h264", "hevc")

NOT_DOWNLOADED = 2207077
BAD_VIDEO = 2207026


class VideoFailure(Exception):
    """The processing of a video ends in ERROR, with this subcode."""

    def __init__(self, subcode: int) -> None:
        super().__init__(str(subcode))
        self.subcode = subcode


def fetch_image(url: str, is_story: bool) -> Medium:
    """The image at `url`. Raises Refusal."""
    try:
        medium = fetch(url, USER_AGENT)
    except CannotFetch:
        raise meta_errors.not_fetched(url) from None
    except NotMedia:
        raise _bad_format() from None
    if medium.content_type != "image/jpeg":
        raise _bad_format()
    if medium.size > MAX_IMAGE_BYTES:
        raise meta_errors.meta_error(
            "The image size is too large.",
            36000,
            subcode=2207004,
            transient=False,
            title="Image size too large",
            explanation="The image is too large to download. It should be less than 8 MiB.",
        )
    if not is_story and not MIN_ASPECT <= round(medium.aspect, 4) <= MAX_ASPECT:
        raise meta_errors.meta_error(
            "The aspect ratio is not supported.",
            36003,
            subcode=2207009,
            transient=False,
            title="Unsupported aspect ratio",
            explanation="The submitted image has an unsupported aspect ratio.",
        )
    return medium


def fetch_video(url: str, limits: tuple[int, float, float]) -> Medium:
    """The video at `url`. Raises VideoFailure."""
    try:
        medium = fetch(url, USER_AGENT)
    except CannotFetch:
        raise VideoFailure(NOT_DOWNLOADED) from None
    except NotMedia:
        raise VideoFailure(BAD_VIDEO) from None
    max_bytes, least, most = limits
    fits = (
        medium.content_type in ("video/mp4", "video/quicktime")
        and medium.codec in CODECS
        and medium.size <= max_bytes
        and least <= (medium.duration or 0) <= most
        and medium.width <= MAX_WIDTH
        and FRAME_RATES[0] <= (medium.frame_rate or 0) <= FRAME_RATES[1]
    )
    if not fits:
        raise VideoFailure(BAD_VIDEO)
    return medium


def _bad_format() -> Exception:
    return meta_errors.meta_error(
        "The image format is not supported.",
        36001,
        subcode=2207005,
        transient=False,
        title="Unsupported image format",
        explanation="The image format is not supported.",
    )

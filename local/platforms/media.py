"""What is in the files that a simulated platform received or fetched."""

import io
from dataclasses import dataclass

import requests
from PIL import Image, UnidentifiedImageError
from pymediainfo import MediaInfo

from local.platforms.posts import MediaItem

FETCH_SECONDS = 20.0
_IMAGES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "GIF": "image/gif"}
_VIDEOS = {"MPEG-4": "video/mp4", "QuickTime": "video/quicktime", "WebM": "video/webm"}
_CODECS = {"AVC": "h264", "HEVC": "hevc"}


class NotMedia(ValueError):
    """The bytes are neither an image nor a video of a known type; the text says why."""


class CannotFetch(Exception):
    """The file at a URL could not be fetched; the text says why."""


@dataclass(frozen=True)
class Medium:
    """A file and its properties. `kind` is image or video."""

    data: bytes
    kind: str
    content_type: str
    width: int
    height: int
    duration: float | None = None
    """Seconds."""
    frame_rate: float | None = None
    codec: str | None = None
    """h264, hevc, or mediainfo's name in lower case."""

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.data)

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.width / self.height

    @property
    def item(self) -> MediaItem:
        """The medium as an item of a post."""
        return MediaItem.of(self.kind, self.data)


def inspect(data: bytes) -> Medium:
    """The medium in `data`. Raises NotMedia."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            content_type = _IMAGES.get(image.format or "")
            if content_type is None:
                raise NotMedia(f"an image of the kind {image.format}")
            return Medium(data, "image", content_type, image.width, image.height)
    except UnidentifiedImageError:
        return _video(data)
    except OSError as error:
        raise NotMedia(f"a broken image: {error}") from error


def fetch(url: str, user_agent: str) -> Medium:
    """The medium at `url`, fetched without redirects. Raises CannotFetch, NotMedia."""
    try:
        answer = requests.get(
            url,
            headers={"User-Agent": user_agent},
            allow_redirects=False,
            timeout=FETCH_SECONDS,
            proxies={"http": "", "https": ""},
        )
    except requests.RequestException as error:
        raise CannotFetch(type(error).__name__) from error
    if answer.status_code != 200:
        raise CannotFetch(f"HTTP {answer.status_code}")
    medium = inspect(answer.content)
    if answer.headers.get("Content-Type", "").partition(";")[0] != medium.content_type:
        raise CannotFetch("the Content-Type is not that of the bytes")
    return medium


def _video(data: bytes) -> Medium:
    tracks = MediaInfo.parse(io.BytesIO(data)).tracks
    general = next(track for track in tracks if track.track_type == "General")
    pictures = next((track for track in tracks if track.track_type == "Video"), None)
    content_type = _VIDEOS.get(general.format or "")
    if pictures is None or content_type is None or not pictures.duration:
        raise NotMedia(f"no video, but {general.format or 'unknown bytes'}")
    return Medium(
        data,
        "video",
        content_type,
        pictures.width,
        pictures.height,
        float(pictures.duration) / 1000,
        float(pictures.frame_rate or 0) or None,
        _CODECS.get(pictures.format, str(pictures.format).lower()),
    )

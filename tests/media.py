"""Files that tests publish, served at public URLs as our storage would."""

import hashlib
from dataclasses import replace
from functools import cache
from pathlib import Path

from local.http_server import LocalServer
from local.media_server import media_server
from local.sample_media import clip, picture
from shared.domain.media import MediaAsset


@cache
def jpeg(width: int = 1080, height: int = 1350, seed: int = 1) -> bytes:
    return picture(width, height, "JPEG", seed)


@cache
def png(width: int = 1080, height: int = 1350, seed: int = 1) -> bytes:
    return picture(width, height, "PNG", seed)


@cache
def mp4(seconds: float = 8, width: int = 720, height: int = 1280, seed: int = 1) -> bytes:
    return clip(seconds, width, height, seed=seed)


@cache
def large_mp4(size: int, seed: int = 1) -> bytes:
    """A clip of `size` bytes: a film may carry what no player looks at."""
    whole = mp4(seed=seed)
    filling = size - len(whole)
    return whole + filling.to_bytes(4, "big") + b"free" + bytes(filling - 8)


class Shelf:
    """A folder that a plain file server serves."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server: LocalServer = media_server(folder)
        self._server.start()

    @property
    def url(self) -> str:
        return self._server.url

    def put(self, name: str, data: bytes) -> str:
        """Serve `data`; answers its URL."""
        (self._folder / name).write_bytes(data)
        return f"{self.url}/{name}"

    def remove(self, name: str) -> None:
        """Serve it no longer."""
        (self._folder / name).unlink()

    def image(self, seed: int = 1, width: int = 1080, height: int = 1350) -> MediaAsset:
        """A JPEG that every platform takes that takes images."""
        return self._asset(jpeg(width, height, seed), "image/jpeg", width, height)

    def png(self, seed: int = 1, width: int = 1080, height: int = 1350) -> MediaAsset:
        return self._asset(png(width, height, seed), "image/png", width, height)

    def video(
        self, seed: int = 1, seconds: float = 8, width: int = 720, height: int = 1280
    ) -> MediaAsset:
        """An MP4 of about 2 MB that every platform takes."""
        asset = self._asset(mp4(seconds, width, height, seed), "video/mp4", width, height)
        return replace(
            asset, duration=float(seconds), frame_rate=30.0, codec="h264", audio_codec="aac"
        )

    def large_video(self, size: int, seed: int = 1) -> MediaAsset:
        """The same with `size` bytes."""
        asset = self._asset(large_mp4(size, seed), "video/mp4", 720, 1280)
        return replace(asset, duration=8.0, frame_rate=30.0, codec="h264", audio_codec="aac")

    def close(self) -> None:
        self._server.stop()

    def _asset(self, data: bytes, content_type: str, width: int, height: int) -> MediaAsset:
        digest = hashlib.sha256(data).hexdigest()
        name = f"{digest[:22]}.{content_type.partition('/')[2]}"
        return MediaAsset(
            media_id=digest[:22],
            url=self.put(name, data),
            content_type=content_type,
            size=len(data),
            sha256=digest,
            width=width,
            height=height,
        )

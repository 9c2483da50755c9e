"""Google's resumable uploads.

Facts are from developers.google.com/youtube/data/guides/using_resumable_upload_protocol
as of 2026-11-22. A session makes at most one video, and none before it holds the last byte.
Its status says how many bytes it holds, or which video it made.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.domain.errors import PlatformUnavailable
from shared.domain.media import MediaAsset
from shared.platforms.base import Post
from shared.platforms.http import INCOMPLETE, Answer, Http, Reading, Reply

# Parts other than the last are multiples of 256 KiB. The visible step sends at most this much.
PART_BYTES = 8 * 1024 * 1024
_RANGE = re.compile(r"bytes=0-(\d{1,15})")


class SessionGone(Exception):
    """The session has ended or never existed: it will make no video."""


@dataclass(frozen=True)
class Session:
    """The upload of one file. Anyone who knows `url` can upload to it."""

    url: str = field(repr=False)
    asset: MediaAsset
    headers: Mapping[str, str] = field(repr=False)

    def status(self, http: Http) -> Reading:
        """Ask the session for its status, by a PUT without bytes."""
        headers = {**self.headers, "Content-Range": f"bytes */{self.asset.size}"}
        return http.read(self.url, "PUT", resumable=True, headers=headers)

    def send_part(self, start: int, http: Http) -> Answer:
        """Send the next bytes, which must not include the last one."""
        with http.part(self.asset, start, PART_BYTES) as part:
            headers = self._content(start, PART_BYTES)
            return http.upload("PUT", self.url, resumable=True, data=part, headers=headers)

    def send_rest(self, start: int, http: Http) -> Answer:
        """Send all remaining bytes: this makes the video."""
        rest = http.bytes_of(self.asset, start)
        headers = self._content(start, len(rest))
        return http.publish("PUT", self.url, resumable=True, data=rest, headers=headers)

    def _content(self, start: int, length: int) -> dict[str, str]:
        last = start + length - 1
        return {
            **self.headers,
            "Content-Type": self.asset.content_type,
            "Content-Range": f"bytes {start}-{last}/{self.asset.size}",
        }


def session_of(post: Post, url: str | None) -> Session:
    if url is None:
        raise ValueError("this step follows the start of an upload")
    return Session(url, post.content.videos[0], post.bearer)


def needs_parts(asset: MediaAsset, start: int) -> bool:
    """Whether more bytes remain than the visible step may send."""
    return asset.size - start > PART_BYTES


def is_gone(answer: Reply) -> bool:
    return answer.status in (404, 410)


def is_unfinished(answer: Reply) -> bool:
    return answer.status == INCOMPLETE


def received_bytes(answer: Reply) -> int:
    """How many bytes an unfinished session holds, often fewer than were sent."""
    value = answer.headers.get("Range")
    if value is None:
        return 0
    match = _RANGE.fullmatch(value)
    if match is None:
        raise PlatformUnavailable("YouTube reported the uploaded bytes in an unknown format.")
    return int(match[1]) + 1

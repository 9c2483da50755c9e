"""Google's uploads that go on where they stopped.

Facts are from developers.google.com/youtube/data/guides/using_resumable_upload_protocol
as of 2026-11-22. A session makes at most one video, and none before it holds
the last byte; asked for its status, it says how far it is or which video it made.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.domain.errors import PlatformUnavailable
from shared.domain.media import MediaAsset
from shared.platforms.http import Answer, Http

# Parts but the last are multiples of 256 KiB; this is also the most that the visible step sends.
PART_BYTES = 8 * 1024 * 1024
_RANGE = re.compile(r"bytes=0-(\d+)")


class SessionGone(Exception):
    """The session has ended or was never there: nothing comes of it any more."""


@dataclass(frozen=True)
class Session:
    """The upload of one file. Whoever knows `url` can upload to it."""

    url: str = field(repr=False)
    asset: MediaAsset
    headers: Mapping[str, str] = field(repr=False)

    def status(self, http: Http) -> Answer:
        """What the session says of itself. Sends no bytes."""
        asked = {**self.headers, "Content-Range": f"bytes */{self.asset.size}"}
        return http.prepare("PUT", self.url, headers=asked)

    def send_part(self, start: int, http: Http) -> Answer:
        """Send the next bytes, which must not be the last ones."""
        with http.part(self.asset, start, PART_BYTES) as part:
            headers = self._content(start, PART_BYTES)
            return http.upload("PUT", self.url, data=part, headers=headers)

    def send_rest(self, start: int, http: Http) -> Answer:
        """Send all that is left: this makes the video."""
        rest = http.bytes_of(self.asset, start)
        return http.publish("PUT", self.url, data=rest, headers=self._content(start, len(rest)))

    def needs_parts(self, start: int) -> bool:
        """More is left than the last request may carry."""
        return self.asset.size - start > PART_BYTES

    def _content(self, start: int, length: int) -> dict[str, str]:
        last = start + length - 1
        return {
            **self.headers,
            "Content-Type": self.asset.content_type,
            "Content-Range": f"bytes {start}-{last}/{self.asset.size}",
        }


def is_gone(answer: Answer) -> bool:
    return answer.status in (404, 410)


def is_unfinished(answer: Answer) -> bool:
    # Long before it meant "Permanent Redirect", this was Google's "Resume Incomplete".
    return answer.status == 308


def stored(answer: Answer) -> int:
    """How many bytes an unfinished session holds, often fewer than were sent."""
    held = answer.headers.get("Range")
    if held is None:
        return 0
    found = _RANGE.fullmatch(held)
    if found is None:
        raise PlatformUnavailable("YouTube said in an unknown way how much of the video it has.")
    return int(found[1]) + 1

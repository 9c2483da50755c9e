"""The chunks of a video on TikTok.

Media Transfer Guide (read 2026-11-22): every chunk has the declared size except the last one,
which also has the remainder, so their count is rounded down.
"""

from dataclasses import dataclass

# A chunk has 5 to 64 MB. MB is 10**6 in one place of the guide and 2**20 in another: this fits
# both. The smallest size keeps the last chunk, which makes the post visible, below 10 MiB.
CHUNK_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True)
class Chunks:
    """The chunks of a video of `size` bytes."""

    size: int

    @property
    def count(self) -> int:
        return max(1, self.size // CHUNK_BYTES)

    @property
    def chunk_size(self) -> int:
        return CHUNK_BYTES if self.count > 1 else self.size

    @property
    def last_start(self) -> int:
        """The offset of the last chunk."""
        return (self.count - 1) * self.chunk_size

    def can_start_at(self, offset: int) -> bool:
        return offset % self.chunk_size == 0 and offset <= self.last_start

    def length_at(self, offset: int) -> int:
        """Bytes of the chunk that begins at `offset`."""
        return self.size - offset if offset == self.last_start else self.chunk_size

    def headers_at(self, offset: int, content_type: str) -> dict[str, str]:
        last = offset + self.length_at(offset) - 1
        return {
            "Content-Type": content_type,
            "Content-Range": f"bytes {offset}-{last}/{self.size}",
        }

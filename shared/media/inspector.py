"""The process that inspects one file: `python -m shared.media.inspector CONTENT_TYPE SIZE`.

`inspect` starts it without any credentials. It limits itself first, reads the file only through
its parent ("read OFFSET LENGTH" on stdout, the bytes on stdin), and prints one JSON line:
{"facts": {…}} or {"refused": "a sentence for the user"}.
"""

import io
import json
import os
import resource
import sys
from dataclasses import asdict
from typing import IO, Any

from shared.media.content_types import NotMedia

# Of the instance's 1 GiB: `pictures.MAX_DECODING_BYTES`, and what Python and the libraries take.
MEMORY_BYTES = 560 * 1024 * 1024
# An image may be large. The index of a video is small, unless it lies about its size.
PROCESSOR_SECONDS = {"image": 15, "video": 8}
_MAX_FILES = 64
_BUFFER = 256 * 1024


def limit(memory_bytes: int, processor_seconds: int) -> None:
    """For good: a process cannot raise its hard limits again."""
    for resource_kind, most in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, processor_seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _MAX_FILES),
    ):
        resource.setrlimit(resource_kind, (most, most))


def answer(file: IO[bytes], content_type: str) -> dict[str, Any]:
    """What the process prints about `file`."""
    try:
        if content_type.startswith("image/"):
            from shared.media import pictures

            return {"facts": asdict(pictures.look_into(file, content_type))}
        from shared.media import videos

        return {"facts": asdict(videos.look_into(file, content_type))}
    except NotMedia as refused:
        return {"refused": refused.message}


class _Served(io.RawIOBase):
    """The file, whose bytes the parent sends on request."""

    def __init__(self, requests: int, replies: int, size: int) -> None:
        super().__init__()
        self._requests, self._replies = requests, os.fdopen(replies, "rb", buffering=0)
        self._size, self._position = size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise OSError("a position before the file")
        self._position = start + offset
        return self._position

    def readinto(self, buffer: Any, /) -> int:
        length = min(len(buffer), max(0, self._size - self._position), _BUFFER)
        if not length:
            return 0
        os.write(self._requests, b"read %d %d\n" % (self._position, length))
        done, view = 0, memoryview(buffer)
        while done < length:
            count = self._replies.readinto(view[done:length])
            if not count:
                sys.exit("the parent is gone")
            done += count
        self._position += length
        return length


def main() -> None:
    content_type, size = sys.argv[1], int(sys.argv[2])
    limit(MEMORY_BYTES, PROCESSOR_SECONDS[content_type.partition("/")[0]])
    # No library may write to the channel.
    channel = os.dup(1)
    os.dup2(2, 1)
    file = io.BufferedReader(_Served(channel, 0, size), _BUFFER)
    os.write(channel, json.dumps(answer(file, content_type)).encode() + b"\n")
    # Without cleaning up: a damaged file may have damaged the memory.
    os._exit(0)


if __name__ == "__main__":
    main()

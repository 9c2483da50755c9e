"""What a file is, from its bytes alone, not from its name or the server's Content-Type.

Decoders have bugs, and a small file can make them use gigabytes or minutes. So each file is
inspected in a process of its own, which has no credentials, limits its memory and processor time,
and is killed when it takes too long. Its answer is treated like any input from outside.
"""

import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from shared import logs
from shared.media.confinement import PLACE, end, start
from shared.media.content_types import NotMedia, broken
from shared.media.facts import Facts, facts_from

log = logs.logger("media")

SECONDS = 20.0
_MAX_LINE = 4096
_MAX_MESSAGE = 400
_READ = re.compile(rb"read (\d{1,15}) (\d{1,6})\n")


def inspect(file: IO[bytes], content_type: str, size: int) -> Facts:
    """Inspect a seekable file of `size` bytes that begins like a `content_type`.

    An image is decoded, with all frames of an animated one, so a broken or incomplete file is
    noticed. Of a video, only the index is read. Raises NotMedia, StorageUnavailable, and ApiError
    when too many other files are being inspected.
    """
    if file.seek(0, os.SEEK_END) != size:
        raise broken(content_type)
    with PLACE.taken("Soku is inspecting too many files right now."):
        PLACE.clear()
        with _process(content_type, size) as process:
            line = _Conversation(process, file).answer()
    return _judged(line, content_type)


@contextmanager
def _process(content_type: str, size: int) -> Iterator["subprocess.Popen[bytes]"]:
    """The inspecting process, which is gone afterwards."""
    process = start("shared.media.inspector", content_type, str(size))
    alarm = threading.Timer(SECONDS, process.kill)
    alarm.start()
    try:
        yield process
    finally:
        alarm.cancel()
        end(process)


class _Conversation:
    """Serves the bytes that the process requests, until it answers."""

    def __init__(self, process: "subprocess.Popen[bytes]", file: IO[bytes]) -> None:
        assert process.stdin and process.stdout
        self._process, self._file = process, file
        self._requests, self._replies = process.stdout, process.stdin
        self._storage_seconds = 0.0

    def answer(self) -> bytes:
        """The line that the process printed; b"" if it died. Raises StorageUnavailable."""
        try:
            while read := _READ.fullmatch(line := self._requests.readline(_MAX_LINE)):
                self._replies.write(self._bytes(int(read[1]), int(read[2])))
                self._replies.flush()
        except BrokenPipeError:
            line = b""
        if not line and self._storage_seconds > SECONDS / 2:
            from shared.gcp.storage import StorageUnavailable

            raise StorageUnavailable("reading a stored file took too long")
        return line

    def _bytes(self, offset: int, length: int) -> bytes:
        start = time.monotonic()
        self._file.seek(offset)
        data = self._file.read(length)
        self._storage_seconds += time.monotonic() - start
        # The process gets what it requested, or it would wait: it knows the size of the file.
        return data.ljust(length, b"\0")


def _judged(line: bytes, content_type: str) -> Facts:
    """The facts of an answer. Raises NotMedia."""
    answer = _decoded(line)
    refused = answer.get("refused")
    if isinstance(refused, str):
        raise NotMedia(refused[:_MAX_MESSAGE])
    facts = facts_from(answer.get("facts"))
    if facts is None:
        log.warning(
            "file not readable",
            extra=logs.fields(contentType=content_type, answer=repr(line[:200])),
        )
        raise NotMedia(
            f"The {content_type.partition('/')[0]} could not be read: it is damaged, or takes too "
            "much time or memory. Export it again and retry."
        )
    return facts


def _decoded(line: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(line)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}

"""Draws pictures in a process of its own, which waits for the next ones.

It has no credentials, limits its memory and processor time, and is killed when a picture takes too
long. Its answers are treated like any input from outside.
"""

import atexit
import json
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared import logs
from shared.media.confinement import PLACE, Place, start
from shared.templates.catalog import Template

log = logs.logger("templates")

SECONDS = 20.0
_MODULE = "shared.templates.renderer"
_MAX_LINE = 4096
_MAX_MESSAGE = 400
_MAX_BYTES = 16 * 1024 * 1024
_JPEG = b"\xff\xd8\xff"


class NotDrawn(Exception):
    """A picture was not drawn. `message` tells the user what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Photo:
    """A picture of the user."""

    content: bytes
    content_type: str


class Renderer:
    """Draws one picture at a time. The process waits for the next one in `place`."""

    def __init__(self, place: Place) -> None:
        self.place = place

    def draw(self, template: Template, data: Mapping[str, Any], photo: Photo | None) -> bytes:
        """A JPEG image. Raises NotDrawn, and ApiError when too many others are being drawn."""
        request = {
            "template": f"{template.folder.name}/picture.typ",
            "data": data,
            "photo": photo and {"contentType": photo.content_type, "size": len(photo.content)},
        }
        sent = json.dumps(request).encode() + b"\n" + (photo.content if photo else b"")
        with self.place.taken("Soku is drawing too many pictures right now."):
            head, picture = self._answer(sent)
        return _judged(head, picture, template.slug)

    def _answer(self, sent: bytes) -> tuple[dict[str, Any], bytes]:
        """What the process answers; nothing if it died or took too long."""
        process = self._process()
        alarm = threading.Timer(SECONDS, process.kill)
        alarm.start()
        head: dict[str, Any] = {}
        picture = b""
        try:
            head, picture = _asked(process, sent)
        finally:
            alarm.cancel()
            if head.get("isLast") is not False:
                self.place.clear()
        return head, picture

    def _process(self) -> "subprocess.Popen[bytes]":
        waiting = self.place.waiting
        if waiting is None or waiting.poll() is not None:
            self.place.clear()
            waiting = self.place.waiting = start(_MODULE)
        return waiting


def _asked(process: "subprocess.Popen[bytes]", sent: bytes) -> tuple[dict[str, Any], bytes]:
    assert process.stdin and process.stdout
    try:
        process.stdin.write(sent)
        process.stdin.flush()
    except BrokenPipeError:
        return {}, b""
    head = _decoded(process.stdout.readline(_MAX_LINE))
    size = head.get("size")
    if type(size) is not int or not 0 < size <= _MAX_BYTES:
        return head, b""
    return head, process.stdout.read(size)


def _decoded(line: bytes) -> dict[str, Any]:
    try:
        head = json.loads(line)
    except ValueError:
        return {}
    return head if isinstance(head, dict) else {}


def _judged(head: Mapping[str, Any], picture: bytes, slug: str) -> bytes:
    refused = head.get("refused")
    if isinstance(refused, str):
        raise NotDrawn(refused[:_MAX_MESSAGE])
    if not picture.startswith(_JPEG) or len(picture) != head["size"]:
        log.error("picture not drawn", extra=logs.fields(template=slug, answer=repr(head)))
        raise NotDrawn("The picture takes too much time or memory. Use shorter texts.")
    return picture


RENDERER = Renderer(PLACE)
atexit.register(PLACE.clear)

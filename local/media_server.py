"""A plain file server, and the sample pictures that it starts with."""

import struct
import zlib
from pathlib import Path
from typing import Any

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.utils import send_from_directory
from werkzeug.wrappers import Request, Response

from local.http_server import LocalServer

# Name -> width, height and the colours of the first and the last line.
_SAMPLES = {
    "morning.png": (1080, 1080, (255, 179, 102), (94, 129, 191)),
    "evening.png": (1080, 1350, (36, 36, 84), (214, 93, 84)),
}
_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def media_server(directory: Path, port: int = 0) -> LocalServer:
    """Serves the files below `directory` by their names, ranges included."""

    @Request.application
    def serve(request: Request) -> Any:
        if request.method not in ("GET", "HEAD"):
            return MethodNotAllowed(["GET", "HEAD"])
        return _file(directory, request)

    return LocalServer(serve, port)


def write_samples(directory: Path) -> None:
    """Put two pictures there that every platform takes."""
    for name, (width, height, top, bottom) in _SAMPLES.items():
        (directory / name).write_bytes(_gradient(width, height, top, bottom))


def _file(directory: Path, request: Request) -> Response | HTTPException:
    try:
        return send_from_directory(
            directory.resolve(), request.path.lstrip("/"), request.environ, conditional=True
        )
    except HTTPException as error:
        return error


def _gradient(width: int, height: int, top: tuple[int, ...], bottom: tuple[int, ...]) -> bytes:
    """A PNG (8 bits a channel, RGB) that fades from `top` to `bottom`."""
    lines = bytearray()
    for line in range(height):
        share = line / (height - 1)
        colour = bytes(round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True))
        lines += b"\0" + colour * width  # each line starts with its filter: none
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        _PNG_SIGNATURE
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(bytes(lines), 1))
        + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)

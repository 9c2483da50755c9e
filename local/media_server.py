"""A plain file server and its sample files."""

from pathlib import Path

from werkzeug.exceptions import MethodNotAllowed
from werkzeug.utils import send_from_directory
from werkzeug.wrappers import Request, Response

from local.http_server import LocalServer
from local.sample_media import clip, picture

# Name -> width and height in pixels.
_PICTURES = {"morning.jpg": (1080, 1080), "noon.jpg": (1080, 1080), "evening.jpg": (1080, 1350)}


def media_server(directory: Path, port: int = 0) -> LocalServer:
    """Serves the files in `directory` by name, with support for ranges."""

    @Request.application  # turns a raised HTTPException into its response
    def serve(request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            raise MethodNotAllowed(["GET", "HEAD"])
        return send_from_directory(
            directory.resolve(), request.path.lstrip("/"), request.environ, conditional=True
        )

    return LocalServer(serve, port)


def write_samples(directory: Path) -> None:
    """Write pictures and a clip that every platform with such media accepts."""
    for seed, (name, size) in enumerate(_PICTURES.items()):
        (directory / name).write_bytes(picture(*size, seed=seed))
    (directory / "clip.mp4").write_bytes(clip())

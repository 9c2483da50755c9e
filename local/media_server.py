"""A plain file server and its sample files."""

from pathlib import Path

from PIL import Image
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.utils import send_from_directory
from werkzeug.wrappers import Request, Response

from local.http_server import LocalServer
from local.sample_landscape import EVENING, MORNING, NOON, between, landscape
from local.sample_media import clip

# Name -> width and height in pixels, and the time of day.
_PICTURES = {
    "morning.jpg": (1080, 1080, MORNING),
    "noon.jpg": (1080, 1080, NOON),
    "evening.jpg": (1080, 1350, EVENING),
}
_CLIP_SECONDS = 8


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
    for seed, (name, drawn) in enumerate(_PICTURES.items()):
        landscape(*drawn, seed).save(directory / name, quality=88)
    (directory / "clip.mp4").write_bytes(clip(_CLIP_SECONDS, draw=_at_dusk))


def _at_dusk(seconds: float) -> Image.Image:
    """A frame of a clip of a sunset."""
    light = between(NOON, EVENING, seconds / _CLIP_SECONDS)
    # Drawn smaller: the start of the stack waits for it.
    return landscape(360, 640, light).resize((720, 1280))

"""The process that draws pictures: `python -m shared.templates.renderer`.

`render` starts it without any credentials. It limits itself first, and then draws one picture for
each request, because its start takes longer than a picture. A request is a line of JSON:
{"template": "quote/picture.typ", "data": {…}, "photo": {"contentType": …, "size": …} or null}
and the bytes of the photo. The answer is a line of JSON and the bytes of a JPEG image:
{"size": …, "isLast": …}, or {"refused": "a sentence for the user"}, or {"failed": …} for the log.
"""

import base64
import importlib.util
import io
import json
import os
import resource
import sys
from pathlib import Path
from typing import IO, Any

from PIL import Image, ImageOps

from shared.media import pictures
from shared.media.content_types import NotMedia
from shared.media.inspector import limit

# Of address space. Typst, the fonts and the threads take 310 MB, of which 90 MB are used.
MEMORY_BYTES = 720 * 1024 * 1024
PROCESSOR_SECONDS = 120
# What earlier pictures left in memory goes with the process.
_MOST_SECONDS = 60
_MOST_RESIDENT_BYTES = 256 * 1024 * 1024
_FOLDER = Path(__file__).parent
_FONT_PACKAGES = ("manimgx_fonts", "manimgx_fonts_cjk")
# A photo that fills the tallest page has no more pixels than the page.
_LARGEST_PHOTO = (2560, 2560)


def compiler() -> Any:
    """Reads templates only from this folder, and only the fonts of our packages."""
    import typst

    folders = [_folder_of(package) for package in _FONT_PACKAGES]
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=folders
    )
    return typst.Compiler(root=_FOLDER, font_paths=fonts)


def _folder_of(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ImportError(f"the package {package} with its fonts is missing")
    return Path(spec.origin).parent


def draw(typst: Any, template: str, data: dict[str, Any], photo: str | None = None) -> bytes:
    """A JPEG image. `photo`: of `svg_of`."""
    texts = {"data": json.dumps(data | {"picture": photo})}
    # One point of the page is one pixel.
    drawn = typst.compile(_FOLDER / template, format="png", ppi=72, sys_inputs=texts)
    if not isinstance(drawn, bytes):
        raise ValueError(f"{template} has {len(drawn)} pages")
    return _jpeg_of(Image.open(io.BytesIO(drawn), formats=["PNG"]).convert("RGB"))


def _jpeg_of(image: Image.Image) -> bytes:
    """Instagram accepts only JPEG."""
    file = io.BytesIO()
    # Without chroma subsampling, letters in color keep sharp edges.
    image.save(file, format="JPEG", quality=90, subsampling=0)
    return file.getvalue()


def svg_of(photo: bytes, content_type: str) -> str:
    """A photo as text, because a template gets only texts. Raises NotMedia."""
    try:
        image = pictures.opened(io.BytesIO(photo), content_type)
        pictures.refuse_too_large(image)
        image.draft("RGB", _LARGEST_PHOTO)
        image.thumbnail(_LARGEST_PHOTO)
        upright = ImageOps.exif_transpose(image).convert("RGBA")
    except (MemoryError, *pictures.DAMAGE) as error:
        raise NotMedia("The picture could not be read. Use another one.") from error
    opaque = Image.new("RGB", upright.size, "white")
    opaque.paste(upright, mask=upright)
    width, height = opaque.size
    link = base64.b64encode(_jpeg_of(opaque)).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" href="data:image/jpeg;base64,{link}"/></svg>'
    )


def _answer(typst: Any, request: dict[str, Any], photo: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        kind = request["photo"] and request["photo"]["contentType"]
        svg = svg_of(photo, kind) if kind else None
        picture = draw(typst, request["template"], request["data"], svg)
    except NotMedia as refused:
        return {"refused": refused.message}, b""
    except (RuntimeError, ValueError) as error:
        return {"failed": str(error)[:2000]}, b""
    return {"size": len(picture)}, picture


def _is_last() -> bool:
    # Not `ru_maxrss`, which begins with the memory of the parent.
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    seconds = usage.ru_utime + usage.ru_stime
    return resident > _MOST_RESIDENT_BYTES or seconds > _MOST_SECONDS


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Answer requests until there are no more, or until it is time for a new process."""
    typst = compiler()
    is_last = False
    while not is_last and (line := requests.readline()):
        request = json.loads(line)
        photo = requests.read(request["photo"]["size"]) if request["photo"] else b""
        head, picture = _answer(typst, request, photo)
        is_last = _is_last()
        answers.write(json.dumps(head | {"isLast": is_last}).encode() + b"\n" + picture)
        answers.flush()


def main() -> None:
    limit(MEMORY_BYTES, PROCESSOR_SECONDS)
    # No library may write to the channel.
    channel = os.dup(1)
    os.dup2(2, 1)
    with os.fdopen(channel, "wb") as answers:
        serve(sys.stdin.buffer, answers)
    # Without cleaning up: a damaged file may have damaged the memory.
    os._exit(0)


if __name__ == "__main__":
    main()

"""The process that draws: what it may do, and what happens when it fails."""

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from shared.domain.errors import ApiError
from shared.media import places
from shared.media.confinement import PLACE, Place
from shared.media.inspect import inspect
from shared.templates import catalog, render, renderer
from shared.templates.render import RENDERER, NotDrawn, Photo, Renderer
from shared.templates.texts import data_of
from shared.web import strict
from tests.media_samples import png_of, still

pytestmark = pytest.mark.slow
QUOTE = catalog.template("quote")
DATA = data_of(strict.read(QUOTE.config, QUOTE.example), "1:1")


@pytest.fixture
def own() -> Iterator[Renderer]:
    renderer = Renderer(Place())
    yield renderer
    renderer.place.clear()


def pid(own: Renderer) -> int:
    assert own.place.waiting is not None
    return own.place.waiting.pid


def draw(own: Renderer, photo: Photo | None = None) -> Image.Image:
    return Image.open(io.BytesIO(own.draw(QUOTE, DATA, photo)))


def refusal(own: Renderer, photo: Photo | None = None) -> str:
    with pytest.raises(NotDrawn) as refused:
        draw(own, photo)
    return refused.value.message


def test_the_process_has_no_environment_and_few_rights(
    own: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOKEN_KEYSET", "canary")
    draw(own)
    process = Path(f"/proc/{pid(own)}")
    names = {line.partition(b"=")[0] for line in (process / "environ").read_bytes().split(b"\0")}
    assert names - {b""} == {b"PYTHONPATH", b"PYTHONDONTWRITEBYTECODE"}
    limits = (process / "limits").read_text()
    for words in (
        f"Max address space        {renderer.MEMORY_BYTES}",
        f"Max cpu time             {renderer.PROCESSOR_SECONDS}",
        "Max file size            0",
        "Max core file size       0",
    ):
        assert " ".join(words.split()) in " ".join(limits.split())


def test_the_process_draws_one_picture_after_the_other(own: Renderer) -> None:
    draw(own)
    first = pid(own)
    draw(own)
    assert pid(own) == first


def test_another_process_takes_the_place_of_one_that_died(own: Renderer) -> None:
    draw(own)
    os.kill(pid(own), signal.SIGKILL)
    os.waitid(os.P_PID, pid(own), os.WEXITED | os.WNOWAIT)
    assert draw(own).size == (1080, 1080)


def test_a_file_to_inspect_gets_the_memory_of_a_process_that_waits() -> None:
    draw(RENDERER)
    assert PLACE.waiting is not None
    photo = still("PNG")
    inspect(io.BytesIO(photo), "image/png", len(photo))
    assert PLACE.waiting is None
    assert draw(RENDERER).size == (1080, 1080)


def test_a_process_that_does_not_answer_is_killed(
    own: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(own)
    stuck = own.place.waiting
    assert stuck is not None
    os.kill(stuck.pid, signal.SIGSTOP)
    monkeypatch.setattr(render, "SECONDS", 0.2)
    assert "too much time" in refusal(own)
    assert stuck.returncode == -signal.SIGKILL
    monkeypatch.undo()
    assert draw(own).size == (1080, 1080)


def test_nobody_waits_long_for_a_picture(own: Renderer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "SECONDS", 0.01)
    with own.place.taken("busy"), pytest.raises(ApiError) as busy:
        draw(own)
    assert busy.value.headers["Retry-After"]
    assert draw(own).size == (1080, 1080)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\n",
        b"no JSON\n",
        b"[]\n",
        b"{}\n",
        b'{"size": 10, "isLast": false}\nabc',
        b'{"size": "3"}\nabc',
        b'{"size": 3, "isLast": false}\nabc',
        b'{"size": true}\nabc',
        b'{"size": -1}\nabc',
        b'{"size": 99999999999}\nabc',
        b'{"refused": 5}\n',
        b'{"failed": "why", "isLast": false}\n',
        b"x" * 10_000,
    ],
)
def test_any_other_answer_means_that_there_is_no_picture(
    own: Renderer, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    code = f"import os, sys; sys.stdin.buffer.readline(); os.write(1, {answer!r})"
    monkeypatch.setattr(
        render,
        "start",
        lambda module: subprocess.Popen(
            [sys.executable, "-S", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ),
    )
    assert "too much time or memory" in refusal(own)


def test_the_process_ends_after_its_share_of_work(monkeypatch: pytest.MonkeyPatch) -> None:
    request = {"template": "quote/picture.typ", "data": DATA, "photo": None}
    line = json.dumps(request).encode() + b"\n"
    monkeypatch.setattr(renderer, "_MOST_RESIDENT_BYTES", 0)
    answers = io.BytesIO()
    renderer.serve(io.BytesIO(line * 3), answers)
    head, _, picture = answers.getvalue().partition(b"\n")
    assert json.loads(head) == {"size": len(picture), "isLast": True}


@pytest.mark.full
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_photo_of_every_kind_is_shown(own: Renderer, kind: str) -> None:
    shown = draw(own, Photo(still(kind), f"image/{kind.lower()}"))
    assert shown.tobytes() != draw(own).tobytes()


def test_a_photo_is_shown_upright(own: Renderer) -> None:
    """A red left half that is to be shown turned by 90 degrees is at the top."""
    halves, file = Image.new("RGB", (400, 400), "blue"), io.BytesIO()
    halves.paste("red", (0, 0, 200, 400))
    exif = Image.Exif()
    exif[0x0112] = 6
    halves.save(file, "JPEG", exif=exif)
    cover = catalog.template("event")
    data = data_of(strict.read(cover.config, cover.example), "1:1")
    shown = Image.open(io.BytesIO(own.draw(cover, data, Photo(file.getvalue(), "image/jpeg"))))
    red, _, blue = shown.getpixel((20, 10))  # type: ignore[misc]
    assert red > 200 > blue
    red, _, blue = shown.getpixel((20, 335))  # type: ignore[misc]
    assert blue > 200 > red


@pytest.mark.parametrize(
    "photo",
    [
        Photo(still("JPEG")[:200], "image/jpeg"),
        Photo(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png"),
        Photo(png_of(60_000, 60_000), "image/png"),
    ],
)
def test_a_damaged_or_huge_photo_is_refused(own: Renderer, photo: Photo) -> None:
    assert "picture" in refusal(own, photo).lower() or "image" in refusal(own, photo)
    assert draw(own).size == (1080, 1080)

"""The type of a file, from its first bytes."""

import io
import zipfile
from collections.abc import Callable

import pytest

from local.sample_media import clip
from shared.media.content_types import NotMedia, content_type_of
from shared.media.names import EXTENSIONS
from tests.media_samples import film, moving, still

Make = Callable[[], bytes]
TAKEN: list[tuple[Make, str]] = [
    (lambda: still("JPEG"), "image/jpeg"),
    (lambda: still("JPEG", orientation=6), "image/jpeg"),
    (lambda: still("PNG"), "image/png"),
    (lambda: moving("PNG"), "image/png"),
    (lambda: still("GIF"), "image/gif"),
    (lambda: b"GIF87a" + still("GIF")[6:], "image/gif"),
    (lambda: moving("GIF"), "image/gif"),
    (lambda: still("WEBP"), "image/webp"),
    (lambda: moving("WEBP"), "image/webp"),
    (lambda: clip(0.2, 64, 48), "video/mp4"),
    (lambda: film("mp4", "libx265"), "video/mp4"),
    (lambda: b"\0\0\0\x18ftypM4V \0\0\0\0", "video/mp4"),
    (lambda: b"\0\0\0\x18ftypavc1\0\0\0\0", "video/mp4"),
    (lambda: film("mov"), "video/quicktime"),
    (lambda: film("mov")[20:], "video/quicktime"),
    (lambda: film("webm", "libvpx"), "video/webm"),
    (lambda: film("webm", "libvpx-vp9"), "video/webm"),
]


@pytest.mark.full
@pytest.mark.parametrize(("make", "content_type"), TAKEN)
def test_the_first_bytes_determine_the_type(make: Make, content_type: str) -> None:
    assert content_type_of(make()[: 64 * 1024]) == content_type


def test_every_supported_type_is_recognized() -> None:
    assert {content_type for _, content_type in TAKEN} == set(EXTENSIONS)


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("a.jpg", still("JPEG"))
    return file.getvalue()


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "SVG"),
        (lambda: b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- a -->\n<SVG></SVG>", "SVG"),
        (lambda: b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        (lambda: b"\n\n <html><img src='a.jpg'></html>", "web page"),
        (lambda: b"<!doctype HTML>", "web page"),
        (lambda: b"%PDF-1.7\n%\xff\xd8\xff", "PDF"),
        (archive, "ZIP"),
        (lambda: b"#!/bin/sh\nrm -rf /\n", "text"),
        (lambda: b'{"error": "not found"}', "text"),
        (lambda: b"", "empty"),
        (lambda: b"\0" * 64, "unknown"),
        (lambda: b"\xff\xd8", "unknown"),
        (lambda: b"\x7fELF\x02\x01\x01\0", "unknown"),
        (lambda: b"MZ\x90\0", "unknown"),
        (lambda: still("AVIF"), "AVIF"),
        (lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (lambda: b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "HEIC"),
        (lambda: b"\0\0\0\x18ftypM4A \0\0\0\0", "audio"),
        (lambda: still("TIFF"), "TIFF"),
        (lambda: still("BMP"), "BMP"),
        (lambda: still("JPEG2000"), "JPEG 2000"),
        (lambda: film("matroska"), "Matroska"),
        (lambda: film("avi", "mpeg4"), "AVI"),
        (lambda: film("flv"), "Flash"),
        (lambda: film("ogg", "", "libopus"), "Ogg"),
        (lambda: b"ID3\x04\0\0\0", "audio"),
        # Polyglots that begin as something else
        (lambda: b"%PDF-1.4\n" + still("JPEG"), "PDF"),
        (lambda: b"<!-- " + still("GIF") + b" --><html>", "web page"),
        (lambda: archive() + still("PNG"), "ZIP"),
        (lambda: b" " + still("JPEG"), "unknown"),
        (lambda: b"RIFF\x10\0\0\0WAVE" + still("WEBP"), "AVI or WAV"),
    ],
)
def test_other_types_are_refused_by_name(make: Make, kind: str) -> None:
    with pytest.raises(NotMedia) as refused:
        content_type_of(make()[: 64 * 1024])
    assert kind in refused.value.message
    assert "JPEG, PNG, GIF or WebP" in refused.value.message
    assert "MP4, MOV or WebM" in refused.value.message

"""What kind of file the first bytes say it is, and the error for one that is not supported."""

_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
)
# The first box of a file of the MP4 family; an old QuickTime file has no ftyp.
_OLD_QUICKTIME = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
# Brands in the first box that are no MP4 video, mp4ra.org/registered-types/brands. A file with any
# other brand is inspected as a video.
_BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx"), "a HEIC image"),
    **dict.fromkeys((b"mif1", b"msf1", b"mif2"), "a HEIC image"),
    **dict.fromkeys((b"avif", b"avis"), "an AVIF image"),
    **dict.fromkeys((b"M4A ", b"M4B ", b"M4P ", b"F4A "), "an audio file"),
}
# What people may upload as an image or a video; the message names its type.
_OTHERS = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"BM", "a BMP image"),
    (b"\xff\x0a", "a JPEG XL image"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL image"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 image"),
    (b"\x1aE\xdf\xa3", "a Matroska video"),
    (b"FLV", "a Flash video"),
    (b"OggS", "an Ogg file"),
    (b"ID3", "an audio file"),
    (b"RIFF", "an AVI or WAV file"),
)
_MARKUP = ((b"<svg", "an SVG image"), (b"<!doctype html", "a web page"), (b"<html", "a web page"))
_SUPPORTED = "Use a JPEG, PNG, GIF or WebP image, or an MP4, MOV or WebM video."


class NotMedia(Exception):
    """A file is no supported image or video. `message` says what it is, and what is supported."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def content_type_of(head: bytes) -> str:
    """A type in names.EXTENSIONS, from at most the first 64 KiB of a file.

    The inspection finds files that only begin like that type. Raises NotMedia.
    """
    for signature, content_type in _SIGNATURES:
        if head.startswith(signature):
            return content_type
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith(b"\x1aE\xdf\xa3") and b"webm" in head[:64]:
        return "video/webm"
    if head[4:8] == b"ftyp" and head[8:12] not in _BRANDS:
        return "video/quicktime" if head[8:12] == b"qt  " else "video/mp4"
    if head[4:8] in _OLD_QUICKTIME:
        return "video/quicktime"
    raise NotMedia(f"The file is {_kind_of(head)}, which is not supported. {_SUPPORTED}")


def _kind_of(head: bytes) -> str:
    if not head:
        return "empty"
    if head[4:8] == b"ftyp":
        return _BRANDS[head[8:12]]
    for signature, kind in _OTHERS:
        if head.startswith(signature):
            return kind
    start = head[:4096].removeprefix(b"\xef\xbb\xbf").lower()
    for mark, kind in _MARKUP:
        if mark in start:
            return kind
    return "a text file" if start.isascii() and b"\0" not in start else "of an unknown type"


def broken(content_type: str) -> NotMedia:
    return NotMedia(
        f"The file begins like a {content_type} file but is broken or incomplete. "
        "Export it again and retry."
    )

"""`media-prefix`: the URL prefix that TikTok must know, and the check of its signature file.

TikTok downloads photos only from URL prefixes that the owner of the app has verified in its
developer portal (docs/platforms.md). The portal asks for a signature file below the prefix.
"""

import argparse
from typing import Any
from urllib.parse import quote, urlsplit

import requests

from shared.cli.result import Refused, Result, lines
from shared.config import settings_with

# How a signature file of TikTok begins; the file itself is named `tiktok….txt`.
_SIGNATURE = "tiktok-developers-site-verification="
_SECONDS = 10.0


def add_to(commands: Any) -> None:
    command = commands.add_parser(
        "media-prefix", help="print the URL prefix to verify on TikTok, and check its signature"
    )
    command.add_argument(
        "signature", nargs="?", metavar="FILE", help="the name of TikTok's signature file"
    )
    command.set_defaults(do=_check)


def _check(arguments: argparse.Namespace) -> Result:
    media = settings_with().media
    # Without a bucket the default has an empty segment.
    if urlsplit(media.base_url).path.startswith("//"):
        raise Refused("Set MEDIA_BUCKET, and MEDIA_BASE_URL if the api function has it.")
    prefix = f"{media.base_url}/"
    if not arguments.signature:
        text = (
            f"{prefix}\nVerify this URL prefix on TikTok, then check the signature file: "
            "media-prefix FILE"
        )
        return Result(text, {"prefix": prefix})
    url = prefix + quote(arguments.signature, safe="")
    fault = _fault_of(url)
    if fault is not None:
        fault += f" Copy the file to {_place_of(media.bucket, arguments.signature)}."
    fields = {"prefix": prefix, "signature": url, "isPublic": fault is None}
    return Result(fault or lines({**fields, "isPublic": "yes"}), fields, failed=fault is not None)


def _fault_of(url: str) -> str | None:
    """Why TikTok cannot read the signature at `url`; None if it can."""
    try:
        answer = requests.get(url, timeout=_SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        return f"{url} cannot be reached ({type(error).__name__})."
    if answer.status_code != requests.codes.ok:
        return f"{url} is answered with HTTP {answer.status_code}."
    if not answer.text.startswith(_SIGNATURE):
        return f"{url} is not a signature file of TikTok: it does not begin with {_SIGNATURE}"
    return None


def _place_of(bucket: str, name: str) -> str:
    return f"gs://{bucket}/media/{name}" if bucket else "the place that MEDIA_BASE_URL serves"

"""Uploading media to Snapchat: containers, encrypted parts, and the checks of the file.

developers.snap.com/api/marketing-api/Public-Profile-API.
"""

import base64
import binascii
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from flask import request

from local.platforms import clock
from local.platforms.media import Medium, NotMedia, inspect
from local.platforms.reading import own, whole_number
from local.platforms.simulation import Endpoints
from local.platforms.snapchat import answers
from local.platforms.snapchat.state import Media, State

REGION = "us"
MIB = 1024 * 1024
PART_TOO_LARGE = 32 * MIB  # Snap already refuses this size
MOST_PARTS = 35
MOST_BYTES = 1_000_000_000
MOST_IMAGE_BYTES = 20_000_000
_TYPES = {"IMAGE": {"image/jpeg", "image/png"}, "VIDEO": {"video/mp4"}}


class Uploads(Endpoints[State]):
    def create(self, profile_id: str) -> Any:
        """`POST …/media`: `{media_id, add_path, finalize_path}`."""
        account = self._state.authorized(profile_id)
        body = answers.json_body("type", "name", "key", "iv")
        if body.get("type") not in _TYPES:
            raise answers.refusal(400, "type must be VIDEO or IMAGE.")
        if not isinstance(body.get("name"), str) or not body["name"]:
            raise answers.refusal(400, "name is required.")
        media = Media(
            id=str(uuid4()),
            account_id=account.account_id,
            type=body["type"],
            key=_bytes_of(body, "key", 32),
            iv=_bytes_of(body, "iv", 16),
            created_at=clock.now(),
        )
        self._suffer(media)
        self._state.media[media.id] = media
        path = f"/{REGION}{answers.PROFILES}/{profile_id}/media/{media.id}/multipart-upload"
        return answers.success(media_id=media.id, add_path=path, finalize_path=path)

    def upload(self, profile_id: str, media_id: str) -> Any:
        """`POST …/multipart-upload`: one part, or the end of the upload."""
        account = self._state.authorized(profile_id)
        media = own(self._state.media.get(media_id), account)
        if media is None:
            raise answers.refusal(404, "Media not found.")
        if request.mimetype != "multipart/form-data":
            raise answers.refusal(400, "The content type must be multipart/form-data.")
        if media.expired:
            raise answers.expired()
        if media.medium is not None:
            raise answers.refusal(400, "The media is already finalized.")
        self._suffer(media)
        match request.form.get("action"):
            case "ADD":
                _add(media)
            case "FINALIZE":
                self._finalize(media)
            case _:
                raise answers.refusal(400, "action must be ADD or FINALIZE.")
        return answers.success()

    def _finalize(self, media: Media) -> None:
        numbers = sorted(media.parts)
        if numbers != list(range(1, len(numbers) + 1)) or not numbers:
            raise answers.refusal(400, "A part of the media is missing.")
        ciphertext = b"".join(media.parts[number] for number in numbers)
        if len(ciphertext) > MOST_BYTES + 16:
            raise answers.refusal(400, "Media size is too large")
        media.medium = _decrypted(media, ciphertext)
        media.ready_at = clock.now() + self._platform.processing_time
        media.parts.clear()

    def _suffer(self, media: Media) -> None:
        media.stuck |= self._platform.struck("processing_stuck")
        media.broken |= self._platform.struck("processing_failed")


def _add(media: Media) -> None:
    number = whole_number(request.form.get("part_number"), 1, MOST_PARTS)
    if number is None:
        raise answers.refusal(400, f"part_number must be from 1 to {MOST_PARTS}.")
    sent = request.files.get("file")
    data = sent.read() if sent is not None else b""
    if not data:
        raise answers.refusal(400, "file is required.")
    if len(data) >= PART_TOO_LARGE:
        raise answers.refusal(400, "Media size is too large")
    media.parts[number] = data


def _bytes_of(body: dict[str, Any], name: str, length: int) -> bytes:
    """A secret in standard Base64 with padding. Raises Refusal."""
    try:
        value = base64.b64decode(body.get(name) or "", validate=True)
    except (binascii.Error, TypeError, ValueError):
        value = b""
    if len(value) != length:
        raise answers.refusal(400, f"{name} must be {length} bytes in Base64.")
    return value


def _decrypted(media: Media, ciphertext: bytes) -> Medium:
    """The uploaded file. Raises Refusal for a wrong key or padding, or for other media."""
    try:
        cipher = Cipher(algorithms.AES(media.key), modes.CBC(media.iv)).decryptor()
        padded = cipher.update(ciphertext) + cipher.finalize()
        unpadder = padding.PKCS7(128).unpadder()
        medium = inspect(unpadder.update(padded) + unpadder.finalize())
    except NotMedia as error:
        raise answers.refusal(400, f"Unsupported media format: {error}.") from None
    except ValueError:
        raise answers.refusal(400, "The media could not be decrypted.") from None
    if medium.content_type not in _TYPES[media.type]:
        raise answers.refusal(400, f"Unsupported media format: {medium.content_type}.")
    return medium


def check_measures(medium: Medium) -> None:
    """The limits that the publishing call checks. Raises Refusal."""
    if medium.kind == "image":
        if medium.size > MOST_IMAGE_BYTES:
            raise answers.refusal(400, "Media size is too large")
        return
    if medium.codec != "h264":
        raise answers.refusal(400, f"Unsupported media codec: {medium.codec}.")
    if not 5 <= (medium.duration or 0) <= 60.1:
        raise answers.refusal(400, "The media duration must be from 5 to 60 seconds.")
    if medium.width < 540 or medium.height < 960:
        raise answers.refusal(400, "The media resolution must be at least 540x960.")
    if abs(medium.aspect - 9 / 16) > 0.02:
        raise answers.refusal(400, "The media aspect ratio must be 9:16.")

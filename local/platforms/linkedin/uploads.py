"""Images and videos of the twin of LinkedIn (…/shares/images-api and …/videos-api)."""

import itertools
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from flask import Response, request

from local.platforms import clock
from local.platforms.accounts import Grant
from local.platforms.linkedin import errors
from local.platforms.linkedin.restli import action, check_urn_in_path
from local.platforms.linkedin.state import PART_BYTES, State, Upload
from local.platforms.media import Medium, NotMedia, inspect
from local.platforms.posts import MediaItem
from local.platforms.simulation import Endpoints

URL_LIFETIME = timedelta(days=30)
IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif")
FIRST_PIXEL_TOO_MANY = 36_152_320
VIDEO_BYTES = (75 * 1024, 500_000_000)
VIDEO_SECONDS = (3, 30 * 60)
VIDEO_ASPECT = (1 / 2.4, 2.4)


class Uploads(Endpoints[State]):
    def __init__(self, state: State) -> None:
        super().__init__(state)
        self._ids = itertools.count(1)

    def images(self) -> Any:
        """`POST /rest/images?action=initializeUpload`."""
        grant, fields = self._state.versioned(), action("initializeUpload")
        _check_fields(fields, required={"owner"}, known={"owner"})
        upload = self._begin(grant, "image", fields)
        return {
            "value": {
                "uploadUrlExpiresAt": _milliseconds(upload.created_at + URL_LIFETIME),
                "uploadUrl": self._url(upload, "image"),
                "image": upload.urn,
            }
        }

    def videos(self) -> Any:
        """`POST /rest/videos?action=initializeUpload` and `…=finalizeUpload`."""
        grant = self._state.versioned()
        if request.args.get("action") == "finalizeUpload":
            return self._finalize(grant)
        fields = action("initializeUpload")
        needed = {"owner", "fileSizeBytes"}
        _check_fields(fields, needed, needed | {"uploadCaptions", "uploadThumbnail"})
        size = fields["fileSizeBytes"]
        if type(size) is not int or size < 1:
            raise errors.invalid("fileSizeBytes is not a positive number", 400)
        upload = self._begin(grant, "video", fields)
        upload.size = size
        return {
            "value": {
                "uploadUrlsExpireAt": _milliseconds(upload.created_at + URL_LIFETIME),
                "video": upload.urn,
                "uploadToken": "",
                "uploadInstructions": [
                    {
                        "uploadUrl": self._url(upload, f"part/{number}"),
                        "firstByte": number * PART_BYTES,
                        "lastByte": number * PART_BYTES + upload.length_of(number) - 1,
                    }
                    for number in range(upload.part_count)
                ],
            }
        }

    def put_image(self, urn: str) -> Any:
        """The bytes of an image, with the bearer token: 201."""
        upload = self._opened(urn)
        if not self._state.reaches(self._state.granted(), upload.account_id):
            raise errors.access_denied("images.UPLOAD")
        self._complete(upload, request.get_data(), _image_fault)
        return Response(status=201)

    def put_part(self, urn: str, number: int) -> Any:
        """One part of a video: 200 with a new ETag each time."""
        upload = self._opened(urn)
        data = request.get_data()
        if request.mimetype != "application/octet-stream":
            raise errors.gateway(415, "UNSUPPORTED_MEDIA_TYPE", "Send application/octet-stream")
        if number >= upload.part_count or len(data) != upload.length_of(number):
            raise errors.invalid(f"Part {number} does not have the length of its range", 400)
        etag = f"/ambry-video/signedId/{secrets.token_hex(12)}"
        upload.parts[etag] = (number, data)
        return Response(status=200, headers={"ETag": etag})

    def status(self, urn: str) -> Any:
        """`GET /rest/{images|videos}/{urn}`; a member's token can read by a switch."""
        kind = request.path.split("/")[2]
        grant = self._state.media_reader(f"partnerApi{kind.title()}.GET")
        check_urn_in_path()
        upload = self._state.uploads.get(urn)
        if upload is None or not urn.startswith(f"urn:li:{kind[:-1]}:"):
            raise errors.gateway(404, "RESOURCE_NOT_FOUND", f"No {kind[:-1]} {urn}")
        if not self._state.reaches(grant, upload.account_id):
            raise errors.access_denied(f"partnerApi{kind.title()}.GET")
        answer: dict[str, Any] = {"id": urn, "owner": upload.owner, "status": upload.status}
        if upload.status == "PROCESSING_FAILED" and kind == "videos":
            answer["processingFailureReason"] = upload.failure
        return answer

    def _begin(self, grant: Grant, kind: str, fields: dict[str, Any]) -> Upload:
        account = self._state.writer(grant, fields["owner"])
        urn = f"urn:li:{kind}:C4E10AQ{next(self._ids):08d}"
        upload = Upload(urn, account.account_id, account.external_id, clock.now())
        self._state.uploads[urn] = upload
        return upload

    def _url(self, upload: Upload, place: str) -> str:
        return f"{request.host_url}dms-uploads/{upload.urn}/{place}?v=beta&t={upload.secret}"

    def _opened(self, urn: str) -> Upload:
        """The upload of the URL. Raises Refusal."""
        upload = self._state.uploads.get(urn)
        if upload is None or request.args.get("t") != upload.secret:
            raise errors.gateway(403, "ACCESS_DENIED", "The upload URL is not valid", 100)
        if clock.now() >= upload.created_at + URL_LIFETIME:
            raise errors.gateway(400, "EXPIRED_UPLOAD_URL", "The upload URL has expired")
        return upload

    def _finalize(self, grant: Grant) -> Any:
        fields = action("finalizeUpload")
        needed = {"video", "uploadToken", "uploadedPartIds"}
        _check_fields(fields, needed, needed)
        upload = self._state.uploads.get(str(fields["video"]))
        is_own = upload is not None and self._state.reaches(grant, upload.account_id)
        if upload is None or not is_own or upload.size is None:
            raise errors.bad_input("INVALID_URN_ID", "No such video", 400)
        if fields["uploadToken"] != "":
            raise errors.invalid("uploadToken is not the one that was given", 400)
        parts = [upload.parts.get(str(etag)) for etag in fields["uploadedPartIds"]]
        numbers = [part[0] for part in parts if part is not None]
        if numbers != list(range(upload.part_count)):
            raise errors.invalid("uploadedPartIds are not those of all parts in order", 400)
        if upload.item is None:
            data = b"".join(part[1] for part in parts if part is not None)
            self._complete(upload, data, _video_fault)
        return Response(status=200)

    def _complete(
        self, upload: Upload, data: bytes, fault_of: Callable[[Medium], str | None]
    ) -> None:
        """Start processing: all bytes are uploaded."""
        kind = upload.urn.split(":")[2]
        upload.item = MediaItem.of(kind, data)
        try:
            upload.failure = fault_of(inspect(data))
        except NotMedia as error:
            upload.failure = str(error)
        if self._platform.struck("processing_failed"):
            upload.failure = "The media could not be processed"
        is_stuck = self._platform.struck("processing_stuck")
        upload.available_at = None if is_stuck else clock.now() + self._platform.processing_time


def _image_fault(medium: Medium) -> str | None:
    if medium.content_type not in IMAGE_TYPES:
        return f"{medium.content_type} is not supported"
    if medium.width * medium.height >= FIRST_PIXEL_TOO_MANY:
        return "too many pixels"
    return None


def _video_fault(medium: Medium) -> str | None:
    if medium.content_type != "video/mp4":
        return f"{medium.content_type} is not supported"
    if not VIDEO_BYTES[0] <= medium.size <= VIDEO_BYTES[1]:
        return "the file is too small or too large"
    if not VIDEO_SECONDS[0] <= (medium.duration or 0) <= VIDEO_SECONDS[1]:
        return "the video is too short or too long"
    if not VIDEO_ASPECT[0] <= medium.aspect <= VIDEO_ASPECT[1]:
        return "the video is too narrow or too wide"
    return None


def _check_fields(fields: dict[str, Any], required: set[str], known: set[str]) -> None:
    for name in sorted(required - set(fields)):
        raise errors.bad_input("MISSING_FIELD", f"{name} is required", 400)
    for name in sorted(set(fields) - known):
        raise errors.invalid(f"/{name} :: unrecognized field found but not allowed", 400)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)

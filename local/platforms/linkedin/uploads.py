"""Images and videos of the twin of LinkedIn (sections 5.3 and 5.5 of the notes on LinkedIn)."""

import hashlib
import itertools
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from flask import Response, request

from local.platforms.accounts import Account
from local.platforms.linkedin import errors
from local.platforms.media import Medium, NotMedia, inspect
from local.platforms.posts import MediaItem
from shared import clock

if TYPE_CHECKING:
    from local.platforms.linkedin.twin import Linkedin

PART_BYTES = 4 * 1024 * 1024
URL_LIFETIME = timedelta(days=30)
IMAGE_TYPES = ("image/jpeg", "image/png", "image/gif")
# Section 6.
FIRST_PIXEL_TOO_MANY = 36_152_320
VIDEO_BYTES = (75 * 1024, 500_000_000)
VIDEO_SECONDS = (3, 30 * 60)
VIDEO_ASPECT = (1 / 2.4, 2.4)


@dataclass
class Upload:
    """A medium in the making. `secret` opens its upload addresses."""

    urn: str
    account_id: str
    owner: str
    created_at: datetime
    size: int | None = None
    """As announced, of a video."""
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(16), repr=False)
    parts: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    """Number and bytes of each part of a video, by the ETag that it was given."""
    item: MediaItem | None = None
    """Set when all bytes are there."""
    failure: str | None = None
    available_at: datetime | None = None
    """None: never."""

    @property
    def status(self) -> str:
        if self.item is None:
            return "WAITING_UPLOAD"
        if self.failure is not None:
            return "PROCESSING_FAILED"
        is_ready = self.available_at is not None and clock.now() >= self.available_at
        return "AVAILABLE" if is_ready else "PROCESSING"

    @property
    def part_count(self) -> int:
        return -(-(self.size or 0) // PART_BYTES)

    def length_of(self, number: int) -> int:
        return min(PART_BYTES, (self.size or 0) - number * PART_BYTES)


class UploadEndpoints:
    """The uploading part of the twin of LinkedIn."""

    def __init__(self, platform: "Linkedin") -> None:
        self._linkedin = platform
        self._ids = itertools.count(1)

    def routes(self) -> None:
        """Declare the paths. Those of the bytes are on www.linkedin.com in the world."""
        self._linkedin.route("POST", "/rest/images", self.images)
        self._linkedin.route("GET", "/rest/images/<urn>", self.status)
        self._linkedin.route("POST", "/rest/videos", self.videos)
        self._linkedin.route("GET", "/rest/videos/<urn>", self.status)
        self._linkedin.route("PUT", "/dms-uploads/<urn>/image", self.put_image)
        self._linkedin.route("PUT", "/dms-uploads/<urn>/part/<int:number>", self.put_part)

    def images(self) -> Any:
        """`POST /rest/images?action=initializeUpload`."""
        account = self._linkedin.authorized()
        asked = self._linkedin.action("initializeUpload")
        _check_fields(asked, required={"owner"}, known={"owner"})
        upload = self._begin(account, "image", asked)
        return {
            "value": {
                "uploadUrlExpiresAt": _milliseconds(upload.created_at + URL_LIFETIME),
                "uploadUrl": self._url(upload, "image"),
                "image": upload.urn,
            }
        }

    def videos(self) -> Any:
        """`POST /rest/videos?action=initializeUpload` and `…=finalizeUpload`."""
        account = self._linkedin.authorized()
        if request.args.get("action") == "finalizeUpload":
            return self._finalize(account)
        asked = self._linkedin.action("initializeUpload")
        needed = {"owner", "fileSizeBytes"}
        _check_fields(asked, needed, needed | {"uploadCaptions", "uploadThumbnail"})
        size = asked["fileSizeBytes"]
        if type(size) is not int or size < 1:
            raise errors.invalid("fileSizeBytes is not a positive number", 400)
        upload = self._begin(account, "video", asked)
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
        """The bytes of an image: with the bearer token, 201."""
        upload = self._opened(urn)
        account = self._linkedin.token_holder()
        if account.account_id != upload.account_id:
            raise errors.access_denied("images.UPLOAD")
        self._complete(upload, request.get_data(), _image_fault)
        return Response(status=201)

    def put_part(self, urn: str, number: int) -> Any:
        """One part of a video: 200 with an ETag, a new one each time."""
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
        """`GET /rest/{images|videos}/{urn}`; a member's token may not read."""
        kind = request.path.split("/")[2]
        account = self._linkedin.reader(f"partnerApi{kind.title()}.GET")
        self._linkedin.check_urn_in_path()
        upload = self._linkedin.uploads.get(urn)
        if upload is None or not urn.startswith(f"urn:li:{kind[:-1]}:"):
            raise errors.gateway(404, "RESOURCE_NOT_FOUND", f"No {kind[:-1]} {urn}")
        if upload.account_id != account.account_id:
            raise errors.access_denied(f"partnerApi{kind.title()}.GET")
        found: dict[str, Any] = {"id": urn, "owner": upload.owner, "status": upload.status}
        if upload.status == "PROCESSING_FAILED" and kind == "videos":
            found["processingFailureReason"] = upload.failure
        return found

    def _begin(self, account: Account, kind: str, asked: dict[str, Any]) -> Upload:
        if asked["owner"] != account.external_id:
            raise errors.access_denied(f"partnerApi{kind.title()}s.ACTION-initializeUpload")
        urn = f"urn:li:{kind}:C4E10AQ{next(self._ids):08d}"
        upload = Upload(urn, account.account_id, account.external_id, clock.now())
        self._linkedin.uploads[urn] = upload
        return upload

    def _url(self, upload: Upload, place: str) -> str:
        return f"{request.host_url}dms-uploads/{upload.urn}/{place}?v=beta&t={upload.secret}"

    def _opened(self, urn: str) -> Upload:
        """The upload that the address opens. Raises Refusal."""
        upload = self._linkedin.uploads.get(urn)
        if upload is None or request.args.get("t") != upload.secret:
            raise errors.gateway(403, "ACCESS_DENIED", "The upload URL is not valid", 100)
        if clock.now() >= upload.created_at + URL_LIFETIME:
            raise errors.gateway(400, "EXPIRED_UPLOAD_URL", "The upload URL has expired")
        return upload

    def _finalize(self, account: Account) -> Any:
        asked = self._linkedin.action("finalizeUpload")
        needed = {"video", "uploadToken", "uploadedPartIds"}
        _check_fields(asked, needed, needed)
        upload = self._linkedin.uploads.get(str(asked["video"]))
        if upload is None or upload.size is None or upload.account_id != account.account_id:
            raise errors.bad_input("INVALID_URN_ID", "No such video", 400)
        if asked["uploadToken"] != "":
            raise errors.invalid("uploadToken is not the one that was given", 400)
        parts = [upload.parts.get(str(etag)) for etag in asked["uploadedPartIds"]]
        numbers = [part[0] for part in parts if part is not None]
        if numbers != list(range(upload.part_count)):
            raise errors.invalid("uploadedPartIds are not those of all parts in order", 400)
        if upload.item is None:
            data = b"".join(part[1] for part in parts if part is not None)
            self._complete(upload, data, _video_fault)
        return Response(status=200)

    def _complete(self, upload: Upload, data: bytes, fault_of: Any) -> None:
        """All bytes are there: from here on the medium is processed."""
        kind = upload.urn.split(":")[2]
        upload.item = MediaItem(kind, hashlib.sha256(data).hexdigest(), len(data))
        try:
            upload.failure = fault_of(inspect(data))
        except NotMedia as error:
            upload.failure = str(error)
        struck = self._linkedin.struck_by()
        mode = struck.mode if struck else None
        if mode == "processing_failed":
            upload.failure = "The media could not be processed"
        is_stuck = mode == "processing_stuck"
        upload.available_at = None if is_stuck else clock.now() + self._linkedin.processing_time


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


def _check_fields(asked: dict[str, Any], required: set[str], known: set[str]) -> None:
    for name in sorted(required - set(asked)):
        raise errors.bad_input("MISSING_FIELD", f"{name} is required", 400)
    for name in sorted(set(asked) - known):
        raise errors.invalid(f"/{name} :: unrecognized field found but not allowed", 400)


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)

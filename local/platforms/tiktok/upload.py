"""The upload host: chunks of a video, strictly in order."""

import hashlib
import re
import secrets

from flask import Response, request

from local.platforms import clock
from local.platforms.media import NotMedia, inspect
from local.platforms.posts import Content
from local.platforms.simulation import Endpoints
from local.platforms.tiktok.checks import VIDEO_TYPES, video_fault
from local.platforms.tiktok.publication import ChunkPlan, Publication
from local.platforms.tiktok.state import State

PATH = "/video/"
_RANGE = re.compile(r"bytes ([0-9]+)-([0-9]+)/([0-9]+)")


def address_of(publication: Publication) -> str:
    """The `upload_url`: anyone who has it can upload, without a token."""
    publication.upload_id = str(secrets.randbelow(10**18))
    publication.upload_token = secrets.token_urlsafe(24)
    query = f"upload_id={publication.upload_id}&upload_token={publication.upload_token}"
    return f"{request.host_url.rstrip('/')}{PATH}?{query}"


class UploadEndpoint(Endpoints[State]):
    """Its answers have no body."""

    def put(self) -> Response:
        """206 for a chunk, 201 for the last one."""
        publication = self._addressed()
        if publication is None or publication.plan is None:
            return Response(status=404)
        if publication.upload_expired:
            return Response(status=403)
        plan = publication.plan
        span = _span(plan)
        if span is None or request.mimetype not in VIDEO_TYPES:
            return Response(status=400)
        first, end = span
        if first != publication.uploaded:
            return Response(status=416, headers=_progress(publication, plan))
        if end != plan.end_of_chunk_at(first):
            return Response(status=400)
        publication.received += request.get_data()
        publication.uploaded = end
        self._state.act_out_fault(publication)
        if end < plan.size:
            return Response(status=206, headers=_progress(publication, plan))
        self._complete(publication)
        return Response(status=201, headers=_progress(publication, plan))

    def publishing_content(self) -> Content | None:
        """What the request makes visible, if it has the last missing chunk."""
        publication = self._addressed()
        if publication is None or publication.plan is None or publication.upload_expired:
            return None
        span = _span(publication.plan)
        if span != (publication.uploaded, publication.plan.size):
            return None
        whole = hashlib.sha256(publication.received)
        whole.update(request.get_data())
        return Content(publication.account_id, publication.text, (whole.hexdigest(),))

    def _addressed(self) -> Publication | None:
        for publication in self._state.publications.values():
            if publication.upload_id and publication.upload_id == request.args.get("upload_id"):
                is_its = publication.upload_token == request.args.get("upload_token")
                return publication if is_its else None
        return None

    def _complete(self, publication: Publication) -> None:
        publication.complete_at = clock.now()
        try:
            video = inspect(bytes(publication.received))
        except NotMedia:
            publication.fail_reason = publication.fail_reason or "file_format_check_failed"
        else:
            fault = video_fault(video, self._state.creator)
            publication.fail_reason = publication.fail_reason or fault
            publication.media = (video,)
        publication.received = bytearray()
        self._state.settle(publication)


def _span(plan: ChunkPlan) -> tuple[int, int] | None:
    """First byte and the one after the last, if the headers and the body agree."""
    found = _RANGE.fullmatch(request.headers.get("Content-Range", ""))
    if found is None:
        return None
    first, last, total = map(int, found.groups())
    if total != plan.size or last >= total or last - first + 1 != len(request.get_data()):
        return None
    return first, last + 1


def _progress(publication: Publication, plan: ChunkPlan) -> dict[str, str]:
    return {"Content-Range": f"bytes 0-{publication.uploaded}/{plan.size}"}

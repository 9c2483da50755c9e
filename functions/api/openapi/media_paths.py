"""The paths below /v1/media."""

from openapi_pydantic import Link, Operation, PathItem

from functions.api.media import BeginUpload, StoreMedia
from functions.api.openapi import answers, parameters
from functions.api.openapi.media_examples import MEDIA, MEDIA_PAGE, UPLOAD
from functions.api.openapi.operations import Body, Success, operation
from functions.api.openapi.request_examples import STORE, UPLOADS
from shared.domain.errors import ErrorCode

_E = ErrorCode
_MEDIA = "Media"


def paths() -> dict[str, PathItem]:
    return {
        "/v1/media": PathItem(get=_list(), post=_store()),
        "/v1/media/{media_id}": PathItem(delete=_delete()),
        "/v1/media/uploads": PathItem(post=_begin()),
        "/v1/media/uploads/{upload_id}/complete": PathItem(post=_complete()),
    }


def _store() -> Operation:
    return operation(
        "storeMedia",
        "Store a file from a URL",
        Success(201, "The stored file.", answers.Media, MEDIA),
        tag=_MEDIA,
        description="Within 24 hours, the same URL returns the same file. Soku downloads only "
        "from the public internet.",
        body=Body(StoreMedia, STORE),
        errors=(_E.FORBIDDEN, _E.UPLOAD_FAILED),
    )


def _list() -> Operation:
    return operation(
        "listMedia",
        "List files",
        Success(200, "A page of files.", answers.MediaPage, MEDIA_PAGE),
        tag=_MEDIA,
        description="Your stored files, the newest first, each with the posts that use it.",
        parameters=parameters.files(),
        errors=(_E.VALIDATION_ERROR,),
    )


def _delete() -> Operation:
    return operation(
        "deleteMedia",
        "Delete a file",
        Success(204, "The file is deleted."),
        tag=_MEDIA,
        description="A file that a post uses cannot be deleted. The public URL stops working "
        "within 15 minutes.",
        parameters=[parameters.MEDIA_ID_IN_PATH],
        errors=(_E.NOT_FOUND, _E.INVALID_STATE),
    )


def _begin() -> Operation:
    complete = Link(
        operationId="completeUpload", parameters={"upload_id": "$response.body#/uploadId"}
    )
    return operation(
        "beginUpload",
        "Get a URL to upload a file to",
        Success(
            201,
            "Where to upload the file within an hour.",
            answers.Upload,
            UPLOAD,
            links={"completeUpload": complete},
        ),
        tag=_MEDIA,
        body=Body(BeginUpload, UPLOADS),
        errors=(_E.FORBIDDEN,),
    )


def _complete() -> Operation:
    return operation(
        "completeUpload",
        "Store an uploaded file",
        Success(201, "The stored file.", answers.Media, MEDIA),
        tag=_MEDIA,
        parameters=[parameters.UPLOAD_ID],
        errors=(_E.FORBIDDEN, _E.NOT_FOUND, _E.INVALID_STATE, _E.UPLOAD_FAILED),
    )

"""Reading what callers send into pydantic models, with all faults at once in our own words.

A rule of ours raises a `PydanticCustomError`, whose type is the code of the violation.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, TypeVar, get_args
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_core.core_schema import ErrorType

from shared.domain.errors import InvalidRequest, Violation
from shared.domain.schedule import UnreadableTime, parse_time

_PYDANTICS_OWN = frozenset(get_args(ErrorType))


class Strict(BaseModel):
    """camelCase, nothing converted, nothing unknown."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        # A model is built when it is first read into: a cold start pays for its own alone.
        defer_build=True,
        # For the API's description.
        field_title_generator=lambda name, _: to_camel(name),
    )


_Model = TypeVar("_Model", bound=BaseModel)


def read(
    model: type[_Model],
    sent: Mapping[str, Any],
    told: Callable[[ErrorDetails], Violation] | None = None,
) -> _Model:
    """`sent` as `model`. Raises InvalidRequest with all of its faults, each as `told` words it."""
    try:
        return model.model_validate(sent)
    except ValidationError as error:
        faults = [(told or fault_of)(detail) for detail in error.errors(include_url=False)]
        raise InvalidRequest(faults) from error


def fault_of(detail: ErrorDetails) -> Violation:
    """One of pydantic's errors in our words; `field` as in post.content.mediaUrls[0]."""
    named = detail.get("ctx", {}).get("field")
    place = (*detail["loc"], named) if named else detail["loc"]
    field = _path(place)
    if named:
        # Only a rule of ours names a field, and its code may be one of pydantic's own.
        return Violation(field, detail["type"], detail["msg"])
    match detail["type"]:
        case "missing":
            return Violation(field, "missing", "This field is required.")
        case "extra_forbidden":
            return Violation(field, "unknown_field", "There is no such field.")
        case own if own not in _PYDANTICS_OWN:
            return Violation(field, own, detail["msg"])
    return Violation(field, "invalid", f"{detail['msg'].rstrip('.')}.")


def _path(place: tuple[int | str, ...]) -> str:
    path = ""
    for part in place:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if path else part
    return path


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise PydanticCustomError("invalid", "The time must be a string.")
    try:
        return parse_time(value)
    except UnreadableTime as error:
        raise PydanticCustomError(
            "invalid_time", "The time {reason}.", {"reason": error.reason}
        ) from error


Moment = Annotated[datetime | None, BeforeValidator(_moment)]
"""ISO 8601 with an offset, in UTC once read."""


def _web_url(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise PydanticCustomError("invalid_url", "This is not an http or https URL.")
    return url


_SHOWN = {"format": "uri", "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://[^/?#]"}
WebUrl = Annotated[str, AfterValidator(_web_url), Field(json_schema_extra=_SHOWN)]
"""http or https, with a host."""

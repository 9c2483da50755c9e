"""Reading what callers send into pydantic models, with all violations at once in our own words.

A rule of ours raises a `PydanticCustomError` whose type is the code of the violation.
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

from shared.domain.errors import MOST_VIOLATIONS, InvalidRequest, Violation
from shared.domain.schedule import UnreadableTime, parse_time

_PYDANTIC_CODES = frozenset(get_args(ErrorType))


class Strict(BaseModel):
    """camelCase names, no conversions, no unknown fields."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        # Built when first used: a cold start builds only the models of its request.
        defer_build=True,
        # For the OpenAPI description.
        field_title_generator=lambda name, _: to_camel(name),
    )


_Model = TypeVar("_Model", bound=BaseModel)


def read(
    model: type[_Model],
    sent: Mapping[str, Any],
    to_violation: Callable[[ErrorDetails], Violation] | None = None,
) -> _Model:
    """`sent` as a `model`. Raises InvalidRequest with its violations and their number."""
    try:
        return model.model_validate(sent)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        first = [(to_violation or violation_of)(each) for each in details[:MOST_VIOLATIONS]]
        raise InvalidRequest(first, len(details)) from error


def violation_of(detail: ErrorDetails) -> Violation:
    """A pydantic error in our words, with a `field` such as post.content.mediaUrls[0]."""
    named = detail.get("ctx", {}).get("field")
    place = (*detail["loc"], named) if named else detail["loc"]
    field = _path(place)
    if named:
        # Only our rules name a field, and their code may be one of pydantic's.
        return Violation(field, detail["type"], detail["msg"])
    match detail["type"]:
        case "missing":
            return Violation(field, "missing", "This field is required.")
        case "extra_forbidden":
            return Violation(field, "unknown_field", "This field does not exist.")
        case own if own not in _PYDANTIC_CODES:
            return Violation(field, own, detail["msg"])
    return Violation(field, "invalid", _in_our_words(detail))


_TYPES = {
    "string": "a string",
    "bool": "true or false",
    "int": "a whole number",
    "list": "a list",
    "model": "an object",
    "dict": "an object",
}


def _in_our_words(detail: ErrorDetails) -> str:
    """What is wrong with a value, in words that do not need knowledge of pydantic."""
    kind, limits = detail["type"], detail.get("ctx", {})
    expected = kind.removesuffix("_type").removesuffix("_parsing")
    if expected != kind and expected in _TYPES:
        return f"The value must be {_TYPES[expected]}."
    match kind:
        case "string_too_short" | "too_short":
            return f"The value must have at least {_counted(limits['min_length'], detail)}."
        case "string_too_long" | "too_long":
            return f"The value can have at most {_counted(limits['max_length'], detail)}."
    return f"{detail['msg'].replace('Input should', 'The value must', 1).rstrip('.')}."


def _counted(number: int, detail: ErrorDetails) -> str:
    # pydantic calls a string that a rule of ours has read a "Value".
    is_text = "string" in detail["type"] or detail["ctx"].get("field_type") == "Value"
    one, several = ("character", "characters") if is_text else ("entry", "entries")
    return f"{number} {one if number == 1 else several}"


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
"""ISO 8601 with an offset, converted to UTC."""


def _web_url(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    # `urlsplit` drops line breaks and tabs without a word.
    is_clean = url.isprintable()
    if parts.scheme not in ("http", "https") or not parts.hostname or not is_clean:
        raise PydanticCustomError("invalid_url", "The value is not an http or https URL.")
    return url


_URL_SCHEMA = {"format": "uri", "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://[^/?#]"}
WebUrl = Annotated[str, AfterValidator(_web_url), Field(json_schema_extra=_URL_SCHEMA)]
"""http or https, with a host."""

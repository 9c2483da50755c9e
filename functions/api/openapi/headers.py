"""The headers of the answers."""

from openapi_pydantic import DataType, Header, Reference, Schema

# Answers that may come before the caller or the allowance is known.
_UNCOUNTED = frozenset({401, 403, 404, 429, 500})
_RATE_LIMIT = {
    "X-RateLimit-Limit": "The number of requests allowed within 60 seconds.",
    "X-RateLimit-Remaining": "The number of requests left.",
    "X-RateLimit-Reset": "The Unix time in seconds at which the current minute ends.",
}


def request_id_header() -> dict[str, Header | Reference]:
    """The header of every answer."""
    description = "The id from the request, or a new one. Include it when you ask for help."
    text = Schema(type=DataType.STRING)
    return {"X-Request-ID": Header(description=description, required=True, param_schema=text)}


def headers_of(status: int, *, is_counted: bool = True) -> dict[str, Header | Reference]:
    """The headers of a response to a request that is not public."""
    headers = request_id_header()
    for name, description in _RATE_LIMIT.items() if is_counted else ():
        headers[name] = _number(description, required=status not in _UNCOUNTED)
    if status == 429:
        description = "Seconds to wait before the next request."
        headers["Retry-After"] = _number(description, required=True)
    return headers


def ask_again_header() -> dict[str, Header | Reference]:
    description = (
        "Seconds after which to ask again: too many requests wait, so this one was answered at "
        "once with the post as it is."
    )
    return {"Retry-After": _number(description, required=False)}


def replay_header() -> dict[str, Header | Reference]:
    description = "The request was already sent, and this is the post that it created."
    text = Schema(type=DataType.STRING, const="true")
    return {"Idempotent-Replayed": Header(description=description, param_schema=text)}


def _number(description: str, *, required: bool) -> Header:
    number = Schema(type=DataType.INTEGER, minimum=0)
    return Header(description=description, required=required, param_schema=number)

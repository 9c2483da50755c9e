"""The headers of answers, and which answer carries which."""

from openapi_pydantic import DataType, Header, Reference, Schema

# Who asked is not known, or not what they may still send.
_UNCOUNTED = frozenset({401, 404, 429, 500})
_RATE_LIMIT = {
    "X-RateLimit-Limit": "Requests that are taken within 60 seconds.",
    "X-RateLimit-Remaining": "Those that are left of them.",
    "X-RateLimit-Reset": "The Unix time, in seconds, at which the present minute ends.",
}


def request_id_header() -> dict[str, Header | Reference]:
    """What every answer carries."""
    description = "The caller's own id, or a new one: name it when you ask for help."
    text = Schema(type=DataType.STRING)
    return {"X-Request-ID": Header(description=description, required=True, param_schema=text)}


def headers_of(status: int) -> dict[str, Header | Reference]:
    """The headers of an answer to who sent a key."""
    headers = request_id_header()
    for name, description in _RATE_LIMIT.items():
        headers[name] = _number(description, required=status not in _UNCOUNTED)
    if status == 429:
        description = "Seconds until the next request is taken."
        headers["Retry-After"] = _number(description, required=True)
    return headers


def replay_header() -> dict[str, Header | Reference]:
    description = "The request was sent before, and this is the post that it made then."
    text = Schema(type=DataType.STRING, const="true")
    return {"Idempotent-Replayed": Header(description=description, param_schema=text)}


def _number(description: str, *, required: bool) -> Header:
    number = Schema(type=DataType.INTEGER, minimum=0)
    return Header(description=description, required=required, param_schema=number)

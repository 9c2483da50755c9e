"""JSON over HTTP to the parts of the stack, with nothing but Python's own library."""

import json
import urllib.request
from typing import Any

# A proxy of the environment is not for loopback.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def call(
    method: str,
    url: str,
    body: object = None,
    *,
    headers: dict[str, str] | None = None,
    seconds: float = 10.0,
) -> Any:
    """Send `body` as JSON; the answer's JSON, None when it is empty. Raises OSError.

    An answer that is not 2xx raises urllib.error.HTTPError, which is an OSError.
    """
    request = urllib.request.Request(
        url,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"} | (headers or {}),
    )
    with _direct.open(request, timeout=seconds) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def answers(url: str, seconds: float = 2.0) -> bool:
    """Whether GET `url` is answered with 2xx. Raises OSError when it is not."""
    with _direct.open(url, timeout=seconds) as answer:
        return bool(200 <= answer.status < 300)

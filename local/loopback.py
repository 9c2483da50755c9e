"""JSON over HTTP to the parts of the stack, with only Python's standard library."""

import json
import urllib.request
from typing import Any

# Loopback ignores a proxy of the environment.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def call(
    method: str,
    url: str,
    body: object = None,
    *,
    headers: dict[str, str] | None = None,
    seconds: float = 10.0,
) -> Any:
    """Send `body` as JSON and return the response's JSON, or None if it is empty. Raises OSError.

    A response that is not 2xx raises urllib.error.HTTPError, which is an OSError.
    """
    request = urllib.request.Request(
        url,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"} | (headers or {}),
    )
    with _direct.open(request, timeout=seconds) as response:
        text = response.read()
    return json.loads(text) if text else None


def answers(url: str, seconds: float = 2.0) -> bool:
    """Whether GET `url` responds with 2xx. Raises OSError if there is no 2xx response."""
    with _direct.open(url, timeout=seconds) as response:
        return bool(200 <= response.status < 300)

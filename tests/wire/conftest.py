"""Clients that were not written here, sent to our twins instead of the real platforms."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter

from tests.platforms.conftest import twin_of, x_twin

__all__ = ["twin_of", "x_twin"]


class _ToTwin(HTTPAdapter):
    """Sends a request to a twin, with the path and the query that it has."""

    def __init__(self, twin: str) -> None:
        super().__init__()
        self._twin = urlsplit(twin)

    def send(
        self, request: requests.PreparedRequest, *args: Any, **kwargs: Any
    ) -> requests.Response:
        _, _, path, query, _ = urlsplit(request.url or "")
        request.url = urlunsplit((self._twin.scheme, self._twin.netloc, path, query, ""))
        return super().send(request, *args, **kwargs)


def redirect(session: requests.Session, twin: str) -> None:
    """Let the twin answer what the session sends to any real host."""
    session.trust_env = False
    session.mount("https://", _ToTwin(twin))

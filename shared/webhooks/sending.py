"""One request to a receiver, to a public address only, and within limits.

A receiver is as untrusted as a server with media: the same rules decide what may be connected to
(`shared.media.addresses`), at each delivery again, because a name can change its address.
"""

import socket
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPResponse
from typing import cast

from shared.config import Settings
from shared.deadline import LimitedSocket, TimeLimit
from shared.media.addresses import FetchRefused, judged_for_sending
from shared.media.connection import Wire, connected, refusing, request_head

SECONDS = 10.0
"""For the whole request, from the look-up of the name to the end of the response."""
MOST_OF_RESPONSE = 4096
"""Bytes of a response that are read and shown."""

PROBLEMS = {
    "insecure": "The URL must start with https:// and use port 443.",
    "not_public": "The URL is not on the public internet.",
    "unreachable": "Your server cannot be reached.",
    "bad_certificate": "The certificate of your server is not valid.",
    "bad_answer": "Your server did not send a valid HTTP response.",
    "too_slow": f"Your server did not respond within {SECONDS:g} seconds.",
}
"""Why no response came, by the code of the refusal, for the owner of the webhook."""
_INVALID = (
    "The URL is not valid. It must start with https://, have a public host name, use port 443, and "
    "have no user name, password, spaces or backslashes."
)


class NotSent(Exception):
    """No valid response came; the message tells the owner of the webhook why."""


@dataclass(frozen=True)
class Response:
    status: int
    text: str
    """Its beginning."""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def problem(self) -> str | None:
        """Why it is no success."""
        if self.is_success:
            return None
        hint = " Soku follows no redirects." if 300 <= self.status < 400 else ""
        return f"Your server responded with HTTP {self.status}.{hint}"


def check_url(url: str, settings: Settings) -> None:
    """Check the text of a webhook's URL, without any request. Raises NotSent."""
    try:
        judged_for_sending(url, settings.media, settings.own_hosts)
    except FetchRefused as refused:
        raise NotSent(_problem(refused)) from None


def post(url: str, body: bytes, headers: Mapping[str, str], settings: Settings) -> Response:
    """Send `body` once. Raises NotSent."""
    try:
        return _post(url, body, headers, settings)
    except FetchRefused as refused:
        raise NotSent(_problem(refused)) from None


def _post(url: str, body: bytes, headers: Mapping[str, str], settings: Settings) -> Response:
    limit = TimeLimit(SECONDS, SECONDS)
    target, policy = judged_for_sending(url, settings.media, settings.own_hosts)
    fields = {
        "User-Agent": "Soku/1.0 (webhooks)",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        **headers,
    }
    with refusing(broken="unreachable"):
        connection = connected(target, policy, limit)
        with closing(connection):
            LimitedSocket(connection, limit).sendall(
                request_head("POST", url, target, fields) + body
            )
            # HTTPResponse uses only `makefile` of its socket.
            wire = cast(socket.socket, Wire(connection, limit))
            with closing(HTTPResponse(wire, method="POST")) as response:
                response.begin()
                return Response(response.status, _beginning_of(response))


def _beginning_of(response: HTTPResponse) -> str:
    """What was readable of the body: the status alone decides."""
    content = b""
    with suppress(FetchRefused), refusing(broken="incomplete"):
        content = response.read(MOST_OF_RESPONSE)
    return content.decode(errors="replace")


def _problem(refused: FetchRefused) -> str:
    return PROBLEMS.get(refused.code, _INVALID)

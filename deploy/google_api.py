"""Google's REST APIs, where gcloud has no command. Needs only Python's standard library."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

_SECONDS = 60


class Refused(Exception):
    """An API refused a request; `status` is the HTTP status, 0 if there was no response."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """One API, called with the account that gcloud is signed in with, for one project."""

    def __init__(self, service: str, project: str) -> None:
        """`service`: the base URL of all paths. Raises Refused."""
        self._service = service
        self._headers = {
            "Authorization": f"Bearer {_token()}",
            "Content-Type": "application/json",
            "X-Goog-User-Project": project,
        }

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request and return the response's JSON. Raises Refused."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310
            f"{self._service}/{path}", data, self._headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as response:  # noqa: S310
                return json.load(response)
        except urllib.error.HTTPError as error:
            message = error.read().decode(errors="replace")
            raise Refused(error.code, f"{method} {request.full_url}: {message}") from error
        except urllib.error.URLError as error:
            raise Refused(0, f"{self._service} does not respond: {error.reason}") from error


def _token() -> str:
    command = ["gcloud", "auth", "print-access-token"]
    token = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if token.returncode:
        raise Refused(0, token.stderr.strip())
    return token.stdout.strip()


def report(work: Callable[[], str]) -> int:
    """Print the summary that `work` returns, or why it failed, and return the exit status."""
    try:
        print(work())
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    return 0

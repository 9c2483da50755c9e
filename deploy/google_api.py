"""Google's REST APIs, for what gcloud has no command for. Nothing but Python is needed."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

_SECONDS = 60


class Refused(Exception):
    """An API did not do what it was asked; `status` is HTTP's, 0 when it does not answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Api:
    """One API as the account that gcloud is signed in with, on behalf of one project."""

    def __init__(self, service: str, project: str) -> None:
        """`service`: the URL that all paths follow. Raises Refused."""
        self._service = service
        self._headers = {
            "Authorization": f"Bearer {_token()}",
            "Content-Type": "application/json",
            "X-Goog-User-Project": project,
        }

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """What the API answers, as JSON. Raises Refused."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310
            f"{self._service}/{path}", data, self._headers, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
                return json.load(answer)
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")
            raise Refused(error.code, f"{method} {request.full_url}: {said}") from error
        except urllib.error.URLError as error:
            raise Refused(0, f"{self._service} does not answer: {error.reason}") from error


def _token() -> str:
    command = ["gcloud", "auth", "print-access-token"]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if asked.returncode:
        raise Refused(0, asked.stderr.strip())
    return asked.stdout.strip()


def report(work: Callable[[], str]) -> int:
    """Print what `work` says it did, or why it could not; the exit status."""
    try:
        print(work())
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    return 0

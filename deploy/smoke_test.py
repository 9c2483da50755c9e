"""Checks that a new deployment responds as it should.

    smoke_test.py API RUN_URL CLOSED…

API is the URL of the api at cloudfunctions.net, beside which the pages are, RUN_URL its URL at
run.app, and CLOSED the URLs of the functions that strangers may not call. A new address needs a
while to respond, so each check is repeated for up to two minutes.
"""

import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable

_PATIENCE_SECONDS = 120
_PAUSE_SECONDS = 5
_REQUEST_SECONDS = 30

Fault = str | None
"""What is wrong with a response; None: nothing."""


def ask(url: str, method: str = "GET") -> tuple[int, bytes]:
    """Status and body. Raises OSError."""
    request = urllib.request.Request(url, method=method)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=_REQUEST_SECONDS) as response:  # noqa: S310
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def lives(url: str) -> Fault:
    status, _ = ask(f"{url}/healthz")
    return None if status == 200 else f"responded with {status} instead of 200"


def wants_a_key(url: str) -> Fault:
    """Our own 401; Google's, for a function that is not public, has another body."""
    status, body = ask(f"{url}/v1/posts")
    try:
        ours = status == 401 and json.loads(body)["error"]["code"] == "unauthorized"
    except (ValueError, KeyError, TypeError):
        ours = False
    return None if ours else f"responded with {status} instead of Soku's error `unauthorized`"


def is_our_page(url: str) -> Fault:
    """Google's own pages, for a function that is not public or does not exist, do not name us."""
    status, body = ask(url)
    ours = status in {200, 404} and b"Soku" in body
    return None if ours else f"responded with {status} instead of a page of Soku"


def is_closed(url: str) -> Fault:
    status, _ = ask(url, "POST")
    return None if status in {401, 403} else f"responded to a stranger with {status}"


def holds(check: Callable[[str], Fault], url: str) -> bool:
    """Whether the check passes in time; prints the fault if not."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            fault = check(url)
        except OSError as error:
            fault = f"does not respond: {error}"
        if fault is None:
            print(f"ok  {url}")
            return True
        if time.monotonic() >= until:
            print(f"{url} {fault}", file=sys.stderr)
            return False
        time.sleep(_PAUSE_SECONDS)


def main(api: str, run_url: str, *closed: str) -> int:
    # Google's front end answers run.app/healthz itself, so another path is checked there.
    checks = [(lives, api), (wants_a_key, api), (wants_a_key, run_url)]
    base = api.rpartition("/")[0]
    # The page of a connection that does not exist also needs the database.
    pages = (f"{base}/connect/start/none", f"{base}/dashboard/sign-in")
    checks += [(is_our_page, url) for url in pages]
    checks += [(is_closed, url) for url in closed]
    return 0 if all(holds(check, url) for check, url in checks) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

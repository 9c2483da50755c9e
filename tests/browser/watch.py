"""What must not happen in a browser: errors, violations of our policy, requests to other places."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError

_WITHOUT_ORIGIN = {"about", "blob", "data"}


class Watch:
    """Collects what went wrong on all pages of a browser context.

    Chromium reports a violation of the Content-Security-Policy as an error on the console.
    """

    def __init__(self, context: BrowserContext, origins: set[str]) -> None:
        self.origins = origins
        """Where requests may go: our functions and our storage."""
        self.visited: set[str] = set()
        """Other origins whose pages a test visits. What goes wrong there is not our fault."""
        self.problems: list[str] = []
        context.on("console", self._on_console)
        context.on("weberror", self._on_error)
        context.on("request", self._on_request)

    def forgive(self, pattern: str) -> None:
        """Forget problems that a test has provoked. Fails if there are none."""
        provoked = [problem for problem in self.problems if re.search(pattern, problem)]
        assert provoked, f"nothing like {pattern!r} happened: {self.problems}"
        self.problems = [problem for problem in self.problems if problem not in provoked]

    def visits(self, address: str) -> None:
        """The test visits pages of somebody else, such as a platform."""
        self.visited.add(_origin(address))

    def check(self) -> None:
        """Fails if anything went wrong."""
        assert not self.problems, "\n".join(self.problems)

    def _on_console(self, message: ConsoleMessage) -> None:
        place = message.location.get("url", "")
        if message.type in ("error", "assert") and _origin(place) not in self.visited:
            self.problems.append(f"console: {message.text} ({place})")

    def _on_error(self, error: WebError) -> None:
        self.problems.append(f"page: {error.error}")

    def _on_request(self, request: Request) -> None:
        is_own = urlsplit(request.url).scheme in _WITHOUT_ORIGIN
        if not is_own and _origin(request.url) not in self.origins | self.visited:
            self.problems.append(f"request to another place: {request.method} {request.url}")


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"

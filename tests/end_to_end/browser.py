"""A browser that opens the pages of a running stack."""

import re
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, Request, build_opener

from tests.functions.connect_client import Form, form_of


@dataclass(frozen=True)
class Page:
    url: str
    text: str

    @property
    def forms(self) -> list[Form]:
        return list(map(form_of, re.findall(r"<form.*?</form>", self.text, re.DOTALL)))


class Browser:
    """A browser with cookies, without JavaScript."""

    def __init__(self) -> None:
        # Browsers count localhost as secure.
        policy = DefaultCookiePolicy(secure_protocols=("http", "https"))
        self._opener = build_opener(HTTPCookieProcessor(CookieJar(policy)))

    def get(self, address: str) -> Page:
        return self._open(Request(address))

    def submit(self, page: Page, form: Form, **changes: str) -> Page:
        """Send a form of a page with its first button."""
        kept = [pair for pair in form.fields if pair[0] not in changes]
        data = urlencode([*kept, *form.buttons[:1], *changes.items()]).encode()
        origin = "/".join(page.url.split("/")[:3])
        address = urljoin(page.url, form.action) if form.action else page.url
        return self._open(Request(address, data, {"Origin": origin}))

    def _open(self, request: Request) -> Page:
        try:
            with self._opener.open(request, timeout=60) as answer:
                return Page(answer.url, answer.read().decode())
        except HTTPError as error:
            raise AssertionError(f"{error.code} {error.url} {error.read().decode()}") from error

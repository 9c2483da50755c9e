"""The composer as a browser uses it: its form, what is sent, and what comes back."""

import re
from typing import Any

from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.functions.dashboard_client import ORIGIN, Browser
from tests.world import USER

HOSTILE = '"><script>alert(1)</script>{{ 7 * 7 }}'
JSON = {"Accept": "application/json"}


def account(platform: str, name: str = "") -> str:
    return f"{platform}:{name or f'{platform}_{USER}'}"


def hidden(page: TestResponse, name: str) -> str:
    found = re.search(f'type="hidden" name="{name}" value="([^"]*)"', page.text)
    assert found, page.text
    return found[1]


def form_of(page: TestResponse, **more: Any) -> MultiDict[str, str]:
    """What a browser would send: the hidden fields, and `more`, where `__` stands for a colon."""
    names = ("csrf", "key", "zone", "updated", "post", "retry")
    form = MultiDict({name: hidden(page, name) for name in names})
    for name, value in {"do": "send", "when": "now", "text": "Hello", **more}.items():
        values = value if isinstance(value, list) else [value]
        form.setlist(name.replace("__", ":"), values)
    return form


def send(
    ann: Browser, page: TestResponse, path: str = "/posts/new", script: bool = False, **more: Any
) -> TestResponse:
    return post(ann, path, form_of(page, **more), script=script)


def post(ann: Browser, path: str, form: Any, *, script: bool = False) -> TestResponse:
    headers = {"Origin": ORIGIN, **(JSON if script else {})}
    return ann.client.post(path, base_url=ORIGIN, data=form, headers=headers)


def made(answer: TestResponse) -> str:
    """The id of the post that an answer leads to."""
    assert answer.status_code == 303, answer.text
    found = re.search(r"/posts/([0-9a-f-]{36})", answer.headers["Location"])
    assert found
    return found[1]


def faults(answer: TestResponse) -> list[str]:
    """The faults that a page shows at its fields."""
    return [
        text for text in re.findall(r'class="field-fault"[^>]*>([^<]+)</p>', answer.text) if text
    ]

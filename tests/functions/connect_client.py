"""A browser that connects accounts: our function in this process, the platforms over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urljoin, urlsplit

import requests
from flask import Flask
from werkzeug.test import TestResponse

from tests.world import World

CONNECT = "https://soku.test/connect"


@dataclass
class Form:
    """The first form of a page: where it goes, and what it would send."""

    action: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    """Hidden fields, and what is selected."""
    choices: dict[str, list[str]] = field(default_factory=dict)
    """Radio buttons and check boxes: name -> all values."""
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.form = Form()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.form.action:
            self.form.action = named.get("action", "")
        elif tag == "input":
            self._input(named)
        elif tag == "button" and named.get("name"):
            self.form.buttons.append((named["name"], named.get("value", "")))

    def _input(self, named: dict[str, str]) -> None:
        name, value, kind = named.get("name", ""), named.get("value", ""), named.get("type", "")
        if kind in ("radio", "checkbox"):
            self.form.choices.setdefault(name, []).append(value)
            if "checked" in named and "disabled" not in named:
                self.form.fields.append((name, value))
        elif name and kind != "submit":
            self.form.fields.append((name, value))


def form_of(page: str) -> Form:
    parser = _Forms()
    parser.feed(page)
    return parser.form


class ConnectBrowser:
    """One browser, with its own cookies."""

    def __init__(self, app: Flask, world: World) -> None:
        self.world = world
        self.client = app.test_client()
        self.session = requests.Session()

    @property
    def cookie(self) -> str:
        cookie = self.client.get_cookie("__session", "soku.test")
        return cookie.value if cookie else ""

    def get(self, address: str) -> TestResponse:
        return self.client.get(_path(address), base_url="https://soku.test")

    def post(
        self, address: str, form: Any, headers: Mapping[str, str] | None = None
    ) -> TestResponse:
        return self.client.post(
            _path(address),
            data=form,
            headers={"Origin": "https://soku.test", **(headers or {})},
            base_url="https://soku.test",
        )

    def start(self, url: str) -> str:
        """Agree on the start page; returns the platform's address."""
        page = self.get(url)
        assert page.status_code == 200, page.text
        form = form_of(page.text)
        answer = self.post(form.action, dict(form.fields))
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    def authorize(
        self,
        address: str,
        *,
        deny: bool = False,
        person: str | None = None,
        without: tuple[str, ...] = (),
    ) -> str:
        """Use the platform's page; returns the address to which it sends the browser back."""
        page = self.session.get(address, allow_redirects=False, timeout=20)
        if page.is_redirect:
            return page.headers["Location"]
        assert page.status_code == 200, page.text
        form = form_of(page.text)
        fields = [(n, v) for n, v in form.fields if v not in without]
        if person is not None:
            (radio,) = [name for name in form.choices if person in form.choices[name]]
            fields = [(n, v) for n, v in fields if n != radio] + [(radio, person)]
        button = [b for b in form.buttons if ("deny" in b[1].lower()) is deny]
        answer = self.session.post(
            urljoin(address, form.action),
            data=[*fields, *button[:1]],
            allow_redirects=False,
            timeout=20,
        )
        assert answer.is_redirect, answer.text
        return answer.headers["Location"]

    def come_back(self, address: str) -> TestResponse:
        """Follow the platform's redirect to us."""
        assert address.startswith(CONNECT), address
        return self.get(address)


def query_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


def state_of(address: str) -> str:
    return parse_qs(urlsplit(address).query)["state"][0]


def _path(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path

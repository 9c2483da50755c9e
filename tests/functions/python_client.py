"""The Python client and the command `soku`, on an API in this process."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local.http_server import LocalServer
from soku import Soku
from soku.command.main import main
from tests.functions.api_client import ApiClient

Command = Callable[..., tuple[int, str, str]]
"""Runs the command; returns its exit code, and what it printed on each stream."""


@contextmanager
def served(api: ApiClient) -> Iterator[str]:
    """The address of the API. What a request leaves to do is done before its response arrives."""

    def answer(environ: Any, start: Any) -> Iterable[bytes]:
        body = b"".join(api.app(environ, start))
        if environ["REQUEST_METHOD"] != "GET":
            api.world.deliver_due()
        return [body]

    server = LocalServer(answer)
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


@contextmanager
def client_of(api: ApiClient) -> Iterator[Soku]:
    with served(api) as url, Soku(api.key, url=url) as soku:
        yield soku


@pytest.fixture
def soku(api: ApiClient) -> Iterator[Soku]:
    with client_of(api) as soku:
        yield soku


@pytest.fixture
def command(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Command]:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        return code, *capsys.readouterr()

    with served(api) as url:
        monkeypatch.setenv("SOKU_URL", url)
        monkeypatch.setenv("SOKU_API_KEY", api.key)
        yield run

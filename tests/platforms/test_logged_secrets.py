"""No log contains a token: not ours and not a library's, with any handler."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from shared import logs
from shared.platforms.http import Http
from shared.platforms.sending import send
from tests.platforms.servers import answering, raw_answer, serving


@pytest.fixture
def everything() -> Iterator[io.StringIO]:
    """What a handler of the root logger writes, as LOG_EXECUTION_ID installs one."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.parametrize("header", [b"no colon at all\r\n", b": no name\r\n", b"a\x00: b\r\n"])
def test_a_malformed_header_writes_no_address_into_a_log(
    everything: io.StringIO, header: bytes
) -> None:
    with serving(answering(raw_answer(200, b"{}", header))) as server:
        http = Http(server.url, send)
        http.read("/me", params={"access_token": "canary-token"})
        http.prepare("POST", "/me", headers={"Authorization": "Bearer canary-token"})
    assert "canary" not in everything.getvalue()


def test_our_formatter_removes_tokens_from_messages_and_tracebacks() -> None:
    formatter = logs._JsonLines()
    try:
        raise ValueError("GET /me?access_token=canary-a&x=1 Authorization: Bearer canary-b, then")
    except ValueError as error:
        record = logging.LogRecord(
            "soku.x", logging.ERROR, __file__, 1, "refresh_token=canary-c %s", ("OAuth canary-d",),
            (type(error), error, error.__traceback__),
        )  # fmt: skip
    line = formatter.format(record)
    assert "canary" not in line
    assert "GET /me?***" in json.loads(line)["stack_trace"]

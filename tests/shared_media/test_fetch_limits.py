"""Hostile and broken servers: a download ends at its limits and reports the reason."""

import gzip
import socket
import subprocess
import sys
import traceback
import tracemalloc
from collections.abc import Callable
from itertools import repeat

import pytest

from shared.config import MediaSettings
from shared.media import fetch as module
from shared.media.fetch import FetchRefused, download
from tests.platforms.servers import answering, nobody_there, raw_answer, reset, serving
from tests.shared_media import FILE, fetched, refusal, whole

pytestmark = pytest.mark.slow

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
SECRET = "hush-hush"
LITTLE = 2 * 1024 * 1024


def allowing(url: str) -> MediaSettings:
    return MediaSettings(fetch_allowed_origins=(url,))


def refused_of(act: Callable[[socket.socket], None], **limits: object) -> str:
    with serving(act) as server:
        return refusal(f"{server.url}/a.jpg", allowing(server.url), **limits)


def fetched_of(raw: bytes, **limits: object) -> bytes:
    with serving(answering(raw)) as server:
        return fetched(server.url, allowing(server.url), **limits)


def endless(start: bytes, piece: bytes) -> Callable[[socket.socket], None]:
    def act(connection: socket.socket) -> None:
        connection.sendall(start)
        for one in repeat(piece):
            connection.sendall(one)

    return act


def holding(start: bytes) -> Callable[[socket.socket], None]:
    def act(connection: socket.socket) -> None:
        connection.sendall(start)
        # Nothing arrives until the client closes the connection.
        connection.recv(1)

    return act


def dripping(start: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    def act(connection: socket.socket) -> None:
        connection.sendall(start)
        connection.settimeout(0.01)
        while True:
            try:
                connection.recv(1)
                return
            except TimeoutError:
                connection.sendall(drop)

    return act


def test_an_announced_length_above_the_limit_is_refused_before_reading() -> None:
    act = holding(OK + b"Content-Length: 10001\r\n\r\n")
    assert refused_of(act, max_bytes=10_000) == "too_large"


def test_a_file_of_exactly_the_limit_is_accepted() -> None:
    for raw in (
        raw_answer(200, b"a" * 100),
        OK + b"\r\n" + b"a" * 100,
        CHUNKED + b"64\r\n%s\r\n0\r\n\r\n" % (b"a" * 100),
    ):
        assert fetched_of(raw, max_bytes=100) == b"a" * 100


@pytest.mark.parametrize(
    ("start", "piece"),
    [
        (CHUNKED, b"400\r\n" + b"a" * 1024 + b"\r\n"),
        (CHUNKED, b"1\r\na\r\n" * 1000),
        (CHUNKED + b"ffffffffffffffff\r\n", b"a" * 1024),
        (OK + b"\r\n", b"a" * 1024),
    ],
    ids=["chunks", "tiny chunks", "one chunk without end", "no length"],
)
def test_a_body_without_end_ends_at_the_limit(start: bytes, piece: bytes) -> None:
    assert refused_of(endless(start, piece), max_bytes=50_000) == "too_large"


def test_memory_does_not_grow_with_the_file() -> None:
    with serving(endless(OK + b"\r\n", b"a" * 65536)) as server:
        tracemalloc.start()
        with (
            pytest.raises(FetchRefused),
            download(server.url, allowing(server.url), max_bytes=40_000_000) as stream,
        ):
            while stream.read(100_000):
                pass
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert stream.size > 40_000_000
    assert peak < LITTLE


def test_a_chunk_of_negative_size_is_refused() -> None:
    tracemalloc.start()
    code = refused_of(endless(CHUNKED + b"-1\r\n", b"a" * 65536), seconds=1, max_bytes=10**9)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert code == "incomplete"
    assert peak < LITTLE


def test_the_limit_can_be_lowered_once_the_first_bytes_are_known() -> None:
    with (
        serving(answering(raw_answer(200, b"a" * 1000))) as server,
        download(server.url, allowing(server.url), max_bytes=1000) as stream,
    ):
        assert stream.read(10) == b"a" * 10
        stream.max_bytes = 500
        with pytest.raises(FetchRefused) as refused:
            stream.read(10)
    assert refused.value.code == "too_large"
    assert stream.size == 10


@pytest.mark.parametrize(
    "raw",
    [
        OK + b"Content-Length: 1000\r\n\r\n" + FILE,
        OK + b"Content-Length: 1000\r\n\r\n",
        CHUNKED + b"10\r\naaaa",
        CHUNKED + b"4\r\naaaa\r\n",
        CHUNKED + b"4\r\naaaa\r\nzz\r\n",
        CHUNKED,
    ],
)
def test_a_body_that_ends_before_its_announced_end_is_refused(raw: bytes) -> None:
    assert refused_of(answering(raw)) == "incomplete"


def test_what_comes_after_the_announced_length_is_not_read() -> None:
    assert fetched_of(OK + b"Content-Length: 4\r\n\r\n" + b"a" * 100) == b"aaaa"


@pytest.mark.parametrize(
    "length", [b"-5", b"x", b"1e3", b"", b"5, 5", b"5\r\nContent-Length: 6", b"\xb2"]
)
def test_an_invalid_length_is_refused(length: bytes) -> None:
    raw = OK + b"Content-Length: %s\r\n\r\n" % length + FILE
    assert refused_of(answering(raw)) == "bad_answer"


def test_a_length_of_a_chunked_body_is_ignored() -> None:
    head = OK + b"Content-Length: 99999\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert fetched_of(head + b"4\r\naaaa\r\n0\r\n\r\n") == b"aaaa"


@pytest.mark.parametrize("start", [b"", OK, OK + b"Content-Length: 9\r\n\r\naaaa", CHUNKED + b"9"])
def test_a_stall_ends_at_its_limit(start: bytes) -> None:
    assert refused_of(holding(start), seconds=60, stall_seconds=0.05) == "too_slow"


@pytest.mark.full
@pytest.mark.parametrize(
    ("start", "drop"),
    [
        (b"", b"H"),
        (OK + b"X-Padding: ", b"a"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (OK + b"Content-Length: 9999\r\n\r\n", b"a"),
        (CHUNKED, b"1\r\na\r\n"),
        (CHUNKED + b"1;", b"a"),
        (CHUNKED + b"0\r\n", b"X: y\r\n"),
    ],
)
def test_a_slow_body_ends_at_the_total_limit(start: bytes, drop: bytes) -> None:
    assert refused_of(dripping(start, drop), seconds=0.15, stall_seconds=10) == "too_slow"


@pytest.mark.parametrize("start", [OK + b"Content-Length: 9999\r\n\r\n", OK + b"X-Padding: "])
def test_a_server_must_be_fast_enough_on_average(start: bytes) -> None:
    limits = {"seconds": 60, "stall_seconds": 60, "rate_seconds": 0.15}
    assert refused_of(dripping(start, b"a"), **limits) == "too_slow"


def test_only_the_time_of_the_server_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    raw = raw_answer(200, FILE + bytes(500_000))
    with serving(answering(raw)) as server:
        limits = {"max_bytes": 10**6, "seconds": 10**6, "rate_seconds": 1}
        with download(server.url, allowing(server.url), **limits) as stream:
            while stream.read(70_000):
                now[0] += 3600
    assert stream.size == len(FILE) + 500_000


def test_the_total_limit_includes_every_redirect() -> None:
    act = dripping(b"HTTP/1.1 302 X\r\nLocation: /\r\nX-Padding: ", b"a")
    assert refused_of(act, seconds=0.15) == "too_slow"
    assert refused_of(answering(raw_answer(200, FILE)), seconds=0) == "too_slow"


def test_a_tls_handshake_that_never_comes_ends_at_the_limit() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        assert refusal(url, allowing(url), stall_seconds=0.05) == "too_slow"


@pytest.mark.parametrize("coding", [b"gzip", b"br", b"deflate", b"zstd", b"identity, gzip", b"x"])
@pytest.mark.parametrize("header", [b"Content-Encoding", b"Transfer-Encoding"])
def test_a_compressed_answer_is_refused(header: bytes, coding: bytes) -> None:
    body = gzip.compress(bytes(1_000_000))
    raw = raw_answer(200, body, b"%s: %s\r\n" % (header, coding))
    assert refused_of(answering(raw)) == "encoded"


@pytest.mark.parametrize("coding", [b"aws-chunked", b"gzip", b"utf-8", b"binary", b"none"])
@pytest.mark.parametrize("head", [b"", b"Transfer-Encoding: chunked\r\n"])
def test_a_file_that_is_sent_as_it_is_may_have_any_encoding(coding: bytes, head: bytes) -> None:
    data = FILE + bytes(3000)
    coded = b"Content-Encoding: %s\r\n" % coding
    if head:
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(one), one) for one in (data[:20], data[20:]))
        assert fetched_of(OK + coded + head + b"\r\n" + chunks + b"0\r\n\r\n") == data
    assert fetched_of(raw_answer(200, data, coded)) == data


def test_the_beginning_of_such_a_file_counts_for_its_size() -> None:
    raw = raw_answer(200, FILE + bytes(3000), b"Content-Encoding: aws-chunked\r\n")
    assert refused_of(answering(raw), max_bytes=1000) == "too_large"


def test_a_compressed_file_without_the_header_is_not_changed() -> None:
    bomb = gzip.compress(bytes(1_000_000))
    assert fetched_of(raw_answer(200, bomb, b"Content-Encoding: identity\r\n")) == bomb


@pytest.mark.parametrize("status", [201, 204, 206, 304, 400, 401, 403, 404, 410, 429, 500, 503])
def test_an_answer_without_the_file_is_refused(status: int) -> None:
    assert refused_of(answering(raw_answer(status))) == "http_status"


@pytest.mark.parametrize(
    "raw",
    [
        *(b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 99 X\r\n\r\n"),
        *(b"HTTP/2 200 OK\r\n\r\n", b"a" * 70_000, OK + b"X: y\r\n" * 200 + b"\r\n"),
        *(OK + b"X: " + b"y" * 70_000 + b"\r\n\r\n", b"\x15\x03\x01\x00\x02\x02\x50"),
    ],
    ids=lambda raw: ascii(raw[:20]),
)
def test_an_answer_that_is_not_http_is_refused(raw: bytes) -> None:
    assert refused_of(answering(raw)) == "bad_answer"


def test_a_connection_that_breaks_in_the_body_leaves_it_incomplete() -> None:
    def act(connection: socket.socket) -> None:
        connection.sendall(OK + b"Content-Length: 1000\r\n\r\n" + FILE)
        reset(connection)

    assert refused_of(act) == "incomplete"


def test_a_connection_that_breaks_before_the_answer_is_unreachable() -> None:
    assert refused_of(reset) in ("unreachable", "bad_answer")


@pytest.mark.parametrize(
    ("how", "code"),
    [
        ("refused", "unreachable"),
        ("unknown host", "unreachable"),
        ("connect time-out", "too_slow"),
        ("bad certificate", "bad_certificate"),
    ],
)
def test_a_missing_server_is_unreachable(how: str, code: str) -> None:
    with nobody_there(how) as url:
        assert refusal(url, allowing(url), stall_seconds=0.5) == code


@pytest.mark.parametrize(
    ("act", "url"),
    [
        (answering(raw_answer(404)), "/a.jpg"),
        (answering(raw_answer(302, b"", b"Location: http://10.0.0.1/?" + SECRET.encode())), "/"),
        (answering(raw_answer(302, b"", b"Location: ftp://a/?%s\r\n" % SECRET.encode())), "/"),
        (answering(b"HTTP/9 " + SECRET.encode()), "/"),
        (reset, "/"),
        (answering(raw_answer(200, FILE)), "\\"),
    ],
)
def test_a_refusal_contains_no_secret_of_the_url(
    act: Callable[[socket.socket], None], url: str
) -> None:
    with serving(act) as server, pytest.raises(FetchRefused) as refused:
        fetched(f"{server.url}{url}?token={SECRET}", allowing(server.url))
    assert refused.value.message[-1] == "."
    told = traceback.TracebackException.from_exception(refused.value)
    assert SECRET not in "".join(told.format_exception_only())
    assert told.__cause__ is None
    assert told.__suppress_context__ or told.__context__ is None


def test_an_error_of_the_reader_is_not_translated() -> None:
    with (
        serving(answering(raw_answer(200, FILE))) as server,
        pytest.raises(TimeoutError),
        download(server.url, allowing(server.url), max_bytes=1000) as stream,
    ):
        whole(stream)
        raise TimeoutError


def test_importing_loads_no_library() -> None:
    script = (
        "import sys, shared.media.fetch, shared.media.inspect\n"
        "heavy = {'requests', 'urllib3', 'ssrfguard', 'PIL', 'pymediainfo'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)

"""Downloads only from the checked addresses, whatever names, redirects and the environment are."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.config import MediaSettings
from shared.media import connection
from shared.media.fetch import download
from tests import extent
from tests.platforms.servers import Server, answering, raw_answer, serving
from tests.shared_media import (
    CLOUD,
    FILE,
    PUBLIC,
    Act,
    Internet,
    TlsServer,
    fetched,
    redirecting,
    refusal,
    whole,
)
from tests.shared_media.hostile_addresses import BAD_URLS, INTERNAL_NAMES, NOT_PUBLIC


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Internet:
    made = Internet()

    # Functions, because a bound method would not get the socket.
    def connect(client: socket.socket, address: tuple[str, int]) -> None:
        made.connect(client, address)

    def getpeername(client: socket.socket) -> tuple[str, int]:
        return made.getpeername(client)

    monkeypatch.setattr(socket, "getaddrinfo", made.getaddrinfo)
    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "getpeername", getpeername)
    return made


@pytest.fixture
def serve(internet: Internet) -> Iterator[Callable[..., Server]]:
    """Serves at a public address, 93.184.216.34 by default, optionally under a name."""
    servers = []

    def start(act: Act, *names: str, address: str = PUBLIC) -> Server:
        servers.append(context := serving(act))
        server = context.__enter__()
        internet.servers[address, 80] = int(server.url.rpartition(":")[2])
        internet.names.update({name: [[address]] for name in names})
        return server

    yield start
    for context in servers:
        context.__exit__(None, None, None)


def test_a_file_is_streamed_and_counted(serve: Callable[..., Server]) -> None:
    serve(answering(raw_answer(200, FILE)), "files.example.com")
    with download("http://files.example.com/a.jpg", CLOUD, max_bytes=1000) as stream:
        assert stream.content_length == len(FILE)
        assert stream.read(3) == FILE[:3]
        assert stream.size == 3
        assert whole(stream) == FILE[3:]
        assert stream.size == len(FILE)


def test_the_checked_address_is_connected_to_under_the_original_name(
    internet: Internet, serve: Callable[..., Server]
) -> None:
    server = serve(answering(raw_answer(200, FILE)), "files.example.com")
    assert fetched("http://Files.Example.com/größe/a.jpg?b=ü#c") == FILE
    assert internet.reached == [(PUBLIC, 80)]
    head = server.heard[0].decode().split("\r\n")
    assert head[0] == "GET /gr%C3%B6%C3%9Fe/a.jpg?b=%C3%BC HTTP/1.1"
    assert head.count("Host: files.example.com") == 1
    assert "Accept-Encoding: identity" in head
    assert "Accept: image/*, video/*, */*;q=0.8" in head
    assert any(line.startswith("User-Agent: Soku/") for line in head)


def test_a_url_without_a_path_requests_the_root(serve: Callable[..., Server]) -> None:
    server = serve(answering(raw_answer(200, FILE)), "files.example.com")
    assert fetched("http://files.example.com?a=b") == FILE
    assert server.heard[0].startswith(b"GET /?a=b HTTP/1.1\r\n")


def test_an_international_name_is_requested_in_ascii(serve: Callable[..., Server]) -> None:
    server = serve(answering(raw_answer(200, FILE)), "xn--mnchen-3ya.de")
    assert fetched("http://münchen.de/a.jpg") == FILE
    assert b"\r\nHost: xn--mnchen-3ya.de\r\n" in server.heard[0]


def test_a_name_that_changes_its_address_is_looked_up_once(
    internet: Internet, serve: Callable[..., Server]
) -> None:
    serve(answering(raw_answer(200, FILE)))
    internet.names["rebinding.example.com"] = [[PUBLIC], ["127.0.0.1"]]
    assert fetched("http://rebinding.example.com/a.jpg") == FILE
    assert internet.looked_up == ["rebinding.example.com"]
    assert internet.reached == [(PUBLIC, 80)]


def test_a_redirect_to_a_name_that_has_changed_its_address_is_refused(
    internet: Internet, serve: Callable[..., Server]
) -> None:
    serve(redirecting("/b.jpg"))
    internet.names["rebinding.example.com"] = [[PUBLIC], ["169.254.169.254"]]
    assert refusal("http://rebinding.example.com/a.jpg") == "not_public"
    assert internet.reached == [(PUBLIC, 80)]


@pytest.mark.parametrize(
    "addresses", [[PUBLIC, "10.0.0.1"], ["::1", PUBLIC], ["8.8.8.8", "0.0.0.0"]]
)
def test_a_name_with_a_public_and_a_private_address_is_refused(
    internet: Internet, addresses: list[str]
) -> None:
    internet.names["both.example.com"] = [addresses]
    assert refusal("http://both.example.com/a.jpg") == "not_public"
    assert internet.reached == []


def test_the_next_address_is_tried_when_one_does_not_answer(
    internet: Internet, serve: Callable[..., Server]
) -> None:
    serve(answering(raw_answer(200, FILE)))
    internet.names["files.example.com"] = [["2606:4700:4700::1111", PUBLIC]]
    assert fetched("http://files.example.com/a.jpg") == FILE
    assert internet.reached == [("2606:4700:4700::1111", 80), (PUBLIC, 80)]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(serve: Callable[..., Server], status: int) -> None:
    server = serve(redirecting("b.jpg?c", status=status), "files.example.com")
    assert fetched("http://files.example.com/a/a.jpg") == FILE
    assert server.heard[1].startswith(b"GET /a/b.jpg?c HTTP/1.1\r\n")


def test_three_redirects_are_followed(internet: Internet, serve: Callable[..., Server]) -> None:
    serve(redirecting("//two.example.com/", "/ü", "http://one.example.com"), "one.example.com")
    internet.names["two.example.com"] = [[PUBLIC]]
    assert fetched("http://one.example.com/") == FILE
    assert internet.looked_up == [f"{name}.example.com" for name in ("one", "two", "two", "one")]


def test_more_than_three_redirects_are_refused(
    internet: Internet, serve: Callable[..., Server]
) -> None:
    serve(redirecting(*"abcd"), "files.example.com")
    assert refusal("http://files.example.com/") == "too_many_redirects"
    assert len(internet.reached) == 4


REDIRECTS = [
    *(f"http://[{one}]/" if ":" in one else f"http://{one}/" for one in NOT_PUBLIC),
    *(f"http://{name}/" for name in INTERNAL_NAMES),
    # A redirect without a scheme is relative, and spaces around a header are not part of its value.
    *(url for url in BAD_URLS if ":" in url[1:] and url.isprintable() and url == url.strip()),
    *("//127.0.0.1/", "///127.0.0.1/", "\\\\127.0.0.1\\", "/\\127.0.0.1/", "http://[::1"),
    *("http://example.com/\x00", "http://exam\tple.com/", "http://example.com/\x7f", "/a b"),
]


@pytest.mark.full
@pytest.mark.parametrize("location", REDIRECTS[:: extent.of(6, 1)], ids=lambda url: ascii(url[:60]))
def test_a_redirect_to_a_forbidden_url_is_refused(
    internet: Internet, serve: Callable[..., Server], location: str
) -> None:
    serve(redirecting(location), "files.example.com")
    assert refusal("http://files.example.com/a.jpg") in ("bad_url", "not_public")
    assert set(internet.reached) == {(PUBLIC, 80)}


def test_a_redirect_to_our_own_service_is_refused(serve: Callable[..., Server]) -> None:
    serve(redirecting("http://api.soku.example/"), "files.example.com", "api.soku.example")
    own = frozenset({"api.soku.example"})
    assert refusal("http://files.example.com/a.jpg", own_hosts=own) == "not_public"


@pytest.mark.parametrize("headers", [b"", b"Location:\r\n"])
def test_a_redirect_to_nowhere_is_refused(serve: Callable[..., Server], headers: bytes) -> None:
    serve(answering(raw_answer(302, b"", headers)), "files.example.com")
    assert refusal("http://files.example.com/a.jpg") == "bad_answer"


def test_proxies_and_netrc_of_the_environment_are_ignored(
    internet: Internet,
    serve: Callable[..., Server],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    server = serve(answering(raw_answer(200, FILE)), "files.example.com")
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://8.8.8.8:80")
        monkeypatch.setenv(name.upper(), "http://8.8.8.8:80")
    (tmp_path / "netrc").write_text("machine files.example.com login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert fetched("http://files.example.com/a.jpg") == FILE
    assert internet.reached == [(PUBLIC, 80)]
    assert b"authorization" not in server.heard[0].lower()


def test_an_allowed_origin_can_redirect_only_like_others(
    internet: Internet, serve: Callable[..., Server]
) -> None:
    act = redirecting("http://127.0.0.1:4322/", "http://localhost:4321/")
    server = serve(act, "localhost", address="127.0.0.1")
    internet.servers["127.0.0.1", 4321] = internet.servers["127.0.0.1", 4322] = internet.servers[
        "127.0.0.1", 80
    ]
    settings = MediaSettings(fetch_allowed_origins=("http://127.0.0.1:4321",))
    assert refusal("http://127.0.0.1:4321/a.jpg", settings) == "bad_url"
    assert refusal("http://127.0.0.1:4321/a.jpg", settings) == "bad_url"
    assert fetched("http://127.0.0.1:4321/a.jpg", settings) == FILE
    assert b"\r\nHost: 127.0.0.1:4321\r\n" in server.heard[0]
    assert set(internet.reached) == {("127.0.0.1", 4321)}


def test_a_name_server_that_does_not_respond_ends_at_the_limit(
    internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: ended.wait(30) and [])
    try:
        assert refusal("http://slow.example.com/", seconds=0.05) == "too_slow"
    finally:
        ended.set()


@pytest.fixture
def serve_tls(
    internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., TlsServer]]:
    servers = []

    def start(*answers: bytes) -> TlsServer:
        servers.append(server := TlsServer(list(answers)))
        internet.servers[PUBLIC, 443] = server.port
        internet.names["files.example.com"] = internet.names["other.example.com"] = [[PUBLIC]]
        trusting = ssl.create_default_context(cadata=server.certificate)
        monkeypatch.setattr(connection, "_tls", lambda: trusting)
        return server

    yield start
    for server in servers:
        server.stop()


@pytest.mark.parametrize("host", ["files.example.com", "FILES.example.com", "files.example.com."])
def test_the_certificate_is_checked_against_the_original_name(
    internet: Internet, serve_tls: Callable[..., TlsServer], host: str
) -> None:
    server = serve_tls(raw_answer(200, FILE))
    internet.names["files.example.com."] = [[PUBLIC]]
    assert fetched(f"https://{host}/a.jpg") == FILE
    assert server.asked_for == ["files.example.com"]
    assert internet.reached == [(PUBLIC, 443)]


@pytest.mark.parametrize("host", ["other.example.com", PUBLIC])
def test_a_certificate_of_another_name_is_refused(
    serve_tls: Callable[..., TlsServer], host: str
) -> None:
    serve_tls(raw_answer(200, FILE))
    assert refusal(f"https://{host}/a.jpg") == "bad_certificate"


def test_a_self_signed_certificate_is_refused(
    serve_tls: Callable[..., TlsServer], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = connection._tls
    serve_tls(raw_answer(200, FILE))
    monkeypatch.setattr(connection, "_tls", real)
    assert refusal("https://files.example.com/a.jpg") == "bad_certificate"


def test_a_redirect_from_https_to_http_is_refused(
    internet: Internet, serve_tls: Callable[..., TlsServer]
) -> None:
    serve_tls(raw_answer(302, b"", b"Location: http://files.example.com/b.jpg\r\n"))
    assert refusal("https://files.example.com/a.jpg") == "insecure_redirect"
    assert internet.reached == [(PUBLIC, 443)]


def test_a_redirect_from_http_to_https_is_followed(
    serve: Callable[..., Server], serve_tls: Callable[..., TlsServer]
) -> None:
    serve_tls(raw_answer(200, FILE))
    serve(redirecting("https://files.example.com/b.jpg"), "files.example.com")
    assert fetched("http://files.example.com/a.jpg") == FILE

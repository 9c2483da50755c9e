"""URLs that are refused for their text, or for the addresses of their host name."""

import socket

import pytest

from shared.config import MediaSettings
from shared.media.fetch import FetchRefused, check_url
from tests.shared_media import CLOUD, Internet, refusal
from tests.shared_media.hostile_addresses import BAD_URLS, INTERNAL_NAMES, NOT_PUBLIC


def _literal(address: str) -> str:
    return f"http://[{address}]/" if ":" in address else f"http://{address}/"


def _code(url: str, own_hosts: frozenset[str] = frozenset()) -> str:
    with pytest.raises(FetchRefused) as refused:
        check_url(url, CLOUD, own_hosts)
    return refused.value.code


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_a_url_of_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert _code(_literal(address)) == "not_public"


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_a_name_of_an_address_that_is_not_public_is_refused(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_up(host: str, port: int, *_: object) -> list[tuple[object, ...]]:
        assert host == "files.example.com"
        return [Internet.row(address, port)]

    def connect(*_: object) -> None:
        pytest.fail("nothing may be connected to")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket.socket, "connect", connect)
    assert refusal("http://files.example.com/a.jpg") == "not_public"


@pytest.mark.full
@pytest.mark.parametrize("url", BAD_URLS, ids=ascii)
def test_an_invalid_url_is_refused(url: str) -> None:
    assert _code(url) in ("bad_url", "not_public")


@pytest.mark.parametrize("name", INTERNAL_NAMES)
def test_a_name_that_only_exists_inside_a_network_is_refused(name: str) -> None:
    assert _code(f"https://{name}/") == "not_public"


@pytest.mark.parametrize(
    "url",
    [
        *("http://example.com", "https://example.com/", "HTTPS://EXAMPLE.COM/A.JPG"),
        *("http://example.com:80/", "https://example.com:443/", "http://example.com:443/"),
        *("https://example.com./a.jpg", "https://a-b.c.example.co.uk/x%20y.jpg?a=b&c=d#e"),
        *("https://münchen.de/größe.jpg", "https://例え.jp/画像.png", "https://xn--mnchen-3ya.de/"),
        *("https://8.8.8.8/a.jpg", "https://[2606:4700:4700::1111]/a.jpg", "https://3.com/"),
        *("https://1e100.net/", "https://0x7f.example.com/", "https://localhost.example.com/"),
        *("https://internal.example.com/", "https://example.com?a@b", "https://a.com/@c:d"),
        *("http://100.63.255.255/", "http://100.128.0.1/", "http://172.15.0.1/"),
        *("http://172.32.0.1/", "http://199.36.153.12/", "http://[2001:200::1]/"),
    ],
    ids=ascii,
)
def test_a_url_of_the_public_internet_is_accepted(url: str) -> None:
    check_url(url, CLOUD)


@pytest.mark.parametrize("host", ["api.soku.example", "API.Soku.Example", "api.soku.example."])
def test_nothing_is_downloaded_from_our_own_services(host: str) -> None:
    own = frozenset({"api.soku.example"})
    assert _code(f"https://{host}/v1/media", own) == "not_public"
    check_url("https://files.soku.example/", CLOUD, own)


def test_our_own_services_are_recognized_in_any_spelling() -> None:
    assert _code("https://api.soku.example/", frozenset({"API.soku.example."})) == "not_public"


@pytest.mark.parametrize(
    "url",
    [
        *("http://127.0.0.1:4322/", "http://127.0.0.1/", "https://127.0.0.1:4321/"),
        *("http://localhost:4321/", "http://127.0.0.2:4321/", "http://127.1:4321/"),
        *("http://user@127.0.0.1:4321/", "http://127.0.0.1:4321@10.0.0.1/", "http://127.0.0.1."),
        *("http://0x7f.0.0.1:4321/", "http://[::ffff:127.0.0.1]:4321/", "ftp://127.0.0.1:4321/"),
        *("http://127.0.0.1:4321\\@10.0.0.1/", "http://127.0.0.1:0/", "//127.0.0.1:4321/"),
    ],
)
def test_an_allowed_origin_is_allowed_exactly(url: str) -> None:
    settings = MediaSettings(fetch_allowed_origins=("http://127.0.0.1:4321",))
    check_url("http://127.0.0.1:4321/a.jpg?b", settings)
    with pytest.raises(FetchRefused) as refused:
        check_url(url, settings)
    assert refused.value.code in ("bad_url", "not_public")


def test_an_allowed_origin_without_a_port_means_the_usual_one() -> None:
    settings = MediaSettings(fetch_allowed_origins=("http://localhost",))
    check_url("http://localhost:80/a.jpg", settings)
    with pytest.raises(FetchRefused):
        check_url("http://localhost:0/a.jpg", settings)


@pytest.mark.parametrize("allowed", ["", "http", "http://[", "//", "*", "http://:80", "127.0.0.1"])
def test_an_invalid_allowed_origin_allows_nothing(allowed: str) -> None:
    settings = MediaSettings(fetch_allowed_origins=(allowed,))
    for url in ("http://127.0.0.1/", "http://[", "//", "http://localhost/", "http://10.0.0.1:0/"):
        with pytest.raises(FetchRefused):
            check_url(url, settings)


@pytest.mark.parametrize(
    "url",
    ["https://my_bucket.s3.amazonaws.com/a.jpg", "http://_dmarc.example.com/", "http://a_b.c/"],
)
def test_an_underscore_in_a_host_name_is_named(url: str) -> None:
    with pytest.raises(FetchRefused) as refused:
        check_url(url, CLOUD)
    assert refused.value.code == "bad_url"
    assert "underscore" in refused.value.message


@pytest.mark.parametrize("url", ["ftp://example.com/a_b.jpg", "https://user_name@example.com/"])
def test_an_underscore_elsewhere_is_not(url: str) -> None:
    with pytest.raises(FetchRefused) as refused:
        check_url(url, CLOUD)
    assert "underscore" not in refused.value.message


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/a.jpg",
        "http://localhost:9/a.jpg",
        "http://localhost/a.jpg",
        "http://192.168.0.2/a.jpg",
        "http://example.com:8443/a.jpg",
    ],
)
def test_only_a_local_system_names_its_setting(url: str) -> None:
    for settings in (CLOUD, MediaSettings(fetch_allowed_origins=("http://127.0.0.1:1",))):
        with pytest.raises(FetchRefused) as refused:
            check_url(url, settings)
        assert ("FETCH_ALLOWED_ORIGINS" in refused.value.message) == (settings is not CLOUD)

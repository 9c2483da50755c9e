"""Files in requests: streamed from storage, and never recorded."""

import hashlib
from datetime import timedelta

import pytest

from shared import clock
from shared.domain.errors import PlatformUnavailable
from shared.platforms.http import ClaimLimits, Http
from shared.platforms.sending import send
from tests.media import Shelf
from tests.platforms.servers import answering, closed_port, raw_answer, serving

MEGABYTE = 1024 * 1024


def _http(url: str, **hosts: str) -> Http:
    now = clock.now()
    limits = ClaimLimits(lease_until=now + timedelta(seconds=90), intent_at=now)
    return Http(url, send, limits, hosts={f"/{name}/": origin for name, origin in hosts.items()})


def test_a_part_of_a_file_is_sent_as_it_is_stored(shelf: Shelf) -> None:
    video = shelf.video()
    whole = _http("http://nowhere.test").bytes_of(video)
    assert hashlib.sha256(whole).hexdigest() == video.sha256
    with serving(answering(raw_answer(200))) as server:
        http = _http(server.url)
        with http.part(video, 1000, 500_000) as part:
            assert http.upload("PUT", "/up?token=canary", data=part).ok
        (heard,) = server.heard
        assert heard.endswith(b"Content-Length: 500000\r\n" + whole[1000:501_000])
        (exchange,) = http.exchanges
        assert exchange.url == f"{server.url}/up"
        assert exchange.sent == "500000 bytes"


def test_the_last_part_reaches_to_the_end(shelf: Shelf) -> None:
    video = shelf.video()
    http = _http("http://nowhere.test")
    assert http.bytes_of(video, video.size - 7) == http.bytes_of(video)[-7:]


def test_a_missing_stored_file_can_be_retried(shelf: Shelf) -> None:
    gone = shelf.image(seed=77)
    shelf.remove(gone.url.rpartition("/")[2])
    http = _http("http://nowhere.test")
    with pytest.raises(PlatformUnavailable, match="could not read the stored media"):
        http.bytes_of(gone)
    with (
        serving(answering(raw_answer(200))) as server,
        http.part(gone) as part,
        pytest.raises(PlatformUnavailable, match="could not read the stored media"),
    ):
        _http(server.url).upload("PUT", "/up", data=part)


def test_answers_are_recorded_without_the_secrets_of_upload_urls() -> None:
    body = (
        b'{"uploadUrl": "https://up.test/a?sig=canary&x=1", "also": "https:\\/\\/b.test?c=canary"}'
    )
    with serving(answering(raw_answer(200, body))) as server:
        http = _http(server.url)
        answer = http.prepare("POST", "/start", json={"key": "canary", "iv": "canary", "name": "a"})
        assert answer.fields()["uploadUrl"].endswith("sig=canary&x=1")
        (exchange,) = http.exchanges
        assert "canary" not in str(exchange)
        assert exchange.sent == {"key": "***", "iv": "***", "name": "a"}


def test_whole_urls_and_paths_of_another_host_reach_that_host() -> None:
    with serving(answering(raw_answer(200))) as own, serving(answering(raw_answer(200))) as other:
        http = _http(own.url, oauth=other.url)
        http.prepare("POST", "/oauth/token")
        http.prepare("POST", f"{other.url}/upload")
        http.prepare("POST", "/posts")
        assert [len(own.heard), len(other.heard)] == [1, 2]


def test_an_unreachable_upload_url_can_be_retried(shelf: Shelf) -> None:
    http = _http("http://nowhere.test")
    with http.part(shelf.image()) as part, pytest.raises(PlatformUnavailable):
        http.upload("PUT", f"http://{closed_port()}/up", data=part)

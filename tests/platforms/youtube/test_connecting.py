"""Connecting YouTube channels."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from shared import clock
from shared.domain.errors import ReadRefused, ReconnectRequired
from shared.platforms.connecting import NothingToConnect
from tests.platforms.visiting import Visit

CHANNELS = "GET /youtube/v3/channels"


@pytest.fixture
def channel(visit_to: Callable[[str], Visit]) -> Visit:
    visit = visit_to("youtube-channel")
    visit.has_accounts()
    return visit


def _refusal(reason: str, code: int) -> dict[str, object]:
    return {"error": {"code": code, "message": "No", "errors": [{"reason": reason}]}}


def test_an_account_that_never_opened_youtube_has_nothing_to_connect(channel: Visit) -> None:
    granted = channel.granted()
    channel.answers(CHANNELS, 401, _refusal("youtubeSignupRequired", 401))
    with pytest.raises(NothingToConnect, match=r"Create one on youtube\.com"):
        channel.listing(granted)


def test_a_channel_that_is_gone_needs_another_one(channel: Visit) -> None:
    granted = channel.granted()
    (candidate,) = channel.listing(granted).candidates
    channel.answers(CHANNELS, 200, {"kind": "youtube#channelListResponse", "items": []})
    with pytest.raises(ReconnectRequired):
        channel.profile(candidate, granted)


def test_an_api_that_is_switched_off_concerns_the_operator(channel: Visit) -> None:
    granted = channel.granted()
    channel.answers(CHANNELS, 403, _refusal("accessNotConfigured", 403))
    with pytest.raises(ReadRefused, match="operator must enable it") as refused:
        channel.listing(granted)
    assert refused.value.concerns_operator


def test_an_app_in_testing_has_authorizations_of_a_week(channel: Visit) -> None:
    channel.platform.state.is_in_testing = True  # type: ignore[attr-defined]
    tokens = channel.granted().tokens
    assert tokens.refresh_expires_at is not None
    week = tokens.refresh_expires_at - clock.now()
    assert timedelta(days=6) < week <= timedelta(days=7)
    renewed = channel.connecting.refresh(tokens, channel.http)
    assert renewed.refresh_expires_at == tokens.refresh_expires_at, "it is named only once"
    wait = channel.connecting.renew_after(has_refresh_token=True, refresh_lifetime=week)
    assert wait == week / 2


def test_a_channel_is_called_by_its_handle_or_its_title(channel: Visit) -> None:
    granted = channel.granted()
    for snippet, name in (
        ({"customUrl": "@adabakes", "title": "Ada bakes"}, ("adabakes", "Ada bakes")),
        ({"title": "Ada bakes"}, ("Ada bakes", "Ada bakes")),
        ({"title": ["odd"], "thumbnails": {"default": {"url": "javascript:1"}}}, ("UC1", "")),
    ):
        channel.answers(CHANNELS, 200, {"items": [{"id": "UC1", "snippet": snippet}]})
        (candidate,) = channel.listing(granted).candidates
        assert (candidate.username, candidate.display_name) == name
        assert candidate.avatar_url is None

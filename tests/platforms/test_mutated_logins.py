"""No answer of a platform, whatever is wrong in it, breaks connecting, renewing or ending.

Good answers are recorded from the twins and replayed, one of them changed.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared import clock
from shared.domain.accounts import Tokens
from shared.domain.errors import PlatformError, ReconnectRequired
from shared.platforms.connecting import Candidate, CodeRefused, Connecting, Granted, Listing
from shared.platforms.http import Http
from shared.platforms.wire import Send, link_of
from tests.extent import of
from tests.platforms.all_contracts import LOGINS
from tests.platforms.driving import Recorded, Replay, Wire
from tests.platforms.mutations import Change, changes
from tests.platforms.visiting import ATTEMPT, Visit

pytestmark = pytest.mark.slow

LONGEST = timedelta(days=3651)


@pytest.mark.full
@pytest.mark.parametrize("name", [login.name for login in LOGINS])
def test_a_changed_answer_breaks_nothing(visit_to: Callable[[str], Visit], name: str) -> None:
    visit = visit_to(name)
    record = _recorded(visit)

    @settings(
        max_examples=of(450, 9_000) // len(LOGINS),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 10**6), changes())
    def check(where: int, change: Change) -> None:
        position = where % len(record)
        http = _http(visit.connecting, Replay(record, "https://files.test", position, change))
        _live(visit, http, "a-code", is_good=False)

    check()


def _recorded(visit: Visit) -> list[Recorded]:
    """What a good life of an authorization has on the wire."""
    visit.has_accounts(count=2)
    wire = Wire(visit.login.platform, visit.url)
    _live(visit, _http(visit.connecting, wire), visit.code(), is_good=True)
    record = wire.taken()
    assert len(record) >= 3
    return record


def _http(connecting: Connecting, send: Send) -> Http:
    return Http(connecting.about.base_url, send, hosts=connecting.about.hosts)


@dataclass
class _Life:
    """The parts of a life; each needs what the ones before it brought."""

    visit: Visit
    http: Http
    code: str
    granted: Granted | None = None
    listing: Listing | None = None

    def exchange(self) -> None:
        connecting = self.visit.connecting
        granted = connecting.exchange(self.code, ATTEMPT, self.http)
        assert set(granted.scopes or ()) <= set(connecting.login.scope_names)
        _check_tokens(granted.tokens)
        self.granted = granted

    def list_accounts(self) -> None:
        if self.granted is None:
            return
        listing = self.visit.connecting.listing(self.granted, self.http)
        assert _is_id(listing.platform_user_id)
        assert listing.candidates
        for candidate in listing.candidates:
            _check(candidate)
        self.listing = listing

    def read(self) -> None:
        if self.granted is not None and self.listing is not None:
            _check(self.visit.profile(self.listing.candidates[0], self.granted, self.http))

    def renew(self) -> None:
        login, granted = self.visit.login, self.granted
        if granted is None or not login.refresh_request:
            return
        if granted.tokens.refresh_token or login.refreshes == "exchanges":
            _check_tokens(self.visit.connecting.refresh(granted.tokens, self.http))

    def end(self) -> None:
        if self.granted is not None and self.visit.login.revoke_request:
            self.visit.connecting.revoke(self.granted.tokens, self.http)


def _live(visit: Visit, http: Http, code: str, *, is_good: bool) -> None:
    """Connect, read, renew and end. Only a part whose answer is changed may fail."""
    life = _Life(visit, http, code)
    for part in (life.exchange, life.list_accounts, life.read, life.renew, life.end):
        if is_good and part == life.renew:
            visit.later(timedelta(days=2))
        try:
            part()
        except PlatformError as error:
            assert not is_good, error
            _check_error(error)
            # Nothing that is changed here is a refusal of the code or of the tokens.
            assert not isinstance(error, CodeRefused)
            assert part != life.renew or not isinstance(error, ReconnectRequired)


def _check(candidate: Candidate) -> None:
    assert _is_id(candidate.external_id)
    for name in (candidate.username, candidate.display_name):
        assert len(name.encode()) <= 200
        assert not re.search(r"[\x00-\x1f\x7f-\x9f]", name)
    assert candidate.username
    assert candidate.avatar_url is None or link_of(candidate.avatar_url)
    assert candidate.own_token is None or _is_token(candidate.own_token)


def _check_tokens(tokens: Tokens) -> None:
    assert _is_token(tokens.access_token)
    assert tokens.refresh_token is None or _is_token(tokens.refresh_token)
    for end in filter(None, (tokens.expires_at, tokens.refresh_expires_at)):
        assert clock.now() < end < clock.now() + LONGEST


def _check_error(error: PlatformError) -> None:
    texts = (error.message, error.platform_code or "", error.platform_message or "")
    for text in texts:
        assert len(text.encode()) <= 2048
    json.dumps(texts, ensure_ascii=False).encode()


def _is_id(text: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9_:.-]{1,200}", text) is not None


def _is_token(text: str) -> bool:
    return re.fullmatch(r"[!-~]{1,16384}", text) is not None

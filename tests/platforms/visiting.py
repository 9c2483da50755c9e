"""A user who authorizes Soku on the simulated platform of a login."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from local.platforms import discover
from local.platforms.clients import Client
from local.platforms.faults import read_fault
from local.platforms.simulation import SimulatedPlatform
from shared import clock, config
from shared.config import ClientCredentials, Settings
from shared.domain.accounts import Account
from shared.platforms import registry
from shared.platforms.connecting import Attempt, Candidate, Connecting, Granted, Listing
from shared.platforms.http import Http
from tests.consent import brought_back, decide
from tests.platforms.examples import http_to
from tests.platforms.login_examples import LoginExample

SECRET = "canary-secret"
# 43 characters, as the shortest verifier of RFC 7636.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
ATTEMPT = Attempt("https://soku.test/connect/callback", "state-of-ada", VERIFIER)
PERSON, NAME = "ada", "ada_writes"


@dataclass
class Visit:
    """A fresh twin with one person, and our app that is registered there."""

    login: LoginExample
    platform: SimulatedPlatform
    url: str
    monkeypatch: pytest.MonkeyPatch

    @property
    def client_id(self) -> str:
        return f"{self.login.name}-client"

    def credentials(self, client_id: str = "", secret: str = SECRET) -> ClientCredentials:
        return ClientCredentials(client_id or self.client_id, secret)

    def registers(self, *, client_id: str = "", gets_refresh_tokens: bool = True) -> None:
        """The platform has this app of ours."""
        self.platform.clients.register(
            Client(
                client_id=client_id or self.client_id,
                secret=SECRET,
                redirect_uris=(ATTEMPT.redirect_uri,),
                gets_refresh_tokens=gets_refresh_tokens,
            )
        )

    @property
    def http(self) -> Http:
        return http_to(self.url)

    @property
    def connecting(self) -> Connecting:
        return self.connecting_with(SECRET)

    def connecting_with(self, secret: str) -> Connecting:
        """The job with this secret of our app."""
        job = type(registry.connecting(self.login.platform))
        clients = {self.login.client_prefix: self.credentials(secret=secret)}
        return job(clients, self.login.kind)

    def has_accounts(self, count: int = 1) -> list[str]:
        """The person has `count` accounts that can be connected; returns their ids there."""
        ids = list(self.login.external_ids[:count])
        if self.login.member_id:
            self._add(PERSON, NAME, self.login.member_id)
        for number, external_id in enumerate(ids):
            account_id = PERSON if not number and not self.login.member_id else f"{PERSON}{number}"
            self._add(account_id, NAME, external_id)
        return ids

    def is_called(self, name: str) -> None:
        """The person and the accounts have another name from now on."""
        for account in self.platform.accounts.all():
            account.username = name

    def has_other(self, account_id: str, external_id: str) -> None:
        """The person has one more account."""
        self._add(account_id, account_id, external_id)

    def authorize(self, person: str = PERSON, **answers: Any) -> dict[str, str]:
        """Use the platform's page; returns what the browser brings back."""
        address = urlsplit(self.connecting.authorize_url(ATTEMPT))
        assert f"{address.scheme}://{address.netloc}" == self.url
        browser = self.platform.app.test_client()
        query = dict(parse_qsl(address.query))
        return brought_back(decide(browser, address.path, query, person, **answers))

    def code(self, person: str = PERSON, **answers: Any) -> str:
        return self.authorize(person, **answers)["code"]

    def exchange(self, code: str, attempt: Attempt = ATTEMPT) -> Granted:
        return self.connecting.exchange(code, attempt, self.http)

    def granted(self, person: str = PERSON, **answers: Any) -> Granted:
        return self.exchange(self.code(person, **answers))

    def listing(self, granted: Granted) -> Listing:
        return self.connecting.listing(granted, self.http)

    def profile(self, candidate: Candidate, granted: Granted) -> Candidate:
        """The account as it is shown now, to the token that acts for it."""
        account = Account(
            user_id="ann",
            platform=self.login.platform,
            account_id=f"{self.login.platform}_ada",
            external_id=candidate.external_id,
            username=candidate.username,
            kind=self.login.kind,
            missing_scopes=tuple(scope.name for scope in self.connecting.missing(granted)),
        )
        token = candidate.own_token or granted.tokens.access_token
        return self.connecting.profile(account, token, self.http)

    def fails(self, request: str, **fault: Any) -> None:
        """The next such request to the platform has a fault."""
        self.platform.faults.add(read_fault({"match": request, **fault}))

    def answers(self, request: str, status: int, body: Any) -> None:
        self.fails(request, mode="status", status=status, body=body)

    def later(self, after: timedelta) -> None:
        """Time passes on the platform."""
        self.platform.clock_skew += after

    def passes(self, after: timedelta) -> None:
        """Time passes here and there."""
        moved = clock.now() + after
        self.monkeypatch.setattr(clock, "now", lambda: moved)

    def _add(self, account_id: str, name: str, external_id: str) -> None:
        token = f"token-of-{account_id}"
        self.platform.add_account(account_id, name, token, external_id=external_id, person=PERSON)


@contextmanager
def visiting(
    login: LoginExample, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Visit]:
    """A visit to a twin of its own."""
    platform = discover()[login.platform]()
    server = platform.serve()
    server.start()
    simulated = replace(settings, simulated_platforms={login.platform: server.url})
    monkeypatch.setattr(config, "settings", lambda: simulated)
    visit = Visit(login, platform, server.url, monkeypatch)
    visit.registers()
    yield visit
    server.stop()

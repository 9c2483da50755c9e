"""The job of connecting accounts of a platform, and the types that it works with.

`connecting.py` of a platform's folder has its subclass: what it declares, and what it lists. The
flow is `shared.accounts`: it sends the user's browser to `authorize_url`, passes the code that
comes back to `exchange`, and offers the user what `listing` returns.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from shared.config import ClientCredentials
from shared.domain.accounts import Account, Allowed, Tokens
from shared.domain.errors import (
    PlatformError,
    PlatformUnavailable,
    ReconnectRequired,
    cleaned,
)
from shared.platforms.about import About
from shared.platforms.http import Answer, Http, Reading
from shared.platforms.wire import link_of

# What a platform says is shown to people and stored.
_EXTERNAL_ID = re.compile(r"[\w:.-]{1,200}", re.ASCII)
_MAX_NAME = 200
MAX_CANDIDATES = 200
"""Accounts of one authorization: more do not fit into one document or a list to choose from."""


@dataclass(frozen=True)
class Scope:
    """A permission that a login asks for."""

    name: str
    needed_for: str
    """The end of "Without it, Soku cannot …", as in "publish posts"."""
    required: bool = False
    """Without it, no account is connected."""


@dataclass(frozen=True)
class Login:
    """One way to authorize accounts of a platform, through one of our apps there."""

    kind: str
    """What it connects, as the API names it: profile, page or channel."""
    title: str
    """The same for people, with the platform's name: "Facebook Page"."""
    client_prefix: str
    """The prefix of the app's `…_CLIENT_ID` and `…_CLIENT_SECRET`."""
    scopes: tuple[Scope, ...]
    demands: str = ""
    """What the platform demands of the account, as a sentence for its owner; "" for nothing."""

    @property
    def scope_names(self) -> list[str]:
        return [scope.name for scope in self.scopes]


@dataclass(frozen=True)
class Attempt:
    """One attempt of a user to authorize accounts."""

    redirect_uri: str
    state: str
    verifier: str = field(repr=False)
    """The PKCE verifier (RFC 7636), for platforms that have PKCE."""


@dataclass(frozen=True)
class Granted:
    """What the platform gave for a code."""

    tokens: Tokens
    scopes: tuple[str, ...] | None
    """The granted permissions; None where the platform does not say."""


@dataclass(frozen=True)
class Candidate:
    """An account that can be connected."""

    external_id: str
    """The platform's own id, as `Account.external_id`."""
    username: str
    display_name: str = ""
    avatar_url: str | None = None
    own_token: str | None = field(default=None, repr=False)
    """Its own access token, which does not expire, where the grant's does not act for it."""


@dataclass(frozen=True)
class Listing:
    """Whose authorization it is, and what it can be used for."""

    platform_user_id: str
    candidates: tuple[Candidate, ...]


class CodeRefused(PlatformError):
    """The code is used, expired or foreign: the user must start again."""


class NothingToConnect(PlatformError):
    """The authorization is good, but there is no account for it. The message says what to do."""


def client_refused(about: About, prefix: str = "", **details: Any) -> PlatformUnavailable:
    """The platform refused our own client id or secret: posts wait until the operator fixes it."""
    prefix = prefix or about.client_prefix
    return PlatformUnavailable(
        f"{about.display_name} refused Soku's client id or secret. The operator must check "
        f"{prefix}_CLIENT_ID and {prefix}_CLIENT_SECRET.",
        concerns_operator=True,
        **details,
    )


class Connecting(ABC):
    """How accounts of a platform are authorized, through one of its logins."""

    about: ClassVar[About]
    authorize_path: ClassVar[str]
    """The page where the user authorizes Soku, relative to the platform's hosts."""
    logins: ClassVar[tuple[Login, ...]]
    """The first one is meant where none is named."""
    revokes: ClassVar[bool] = False
    """The platform lets an app end an authorization."""
    revokes_all: ClassVar[bool] = False
    """Ending one authorization ends those of the person's other accounts too, and the platform does
    not tell us whose accounts they are."""

    allows_by_account: ClassVar[bool] = False
    """Accounts differ in the options that a post can have, and the platform says how."""

    def __init__(
        self, clients: Mapping[str, ClientCredentials] | None = None, kind: str | None = None
    ) -> None:
        """`clients`: our apps, by the prefix of their variables. Raises LookupError."""
        by_kind = {login.kind: login for login in self.logins}
        if kind is not None and kind not in by_kind:
            raise LookupError(f"{self.about.display_name} has no {kind} to connect.")
        self.login = by_kind[kind] if kind is not None else self.logins[0]
        self._client = (clients or {}).get(self.login.client_prefix)

    @property
    def client(self) -> ClientCredentials:
        """Our app on the platform. Raises PlatformUnavailable: the user's authorization is fine."""
        if self._client is None:
            prefix = self.login.client_prefix
            raise PlatformUnavailable(
                f"Soku has no client id for {self.about.display_name}. The operator must set "
                f"{prefix}_CLIENT_ID and {prefix}_CLIENT_SECRET.",
                concerns_operator=True,
            )
        return self._client

    @abstractmethod
    def authorize_url(self, attempt: Attempt) -> str:
        """The platform's page where the user authorizes Soku. Raises PlatformUnavailable."""

    @abstractmethod
    def exchange(self, code: str, attempt: Attempt, http: Http) -> Granted:
        """Tokens for the code that came back. It is sent once: a code works once.

        Raises CodeRefused, PlatformUnavailable.
        """

    @abstractmethod
    def listing(self, granted: Granted, http: Http) -> Listing:
        """The accounts that the authorization reaches, at most MAX_CANDIDATES.

        Raises NothingToConnect, or any other PlatformError.
        """

    @abstractmethod
    def refresh(self, tokens: Tokens, http: Http) -> Tokens:
        """New tokens for `tokens`. Raises ReconnectRequired only when the platform refuses."""

    @abstractmethod
    def profile(self, account: Account, access_token: str, http: Http) -> Candidate:
        """The account as the platform shows it now, by its cheapest read.

        Raises TokenExpired or ReconnectRequired if the tokens do not act for it any more, or
        another PlatformError, which says nothing about them.
        """

    def allowed(self, access_token: str, http: Http) -> Allowed:
        """What the platform allows the account at present, where it `allows_by_account`.

        Raises TokenExpired, ReconnectRequired, or another PlatformError.
        """
        raise AssertionError(f"{self.about.display_name} allows all accounts the same.")

    def renew_after(
        self, *, has_refresh_token: bool, refresh_lifetime: timedelta | None
    ) -> timedelta | None:
        """How long new tokens may lie unused before they should be renewed; None: not at all.

        `refresh_lifetime`: of the refresh token, where the platform names it.
        """
        return None

    def revoke(self, tokens: Tokens, http: Http) -> None:
        """End the authorization, where the platform `revokes`; one that has ended is no error.

        Raises PlatformUnavailable, RateLimited.
        """
        raise AssertionError(f"{self.about.display_name} does not let an app end authorizations.")

    @abstractmethod
    def error_of(self, answer: Answer) -> PlatformError:
        """The error that a 4xx answer to a read means."""

    def shown(self, reading: Reading) -> dict[str, Any]:
        """The fields of a read. Raises TokenExpired, ReconnectRequired, or another error."""
        if not reading.ok:
            raise reading.refusal(self.about.display_name, self.error_of)
        fields = reading.fields()
        if not fields:
            # As a proxy's page: it must not look like a user without accounts.
            raise PlatformUnavailable(f"{self.about.display_name} returned no usable answer.")
        return fields

    def candidate(
        self,
        external_id: str,
        username: str,
        display_name: str = "",
        *,
        avatar_url: object = None,
        own_token: str | None = None,
    ) -> Candidate:
        """An account from what a platform says of it. Raises PlatformUnavailable without an id."""
        name = in_one_line(username)
        return Candidate(
            external_id=self._usable_id(external_id),
            username=name or in_one_line(display_name) or external_id,
            display_name=in_one_line(display_name) or name,
            avatar_url=link_of(avatar_url),
            own_token=own_token,
        )

    def listed(self, platform_user_id: str, candidates: Iterable[Candidate]) -> Listing:
        """What an authorization reaches. Raises PlatformUnavailable without an id of the person."""
        return Listing(self._usable_id(platform_user_id), tuple(candidates)[:MAX_CANDIDATES])

    def _usable_id(self, external_id: str) -> str:
        if not _EXTERNAL_ID.fullmatch(external_id):
            raise PlatformUnavailable(
                f"{self.about.display_name} returned an account without a usable id."
            )
        return external_id

    def requested(self, scopes: Iterable[str]) -> tuple[str, ...]:
        """Those of `scopes` that the login asks for: a platform can return any others."""
        names = set(scopes)
        return tuple(name for name in self.login.scope_names if name in names)

    def missing(self, granted: Granted) -> tuple[Scope, ...]:
        """The permissions that the user did not give."""
        if granted.scopes is None:
            return ()
        return tuple(scope for scope in self.login.scopes if scope.name not in granted.scopes)

    def authorization_ended(self) -> ReconnectRequired:
        return ReconnectRequired(self.about.reconnect)


def bearer(access_token: str) -> dict[str, str]:
    """The header that authorizes a request with an access token."""
    return {"Authorization": f"Bearer {access_token}"}


def in_one_line(name: str) -> str:
    """A name as it is stored, and shown in sentences."""
    return " ".join(cleaned(name, _MAX_NAME).split())

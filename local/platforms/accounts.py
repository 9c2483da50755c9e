"""The accounts of a simulated platform and their tokens.

Registered tokens and refreshed ones work until a fault, a revocation or a rotation ends them,
because tests move the clock by years. Only with `enforce_lifetimes` do refreshed tokens expire.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from local.platforms import clock

TokenKind = Literal["access", "refresh", "short"]
Standing = Literal["active", "expired", "revoked"]


@dataclass
class Account:
    """A profile. `account_id` is Soku's id for it, `external_id` the platform's own.

    `scopes` None grants every scope of the platform. `held` are the tokens that the latest refresh
    or login returned.
    """

    account_id: str
    external_id: str
    username: str
    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    client_id: str | None = None
    scopes: frozenset[str] | None = None
    held: list[str] = field(default_factory=list, repr=False)

    @property
    def registered_tokens(self) -> dict[TokenKind, str]:
        """The tokens with which it was registered."""
        access: dict[TokenKind, str] = {"access": self.access_token}
        return access | ({"refresh": self.refresh_token} if self.refresh_token else {})

    def may(self, *scopes: str) -> bool:
        """Whether all of `scopes` were granted."""
        return self.scopes is None or self.scopes.issuperset(scopes)


@dataclass
class Token:
    """A token. With `lifetime` None it never expires."""

    value: str = field(repr=False)
    account: Account
    kind: TokenKind
    issued_at: datetime
    lifetime: timedelta | None = None
    standing: Standing = "active"

    @property
    def account_id(self) -> str:
        return self.account.account_id

    @property
    def registered(self) -> bool:
        """It was registered with the account, and did not come from an exchange or a refresh."""
        return self.lifetime is None


@dataclass(frozen=True)
class LoginCode:
    """An authorization code: who logged in, with which query, and until when it is valid."""

    account: Account
    query: Mapping[str, str]
    expires_at: datetime


class TokenTaken(Exception):
    """Another account already has this token."""


class AccountBook:
    """Accounts and tokens of one platform. The caller holds the platform's lock."""

    def __init__(self, platform: str) -> None:
        self._platform = platform
        self._accounts: dict[str, Account] = {}
        self._tokens: dict[str, Token] = {}
        self._codes: dict[str, LoginCode] = {}
        self.enforce_lifetimes = False

    def register(self, account: Account) -> None:
        """Add an account, or connect it again: all its earlier tokens are forgotten."""
        for value in account.registered_tokens.values():
            holder = self._tokens.get(value)
            if holder is not None and holder.account_id != account.account_id:
                raise TokenTaken(value)
        self._drop_tokens(account.account_id, keep=())
        self._accounts[account.account_id] = account
        self._add_registered(account)

    def external_id_for(self, account_id: str) -> str:
        """The platform's own id of an account, 17 digits, the same in every run."""
        digest = hashlib.sha256(f"{self._platform}:{account_id}".encode()).hexdigest()
        return str(10**16 + int(digest, 16) % (9 * 10**16))

    def all(self) -> list[Account]:
        """Every account, in the order of registration."""
        return list(self._accounts.values())

    def get(self, account_id: str) -> Account | None:
        """The account with Soku's id."""
        return self._accounts.get(account_id)

    def with_external_id(self, external_id: str) -> Account | None:
        """The account with the platform's own id."""
        return next((a for a in self._accounts.values() if a.external_id == external_id), None)

    def token(self, value: str | None) -> Token | None:
        """The token with this value, whether it still works or not."""
        return self._tokens.get(value) if value else None

    def standing(self, token: Token) -> Standing:
        """Whether a token works now."""
        if token.standing == "active" and self.enforce_lifetimes and token.lifetime is not None:
            return "expired" if clock.now() >= token.issued_at + token.lifetime else "active"
        return token.standing

    def holder(self, value: str | None, kind: TokenKind) -> Account | None:
        """The account of a token of this kind that works now."""
        token = self.token(value)
        if token is None or token.kind != kind or self.standing(token) != "active":
            return None
        return token.account

    def issue(self, account: Account, kind: TokenKind, lifetime: timedelta, prefix: str) -> Token:
        """A new token of an account. The caller adds it to those that the account holds."""
        value = prefix + secrets.token_urlsafe(48)
        token = Token(value, account, kind, clock.now(), lifetime)
        self._tokens[value] = token
        return token

    def forget(self, value: str) -> None:
        """Forget a token, as after a rotation."""
        self._tokens.pop(value, None)

    def expire(self, value: str | None) -> None:
        """The presented token is expired from now on."""
        token = self.token(value)
        if token is not None:
            token.standing = "expired"

    def revoke(self, value: str | None) -> None:
        """Every token of the presented token's account is refused from now on."""
        presented = self.token(value)
        if presented is None:
            return
        for token in self._tokens.values():
            if token.account_id == presented.account_id:
                token.standing = "revoked"

    def issue_code(self, code: LoginCode) -> str:
        """The value of a new authorization code, which can be redeemed once."""
        value = secrets.token_urlsafe(32)
        self._codes[value] = code
        return value

    def redeem_code(self, value: str, client_id: str, redirect_uri: str) -> LoginCode | None:
        """The code, if this client can use it: it is not used yet and not expired."""
        code = self._codes.pop(value, None)
        if code is None or clock.now() >= code.expires_at:
            return None
        login = (code.query["client_id"], code.query["redirect_uri"])
        return code if login == (client_id, redirect_uri) else None

    def restore(self) -> None:
        """Make the registered tokens work again, and the ones that callers received last.

        Callers have no other tokens, and a reset must not log them out.
        """
        self.enforce_lifetimes = False
        self._codes.clear()
        for account in self._accounts.values():
            self._drop_tokens(account.account_id, keep=account.held)
            self._add_registered(account)

    def _drop_tokens(self, account_id: str, keep: list[str] | tuple[()]) -> None:
        for token in [t for t in self._tokens.values() if t.account_id == account_id]:
            if token.value in keep:
                token.standing = "active"
            else:
                del self._tokens[token.value]

    def _add_registered(self, account: Account) -> None:
        for kind, value in account.registered_tokens.items():
            self._tokens[value] = Token(value, account, kind, clock.now())

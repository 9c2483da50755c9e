"""The accounts of a simulated platform and their tokens.

Registered tokens and refreshed ones work until a fault, a revocation or a rotation ends them,
because tests move the clock by years. Only with `enforce_lifetimes` do refreshed tokens expire.
"""

import hashlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from local.platforms import clock

TokenKind = Literal["access", "refresh", "short"]
Standing = Literal["active", "expired", "revoked"]


@dataclass
class Account:
    """A profile. `account_id` is Soku's id for it, `external_id` the platform's own.

    `client_id` and `scopes` belong to the tokens with which it is registered; None: those of any
    client, and every scope of the platform. `person` logs in to it, and to the other accounts with
    the same person.
    """

    account_id: str
    external_id: str
    username: str
    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    client_id: str | None = None
    scopes: frozenset[str] | None = None
    person: str = ""

    def __post_init__(self) -> None:
        self.person = self.person or self.account_id

    @property
    def registered_tokens(self) -> dict[TokenKind, str]:
        """The tokens with which it was registered."""
        access: dict[TokenKind, str] = {"access": self.access_token}
        return access | ({"refresh": self.refresh_token} if self.refresh_token else {})


@dataclass
class Grant:
    """What a person allowed a client: the tokens of one consent share it.

    `account` acts with the tokens; on platforms where they act for all accounts of the person, it
    is the one that the person is. `scopes` None grants every scope of the platform. `held` are the
    tokens that the latest refresh or login returned.
    """

    account: Account
    client_id: str | None = None
    scopes: frozenset[str] | None = None
    held: list[str] = field(default_factory=list, repr=False)
    refreshes: bool = True
    """Its tokens come with a refresh token."""

    @property
    def person(self) -> str:
        return self.account.person

    def may(self, *scopes: str) -> bool:
        """Whether all of `scopes` were granted."""
        return self.scopes is None or self.scopes.issuperset(scopes)


@dataclass(frozen=True)
class Person:
    """A person who logs in. `unticks`: the scopes that this person never grants."""

    name: str
    unticks: frozenset[str] = frozenset()
    has_nothing: bool = False
    """The person has no account, and is offered on the login page nevertheless."""


@dataclass
class Token:
    """A token. With `lifetime` None it never expires."""

    value: str = field(repr=False)
    grant: Grant
    kind: TokenKind
    issued_at: datetime
    lifetime: timedelta | None = None
    standing: Standing = "active"

    @property
    def account(self) -> Account:
        return self.grant.account

    @property
    def account_id(self) -> str:
        return self.account.account_id

    @property
    def registered(self) -> bool:
        """It was registered with the account, and did not come from an exchange or a refresh."""
        return self.lifetime is None


@dataclass(frozen=True)
class LoginCode:
    """An authorization code: what was granted, for which query, and until when it is valid."""

    grant: Grant
    query: Mapping[str, str]
    expires_at: datetime

    @property
    def is_late(self) -> bool:
        return clock.now() >= self.expires_at


class TokenTaken(Exception):
    """Another account already has this token."""


class AccountBook:
    """Accounts and tokens of one platform. The caller holds the platform's lock."""

    def __init__(self, platform: str) -> None:
        self._platform = platform
        self._accounts: dict[str, Account] = {}
        self._registered: dict[str, Grant] = {}
        self._people: dict[str, Person] = {}
        self._tokens: dict[str, Token] = {}
        self._codes: dict[str, LoginCode] = {}
        self.enforce_lifetimes = False

    def register(self, account: Account) -> None:
        """Add an account, or connect it again: all its earlier tokens are forgotten."""
        for value in account.registered_tokens.values():
            holder = self._tokens.get(value)
            if holder is not None and holder.account_id != account.account_id:
                raise TokenTaken(value)
        self._drop_tokens(account.account_id)
        self._accounts[account.account_id] = account
        self._registered[account.account_id] = Grant(account, account.client_id, account.scopes)
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

    def put_person(self, person: Person) -> None:
        """Add a person, or replace what is known of one."""
        self._people[person.name] = person

    def person(self, name: str) -> Person:
        """The person with this name, as added, or with the defaults."""
        return self._people.get(name, Person(name))

    def people(self) -> list[str]:
        """All people who can log in: first those with accounts, then those without."""
        names = [account.person for account in self.all()]
        names += [person.name for person in self._people.values() if person.has_nothing]
        return list(dict.fromkeys(names))

    def of_person(self, name: str) -> list[Account]:
        """The person's accounts, in the order of registration."""
        return [account for account in self.all() if account.person == name]

    def nobody(self, person: str) -> Account:
        """What a person without accounts logs in as. It is not registered."""
        return Account(person, self.external_id_for(person), person, "")

    def is_registered(self, account: Account) -> bool:
        """Whether it is an account, and not the login of a person who has none."""
        return account.account_id in self._accounts

    def token(self, value: str | None) -> Token | None:
        """The token with this value, whether it still works or not."""
        return self._tokens.get(value) if value else None

    def standing(self, token: Token) -> Standing:
        """Whether a token works now."""
        if token.standing == "active" and self.enforce_lifetimes and token.lifetime is not None:
            return "expired" if clock.now() >= token.issued_at + token.lifetime else "active"
        return token.standing

    def grant(self, value: str | None, kind: TokenKind) -> Grant | None:
        """What was granted with a token of this kind that works now."""
        token = self.token(value)
        if token is None or token.kind != kind or self.standing(token) != "active":
            return None
        return token.grant

    def issue(
        self, grant: Grant, kind: TokenKind, lifetime: timedelta | None, prefix: str
    ) -> Token:
        """A new token of a grant. The caller adds it to those that the grant holds."""
        value = prefix + secrets.token_urlsafe(48)
        token = Token(value, grant, kind, clock.now(), lifetime)
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
        """Every token of the presented token's person is refused from now on, for every client."""
        presented = self.token(value)
        if presented is not None:
            self._end(self._of(presented.grant.person))

    def end(self, grant: Grant) -> None:
        """Everything that the grant's person gave to its client is refused from now on."""
        theirs = self._of(grant.person)
        self._end([token for token in theirs if token.grant.client_id == grant.client_id])

    def of_grant(self, grant: Grant) -> list[Token]:
        """The tokens that share a grant, whether they still work or not."""
        return [token for token in self._tokens.values() if token.grant is grant]

    def live(self, person: str, client_id: str, kind: TokenKind) -> list[Token]:
        """The tokens that a person gave to a client and that work now."""
        return [
            token
            for token in self._of(person)
            if (token.grant.client_id, token.kind, self.standing(token))
            == (client_id, kind, "active")
        ]

    def issue_code(self, code: LoginCode, ending: str) -> str:
        """The value of a new authorization code, which can be redeemed once."""
        value = secrets.token_urlsafe(32) + ending
        self._codes[value] = code
        return value

    def redeem_code(self, value: str) -> LoginCode | None:
        """The code, which is used from now on; None if it is unknown or was used before."""
        return self._codes.pop(value, None)

    def restore(self) -> None:
        """Make the registered tokens work again, and the ones that callers received last.

        Callers have no other tokens, and a reset must not log them out.
        """
        self.enforce_lifetimes = False
        self._codes.clear()
        held = {value for t in self._tokens.values() for value in t.grant.held}
        self._keep(held)
        for account in self._accounts.values():
            self._add_registered(account)

    def _of(self, person: str) -> list[Token]:
        return [token for token in self._tokens.values() if token.grant.person == person]

    def _end(self, tokens: Collection[Token]) -> None:
        for token in tokens:
            token.standing = "revoked"

    def _keep(self, values: Collection[str]) -> None:
        self._tokens = {value: t for value, t in self._tokens.items() if value in values}
        for token in self._tokens.values():
            token.standing = "active"

    def _drop_tokens(self, account_id: str) -> None:
        self._tokens = {
            value: token for value, token in self._tokens.items() if token.account_id != account_id
        }

    def _add_registered(self, account: Account) -> None:
        grant = self._registered[account.account_id]
        for kind, value in account.registered_tokens.items():
            self._tokens[value] = Token(value, grant, kind, clock.now())

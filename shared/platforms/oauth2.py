"""OAuth 2.0 (RFC 6749) with codes, PKCE (RFC 7636) and refresh tokens, from what a platform
declares."""

import hashlib
import re
from abc import abstractmethod
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from shared import clock
from shared.domain.accounts import Tokens
from shared.domain.errors import (
    PlatformError,
    PlatformUnavailable,
    RateLimited,
    ReconnectRequired,
)
from shared.platforms import registry
from shared.platforms.about import About
from shared.platforms.connecting import Attempt, CodeRefused, Connecting, Granted
from shared.platforms.http import Answer, Http
from shared.platforms.wire import number, words

# Longer than any platform's; a larger number would not be a date.
LONGEST_LIFETIME = timedelta(days=3650)
# Platforms that name no end of a refresh token end one that is not used: Google after six months.
_UNUSED_FOR = timedelta(days=60)
# What a header can carry (RFC 6750). Longer ones than any platform's could not be stored.
_TOKEN = re.compile("[!-~]{1,16384}")
# Refusals of our own app (RFC 6749, section 5.2).
_CLIENT_ERRORS = frozenset({"invalid_client", "unauthorized_client"})


class CodeFlow(Connecting):
    """A platform that sends the user's browser back with a code, and gives tokens for it."""

    authorize_query: ClassVar[Mapping[str, str]] = {}
    """What this platform wants in the query besides the standard parameters."""
    scope_separator: ClassVar[str] = " "
    uses_pkce: ClassVar[bool] = False
    token_path: ClassVar[str]
    """Where tokens are exchanged, relative to the platform's hosts."""
    sends_client_in_header: ClassVar[bool] = False
    """The client authenticates with HTTP Basic instead of with fields of the body."""
    client_id_field: ClassVar[str] = "client_id"
    default_lifetime: ClassVar[timedelta]
    """The lifetime of an access token when the answer has none."""

    @abstractmethod
    def refresh_error_of(self, answer: Answer) -> PlatformError:
        """The error that a refused refresh token, or a refused code, means."""

    def is_refused(self, answer: Answer) -> bool:
        """Whether the platform refused to give tokens."""
        return not answer.ok

    def authorize_url(self, attempt: Attempt) -> str:
        query = {
            self.client_id_field: self.client.client_id,
            "redirect_uri": attempt.redirect_uri,
            "response_type": "code",
            "scope": self.scope_separator.join(self.login.scope_names),
            "state": attempt.state,
            **self.authorize_query,
        }
        if self.uses_pkce:
            query |= {
                "code_challenge": challenge_of(attempt.verifier),
                "code_challenge_method": "S256",
            }
        address = registry.address(self.about.name, self.authorize_path)
        return f"{address}?{urlencode(query, quote_via=quote)}"

    def exchange(self, code: str, attempt: Attempt, http: Http) -> Granted:
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": attempt.redirect_uri,
        }
        if self.uses_pkce:
            fields["code_verifier"] = attempt.verifier
        answer = self._ask_for_tokens(fields, http)
        if self.is_refused(answer):
            raise self.exchange_error_of(answer)
        return Granted(self.tokens_in(answer), self.scopes_in(answer))

    def tokens_in(self, answer: Answer) -> Tokens:
        """The tokens that were given for a code. Raises PlatformUnavailable."""
        return tokens_from(answer, self, self.default_lifetime, None)

    def exchange_error_of(self, answer: Answer) -> PlatformError:
        """The error that a refused code means."""
        error = self.refresh_error_of(answer)
        return code_refused(self, error) if isinstance(error, ReconnectRequired) else error

    def scopes_in(self, answer: Answer) -> tuple[str, ...] | None:
        """The granted permissions in an answer with tokens; None if it does not name them."""
        granted = words(answer.fields().get("scope"))
        return self.requested(granted.replace(",", " ").split()) if granted else None

    def _ask_for_tokens(self, fields: Mapping[str, str], http: Http) -> Answer:
        request: dict[str, Any] = {"data": {**self._client_fields(), **fields}}
        if self.sends_client_in_header:
            request["headers"] = self._client_header()
        return http.exchange_tokens(self.token_path, **request)

    def _client_fields(self) -> dict[str, str]:
        if self.sends_client_in_header:
            return {}
        return {
            self.client_id_field: self.client.client_id,
            "client_secret": self.client.client_secret,
        }

    def _client_header(self) -> dict[str, str]:
        pair = f"{self.client.client_id}:{self.client.client_secret}"
        return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


class OAuth2(CodeFlow):
    """A platform whose refresh tokens bring new access tokens.

    Whether the platform rotates the refresh token needs no declaration: one in the answer
    replaces the old one, and without one the old one stays valid.
    """

    revoke_path: ClassVar[str | None] = None
    """Where an app ends an authorization (RFC 7009), if it can."""

    def refresh(self, tokens: Tokens, http: Http) -> Tokens:
        if tokens.refresh_token is None:
            raise self.authorization_ended()
        fields = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token}
        answer = self._ask_for_tokens(fields, http)
        if self.is_refused(answer):
            raise self.refresh_error_of(answer)
        renewed = tokens_from(answer, self, self.default_lifetime, tokens.refresh_token)
        return renewed if renewed.refresh_expires_at else _keeping_end(renewed, tokens)

    def renew_after(
        self, *, has_refresh_token: bool, refresh_lifetime: timedelta | None
    ) -> timedelta | None:
        if not has_refresh_token:
            return None
        return refresh_lifetime / 2 if refresh_lifetime else _UNUSED_FOR

    def revoke(self, tokens: Tokens, http: Http) -> None:
        self.end(tokens.refresh_token or tokens.access_token, http)

    def end(self, token: str, http: Http) -> None:
        """Revoke one token. Raises PlatformUnavailable, RateLimited."""
        assert self.revoke_path is not None, "the platform `revokes`"
        request: dict[str, Any] = {"data": {**self._client_fields(), "token": token}}
        if self.sends_client_in_header:
            request["headers"] = self._client_header()
        answer = http.exchange_tokens(self.revoke_path, **request)
        if not answer.ok or "error" in answer.fields():
            error = self.refresh_error_of(answer)
            # Any other refusal means that the authorization has ended already.
            if isinstance(error, RateLimited) or error.platform_code in _CLIENT_ERRORS:
                raise error


def _keeping_end(renewed: Tokens, before: Tokens) -> Tokens:
    """The refresh token's end is named once, when it is new."""
    if renewed.refresh_token != before.refresh_token:
        return renewed
    return replace(renewed, refresh_expires_at=before.refresh_expires_at)


def challenge_of(verifier: str) -> str:
    """The PKCE challenge of a verifier, by the method S256."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def code_refused(connecting: Connecting, error: PlatformError | None = None) -> CodeRefused:
    """The error for a code that works no more; `error`: what the platform said."""
    name = connecting.about.display_name
    return CodeRefused(
        f"The authorization by {name} was not completed in time, or was used before. Start again.",
        platform_code=error.platform_code if error else None,
        platform_message=error.platform_message if error else None,
    )


def tokens_from(
    answer: Answer,
    platform: Connecting,
    lifetime: timedelta,
    refresh_token: str | None,
    fields: Mapping[str, Any] | None = None,
) -> Tokens:
    """The tokens in a successful answer. Raises PlatformUnavailable when it has none.

    `lifetime` and `refresh_token` apply when the answer has none. `fields`: the part of the answer
    that has them, if it is not the whole.
    """
    fields = answer.fields() if fields is None else fields
    access_token = usable_token(fields.get("access_token"), platform.about)
    if fields.get("refresh_token"):
        refresh_token = usable_token(fields["refresh_token"], platform.about)
    now = clock.now()
    refresh_lifetime = lifetime_in(fields.get("refresh_token_expires_in")) or lifetime_in(
        fields.get("refresh_expires_in")
    )
    return Tokens(
        access_token=access_token,
        refresh_token=refresh_token,
        expires_at=now + (lifetime_in(fields.get("expires_in")) or lifetime),
        refresh_expires_at=now + refresh_lifetime if refresh_lifetime else None,
    )


def usable_token(value: object, about: About) -> str:
    """A token that can be stored and sent. Raises PlatformUnavailable."""
    token = words(value)
    if not _TOKEN.fullmatch(token):
        raise PlatformUnavailable(f"{about.display_name} returned no usable token.")
    return token


def lifetime_in(value: object) -> timedelta | None:
    """A lifetime in seconds, as an answer names it; None for anything else."""
    seconds = number(value)
    return min(timedelta(seconds=min(seconds, 10**10)), LONGEST_LIFETIME) if seconds else None

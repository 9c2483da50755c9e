"""What authorizing accounts has in common on Meta's platforms.

developers.facebook.com/docs (facebook-login, instagram-platform business login, threads long-lived
tokens) as of 2026-11-22. A code gives a token for about an hour, which is exchanged for one of 60
days. Instagram and Threads have no refresh tokens: a valid token that is at least 24 hours old is
exchanged for another one of 60 days.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from shared.domain.accounts import Tokens
from shared.domain.errors import (
    PlatformError,
    PlatformUnavailable,
    ReconnectRequired,
    TokenExpired,
)
from shared.platforms.connecting import Attempt, Granted, client_refused
from shared.platforms.http import Answer, Http
from shared.platforms.meta.errors import meta_error
from shared.platforms.oauth2 import CodeFlow, code_refused, tokens_from
from shared.platforms.wire import mappings, words

LIFETIME = timedelta(days=60)
SHORT_LIFETIME = timedelta(hours=1)
# Of 60 days: weeks remain to try again.
_RENEWED_AFTER = timedelta(days=7)
# As seen in other clients' reports. A wrong secret has the code of all unknown errors.
_NO_SUCH_APP = 101
_CLIENT_WORDS = re.compile("client secret|validating application")
_CODE_WORDS = re.compile(r"\b(?:authorization|verification|matching) code\b")


class MetaFlow(CodeFlow):
    """Codes, and tokens of 60 days."""

    scope_separator = ","
    default_lifetime = SHORT_LIFETIME
    exchange_grant: ClassVar[str]
    """The `grant_type` that exchanges a token of an hour."""
    exchange_path: ClassVar[str]
    exchange_sends_client_id: ClassVar[bool] = False
    exchange_field: ClassVar[str] = "access_token"

    def exchange(self, code: str, attempt: Attempt, http: Http) -> Granted:
        granted = super().exchange(code, attempt, http)
        return Granted(self._long_lived(granted.tokens, http), granted.scopes)

    def exchange_error_of(self, answer: Answer) -> PlatformError:
        """The forms of graph.facebook.com, and of the hosts of Instagram and Threads."""
        fields, error = answer.fields(), meta_error(answer)
        message = error.message if error else words(fields.get("error_message"))
        details: dict[str, Any] = {
            "platform_code": words(fields.get("error_type")) or str(answer.status),
            "platform_message": message,
        }
        lowered = message.lower()
        if "redirect_uri" in lowered:
            # Instagram's host says the same of a wrong secret.
            return PlatformUnavailable(
                f"{self.about.display_name} refused Soku's client secret or redirect URI. The "
                f"operator must check {self.login.client_prefix}_CLIENT_SECRET and the redirect "
                "URIs of the app.",
                concerns_operator=True,
                **details,
            )
        if _CLIENT_WORDS.search(lowered) or (error is not None and error.code == _NO_SUCH_APP):
            return client_refused(self.about, self.login.client_prefix, **details)
        if _CODE_WORDS.search(lowered):
            return code_refused(self, ReconnectRequired(self.about.reconnect, **details))
        refused = self.error_of(answer)
        if isinstance(refused, TokenExpired):
            return code_refused(self, refused)
        return refused

    def _long_lived(self, tokens: Tokens, http: Http) -> Tokens:
        query: dict[str, str] = {
            "grant_type": self.exchange_grant,
            "client_secret": self.client.client_secret,
            self.exchange_field: tokens.access_token,
        }
        if self.exchange_sends_client_id:
            query["client_id"] = self.client.client_id
        answer = http.exchange_tokens(self.exchange_path, "GET", params=query)
        if not answer.ok:
            raise self.exchange_error_of(answer)
        return tokens_from(answer, self, LIFETIME, None)


class LongLivedTokens(MetaFlow):
    """A platform without refresh tokens: the access token itself is exchanged."""

    grant_type: ClassVar[str]
    exchange_path = "/access_token"

    def renew_after(
        self, *, has_refresh_token: bool, refresh_lifetime: timedelta | None
    ) -> timedelta | None:
        return _RENEWED_AFTER

    def refresh(self, tokens: Tokens, http: Http) -> Tokens:
        query = {"grant_type": self.grant_type, "access_token": tokens.access_token}
        answer = http.exchange_tokens("/refresh_access_token", "GET", params=query)
        if not answer.ok:
            raise self.refresh_error_of(answer)
        return tokens_from(answer, self, LIFETIME, None)


def unwrapped(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """Instagram's documentation wraps some answers in a list, and the API often does not."""
    wrapped = mappings(fields.get("data"))
    return wrapped[0] if wrapped else fields

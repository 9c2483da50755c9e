"""Long-lived tokens of Instagram and Threads, which a GET exchanges for new ones.

developers.facebook.com/docs/instagram-platform (business login) and docs/threads (long-lived
tokens) as of 2026-11-22: the token must be valid and at least 24 hours old.
"""

from abc import abstractmethod
from datetime import timedelta
from typing import ClassVar

from shared.domain.accounts import Tokens
from shared.domain.errors import PlatformError
from shared.platforms.base import Connecting
from shared.platforms.http import Answer, Http
from shared.platforms.oauth2 import tokens_from

LIFETIME = timedelta(days=60)


class LongLivedTokens(Connecting):
    """A platform that has no refresh tokens: the access token itself is exchanged."""

    grant_type: ClassVar[str]

    @abstractmethod
    def refresh_error_of(self, answer: Answer) -> PlatformError:
        """The error that a refused refresh means."""

    def refresh(self, tokens: Tokens, http: Http) -> Tokens:
        query = {"grant_type": self.grant_type, "access_token": tokens.access_token}
        answer = http.exchange_tokens("/refresh_access_token", "GET", params=query)
        if not answer.ok:
            raise self.refresh_error_of(answer)
        return tokens_from(answer, self, LIFETIME, None)

"""Authorizing Facebook Pages: developers.facebook.com/docs/pages-api (overview), 2026-11-22."""

from shared.domain.accounts import Tokens
from shared.domain.errors import ReconnectRequired
from shared.platforms import base, facebook
from shared.platforms.http import Http


class Connecting(base.Connecting):
    about = facebook.ABOUT

    def refresh(self, tokens: Tokens, http: Http) -> Tokens:
        """A Page's token does not expire; after it was revoked, only a new login gives another."""
        raise ReconnectRequired(self.about.reconnect)

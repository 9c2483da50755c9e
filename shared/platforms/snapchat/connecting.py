"""Authorizing Snapchat accounts with OAuth 2.0: developers.snap.com, 2026-11-22."""

from datetime import timedelta
from typing import ClassVar

from shared.platforms import snapchat
from shared.platforms.oauth2 import OAuth2
from shared.platforms.snapchat import errors


class Connecting(OAuth2):
    about = snapchat.ABOUT
    token_path = "/login/oauth2/access_token"  # noqa: S105 - a path
    # Older documents say 1800 seconds.
    default_lifetime: ClassVar[timedelta] = timedelta(minutes=30)
    refresh_error_of = staticmethod(errors.refresh_error_of)

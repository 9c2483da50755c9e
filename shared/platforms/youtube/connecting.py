"""Authorizing YouTube channels with Google's OAuth 2.0.

Google keeps the refresh token: an answer without one ends nothing.
Source: developers.google.com/identity/protocols/oauth2/web-server, 2026-11-22.
"""

from datetime import timedelta
from typing import ClassVar

from shared.platforms import youtube
from shared.platforms.oauth2 import OAuth2
from shared.platforms.youtube import errors


class Connecting(OAuth2):
    about = youtube.ABOUT
    token_path = "/token"  # noqa: S105 - a path
    default_lifetime: ClassVar[timedelta] = timedelta(seconds=3599)
    refresh_error_of = staticmethod(errors.refresh_error_of)

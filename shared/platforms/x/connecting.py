"""Authorizing X accounts with OAuth 2.0: docs.x.com (fundamentals/authentication), 2026-11-22.

X rotates the refresh token: once a refresh is answered, the old pair is invalid.
"""

from datetime import timedelta
from typing import ClassVar

from shared.platforms import x
from shared.platforms.oauth2 import OAuth2
from shared.platforms.x import errors


class Connecting(OAuth2):
    about = x.ABOUT
    token_path = f"/{x.ABOUT.api_version}/oauth2/token"
    sends_client_in_header = True
    default_lifetime: ClassVar[timedelta] = timedelta(hours=2)
    refresh_error_of = staticmethod(errors.refresh_error_of)

"""Authorizing LinkedIn accounts with OAuth 2.0: learn.microsoft.com/linkedin, 2026-11-22.

Only apps that LinkedIn has approved for it can refresh tokens. A refresh does not extend the
refresh token's life of one year.
"""

from datetime import timedelta
from typing import ClassVar

from shared.platforms import linkedin
from shared.platforms.linkedin import errors
from shared.platforms.oauth2 import OAuth2


class Connecting(OAuth2):
    about = linkedin.ABOUT
    token_path = "/oauth/v2/accessToken"  # noqa: S105 - a path
    default_lifetime: ClassVar[timedelta] = timedelta(days=60)
    refresh_error_of = staticmethod(errors.refresh_error_of)

"""Authorizing TikTok accounts with OAuth 2.0: developers.tiktok.com (Login Kit), 2026-11-22.

TikTok rotates the refresh token: once a refresh is answered, the old pair is invalid. The
lifetimes changed in November 2026: only `expires_in` counts.
"""

from datetime import timedelta
from typing import ClassVar

from shared.platforms import tiktok
from shared.platforms.http import Answer
from shared.platforms.oauth2 import OAuth2
from shared.platforms.tiktok import errors


class Connecting(OAuth2):
    about = tiktok.ABOUT
    token_path = f"/{tiktok.ABOUT.api_version}/oauth/token/"
    client_id_field = "client_key"
    default_lifetime: ClassVar[timedelta] = timedelta(hours=2)
    refresh_error_of = staticmethod(errors.refresh_error_of)

    def is_refused(self, answer: Answer) -> bool:
        # Refusals have been seen with HTTP 200.
        return not answer.ok or "access_token" not in answer.fields()

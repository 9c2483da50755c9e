"""Authorizing Pigeon accounts."""

from datetime import timedelta
from typing import ClassVar

from shared.platforms import pigeon
from shared.platforms.oauth2 import OAuth2
from shared.platforms.pigeon import errors


class Connecting(OAuth2):
    about = pigeon.ABOUT
    token_path = "/token"
    default_lifetime: ClassVar[timedelta] = timedelta(hours=1)
    refresh_error_of = staticmethod(errors.refresh_error_of)

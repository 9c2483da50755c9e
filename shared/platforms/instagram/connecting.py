"""Authorizing Instagram accounts: developers.facebook.com/docs/instagram-platform, 2026-11-22."""

from shared.platforms import instagram
from shared.platforms.instagram import errors
from shared.platforms.meta.connecting import LongLivedTokens


class Connecting(LongLivedTokens):
    about = instagram.ABOUT
    grant_type = "ig_refresh_token"
    refresh_error_of = staticmethod(errors.refresh_error_of)

"""Authorizing Threads accounts: developers.facebook.com/docs/threads (get-started), 2026-11-22."""

from shared.platforms import threads
from shared.platforms.meta.connecting import LongLivedTokens
from shared.platforms.threads import errors


class Connecting(LongLivedTokens):
    about = threads.ABOUT
    grant_type = "th_refresh_token"
    refresh_error_of = staticmethod(errors.refresh_error_of)

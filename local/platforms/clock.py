"""The clock of the simulated platform that answers the current request.

It is the shared clock plus the platform's own skew (`POST /_sim/skew`), so that everything a
platform reports, from the time of a post to the header Date, comes from one clock.
"""

from datetime import datetime, timedelta

from flask import current_app, has_app_context

from shared import clock


def now() -> datetime:
    """The current time in UTC; outside of a request without a skew."""
    platform = getattr(current_app, "platform", None) if has_app_context() else None
    skew: timedelta = getattr(platform, "clock_skew", timedelta(0))
    return clock.now() + skew

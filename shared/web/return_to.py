"""Where a user's browser may be sent: an address elsewhere would let strangers use our pages."""

from urllib.parse import urlsplit

from shared.config import Settings
from shared.domain.errors import InvalidRequest, Violation


def check_return_to(address: str, settings: Settings) -> None:
    """Raises InvalidRequest for an address outside of the allowed origins and our own pages."""
    scheme, host, *_ = urlsplit(address)
    own, own_host, *_ = urlsplit(settings.dashboard_url)
    origins = {*settings.return_to_origins, f"{own}://{own_host}"}
    # An own origin has no user name, and a backslash counts as a slash in browsers.
    if "\\" in address or f"{scheme}://{host}" not in origins:
        message = (
            "returnTo must begin with one of the origins that the operator has allowed in "
            "RETURN_TO_ORIGINS."
        )
        raise InvalidRequest([Violation("returnTo", "invalid", message)])

"""What users set about themselves."""

from zoneinfo import available_timezones

from shared.domain.errors import InvalidRequest, Violation
from shared.gcp.users import store_timezone
from shared.wiring import Parts


def change_timezone(user_id: str, name: str, parts: Parts) -> None:
    """Let the pages show this user's times in a zone. Raises InvalidRequest, StoreUnavailable."""
    if name not in available_timezones():
        message = "This time zone does not exist. Choose one of the list."
        raise InvalidRequest([Violation("timezone", "invalid", message)])
    store_timezone(parts.db, user_id, name)

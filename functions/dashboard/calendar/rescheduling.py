"""Giving a post another time, or saying why it stays where it is."""

from datetime import datetime
from http import HTTPStatus
from zoneinfo import ZoneInfo

from functions.dashboard import times
from shared import clock
from shared.domain.errors import ApiError, InvalidRequest
from shared.domain.schedule import SOONEST
from shared.gcp.submissions import StoredSubmission
from shared.posts import edit
from shared.posts.resolution import CheckPlan
from shared.web.envelope import CODES, time_text
from shared.wiring import Parts


class Refused(Exception):
    """The post stays where it is; the text says why."""

    def __init__(self, message: str, status: int = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(message)
        self.status = status


def check_time(at: datetime, zone: ZoneInfo) -> None:
    """Raises Refused for a time that has passed."""
    now = clock.now()
    if at < now + SOONEST:
        raise Refused(f"{times.shown(at, now, zone).exact} has passed. Choose a later time.")


def reschedule(stored: StoredSubmission, at: datetime, parts: Parts, check: CheckPlan) -> None:
    """Raises Refused."""
    try:
        edit.edit(
            stored,
            {"scheduledTime": time_text(at)},
            parts,
            # The post's files are stored already.
            before_fetch=lambda: None,
            check_plan=check,
        )
    except InvalidRequest as error:
        raise Refused(_words_of(error)) from error
    except ApiError as error:
        raise Refused(error.message, CODES[error.code][0]) from error


def _words_of(error: InvalidRequest) -> str:
    if any(violation.field == "notAfter" for violation in error.violations):
        return "The post must not be published that late: its notAfter is earlier."
    return " ".join(dict.fromkeys(violation.message for violation in error.violations))

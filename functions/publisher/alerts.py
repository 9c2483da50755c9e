"""What the operator must check: an alert watches the field `duplicatePost` of the log."""

from typing import Any

from shared import logs
from shared.domain.run import Run

log = logs.logger("publisher")


def alert(event: str, run: Run, **fields: Any) -> None:
    """Two posts may be live, or one that its run does not know: someone must check the account."""
    log.error(
        event,
        extra=logs.fields(
            duplicatePost=True, platform=run.platform, accountId=run.account_id, **fields
        ),
    )

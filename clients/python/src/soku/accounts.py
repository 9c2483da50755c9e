"""The connected accounts."""

import time
from collections.abc import Iterator, Sequence

from soku import models
from soku.transport import Transport

# Seconds that one request waits; a user has 15 minutes.
_WAIT = 60
_LONGEST_WAIT = 15 * 60.0


class Accounts:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self) -> list[models.Account]:
        listed: models.AccountList = self._transport.call("GET", "/v1/accounts")
        return listed["data"]

    def connect(self, platform: str, *, kind: str | None = None) -> "Connection":
        """Start connecting an account: open the `url` of the result in a browser."""
        body = {"platform": platform} | ({"kind": kind} if kind else {})
        begun: models.StartedConnection = self._transport.call(
            "POST", "/v1/accounts/connect", body=body, repeatable=True
        )
        return Connection(self._transport, begun["connectionId"], begun["url"])


class Connection:
    """An attempt to connect accounts. `url`: the page to open in a browser."""

    def __init__(self, transport: Transport, connection_id: str, url: str) -> None:
        self._transport = transport
        self.id = connection_id
        self.url = url

    def wait(self, seconds: float = _LONGEST_WAIT) -> models.Connection:
        """What came of it, once the user is done or has to choose, or after so many seconds."""
        end = time.monotonic() + seconds
        for wait in _waits(end):
            read: models.Connection = self._transport.call(
                "GET", f"/v1/connections/{self.id}", query={"wait": wait}
            )
            if read["status"] != "pending":
                break
        return read

    def choose(self, account_ids: Sequence[str]) -> models.Connection:
        """Connect these accounts, while the status is `choosing`."""
        chosen: models.Connection = self._transport.call(
            "POST", f"/v1/connections/{self.id}/accounts", body={"accountIds": [*account_ids]}
        )
        return chosen


def _waits(end: float) -> Iterator[int]:
    """How long each request waits until `end`; at least one does."""
    yield max(0, min(_WAIT, round(end - time.monotonic())))
    while (left := end - time.monotonic()) > 0:
        yield max(1, min(_WAIT, round(left)))

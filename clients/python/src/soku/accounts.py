"""The connected accounts."""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from soku import models
from soku.paths import part
from soku.transport import Transport

# Seconds that one request waits; a user has 15 minutes.
_WAIT = 60
_LONGEST_WAIT = 15 * 60.0


class Accounts:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self) -> list[models.Account]:
        listed = self._transport.call("GET", "/v1/accounts", models.AccountList)
        return listed["data"]

    def connect(
        self,
        platform: str,
        *,
        kind: str | None = None,
        account_id: str | None = None,
        return_to: str | None = None,
    ) -> "Connection":
        """Start connecting an account: open the `url` of the result in a browser.

        `account_id`: the account to reconnect. `return_to`: where the browser goes in the end.
        """
        body = {
            "platform": platform,
            "kind": kind,
            "accountId": account_id,
            "returnTo": return_to,
        }
        begun = self._transport.call(
            "POST",
            "/v1/accounts/connect",
            models.StartedConnection,
            body=_given(body),
            repeatable=True,
        )
        return Connection(self._transport, begun["connectionId"], begun["url"])

    def change(
        self,
        platform: str,
        account_id: str,
        *,
        label: str | None = None,
        default: bool | None = None,
    ) -> models.Account:
        """Give an account a name of your own, or make it the default of its platform.

        An empty label removes it.
        """
        path, body = _path(platform, account_id), {"label": label, "default": default}
        return self._transport.call(
            "PATCH", path, models.Account, body=_given(body), repeatable=True
        )

    def disconnect(self, platform: str, account_id: str) -> models.Disconnected:
        """Disconnect an account. The result has the scheduled posts that name it."""
        return self._transport.call("DELETE", _path(platform, account_id), models.Disconnected)


class Connection:
    """An attempt to connect accounts. `url`: the page to open in a browser."""

    def __init__(self, transport: Transport, connection_id: str, url: str) -> None:
        self._transport = transport
        self.id = connection_id
        self.url = url

    def __repr__(self) -> str:
        return f"<Connection {self.id}, at {self.url}>"

    def wait(self, seconds: float = _LONGEST_WAIT) -> models.Connection:
        """What came of it, once the user is done or has to choose, or after so many seconds."""
        end = time.monotonic() + seconds
        for wait in _waits(end):
            read = self._transport.call(
                "GET", f"/v1/connections/{part(self.id)}", models.Connection, query={"wait": wait}
            )
            if read["status"] != "pending":
                break
        return read

    def choose(self, account_ids: Sequence[str]) -> models.Connection:
        """Connect these accounts, while the status is `choosing`."""
        return self._transport.call(
            "POST",
            f"/v1/connections/{part(self.id)}/accounts",
            models.Connection,
            body={"accountIds": [*account_ids]},
        )


def _path(platform: str, account_id: str) -> str:
    return f"/v1/accounts/{part(platform)}/{part(account_id)}"


def _given(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}


def _waits(end: float) -> Iterator[int]:
    """How long each request waits until `end`; at least one does."""
    yield max(0, min(_WAIT, round(end - time.monotonic())))
    while (left := end - time.monotonic()) > 0:
        yield max(1, min(_WAIT, round(left)))

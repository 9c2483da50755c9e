"""The entrance of the client."""

import os
from typing import Self

from soku.accounts import Accounts
from soku.comments import Comments
from soku.errors import SokuError
from soku.media import MediaFiles
from soku.metrics import Metrics
from soku.posts import Posts
from soku.templates import Templates
from soku.transport import Transport
from soku.webhooks import Webhooks


class Soku:
    """One Soku, as the owner of a key.

    `key` and `url` come from the environment variables SOKU_API_KEY and SOKU_URL by default.
    """

    def __init__(self, key: str | None = None, *, url: str | None = None) -> None:
        transport = Transport(_given(key, "SOKU_API_KEY"), _given(url, "SOKU_URL"))
        self._transport = transport
        self.media = MediaFiles(transport)
        self.posts = Posts(transport, self.media)
        self.accounts = Accounts(transport)
        self.comments = Comments(transport)
        self.metrics = Metrics(transport)
        self.templates = Templates(transport)
        self.webhooks = Webhooks(transport)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _given(value: str | None, variable: str) -> str:
    given = (value or os.environ.get(variable, "")).strip()
    if not given:
        what = "API key" if variable == "SOKU_API_KEY" else "address of your Soku's API"
        raise SokuError(f"The {what} is missing. Pass it, or set the variable {variable}.")
    if not given.isascii() or not given.isprintable():
        raise SokuError(f"{variable} has characters that it cannot have. Copy it again.")
    return given

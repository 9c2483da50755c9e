"""Builds the clients and adapters of an instance: lazily, once, from the settings."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from shared import config
from shared.config import Settings

if TYPE_CHECKING:
    from google.cloud import firestore

    from shared.gcp.accounts import Accounts
    from shared.gcp.cipher import TokenCipher
    from shared.gcp.deliveries import Deliveries
    from shared.gcp.tasks import TaskQueues
    from shared.platforms.http import Send


@dataclass(frozen=True)
class Parts:
    """What the functions work with. A part's library is loaded by whoever asks for the part."""

    settings: Settings
    db: "firestore.Client"
    queues: "TaskQueues"
    send: "Send | None" = None
    """Sends a platform its requests; None in functions that speak to none."""

    @property
    def deliveries(self) -> "Deliveries":
        from shared.gcp.deliveries import Deliveries

        return Deliveries(self.db)

    @property
    def accounts(self) -> "Accounts":
        from shared.gcp.accounts import Accounts

        return Accounts(self.db, lambda: token_cipher(self.settings.token_keyset))


@cache
def parts() -> Parts:
    """The parts of this instance. Raises ConfigurationError."""
    from google.cloud import firestore

    from shared.gcp import tasks

    settings = config.settings()
    return Parts(
        settings=settings,
        db=firestore.Client(project=settings.project),
        queues=tasks.TaskQueues(settings, tasks.connect),
        send=_send,
    )


def _send(method: str, url: str, **request: Any) -> Any:
    """Loads the library when a platform is first spoken to."""
    from shared.platforms.http import send

    return send(method, url, **request)


@cache
def token_cipher(keyset: str) -> "TokenCipher":
    """Raises ConfigurationError: only functions that open tokens are given the keyset."""
    if not keyset:
        raise config.ConfigurationError("TOKEN_KEYSET is not set: this function opens tokens.")
    from shared.gcp.cipher import TokenCipher

    return TokenCipher(keyset)

"""Builds the clients and adapters of an instance: lazily, once, from the settings."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from shared import config
from shared.config import Settings

if TYPE_CHECKING:
    from google.cloud import firestore
    from google.cloud.storage import Client

    from shared.gcp.accounts import Accounts
    from shared.gcp.cipher import TokenCipher
    from shared.gcp.deliveries import Deliveries
    from shared.gcp.tasks import TaskQueues
    from shared.media.intake import Intake
    from shared.media.uploads import DirectUploads
    from shared.platforms.http import Send


@dataclass(frozen=True)
class Parts:
    """What the functions work with. A part's library is loaded by whoever asks for the part."""

    settings: Settings
    db: "firestore.Client"
    queues: "TaskQueues"
    send: "Send | None" = None
    """Sends a platform its requests; None in functions that speak to none."""
    storage: "Callable[[], Client] | None" = None
    """The client of Cloud Storage; None in functions that store no media."""

    @property
    def deliveries(self) -> "Deliveries":
        from shared.gcp.deliveries import Deliveries

        return Deliveries(self.db)

    @property
    def accounts(self) -> "Accounts":
        from shared.gcp.accounts import Accounts

        return Accounts(self.db, lambda: self.cipher)

    @property
    def cipher(self) -> "TokenCipher":
        """Raises ConfigurationError."""
        return token_cipher(self.settings.token_keyset)

    @property
    def intake(self) -> "Intake":
        """Takes in users' files. Raises ConfigurationError."""
        from shared.gcp.storage import MediaBucket
        from shared.media.intake import Intake

        return Intake(self.db, MediaBucket(*self._bucket()), self.settings)

    @property
    def uploads(self) -> "DirectUploads":
        """Lets users upload files themselves. Raises ConfigurationError."""
        from shared.gcp.uploads import UploadBucket
        from shared.media.uploads import DirectUploads

        return DirectUploads(self.intake, UploadBucket(*self._bucket()))

    def _bucket(self) -> "tuple[str, Callable[[], Client]]":
        if self.storage is None or not self.settings.media.bucket:
            message = "MEDIA_BUCKET is not set: this function stores media."
            raise config.ConfigurationError(message)
        return self.settings.media.bucket, self.storage


@cache
def parts() -> Parts:
    """The parts of this instance. Raises ConfigurationError."""
    return build(config.settings())


def build(settings: Settings) -> Parts:
    """Parts for `settings`; nothing is spoken to yet."""
    from google.cloud import firestore

    from shared.gcp import tasks

    return Parts(
        settings=settings,
        db=firestore.Client(project=settings.project),
        queues=tasks.TaskQueues(settings, tasks.connect),
        send=_send,
        storage=_storage,
    )


def _send(method: str, url: str, **request: Any) -> Any:
    """Loads the library when a platform is first spoken to."""
    from shared.platforms.http import send

    return send(method, url, **request)


@cache
def _storage() -> "Client":
    """Loads the library when media are first stored."""
    from google.cloud.storage import Client

    return Client(project=config.settings().project)


@cache
def token_cipher(keyset: str) -> "TokenCipher":
    """Raises ConfigurationError: only functions that open tokens are given the keyset."""
    if not keyset:
        raise config.ConfigurationError("TOKEN_KEYSET is not set: this function opens tokens.")
    from shared.gcp.cipher import NotAKeyset, TokenCipher

    try:
        return TokenCipher(keyset)
    except NotAKeyset as error:
        raise config.ConfigurationError(f"TOKEN_KEYSET: {error}.") from error

"""Builds the clients and adapters of an instance, lazily and once, from the settings."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from shared import config
from shared.config import Settings

if TYPE_CHECKING:
    from google.cloud import firestore
    from google.cloud.storage import Client

    from shared.gcp.cipher import Sealer, TokenCipher
    from shared.gcp.deliveries import Deliveries
    from shared.gcp.grants import Grants
    from shared.gcp.storage import MediaBucket
    from shared.gcp.tasks import TaskQueues
    from shared.gcp.uploads import UploadBucket
    from shared.media.intake import Intake
    from shared.media.uploads import DirectUploads
    from shared.platforms.http import ClaimLimits, Http
    from shared.platforms.wire import Send
    from shared.webhooks.outbox import Outbox


@dataclass(frozen=True)
class Parts:
    """What the functions work with. The library of a part is loaded with its first use."""

    settings: Settings
    db: "firestore.Client"
    queues: "TaskQueues"
    send: "Send | None" = None
    """Sends requests to platforms; None in functions that send none."""
    reachable: frozenset[str] | None = None
    """The only base URLs of platforms that requests may have; None: those of every platform."""
    storage: "Callable[[], Client] | None" = None
    """The client of Cloud Storage; None in functions that store no media."""

    @property
    def deliveries(self) -> "Deliveries":
        from shared.gcp.deliveries import Deliveries
        from shared.platforms import registry

        return Deliveries(self.db, self.outbox, registry.shows_comments)

    @property
    def outbox(self) -> "Outbox":
        """Where events for webhooks are written."""
        from shared.webhooks.outbox import Outbox

        return Outbox(self.db, self._offer_webhook)

    def _offer_webhook(self, user_id: str, webhook_id: str) -> None:
        self.queues.offer_webhook(user_id, webhook_id)

    @property
    def grants(self) -> "Grants":
        from shared.gcp.grants import Grants

        return Grants(self.db, self.outbox, lambda: self.cipher)

    def http(self, platform: str, limits: "ClaimLimits | None" = None) -> "Http":
        """Requests to a platform, within the limits of a claim if there is one."""
        from shared.platforms import registry
        from shared.platforms.http import NO_LIMITS, Http

        if self.send is None:
            raise ValueError("this function sends no requests to platforms")
        base_url, hosts = registry.base_url(platform), registry.hosts(platform)
        return Http(base_url, self.send, limits or NO_LIMITS, hosts, self.reachable)

    @property
    def cipher(self) -> "TokenCipher":
        """Raises ConfigurationError."""
        return token_cipher(self.settings.token_keyset)

    @property
    def sealer(self) -> "Sealer":
        """Raises ConfigurationError."""
        return token_sealer(self.settings.token_public_keyset)

    @property
    def intake(self) -> "Intake":
        """Stores users' files. Raises ConfigurationError."""
        from shared.media.intake import Intake

        return Intake(self.db, self.media_bucket, self.settings)

    @property
    def media_bucket(self) -> "MediaBucket":
        """The bucket of the stored files. Raises ConfigurationError."""
        from shared.gcp.storage import MediaBucket

        return MediaBucket(*self._bucket())

    @property
    def uploads(self) -> "DirectUploads":
        """Direct uploads by users. Raises ConfigurationError."""
        from shared.media.uploads import DirectUploads

        return DirectUploads(self.intake, self.upload_bucket)

    @property
    def upload_bucket(self) -> "UploadBucket":
        """The bucket of direct uploads. Raises ConfigurationError."""
        from shared.gcp.uploads import UploadBucket

        return UploadBucket(*self._bucket())

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
    """Parts for `settings`. Connects to nothing yet."""
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
    """Loads the library with the first request to a platform."""
    from shared.platforms.sending import send

    return send(method, url, **request)


@cache
def _storage() -> "Client":
    """Loads the library when media are stored for the first time."""
    from google.cloud.storage import Client

    return Client(project=config.settings().project)


@cache
def token_cipher(keyset: str) -> "TokenCipher":
    """Raises ConfigurationError: only functions that decrypt tokens have the keyset."""
    if not keyset:
        raise config.ConfigurationError("TOKEN_KEYSET is not set: this function decrypts tokens.")
    from shared.gcp.cipher import NotAKeyset, TokenCipher

    try:
        return TokenCipher(keyset)
    except NotAKeyset as error:
        raise config.ConfigurationError(f"TOKEN_KEYSET: {error}.") from error


@cache
def token_sealer(keyset: str) -> "Sealer":
    """Raises ConfigurationError: only the function that connects accounts has this half."""
    if not keyset:
        raise config.ConfigurationError(
            "TOKEN_PUBLIC_KEYSET is not set: this function encrypts tokens."
        )
    from shared.gcp.cipher import NotAKeyset, Sealer

    try:
        return Sealer(keyset)
    except NotAKeyset as error:
        raise config.ConfigurationError(f"TOKEN_PUBLIC_KEYSET: {error}.") from error

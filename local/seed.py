"""The users and accounts of a local stack.

| user | has |
|---|---|
| demo | one account on every platform, and three on Instagram, of which ig_main is the default |
| other | its own accounts, separate from demo's; two on Threads without a default |
| expired | a lapsed subscription, and accounts |
| empty | a subscription and no account |
| revoked | a revoked key, and accounts |
| load | practically no rate limits, and 20 accounts on every platform |

None of this expires, so the clock can be moved by years.
"""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from unittest.mock import patch

from google.cloud import firestore

from local.loopback import call
from local.seed_secrets import FAR_FUTURE, SeedSecrets, unsigned_id_token
from shared import clock, config
from shared.accounts.connecting import offer
from shared.config import Settings
from shared.domain.accounts import Tokens, grant_id_of
from shared.domain.connections import LIFETIME, Connection, ConnectionStatus, OfferedGrant
from shared.gcp import sealed_tokens
from shared.gcp.accounts import make_default, reservation_path
from shared.gcp.api_keys import ApiKeys, hash_of
from shared.gcp.connections import StoredConnection, create_connection, new_connection_id
from shared.gcp.messages import Batch
from shared.gcp.tasks import TaskQueues, connect
from shared.gcp.users import Users
from shared.platforms import registry
from shared.platforms.connecting import Candidate, Listing
from shared.wiring import Parts

_AT_ONCE = 8
_LOAD_ACCOUNTS = 20
_NO_LIMITS = {"overall": 1_000_000, "posts": 1_000_000, "media": 1_000_000, "templates": 1_000_000}
# The names in the examples of the documentation.
_NAMED = {
    ("demo", "instagram"): ("ig_main", "ig_brand", "ig_creator_main"),
    ("demo", "tiktok"): ("tt_brand",),
    ("demo", "x"): ("x_primary",),
    ("other", "threads"): ("threads_other", "threads_other_brand"),
}
_WITHOUT_DEFAULT = {("other", "threads")}
# These platforms renew access tokens without refresh tokens.
_WITHOUT_REFRESH_TOKEN = {"facebook", "instagram", "threads"}


@dataclass(frozen=True)
class SeededUser:
    name: str
    subscribed: bool = True
    connected: bool = True
    revoked: bool = False
    limits: Mapping[str, int] = field(default_factory=dict)

    @property
    def user_id(self) -> str:
        return f"user_{self.name}"

    @property
    def email(self) -> str:
        return f"{self.name}@example.com"


USERS = (
    SeededUser("demo"),
    SeededUser("other"),
    SeededUser("expired", subscribed=False),
    SeededUser("empty", connected=False),
    SeededUser("revoked", revoked=True),
    SeededUser("load", limits=_NO_LIMITS),
)


def account_ids(user: str, platform: str) -> list[str]:
    """The IDs of a user's accounts on a platform; empty for a user without accounts."""
    if not any(seeded.name == user and seeded.connected for seeded in USERS):
        return []
    if (user, platform) in _NAMED:
        return list(_NAMED[user, platform])
    if user == "load":
        return [f"{platform}_load_{number:02}" for number in range(1, _LOAD_ACCOUNTS + 1)]
    return [f"{platform}_{user}"]


def default_account(user: str, platform: str) -> str | None:
    """The account that the platform's name alone stands for, if there is one."""
    ids = account_ids(user, platform)
    return None if (user, platform) in _WITHOUT_DEFAULT or not ids else ids[0]


def seed(
    *,
    settings: Settings,
    firestore_address: str,
    platforms: Mapping[str, str],
    secrets: SeedSecrets,
    media_url: str = "",
) -> dict[str, dict[str, str]]:
    """Write users, keys and accounts, and register the accounts on the simulated platforms.

    `settings`: those of the functions. `platforms`: name -> base URL. `media_url`: the beginning of
    the URLs of stored files, which counts as verified on TikTok. Returns
    `{name: {uid, apiKey, idToken}}`. Running it again on existing data writes the same data.
    """
    with _client(settings.project, firestore_address) as db, _acting_as(settings):
        for user in USERS:
            _write_user(db, user, secrets.api_key(user.name))
        parts = Parts(settings, db, TaskQueues(settings, connect))
        connecting = _Connecting(parts, secrets)
        # Accounts on one platform share a document, so they run in sequence; the rest in parallel.
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            jobs = [
                pool.submit(connecting.connect_all, user, platform, url)
                for user in USERS
                for platform, url in platforms.items()
            ]
        for job in jobs:
            job.result()
    if media_url and "tiktok" in platforms:
        prefixes = {"prefixes": [media_url]}
        call("POST", f"{platforms['tiktok']}/_sim/url_prefixes", prefixes)
    return {
        user.name: {
            "uid": user.user_id,
            "apiKey": secrets.api_key(user.name),
            "idToken": unsigned_id_token(settings.project, user.user_id, user.email),
        }
        for user in USERS
    }


def _client(project: str, address: str) -> closing[firestore.Client]:
    """A client of the emulator, whose address it can only read from the environment."""
    with patch.dict(os.environ, FIRESTORE_EMULATOR_HOST=address):
        return closing(firestore.Client(project=project))


@contextmanager
def _acting_as(settings: Settings) -> Iterator[None]:
    """The use cases work here as in a function with these settings."""
    # It keeps jobs that have the credentials of the settings.
    registry.connecting.cache_clear()
    try:
        with patch.object(config, "settings", lambda: settings):
            yield
    finally:
        registry.connecting.cache_clear()


def _write_user(db: firestore.Client, user: SeededUser, key: str) -> None:
    users, keys = Users(db), ApiKeys(db)
    users.put(user.user_id, email=user.email)
    if user.subscribed:
        period_end = clock.EPOCH + timedelta(seconds=FAR_FUTURE)
    else:
        period_end = clock.now() - timedelta(days=30)
    users.put_subscription(
        user.user_id,
        status="active" if user.subscribed else "canceled",
        plan_id="pro",
        current_period_end=period_end,
        limits=user.limits,
    )
    keys.put(key, user_id=user.user_id, name=f"Local key of {user.name}")
    if user.revoked:
        keys.revoke(hash_of(key))


@dataclass(frozen=True)
class _Connecting:
    """Connects accounts in Soku and on the platforms, with the same tokens.

    As after a login: the use case offers the account and connects it. The login itself is left
    out, because the platforms give out tokens that end, and these must not.
    """

    parts: Parts
    secrets: SeedSecrets

    def connect_all(self, user: SeededUser, platform: str, url: str) -> None:
        for account_id in account_ids(user.name, platform):
            self._connect(user, platform, account_id, url)
        default = default_account(user.name, platform)
        if default is not None:
            make_default(self.parts.db, user.user_id, platform, default)

    def _connect(self, user: SeededUser, platform: str, account_id: str, url: str) -> None:
        tokens = self._tokens(platform, account_id)
        username = account_id.removeprefix(f"{platform}_")
        registered = call(
            "POST",
            f"{url}/_sim/accounts",
            {
                "accountId": account_id,
                "username": username,
                "accessToken": tokens.access_token,
                "refreshToken": tokens.refresh_token,
            },
        )
        external_id = registered["externalId"]  # each platform has its own form of IDs
        connection = self._exchanging(user, platform, account_id, external_id)
        candidate = Candidate(external_id, username, username.replace("_", " ").title())
        listing = Listing(external_id, (candidate,))
        done = offer(connection, self._grant(connection, tokens, external_id), listing, self.parts)
        assert done.account_ids == (account_id,), done.failure

    def _exchanging(
        self, user: SeededUser, platform: str, account_id: str, external_id: str
    ) -> StoredConnection:
        """A connection whose code was just exchanged, and the reserved ID of its account."""
        db = self.parts.db
        connection = Connection(
            connection_id=new_connection_id(),
            user_id=user.user_id,
            platform=platform,
            kind=registry.logins(platform)[0].kind,
            expires_at=clock.now() + LIFETIME,
            account_id=account_id,
            status=ConnectionStatus.EXCHANGING,
        )
        batch = Batch(db)
        create_connection(db, batch, connection)
        # The documentation uses other IDs than those that Soku would make from the usernames.
        reserved = reservation_path(user.user_id, platform, external_id)
        batch.set(db.document(reserved), {"accountId": account_id})
        [created, _] = batch.commit()
        return StoredConnection(connection, created.update_time)

    def _grant(
        self, stored: StoredConnection, tokens: Tokens, platform_user_id: str
    ) -> OfferedGrant:
        connection = stored.connection
        grant_id = grant_id_of(connection.kind, platform_user_id)
        owner = (connection.user_id, connection.platform, grant_id)
        return OfferedGrant(
            grant_id=grant_id,
            platform_user_id=platform_user_id,
            scopes=tuple(registry.logins(connection.platform)[0].scope_names),
            missing_scopes=(),
            tokens=sealed_tokens.sealed(tokens, self.parts.sealer, *owner),
        )

    def _tokens(self, platform: str, account_id: str) -> Tokens:
        refresh = None
        if platform not in _WITHOUT_REFRESH_TOKEN:
            refresh = self.secrets.token(account_id, "refresh")
        return Tokens(self.secrets.token(account_id, "access"), refresh)

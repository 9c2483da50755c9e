"""The apps that are registered with a simulated platform (`POST /_sim/clients`).

Until one is registered, every client id, secret and redirect URI is accepted.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Client:
    """An app. `scopes`: those that the platform has given to it; None: all."""

    client_id: str
    secret: str = field(repr=False)
    redirect_uris: tuple[str, ...]
    scopes: frozenset[str] | None = None
    gets_refresh_tokens: bool = False
    """Where only some apps get them."""


class ClientBook:
    """The apps of one platform. The caller holds the platform's lock."""

    def __init__(self) -> None:
        self._clients: dict[str, Client] = {}

    def register(self, client: Client) -> None:
        """Add an app, or replace it."""
        self._clients[client.client_id] = client

    def secret_of(self, client_id: str) -> str | None:
        """The app's secret; None for an app that is not registered."""
        client = self._clients.get(client_id)
        return client.secret if client else None

    def knows(self, client_id: str) -> bool:
        """Whether an app with this id can ask for a login."""
        return not self._clients or client_id in self._clients

    def authenticates(self, client_id: str, secret: str | None) -> bool:
        """Whether this is the app's secret."""
        client = self._clients.get(client_id)
        return not self._clients if client is None else secret == client.secret

    def redirects_to(self, client_id: str, redirect_uri: str) -> bool:
        """Whether the redirect URI is registered for the app, with exactly these characters."""
        client = self._clients.get(client_id)
        return client is None or redirect_uri in client.redirect_uris

    def gets_refresh_tokens(self, client_id: str) -> bool:
        """Whether it is registered with refresh tokens."""
        client = self._clients.get(client_id)
        return client is not None and client.gets_refresh_tokens

    def scopes(self, client_id: str) -> frozenset[str] | None:
        """The scopes that the platform has given to the app; None: all."""
        client = self._clients.get(client_id)
        return client.scopes if client else None

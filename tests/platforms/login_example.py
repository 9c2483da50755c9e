"""What the login of a platform is, from its documentation, for `test_connecting.py`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Refreshes = Literal["rotates", "keeps", "exchanges", "never"]


@dataclass(frozen=True)
class LoginExample:
    platform: str
    kind: str
    client_prefix: str
    query: Mapping[str, str]
    """The whole query of the authorize page, except for client, redirect URI, state, challenge."""
    code_lifetime: timedelta
    urls: tuple[str, ...]
    """Where the page and all these requests are in reality."""
    token_requests: tuple[str, ...]
    """The requests that make tokens of a code, as a fault matches them."""
    read: str
    """The first request that lists accounts."""
    external_ids: tuple[str, ...]
    """What a person can connect; more than one where a login reaches several accounts."""
    member_id: str = ""
    """The person's own id, where that is none of the accounts."""
    client_id_field: str = "client_id"
    has_pkce: bool = False
    optional: str = ""
    """A permission that users can refuse, and still connect an account."""
    required: str = ""
    """A permission that users can refuse, and then nothing works."""
    says_scopes: bool = True
    nothing: str = ""
    """A part of the message for a person without accounts; empty: every person has one."""
    refreshes: Refreshes = "keeps"
    refresh_request: str = ""
    revoke_request: str = ""
    """Empty: the platform has no request that ends an authorization."""
    wrong_secret: str = "client id or secret"
    """A part of the message for the operator."""

    @property
    def name(self) -> str:
        return f"{self.platform}-{self.kind}"

    @property
    def requests(self) -> set[str]:
        """All requests, as a fault matches them."""
        more = {self.read, self.refresh_request, self.revoke_request} - {""}
        return more | set(self.token_requests)


def query_of(scopes: str, separator: str, **more: str) -> dict[str, str]:
    """The query for scopes, which are separated by spaces here."""
    return {"response_type": "code", "scope": separator.join(scopes.split()), **more}

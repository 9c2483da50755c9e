"""What the login of each simulated platform looks like, for `test_logins.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from local.platforms.simulation import SimulatedPlatform
from local.platforms.x.twin import X

CLIENT_ID, SECRET = "soku-client", "soku-secret"
CALLBACK = "https://soku.example/connect/callback"
# RFC 7636, appendix B.
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = {
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    "code_challenge_method": "S256",
}


@dataclass(frozen=True)
class Refused:
    """How a token endpoint refuses. `details`: what the body has besides its error."""

    status: int
    error: str
    description: str


@dataclass(frozen=True)
class Case:
    twin: type[SimulatedPlatform]
    path: str
    """Of the authorize page."""
    scopes: tuple[str, ...]
    token_path: str
    lifetime: timedelta
    """Of a code."""
    used: Refused
    late: Refused
    other_redirect: Refused
    wrong_secret: Refused
    denied: Mapping[str, str]
    """What the browser brings back, besides the state, if the user denies."""
    read: str
    """A request that needs `read_scope`."""
    read_scope: str
    wrong_verifier: Refused | None = None
    """None: the platform has no PKCE."""
    separator: str = " "
    unticks: bool = False
    """The page has checkboxes."""
    granted_field: str = "scope"
    """The field with the scopes in the answer with tokens; empty: there is none."""
    client_id_field: str = "client_id"
    has_basic: bool = False
    """The client authenticates with a Basic header."""
    more_query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    forbidden: int = 403
    """The status for a token without the scope."""

    @property
    def query(self) -> dict[str, str]:
        return {
            "response_type": "code",
            self.client_id_field: CLIENT_ID,
            "redirect_uri": CALLBACK,
            "scope": self.separator.join(self.scopes),
            "state": "s1",
            **(CHALLENGE if self.wrong_verifier else {}),
            **self.more_query,
        }

    def exchange(self, code: str, secret: str = SECRET, **changed: str) -> dict[str, Any]:
        """The arguments of the request for tokens."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        if self.wrong_verifier:
            form["code_verifier"] = VERIFIER
        if self.has_basic:
            return {"data": form | changed, "auth": (CLIENT_ID, secret)}
        client = {self.client_id_field: CLIENT_ID, "client_secret": secret}
        return {"data": form | client | changed}


_X_SCOPES = ("tweet.read", "users.read", "tweet.write", "media.write", "offline.access")
_X_CODE = Refused(400, "invalid_request", "Value passed for the authorization code was invalid.")

CASES = {
    "x": Case(
        twin=X,
        path="/i/oauth2/authorize",
        scopes=_X_SCOPES,
        token_path="/2/oauth2/token",
        lifetime=timedelta(seconds=30),
        used=_X_CODE,
        late=_X_CODE,
        other_redirect=Refused(
            400,
            "invalid_request",
            "Value passed for the redirect uri did not match the uri of the authorization code.",
        ),
        wrong_secret=Refused(401, "unauthorized_client", "Missing valid authorization header"),
        wrong_verifier=Refused(
            400,
            "invalid_request",
            "Value passed for the code verifier did not match the code challenge.",
        ),
        denied={"error": "access_denied"},
        read="/2/users/me",
        read_scope="users.read",
        has_basic=True,
    ),
}

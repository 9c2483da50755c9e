"""Logging in to LinkedIn, and its tokens, on www.linkedin.com.

learn.microsoft.com/linkedin/shared/authentication as of November 2026. A token acts for the member
and for the organizations on which the member has a role, as far as its scopes allow.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from flask import Response, request

from local.platforms import clock
from local.platforms.accounts import Account, Grant
from local.platforms.linkedin.state import State, is_member
from local.platforms.login import LoginPage
from local.platforms.oauth import TokenEndpoint

MEMBER_SCOPES = ("openid", "profile", "email", "w_member_social")
COMMUNITY_SCOPES = (
    "w_member_social",
    "w_organization_social",
    "r_organization_social",
    "w_organization_social_feed",
    "r_organization_social_feed",
    "w_member_social_feed",
    "r_member_postAnalytics",
    "r_member_profileAnalytics",
    "rw_organization_admin",
    "r_organization_admin",
    "r_basicprofile",
)
_MISMATCH = (
    "Unable to retrieve access token: appid/redirect uri/code verifier does not match "
    "authorization code. Or authorization code expired. Or external member binding exists"
)


class Login(LoginPage[State]):
    """`/oauth/v2/authorization`. Members allow all scopes or none."""

    code_lifetime = timedelta(minutes=30)
    scopes = (*MEMBER_SCOPES, *COMMUNITY_SCOPES)
    reaches_all_accounts = True
    stops: ClassVar = {
        "client": (401, "Client_id doesn't match"),
        "redirect": (401, "Redirect_uri doesn't match"),
        "missing": (400, "A required parameter {} is missing"),
        "type": (400, "The response type is not supported"),
        "challenge": (400, "The challenge is not valid"),
    }
    returns: ClassVar = {
        "scope": ("unauthorized_scope_error", "A scope is not authorized for your application"),
        "denied": ("user_cancelled_authorize", "The user cancelled the authorization"),
    }

    def identity(self, person: str) -> Account:
        members = [account for account in self._accounts.of_person(person) if is_member(account)]
        return members[0] if members else self._accounts.nobody(person)

    def prepare(self, grant: Grant, query: Mapping[str, str]) -> None:
        client_id = grant.client_id or ""
        grant.refreshes = self._platform.clients.gets_refresh_tokens(client_id)
        earlier = self._accounts.live(grant.person, client_id, "access")
        if any(token.grant.scopes != grant.scopes for token in earlier):
            self._accounts.end(grant)


class OAuth(TokenEndpoint[State]):
    """The refresh token stays, and its year is not extended."""

    required = ("grant_type", "client_id", "client_secret")
    allows_basic = False
    lifetimes = (timedelta(days=60), timedelta(days=365))
    prefixes = ("AQX", "AQW")
    other_client = "client"
    stale_code = "redirect"
    refusals: ClassVar = {
        "missing": (400, "invalid_request", 'A required parameter "{}" is missing'),
        "client": (401, "invalid_client", "Client authentication failed"),
        "grant_type": (400, "unsupported_grant_type", "The grant type is not supported"),
        "grant": (400, "invalid_grant", "The provided refresh token is not valid"),
        "code": (
            401,
            "invalid_request",
            "Unable to retrieve access token: authorization code not found",
        ),
        "redirect": (400, "invalid_redirect_uri", _MISMATCH),
        "verifier": (400, "invalid_redirect_uri", _MISMATCH),
    }

    def exchange(self, client_id: str) -> dict[str, Any]:
        answer = super().exchange(client_id)
        granted = self._accounts.grant(answer["access_token"], "access")
        scopes = granted.scopes if granted else None
        return answer | {"scope": ",".join(sorted(scopes or ()))}

    def issue(self, grant: Grant, refresh_token: str = "") -> dict[str, Any]:
        left = self.lifetimes[1]
        if refresh := self._accounts.token(refresh_token):
            left -= clock.now() - refresh.issued_at
        if self._accounts.enforce_lifetimes and left <= timedelta(0):
            raise self.refused("grant")
        answer = super().issue(grant, refresh_token)
        if refresh_token:
            answer["refresh_token"] = refresh_token
        if "refresh_token" in answer:
            answer["refresh_token_expires_in"] = max(0, int(left.total_seconds()))
        return answer

    def revoke(self) -> Any:
        """`POST /oauth/v2/revoke`: all that the member gave to the app ends; no body."""
        client_id = self.client_id()
        if not request.form.get("token"):
            raise self.refused("missing", "token")
        token = self._accounts.token(request.form["token"])
        if token is not None and token.grant.client_id in (None, client_id):
            self._accounts.end(token.grant)
        return Response("", 200)

"""Authorizing LinkedIn members and Pages with OAuth 2.0: learn.microsoft.com/linkedin, 2026-11-22.

LinkedIn gives an app either the products for members or Community Management, never both. So there
are two apps, and two logins. Only apps that LinkedIn has approved for it can refresh tokens; a
refresh does not extend the refresh token's life of one year.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import quote

from shared.domain.accounts import Account, Tokens
from shared.platforms import linkedin
from shared.platforms.connecting import (
    MAX_CANDIDATES,
    Candidate,
    Granted,
    Listing,
    Login,
    NothingToConnect,
    Scope,
    bearer,
)
from shared.platforms.http import Http
from shared.platforms.linkedin import errors
from shared.platforms.oauth2 import OAuth2
from shared.platforms.wire import mappings, words

_ORGANIZATION = "urn:li:organization:"
# What somebody may be on a Page who publishes there.
_MAY_PUBLISH = {"ADMINISTRATOR", "CONTENT_ADMIN", "CONTENT_ADMINISTRATOR"}
_PER_PAGE = 100


class Connecting(OAuth2):
    about = linkedin.ABOUT
    logins = (
        Login(
            kind="profile",
            title="LinkedIn profile",
            client_prefix="LINKEDIN",
            scopes=(
                Scope("openid", "read who you are", required=True),
                Scope("profile", "read your name", required=True),
                Scope("w_member_social", "publish posts", required=True),
            ),
        ),
        Login(
            kind="page",
            title="LinkedIn Page",
            client_prefix="LINKEDIN_PAGES",
            scopes=(
                Scope("w_organization_social", "publish posts", required=True),
                Scope("r_organization_social", "find out whether a post is live", required=True),
                Scope("w_organization_social_feed", "answer comments"),
                Scope("r_organization_social_feed", "read comments"),
                Scope("rw_organization_admin", "find your Pages", required=True),
                Scope("r_basicprofile", "read who you are", required=True),
            ),
        ),
    )
    authorize_path = "/oauth/v2/authorization"
    token_path = "/oauth/v2/accessToken"  # noqa: S105 - a path
    revoke_path = "/oauth/v2/revoke"
    revokes = True
    default_lifetime: ClassVar[timedelta] = timedelta(days=60)
    error_of = staticmethod(errors.error_of)
    refresh_error_of = staticmethod(errors.refresh_error_of)

    def renew_after(
        self, *, has_refresh_token: bool, refresh_lifetime: timedelta | None
    ) -> timedelta | None:
        # A refresh does not extend the authorization: tokens are refreshed when they are needed.
        return None

    def revoke(self, tokens: Tokens, http: Http) -> None:
        fields = {**self._client_fields(), "token": tokens.access_token}
        http.exchange_tokens(self.revoke_path, data=fields)

    def listing(self, granted: Granted, http: Http) -> Listing:
        token = granted.tokens.access_token
        if self.login.kind == "profile":
            member = self._member(token, http)
            return Listing(member.external_id, (member,))
        member_id = words(self._read("/rest/me", token, http).get("id"))
        pages = self._pages(token, http)
        if not pages:
            raise NothingToConnect(
                "You do not manage a LinkedIn Page. Ask an administrator of the Page to make you a "
                "content admin or a super admin, then start again."
            )
        return Listing(member_id, tuple(pages))

    def profile(self, account: Account, access_token: str, http: Http) -> Candidate:
        if account.external_id.startswith(_ORGANIZATION):
            return self._organization(account.external_id, access_token, http)
        return self._member(access_token, http)

    def _member(self, token: str, http: Http) -> Candidate:
        fields = self.shown(http.read("/v2/userinfo", headers=bearer(token)))
        name = words(fields.get("name"))
        return self.candidate(
            f"urn:li:person:{words(fields.get('sub'))}",
            name,
            name,
            avatar_url=fields.get("picture"),
        )

    def _pages(self, token: str, http: Http) -> list[Candidate]:
        """The Pages on which the member may publish."""
        query = f"q=roleAssignee&state=APPROVED&start=0&count={_PER_PAGE}"
        fields = self._read(f"/rest/organizationAcls?{query}", token, http)
        urns = [
            words(entry.get("organization")) or words(entry.get("organizationTarget"))
            for entry in mappings(fields.get("elements"))
            if words(entry.get("role")) in _MAY_PUBLISH
        ]
        known = [urn for urn in dict.fromkeys(urns) if urn.startswith(_ORGANIZATION)]
        return [self._organization(urn, token, http) for urn in known[:MAX_CANDIDATES]]

    def _organization(self, urn: str, token: str, http: Http) -> Candidate:
        number = quote(urn.removeprefix(_ORGANIZATION), safe="")
        fields = self._read(f"/rest/organizations/{number}", token, http)
        name = words(fields.get("localizedName"))
        return self.candidate(urn, words(fields.get("vanityName")) or name, name)

    def _read(self, path: str, token: str, http: Http) -> Mapping[str, Any]:
        headers = {
            **bearer(token),
            "LinkedIn-Version": self.about.api_version,
            "X-Restli-Protocol-Version": "2.0.0",
        }
        return self.shown(http.read(path, headers=headers))

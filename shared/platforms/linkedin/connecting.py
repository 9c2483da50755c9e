"""Authorizing LinkedIn members and Pages with OAuth 2.0: learn.microsoft.com/linkedin, 2026-11-22.

LinkedIn gives an app either the products for members or Community Management, never both. So there
are two apps, and two logins. Only apps that LinkedIn has approved for it can refresh tokens; a
refresh does not extend the refresh token's life of one year.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import quote

from shared.domain.accounts import Account, Tokens
from shared.domain.errors import PlatformError, ReadRefused
from shared.platforms import linkedin
from shared.platforms.connecting import (
    Candidate,
    Granted,
    Listing,
    Login,
    NothingToConnect,
    Scope,
    bearer,
)
from shared.platforms.http import Answer, Http
from shared.platforms.linkedin import errors
from shared.platforms.linkedin.restli import ORGANIZATION
from shared.platforms.oauth2 import OAuth2
from shared.platforms.wire import mapping, mappings, number, words

_ORGANIZATION_URN = re.compile(rf"{ORGANIZATION}\d{{1,20}}", re.ASCII)
# The roles on a Page that allow publishing.
_MAY_PUBLISH = {
    "ADMINISTRATOR",
    "CONTENT_ADMIN",
    "CONTENT_ADMINISTRATOR",
    "DIRECT_SPONSORED_CONTENT_POSTER",
}
_PER_REQUEST = 100
_MOST_REQUESTS = 5
# The name of each is another request, and the user waits.
_MOST_PAGES = 100


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
            demands="Needs the role of a super admin or a content admin of the Page.",
            scopes=(
                Scope("w_organization_social", "publish posts", required=True),
                Scope("r_organization_social", "find out whether a post is live", required=True),
                Scope("w_organization_social_feed", "answer comments"),
                Scope("r_organization_social_feed", "read comments"),
                Scope(
                    "rw_organization_admin",
                    "find your Pages or show the numbers of their posts",
                    required=True,
                ),
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

    def refresh_error_of(self, answer: Answer) -> PlatformError:
        return errors.refresh_error_of(answer, self.login.client_prefix)

    def renew_after(
        self, *, has_refresh_token: bool, refresh_lifetime: timedelta | None
    ) -> timedelta | None:
        # A refresh does not extend the authorization: tokens are refreshed when they are needed.
        return None

    def revoke(self, tokens: Tokens, http: Http) -> None:
        self.end(tokens.access_token, http)

    def listing(self, granted: Granted, http: Http) -> Listing:
        token = granted.tokens.access_token
        if self.login.kind == "profile":
            member = self._member(token, http)
            return self.listed(member.external_id, [member])
        member_id = words(self._read("/rest/me", token, http).get("id"))
        pages = self._pages(token, http)
        if not pages:
            raise NothingToConnect(
                "You do not manage a LinkedIn Page. Ask an administrator of the Page to make you a "
                "content admin or a super admin, then start again."
            )
        return self.listed(member_id, pages)

    def profile(self, account: Account, access_token: str, http: Http) -> Candidate:
        if account.external_id.startswith(ORGANIZATION):
            return self._organization(account.external_id, access_token, http)
        return self._member(access_token, http)

    def _member(self, token: str, http: Http) -> Candidate:
        fields = self.shown(http.read("/v2/userinfo", headers=bearer(token)))
        name, member_id = words(fields.get("name")), words(fields.get("sub"))
        return self.candidate(
            f"urn:li:person:{member_id}" if member_id else "",
            name,
            name,
            avatar_url=fields.get("picture"),
        )

    def _pages(self, token: str, http: Http) -> list[Candidate]:
        """The Pages where the member can publish."""
        urns = [
            words(entry.get("organization")) or words(entry.get("organizationTarget"))
            for entry in self._roles(token, http)
            if words(entry.get("role")) in _MAY_PUBLISH
        ]
        known = [urn for urn in dict.fromkeys(urns) if _ORGANIZATION_URN.fullmatch(urn)]
        pages = []
        for urn in known[:_MOST_PAGES]:
            try:
                pages.append(self._organization(urn, token, http))
            except ReadRefused:
                # It was deleted, or the role has ended: the others can be connected.
                continue
        return pages

    def _roles(self, token: str, http: Http) -> list[dict[str, Any]]:
        """The member's roles: one entry for each role on an organization."""
        roles: list[dict[str, Any]] = []
        for start in range(0, _MOST_REQUESTS * _PER_REQUEST, _PER_REQUEST):
            query = f"q=roleAssignee&state=APPROVED&start={start}&count={_PER_REQUEST}"
            fields = self._read(f"/rest/organizationAcls?{query}", token, http)
            entries = mappings(fields.get("elements"))
            roles += entries
            total = number(mapping(fields.get("paging")).get("total"))
            is_last = (
                len(entries) < _PER_REQUEST if total is None else start + len(entries) >= total
            )
            if not entries or is_last:
                break
        return roles

    def _organization(self, urn: str, token: str, http: Http) -> Candidate:
        digits = quote(urn.removeprefix(ORGANIZATION), safe="")
        fields = self._read(f"/rest/organizations/{digits}", token, http)
        name = words(fields.get("localizedName"))
        return self.candidate(urn, words(fields.get("vanityName")) or name, name)

    def _read(self, path: str, token: str, http: Http) -> Mapping[str, Any]:
        headers = {
            **bearer(token),
            "LinkedIn-Version": self.about.api_version,
            "X-Restli-Protocol-Version": "2.0.0",
        }
        return self.shown(http.read(path, headers=headers))

"""Authorizing Snapchat's Public Profiles with OAuth 2.0: developers.snap.com, 2026-11-22.

Snap has to allow each app: until then, users can sign in, and every call about profiles is refused.
One authorization reaches the user's own profile and those of its organization.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import quote

from shared.domain.accounts import Account
from shared.domain.errors import PlatformUnavailable
from shared.platforms import snapchat
from shared.platforms.connecting import (
    Candidate,
    Granted,
    Listing,
    Login,
    NothingToConnect,
    Scope,
    bearer,
)
from shared.platforms.http import Http
from shared.platforms.oauth2 import OAuth2
from shared.platforms.snapchat import errors
from shared.platforms.wire import mapping, mappings, words

_VERSION = snapchat.ABOUT.api_version
_PER_PAGE = 50
_MOST_REQUESTS = 4


class Connecting(OAuth2):
    about = snapchat.ABOUT
    logins = (
        Login(
            kind="profile",
            title="Snapchat profile",
            client_prefix="SNAPCHAT",
            demands="Needs a Public Profile, which you create in the Snapchat app.",
            scopes=(Scope("snapchat-profile-api", "publish posts or read metrics", required=True),),
        ),
    )
    authorize_path = "/login/oauth2/authorize"
    token_path = "/login/oauth2/access_token"  # noqa: S105 - a path
    # Older documents say 1800 seconds.
    default_lifetime: ClassVar[timedelta] = timedelta(minutes=30)
    error_of = staticmethod(errors.error_of)
    refresh_error_of = staticmethod(errors.refresh_error_of)

    def listing(self, granted: Granted, http: Http) -> Listing:
        token = granted.tokens.access_token
        reading = http.read(f"/{_VERSION}/public_profiles/my_profile", headers=bearer(token))
        if reading.status == 404 and reading.fields():
            raise NothingToConnect(
                "Your Snapchat account has no Public Profile. Create one in the Snapchat app, then "
                "start again."
            )
        if reading.status == 403:
            raise self._not_allowlisted()
        own = mapping(errors.shown(reading).get("public_profile"))
        own_id = words(own.get("id"))
        profiles = {own_id: own} | self._of_organization(own, token, http)
        return self.listed(own_id, map(self._candidate, profiles.values()))

    def profile(self, account: Account, access_token: str, http: Http) -> Candidate:
        path = f"/{_VERSION}/public_profiles/{quote(account.external_id, safe='')}"
        fields = errors.shown(http.read(path, headers=bearer(access_token)))
        entries = mappings(fields.get("public_profiles"))
        first = mapping(entries[0].get("public_profile")) if entries else {}
        return self._candidate(mapping(fields.get("public_profile")) or first)

    def _of_organization(
        self, own: Mapping[str, Any], token: str, http: Http
    ) -> dict[str, Mapping[str, Any]]:
        """The profiles of the own profile's organization, if it has one that may be read."""
        profiles: dict[str, Mapping[str, Any]] = {}
        organization, cursor = words(own.get("organization_id")), ""
        path = f"/{_VERSION}/organizations/{quote(organization, safe='')}/public_profiles"
        for _ in range(_MOST_REQUESTS if organization else 0):
            query = {"limit": str(_PER_PAGE), **({"cursor": cursor} if cursor else {})}
            reading = http.read(path, params=query, headers=bearer(token))
            if reading.status in (403, 404):
                # Not everybody may list them; the own profile can be connected anyway.
                break
            items = errors.items_of(reading, "public_profiles")
            listed = [mapping(item.get("public_profile")) for item in items]
            profiles |= {words(profile.get("id")): profile for profile in listed}
            cursor = words(mapping(reading.fields().get("page")).get("next_page_id"))
            if not cursor:
                break
        return profiles

    def _not_allowlisted(self) -> PlatformUnavailable:
        """Users can sign in with such an app, and every call about profiles is refused."""
        return PlatformUnavailable(
            "Snapchat does not let Soku's app use Public Profiles. The operator must ask Snap to "
            f"allowlist the client id in {self.login.client_prefix}_CLIENT_ID.",
            concerns_operator=True,
            platform_code="403",
        )

    def _candidate(self, profile: Mapping[str, Any]) -> Candidate:
        logos = mapping(profile.get("logo_urls"))
        return self.candidate(
            words(profile.get("id")),
            words(profile.get("snap_user_name")),
            words(profile.get("display_name")),
            avatar_url=logos.get("original_logo_url"),
        )

"""Authorizing Snapchat's Public Profiles with OAuth 2.0: developers.snap.com, 2026-11-22.

Snap has to allow each app: until then, users can sign in, and every call about profiles is refused.
One authorization reaches the user's own profile and those of its organization.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import quote

from shared.domain.accounts import Account
from shared.domain.errors import PlatformError
from shared.platforms import snapchat
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
from shared.platforms.oauth2 import OAuth2
from shared.platforms.snapchat import errors
from shared.platforms.wire import mapping, mappings, words

_VERSION = snapchat.ABOUT.api_version
_PER_PAGE = 50


class Connecting(OAuth2):
    about = snapchat.ABOUT
    logins = (
        Login(
            kind="profile",
            title="Snapchat profile",
            client_prefix="SNAPCHAT",
            scopes=(
                Scope("snapchat-profile-api", "publish posts and read metrics", required=True),
            ),
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
        if reading.status == 404:
            raise NothingToConnect(
                "Your Snapchat account has no Public Profile. Create one in the Snapchat app, then "
                "start again."
            )
        own = mapping(self._shown(reading).get("public_profile"))
        profiles = {words(own.get("id")): own} | self._of_organization(own, token, http)
        candidates = [self._candidate(profile) for profile in profiles.values()]
        return Listing(words(own.get("id")), tuple(candidates[:MAX_CANDIDATES]))

    def profile(self, account: Account, access_token: str, http: Http) -> Candidate:
        path = f"/{_VERSION}/public_profiles/{quote(account.external_id, safe='')}"
        fields = self._shown(http.read(path, headers=bearer(access_token)))
        entries = mappings(fields.get("public_profiles"))
        first = mapping(entries[0].get("public_profile")) if entries else {}
        return self._candidate(mapping(fields.get("public_profile")) or first)

    def _of_organization(
        self, own: Mapping[str, Any], token: str, http: Http
    ) -> dict[str, Mapping[str, Any]]:
        """The profiles of the own profile's organization, if it has one that may be read."""
        organization = words(own.get("organization_id"))
        if not organization:
            return {}
        path = f"/{_VERSION}/organizations/{quote(organization, safe='')}/public_profiles"
        try:
            fields = self._shown(
                http.read(path, params={"limit": str(_PER_PAGE)}, headers=bearer(token))
            )
        except PlatformError:
            # Not everybody may list them; the own profile can be connected anyway.
            return {}
        profiles = [
            mapping(entry.get("public_profile"))
            for entry in mappings(fields.get("public_profiles"))
        ]
        return {words(profile.get("id")): profile for profile in profiles if profile.get("id")}

    def _shown(self, reading: Any) -> dict[str, Any]:
        return errors.shown(reading)

    def _candidate(self, profile: Mapping[str, Any]) -> Candidate:
        logos = mapping(profile.get("logo_urls"))
        return self.candidate(
            words(profile.get("id")),
            words(profile.get("snap_user_name")),
            words(profile.get("display_name")),
            avatar_url=logos.get("original_logo_url"),
        )

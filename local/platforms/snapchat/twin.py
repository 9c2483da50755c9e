"""Snapchat as businessapi.snapchat.com answers: stories, saved stories and spotlights.

Written from the Public Profile API on developers.snap.com. Limits are real. Quotas do
not apply unless a fault asks for them.
"""

import re
from uuid import NAMESPACE_URL, uuid5

from flask import Response, request
from werkzeug.exceptions import HTTPException

from local.platforms.accounts import AccountBook
from local.platforms.controls import boolean, seconds
from local.platforms.faults import Fault
from local.platforms.posts import Content
from local.platforms.reading import bearer_token, json_object
from local.platforms.simulation import Refusal, SimulatedPlatform
from local.platforms.snapchat import answers
from local.platforms.snapchat.answers import ITEMS, PROFILES
from local.platforms.snapchat.login import Login, Tokens
from local.platforms.snapchat.publications import Publications, requested_media
from local.platforms.snapchat.reads import Reads
from local.platforms.snapchat.state import State
from local.platforms.snapchat.stats import Stats
from local.platforms.snapchat.uploads import REGION, Uploads
from shared.platforms.snapchat import ABOUT

_POSTING = re.compile(rf"{PROFILES}/([^/]+)/({'|'.join(ITEMS)})")
ORGANIZATION = f"/{ABOUT.api_version}/organizations/<organization_id>/public_profiles"
# A refusal that comes with HTTP 200 is about the request, never about the caller.
_ALWAYS_HTTP = (401, 403, 429)


class ProfileBook(AccountBook):
    """Accounts whose external ids are UUIDs."""

    def external_id_for(self, account_id: str) -> str:
        return str(uuid5(NAMESPACE_URL, f"snapchat:{account_id}"))


class Snapchat(SimulatedPlatform):
    """The twin of businessapi.snapchat.com, and of accounts.snapchat.com below /login."""

    name = "snapchat"
    account_book = ProfileBook
    state_type = State
    state: State

    def routes(self) -> None:
        publications, reads = Publications(self.state), Reads(self.state)
        uploads, profile = Uploads(self.state), f"{PROFILES}/<profile_id>"
        login, stats = Login(self.state), Stats(self.state)
        self.route("GET", "/login/oauth2/authorize", login.show)
        self.route("POST", "/login/oauth2/authorize", login.decide)
        self.route("POST", "/login/oauth2/access_token", Tokens(self.state).token)
        self.route("GET", f"{PROFILES}/my_profile", reads.own_profile)
        self.route("GET", ORGANIZATION, reads.of_organization)
        self.route("GET", profile, reads.profile)
        self.route("POST", f"{profile}/media", uploads.create)
        # With a region, as the answer of the path above names it.
        upload = f"/{REGION}{profile}/media/<media_id>/multipart-upload"
        self.route("POST", upload, uploads.upload)
        self.route("POST", f"{profile}/stories", publications.story)
        self.route("POST", f"{profile}/saved_stories", publications.saved_story)
        self.route("POST", f"{profile}/spotlights", publications.spotlight)
        for path in ITEMS:
            self.route("GET", f"{profile}/{path}", reads.posts)
            self.route("GET", f"{profile}/{path}/<asset_id>/stats", stats.of_post)
        self.route("GET", f"{profile}/spotlights/<spotlight_id>", reads.spotlight)
        self.route("GET", f"{profile}/stats", stats.of_profile)
        self.setting("/posting", self.state, "posting_time", seconds)
        self.setting("/moderation", self.state, "moderation_time", seconds)
        self.setting("/access_lifetime", self.state, "access_lifetime", seconds)
        self.setting("/allowlist", self.state, "is_allowlisted", lambda: boolean("allow"))
        self.setting("/rotation", self.state, "rotates", lambda: boolean("rotate"))
        self.setting("/ended_stories", self.state, "keeps_story_stats", lambda: boolean("keep"))
        self.setting("/errors_with_200", self.state, "errors_with_200", lambda: boolean("on"))

    def publishing_content(self) -> Content | None:
        posting = _POSTING.fullmatch(request.path)
        token = self.accounts.token(bearer_token())
        if posting is None or request.method != "POST" or token is None:
            return None
        account = self.accounts.with_external_id(posting[1])
        if account is None or account.person != token.grant.person:
            return None
        media_id, text = requested_media(posting[2], json_object() or {})
        media = self.state.media.get(media_id)
        if media is None or media.medium is None:
            return None
        return Content.of(account.account_id, text, [media.medium.item])

    # Refusals.

    def decorate(self, response: Response) -> None:
        status = response.status_code
        is_about_request = 400 <= status < 500 and status not in _ALWAYS_HTTP
        is_login = request.path.startswith("/login/")
        if self.state.errors_with_200 and is_about_request and not is_login:
            response.status_code = 200

    def http_error(self, error: HTTPException) -> Refusal:
        return answers.refusal(error.code or 500, error.name)

    def server_error(self) -> Refusal:
        return answers.refusal(500, "Internal error")

    def rate_limited(self, retry_after: float) -> Refusal:
        refusal = answers.refusal(429, "Too many requests")
        refusal.headers = {"Retry-After": str(int(retry_after))}
        return refusal

    def quota_exhausted(self, fault: Fault) -> Refusal | None:
        """No limit on the number of posts is documented, only one on the rate."""
        return answers.refusal(429, "Too many requests")

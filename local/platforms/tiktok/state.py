"""The state of the twin of TikTok."""

import itertools
from datetime import timedelta

from local.platforms import clock, controls, simulation
from local.platforms.accounts import Account, Grant
from local.platforms.posts import Post
from local.platforms.reading import bearer_token
from local.platforms.simulation import SimulatedPlatform
from local.platforms.tiktok.errors import refusal
from local.platforms.tiktok.publication import CreatorSettings, Publication

PROCESSING_FAULT = "file_format_check_failed"
# Access and refresh tokens: by the documentation of November 2026, and as it was before.
LIFETIMES = (timedelta(hours=2), timedelta(days=180))
FORMER_LIFETIMES = (timedelta(days=1), timedelta(days=365))
_FIRST_ID = 7_574_000_000_000_000_000  # of the size that the documentation shows


class State(simulation.State):
    def __init__(self, platform: SimulatedPlatform) -> None:
        self._ids = itertools.count(_FIRST_ID, 7)
        self.verified: list[str] = []
        """The URL prefixes that the owner of the app has verified; a reset keeps them."""
        super().__init__(platform)

    def clear(self) -> None:
        self.publications: dict[str, Publication] = {}
        self.creator = CreatorSettings()
        self.moderation_time = timedelta(0)
        """How long a public post is live before it gets an id."""
        self.fail_reason = PROCESSING_FAULT
        self.lifetimes = LIFETIMES
        self.errors_with_200 = False

    def authorized(self, *scopes: str) -> Account:
        """The account whose token the request has, with one of `scopes`. Raises Refusal."""
        return self.granted(*scopes).account

    def granted(self, *scopes: str) -> Grant:
        """What was granted with the token of the request, one of `scopes` at least."""
        grant = self.platform.accounts.grant(bearer_token(), "access")
        if grant is None:
            raise refusal(401, "access_token_invalid")
        if not any(grant.may(scope) for scope in scopes):
            raise refusal(401, "scope_not_authorized")
        return grant

    def act_out_fault(self, publication: Publication) -> None:
        """Apply the processing fault of the current request."""
        if publication.post_id is not None:
            return
        if self.platform.struck("processing_stuck"):
            publication.is_stuck = True
        elif self.platform.struck("processing_failed"):
            publication.fail_reason = self.fail_reason

    def settle(self, publication: Publication) -> None:
        """Make a publication visible once TikTok has processed it."""
        is_done = publication.status(self.platform.processing_time) == "PUBLISH_COMPLETE"
        account = self.platform.accounts.get(publication.account_id)
        if not is_done or publication.post_id is not None or account is None:
            return
        post_id = publication.post_id = str(next(self._ids))
        # A photo post has the address of a video, too.
        share_url = f"https://www.tiktok.com/@{account.username}/video/{post_id}"
        details = {
            "info": publication.info,
            "is_public": publication.is_public,
            "share_url": share_url,
            "title": publication.info.get("title", ""),
            "duration": int(publication.media[0].duration or 0),
        }
        completed = publication.complete_at or clock.now()
        visible_at = completed + self.platform.processing_time
        text, items = publication.text, publication.items
        post = Post(post_id, publication.account_id, text, text, visible_at, items, details)
        self.platform.posts.add(post)

    def settle_all(self) -> None:
        """As `settle`, for all publications."""
        for publication in self.publications.values():
            self.settle(publication)

    # Controls, as `POST /_sim/…`.

    def verify(self) -> None:
        """`{prefixes}`: the URL prefixes that are verified from now on."""
        prefixes = controls.fields().get("prefixes")
        if not isinstance(prefixes, list) or not all(isinstance(p, str) and p for p in prefixes):
            raise controls.BadControl("prefixes must be a list of URLs.")
        self.verified = prefixes

    def switch_creator(self) -> None:
        """The creator's settings, by the names of `CreatorSettings`."""
        try:
            self.creator = CreatorSettings(**controls.fields())
        except TypeError as error:
            raise controls.BadControl(str(error)) from None

    def switch_fail_reason(self) -> None:
        """The reason for which `processing_failed` fails."""
        self.fail_reason = str(controls.fields().get("reason") or PROCESSING_FAULT)

    def switch_oauth(self) -> None:
        self.errors_with_200 = controls.boolean("errorsWith200")
        self.lifetimes = FORMER_LIFETIMES if controls.boolean("formerLifetimes") else LIFETIMES

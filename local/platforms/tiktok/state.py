"""What the twin of TikTok keeps."""

import itertools
from datetime import timedelta

from local.platforms import controls
from local.platforms.accounts import Account
from local.platforms.posts import Post
from local.platforms.simulation import SimulatedPlatform, bearer_token
from local.platforms.tiktok.errors import refusal
from local.platforms.tiktok.publication import CreatorSettings, Publication
from shared import clock

PROCESSING_FAULT = "file_format_check_failed"
# Access and refresh tokens: by the documentation of November 2026, and as it was before.
LIFETIMES = (timedelta(hours=2), timedelta(days=180))
FORMER_LIFETIMES = (timedelta(days=1), timedelta(days=365))
_FIRST_ID = 7_574_000_000_000_000_000  # of the size that the notes show


class State:
    """The state of the twin. `platform` has the rest: accounts, posts, faults."""

    def __init__(self, platform: SimulatedPlatform) -> None:
        self.platform = platform
        self.publications: dict[str, Publication] = {}
        self._ids = itertools.count(_FIRST_ID, 7)
        self._forget_switches()

    def clear(self) -> None:
        self.publications.clear()
        self._forget_switches()

    def authorized(self, scope: str) -> Account:
        """The account whose token the request carries (section 2.5). Raises Refusal."""
        account = self.platform.accounts.holder(bearer_token(), "access")
        if account is None:
            raise refusal(401, "access_token_invalid")
        if not account.may(scope):
            raise refusal(401, "scope_not_authorized")
        return account

    def act_out_fault(self, publication: Publication) -> None:
        """Apply a fault of processing that the current request suffers."""
        fault = self.platform.struck_by()
        if fault is None or publication.post_id is not None:
            return
        if fault.mode == "processing_stuck":
            publication.is_stuck = True
        elif fault.mode == "processing_failed":
            publication.fail_reason = self.fail_reason

    def settle(self, publication: Publication) -> None:
        """Make a publication visible once TikTok has processed it."""
        is_done = publication.status(self.platform.processing_time) == "PUBLISH_COMPLETE"
        account = self.platform.accounts.get(publication.account_id)
        if not is_done or publication.post_id is not None or account is None:
            return
        post_id = publication.post_id = str(next(self._ids))
        kind = publication.kind
        # A photo post has the address of a video, too.
        share_url = f"https://www.tiktok.com/@{account.username}/video/{post_id}"
        details = {
            "info": publication.info,
            "is_public": publication.is_public,
            "share_url": share_url,
            "title": publication.info.get("title", ""),
            "duration": int(publication.media[0].duration or 0) if kind == "video" else 0,
        }
        completed = publication.complete_at or clock.now()
        self.platform.posts.add(
            Post(
                post_id,
                publication.account_id,
                publication.text,
                publication.text,
                completed + self.platform.processing_time,
                publication.items,
                details,
            )
        )

    def settle_all(self) -> None:
        """As `settle`, for all publications."""
        for publication in self.publications.values():
            self.settle(publication)

    # Switches, as `POST /_sim/…`.

    def _forget_switches(self) -> None:
        self.creator = CreatorSettings()
        self.moderation_time = timedelta(0)
        self.fail_reason = PROCESSING_FAULT
        self.lifetimes = LIFETIMES
        self.errors_with_200 = False

    def switch_creator(self) -> None:
        """The creator's settings, by the names of `CreatorSettings`."""
        try:
            self.creator = CreatorSettings(**controls.json_object())
        except TypeError as error:
            raise controls.BadControl(str(error)) from None

    def switch_moderation(self) -> None:
        """How long a public post is live before it gets an id."""
        self.moderation_time = timedelta(seconds=controls.whole_number("seconds"))

    def switch_fail_reason(self) -> None:
        """The reason for which `processing_failed` fails."""
        self.fail_reason = str(controls.json_object().get("reason") or PROCESSING_FAULT)

    def switch_oauth(self) -> None:
        self.errors_with_200 = controls.boolean("errorsWith200")
        self.lifetimes = FORMER_LIFETIMES if controls.boolean("formerLifetimes") else LIFETIMES

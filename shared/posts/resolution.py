"""What a well-formed request comes to: the accounts that it means, and files that are stored."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shared import clock
from shared.config import Settings
from shared.domain.errors import ApiError, Violation
from shared.domain.media import MediaAsset
from shared.domain.submission import Target
from shared.domain.targets import (
    RequestedTarget,
    ResolvedTarget,
    ended_authorization,
    repetitions,
    resolve,
)
from shared.gcp.accounts import integration_from, integration_path
from shared.media import library
from shared.posts import checks
from shared.posts.findings import CheckedTarget, Findings
from shared.posts.request import PostRequest
from shared.wiring import Parts


def paths(user_id: str, request: PostRequest, settings: Settings) -> list[str]:
    """The documents that a `Resolution` needs read."""
    return [
        *(integration_path(user_id, platform) for platform in request.platforms),
        *library.paths(user_id, request.media.values(), settings.media),
    ]


@dataclass(frozen=True)
class Resolution:
    """Checks all that a request must still satisfy, and fetches what it needs."""

    request: PostRequest
    user_id: str
    found: Mapping[str, Any]
    """Snapshots of `paths`."""
    parts: Parts
    before_fetch: Callable[[], None]
    keeps_time: bool = False
    """The request's scheduledTime was accepted before."""
    further_faults: Callable[[ResolvedTarget], list[Violation]] = lambda _: []
    """What else must hold of a target."""

    def targets_and_media(self) -> tuple[tuple[Target, ...], tuple[MediaAsset, ...]]:
        """The request's targets with what each publishes, and its media. Raises ApiError."""
        found = self.findings()
        found.require()
        return checks.targets_of(found.resolved, self.request, found.media), found.media

    def findings(self) -> Findings:
        """All that is wrong with the request at once; its media, those of elsewhere now stored.

        Files that are not here yet are only fetched for a request that is right otherwise.
        """
        now, settings = clock.now(), self.parts.settings.media
        known = library.known(self.user_id, self.request.media, self.found, settings)
        found = self._judge(known.assets, tuple(known.violations), now)
        if not known.missing or not found.is_valid:
            return found
        self.before_fetch()
        try:
            taken = self.parts.intake.store_all(self.user_id, known.missing)
        except ApiError as failed:
            return replace(found, failed_upload=failed)
        # By the time of the request: fetching must not make its own time too soon.
        return self._judge({**known.assets, **taken}, (), now)

    def _judge(
        self, assets: Mapping[str, MediaAsset], faults: tuple[Violation, ...], now: datetime
    ) -> Findings:
        request = self.request
        media = tuple(assets[place] for place in request.media if place in assets)
        complete = media if len(media) == len(request.media) else None
        resolved = self._resolve()
        repeated = repetitions(one for one in resolved if isinstance(one, ResolvedTarget))
        verdicts = []
        for target, one in zip(request.targets, resolved, strict=True):
            own = [repeated[target.path]] if target.path in repeated else []
            own += checks.target_faults(request, target, complete)
            verdicts.append(self._verdict(target, one, own))
        time_faults = checks.time_faults(request, now, keeps_time=self.keeps_time)
        kind_faults = checks.kind_faults(request, complete or ())
        return Findings(tuple(verdicts), (*faults, *time_faults, *kind_faults), media)

    def _resolve(self) -> list[ResolvedTarget | ApiError]:
        integrations = {
            integration.platform: integration
            for platform in self.request.platforms
            if (integration := integration_from(self._snapshot(platform)))
        }
        return resolve(self.request.targets, integrations)

    def _snapshot(self, platform: str) -> Any:
        return self.found[integration_path(self.user_id, platform)]

    def _verdict(
        self, target: RequestedTarget, found: ResolvedTarget | ApiError, faults: list[Violation]
    ) -> CheckedTarget:
        if isinstance(found, ApiError):
            return CheckedTarget(target, None, found, tuple(faults))
        is_immediate = self.request.scheduled_time is None and not self.request.draft
        refusal = ended_authorization(found) if is_immediate else None
        return CheckedTarget(target, found, refusal, (*faults, *self.further_faults(found)))

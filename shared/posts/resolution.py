"""Resolving a well-formed request: its accounts, and its media as stored files."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from shared import clock
from shared.config import Settings
from shared.domain.errors import ApiError, ErrorCode, InvalidRequest, Violation
from shared.domain.media import MediaAsset
from shared.domain.submission import Submission, Target
from shared.domain.targets import (
    RequestedTarget,
    ResolvedTarget,
    ended_authorization,
    repetitions,
    resolve,
)
from shared.gcp.accounts import integration_from, integration_path
from shared.media import library
from shared.platforms import registry
from shared.posts import checks
from shared.posts.findings import CheckedTarget, Findings
from shared.posts.request import PostRequest, parse
from shared.wiring import Parts

CheckPlan = Callable[[Collection[str]], None]
"""Raises ApiError if the user's plan does not include one of these platforms."""


def paths(user_id: str, request: PostRequest, settings: Settings) -> list[str]:
    """Paths of the documents that a `Resolution` needs."""
    return [
        *(integration_path(user_id, platform) for platform in request.platforms),
        *library.paths(user_id, request.media.values(), settings.media),
    ]


def files_of(submission: Submission) -> dict[str, MediaAsset]:
    """The files that a post already has, by their URLs: its `own_files`."""
    more = (asset for target in submission.targets for asset in target.content.media)
    try:
        urls = tuple(parse(submission.request).media.values())
    except InvalidRequest:
        # The rules have changed since the post was accepted.
        urls = ()
    return library.files_of_post(urls, submission.media, more)


def _no_files() -> dict[str, MediaAsset]:
    return {}


@dataclass(frozen=True)
class Resolution:
    """Makes all checks of a request beyond its shape, and downloads its external files."""

    request: PostRequest
    user_id: str
    mode: str
    """`live` or `test`, as the post's."""
    snapshots: Mapping[str, Any]
    """Those of `paths`."""
    parts: Parts
    before_fetch: Callable[[], None]
    keeps_time: bool = False
    """The request's scheduledTime was accepted before."""
    further_faults: Callable[[ResolvedTarget], list[Violation]] = lambda _: []
    """More checks of a target."""
    own_files: Mapping[str, MediaAsset] = field(default_factory=_no_files)
    """Of an existing post: its files by their URLs, which are never downloaded again."""

    def targets_and_media(self) -> tuple[tuple[Target, ...], tuple[MediaAsset, ...]]:
        """The request's targets with their content, and its media. Raises ApiError."""
        findings = self.findings()
        findings.require()
        return checks.targets_of(findings.resolved, self.request, findings.media), findings.media

    def findings(self) -> Findings:
        """All faults of the request at once, and its media.

        External files are downloaded and stored only if nothing else is wrong with the request.
        """
        now, settings = clock.now(), self.parts.settings.media
        known = library.known(
            self.user_id, self.request.media, self.snapshots, settings, self.own_files
        )
        findings = self._check(known.assets, tuple(known.violations), now)
        if not known.missing or not findings.is_valid:
            return findings
        self.before_fetch()
        try:
            stored = self.parts.intake.store_all(self.user_id, known.missing)
        except ApiError as failed:
            if failed.code is not ErrorCode.UPLOAD_FAILED:
                raise
            return replace(findings, failed_upload=failed)
        # With the time of the request: the download must not make a scheduledTime too early.
        return self._check({**known.assets, **stored}, (), now)

    def _check(
        self, assets: Mapping[str, MediaAsset], faults: tuple[Violation, ...], now: datetime
    ) -> Findings:
        request = self.request
        media = tuple(assets[place] for place in request.media if place in assets)
        complete = media if len(media) == len(request.media) else None
        resolved = self._resolve()
        repeated = repetitions(
            (one for one in resolved if isinstance(one, ResolvedTarget)), registry.display_name
        )
        contents = checks.ContentChecks(request, complete)
        checked = []
        for target, one in zip(request.targets, resolved, strict=True):
            # The content of a target that must be removed is not checked.
            repetition = repeated.get(target.path)
            own = [repetition] if repetition else contents.faults(target)
            checked.append(self._checked(target, one, own))
        time_faults = checks.time_faults(request, now, keeps_time=self.keeps_time)
        kind_faults = checks.kind_faults(request, complete or ())
        return Findings(tuple(checked), (*faults, *time_faults, *kind_faults), media)

    def _resolve(self) -> list[ResolvedTarget | ApiError]:
        integrations = {
            integration.platform: integration
            for platform in self.request.platforms
            if (integration := integration_from(self._snapshot(platform)))
        }
        return resolve(self.request.targets, integrations, registry.display_name)

    def _snapshot(self, platform: str) -> Any:
        return self.snapshots[integration_path(self.user_id, platform)]

    def _checked(
        self, target: RequestedTarget, resolved: ResolvedTarget | ApiError, faults: list[Violation]
    ) -> CheckedTarget:
        faults = [*faults, *self._simulation_faults(target)]
        if isinstance(resolved, ApiError):
            return CheckedTarget(target, None, resolved, tuple(faults))
        is_immediate = self.request.scheduled_time is None and not self.request.draft
        refusal = ended_authorization(resolved, registry.display_name) if is_immediate else None
        return CheckedTarget(target, resolved, refusal, (*faults, *self.further_faults(resolved)))

    def _simulation_faults(self, target: RequestedTarget) -> list[Violation]:
        """A post that reaches the platform must not look as if its outcome could be chosen."""
        if target.options.get("simulate") is None or self.parts.settings.simulates(self.mode):
            return []
        message = (
            "Only posts that are sent with a test key are simulated, and only where TEST_MODE is "
            "on. Leave this option out."
        )
        field = f"{target.path}.options.simulate"
        return [Violation(field, "invalid_option", message, target.platform)]

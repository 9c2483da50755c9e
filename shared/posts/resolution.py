"""What a well-formed request comes to: the accounts that it means, and files that are stored."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shared import clock
from shared.config import Settings
from shared.domain.accounts import Integration
from shared.domain.errors import InvalidRequest, Violation
from shared.domain.media import MediaAsset
from shared.domain.targets import ResolvedTarget, resolve
from shared.gcp.accounts import integration_from, integration_path
from shared.media import library
from shared.posts import checks
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

    def targets_and_media(self) -> tuple[list[ResolvedTarget], list[MediaAsset]]:
        """The accounts that the request means and its media, those of elsewhere now stored.

        Raises ApiError. All violations at once, but for those of files that are not here yet:
        they are only fetched for a request that is right otherwise.
        """
        request = self.request
        known = library.known(self.user_id, request.media, self.found, self.parts.settings.media)
        media = [known.assets[place] for place in request.media if place in known.assets]
        is_complete = len(media) == len(request.media)
        resolved, faults = self._resolve()
        faults += [*known.faults, *checks.time_faults(request, clock.now())]
        faults += checks.limit_faults(request, media if is_complete else None)
        if faults:
            raise InvalidRequest(faults)
        return resolved, media if is_complete else self._fetch(known)

    def _resolve(self) -> tuple[list[ResolvedTarget], list[Violation]]:
        integrations = {
            integration.platform: integration
            for platform in self.request.platforms
            if (integration := self._integration(platform))
        }
        try:
            return resolve(self.request.targets, integrations), []
        except InvalidRequest as repeated:
            return [], list(repeated.violations)

    def _integration(self, platform: str) -> Integration | None:
        return integration_from(self.found[integration_path(self.user_id, platform)])

    def _fetch(self, known: library.Known) -> list[MediaAsset]:
        self.before_fetch()
        assets = {**known.assets, **self.parts.intake.take_all(self.user_id, known.missing)}
        media = [assets[place] for place in self.request.media]
        faults = checks.limit_faults(self.request, media)
        if faults:
            raise InvalidRequest(faults)
        return media

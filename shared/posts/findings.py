"""The result of the checks of a request, for each target and for the whole request.

POST /v1/posts rejects a request with any violation, with the error that comes first;
POST /v1/posts/validate returns all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.errors import ApiError, ErrorCode, InvalidRequest, Violation
from shared.domain.media import MediaAsset
from shared.domain.targets import RequestedTarget, ResolvedTarget, unconnected
from shared.platforms import registry


@dataclass(frozen=True)
class CheckedTarget:
    """The result for one target."""

    requested: RequestedTarget
    resolved: ResolvedTarget | None
    """None if no account matches."""
    refusal: ApiError | None
    """Why no account matches, or that the account must be reconnected first."""
    faults: tuple[Violation, ...]

    @property
    def is_valid(self) -> bool:
        return self.refusal is None and not self.faults


@dataclass(frozen=True)
class Findings:
    """The result for a request."""

    targets: tuple[CheckedTarget, ...]
    """One for each target, in the order of the request."""
    faults: tuple[Violation, ...]
    """Those of the whole request, not of one target."""
    media: tuple[MediaAsset, ...] = ()
    """The stored media of the request, in their order."""
    failed_upload: ApiError | None = None
    """The error for media that could not be downloaded or stored."""

    @property
    def is_valid(self) -> bool:
        is_valid = not self.faults and self.failed_upload is None
        return is_valid and all(target.is_valid for target in self.targets)

    @property
    def resolved(self) -> list[ResolvedTarget]:
        """The targets with their accounts."""
        return [target.resolved for target in self.targets if target.resolved]

    def require(self) -> None:
        """Raises the first ApiError, if there is any, with all violations of its kind."""
        refusals = [target.refusal for target in self.targets if target.refusal]
        _refuse_unresolved(refusals)
        faults = [*self.faults, *(fault for target in self.targets for fault in target.faults)]
        if faults:
            # Several accounts of one platform share the text of the request, and so its violations.
            raise InvalidRequest(list(dict.fromkeys(faults)))
        for refusal in (*refusals, self.failed_upload):
            if refusal is not None:
                raise refusal


def _refuse_unresolved(refusals: Sequence[ApiError]) -> None:
    missing = [one for one in refusals if one.code is ErrorCode.MISSING_INTEGRATIONS]
    if missing:
        names = [name for one in missing for name in one.details["missingPlatforms"]]
        raise unconnected(names, registry.display_name)
    for refusal in refusals:
        if refusal.code is ErrorCode.MISSING_ACCOUNT:
            raise refusal

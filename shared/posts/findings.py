"""What the checks of a request found: a verdict for each target, and the faults of the whole.

POST /v1/posts refuses a request that is not right in every point, with the error that comes
first; POST /v1/posts/validate says all of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain.errors import ApiError, ErrorCode, InvalidRequest, Violation
from shared.domain.media import MediaAsset
from shared.domain.targets import RequestedTarget, ResolvedTarget, unconnected
from shared.platforms import registry


@dataclass(frozen=True)
class Verdict:
    """What was found of one target."""

    requested: RequestedTarget
    resolved: ResolvedTarget | None
    """None if it means no account."""
    refusal: ApiError | None
    """Why it means none, or that its account must be reconnected first."""
    faults: tuple[Violation, ...]

    @property
    def is_right(self) -> bool:
        return self.refusal is None and not self.faults


@dataclass(frozen=True)
class Findings:
    """What was found of a request."""

    verdicts: tuple[Verdict, ...]
    """One for each target, in the order of the request."""
    faults: tuple[Violation, ...]
    """Of the whole request, not of one target."""
    media: tuple[MediaAsset, ...] = ()
    """The request's media in their order, as far as they are stored."""
    failed_upload: ApiError | None = None
    """Which of its media could not be had."""

    @property
    def is_right(self) -> bool:
        is_well = not self.faults and self.failed_upload is None
        return is_well and all(verdict.is_right for verdict in self.verdicts)

    @property
    def resolved(self) -> list[ResolvedTarget]:
        """The accounts that the request means."""
        return [verdict.resolved for verdict in self.verdicts if verdict.resolved]

    def require(self) -> None:
        """Raises the ApiError that comes first, if anything is wrong: with all of its kind."""
        refusals = [verdict.refusal for verdict in self.verdicts if verdict.refusal]
        _refuse_unresolved(refusals)
        faults = [*self.faults, *(fault for verdict in self.verdicts for fault in verdict.faults)]
        if faults:
            # Several accounts of one platform share the text of the request, and so its faults.
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

"""What the jobs on a platform have in common: how its answers are read."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from shared.domain.errors import OutcomeUnknown, PlatformError, PlatformUnavailable
from shared.platforms.about import About
from shared.platforms.http import Answer, Reading


class Job(ABC):
    about: ClassVar[About]

    @abstractmethod
    def error_of(self, answer: Answer) -> PlatformError:
        """The error that a 4xx answer means."""

    def accepted(self, answer: Answer) -> dict[str, Any]:
        """The fields of a 2xx answer. Raises the platform's error for any other."""
        if not answer.ok:
            raise self.error_of(answer)
        return answer.fields()

    def shown(self, reading: Reading) -> dict[str, Any]:
        """The fields of a read.

        Raises TokenExpired, ReconnectRequired, RateLimited, PlatformUnavailable or ReadRefused.
        """
        if not reading.ok:
            raise reading.refusal(self.about.display_name, self.error_of)
        return reading.fields()

    def published(self, answer: Answer) -> dict[str, Any]:
        """As `accepted`, for the visible request: after a passing failure it may be live."""
        try:
            return self.accepted(answer)
        except PlatformUnavailable as error:
            raise OutcomeUnknown(
                f"{self.about.display_name} failed while publishing this. It may or may not be "
                "live; Soku is looking it up.",
                platform_code=error.platform_code,
                platform_message=error.platform_message,
            ) from error

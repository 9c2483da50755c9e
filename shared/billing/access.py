"""Whether a subscription allows what one of our pages asks for."""

from collections.abc import Callable, Collection
from typing import Any

from shared import clock
from shared.domain.subscription import denial
from shared.gcp.users import subscription_from
from shared.platforms import registry
from shared.wiring import Parts


def plan_check(subscription: Any, parts: Parts, then: str) -> Callable[[Collection[str]], None]:
    """A check of the platforms that a post is for, which raises ApiError forbidden.

    `subscription`: the snapshot. `then`: how to try again, as in "then retry the post".
    """
    stored = subscription_from(subscription)

    def check(platforms: Collection[str]) -> None:
        names = {name: registry.display_name(name) for name in platforms}
        denied = denial(stored, parts.settings.billing, clock.now(), names)
        if denied:
            raise denied.error(then)

    return check

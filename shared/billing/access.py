"""Whether a subscription allows what a request asks for."""

from collections.abc import Callable, Collection, Iterable
from typing import Any

from shared import clock
from shared.domain.errors import ApiError, ErrorCode
from shared.domain.subscription import Subscription, denial
from shared.gcp.users import subscription_from
from shared.platforms import registry
from shared.wiring import Parts


def check_plan(
    subscription: Subscription, platforms: Iterable[str], parts: Parts, then: str
) -> None:
    """Raises ApiError forbidden, also if the plan does not include one of the platforms.

    `then`: how to try again, as in "then retry the post".
    """
    names = {name: registry.display_name(name) for name in platforms}
    denied = denial(subscription, parts.settings.billing, clock.now(), names)
    if denied:
        raise ApiError(ErrorCode.FORBIDDEN, denied.message(then), denied.details)


def plan_check(subscription: Any, parts: Parts, then: str) -> Callable[[Collection[str]], None]:
    """`check_plan` for the platforms that a post is for. `subscription`: the snapshot."""
    stored = subscription_from(subscription)
    return lambda platforms: check_plan(stored, platforms, parts, then)

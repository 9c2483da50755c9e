"""Faults on demand: what goes wrong, and for which requests."""

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPMethod
from typing import Any

MODES = (
    "status",
    "timeout_before",
    "accept_then_timeout",
    "accept_then_500",
    "reset_before",
    "accept_then_reset",
    "expired_token",
    "revoked_token",
    "rate_limit",
    "processing_stuck",
    "processing_failed",
    "slow",
    "quota",
)
# The further keys of a mode, and whether they are required.
_PARAMETERS: dict[str, dict[str, bool]] = {
    "status": {"status": True, "body": False},
    "rate_limit": {"retryAfter": False},
    "quota": {"retryAfter": False, "variant": False},
    "slow": {"seconds": True},
}
_COMMON = {"match", "mode", "times", "after"}
DEFAULT_RETRY_AFTER = 60.0  # seconds


class BadFault(ValueError):
    """The description of a fault is not valid. The text is a sentence for the caller."""


@dataclass
class Fault:
    """`mode` applies to `times` matching requests, after the first `after` of them."""

    method: str
    prefix: str
    mode: str
    times: int = 1
    after: int = 0
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def retry_after(self) -> float:
        """Seconds until the platform would accept requests again."""
        return float(self.parameters.get("retryAfter", DEFAULT_RETRY_AFTER))

    def matches(self, method: str, path: str) -> bool:
        """Whether the fault applies to such a request."""
        return method == self.method and path.startswith(self.prefix)

    def as_json(self) -> dict[str, Any]:
        """The fault as it was described, with what is left of `times` and `after`."""
        match = f"{self.method} {self.prefix}"
        counts = {"match": match, "mode": self.mode, "times": self.times, "after": self.after}
        return counts | self.parameters


class FaultQueue:
    """Faults in the order in which they were added. The caller holds the platform's lock."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Add a fault."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Forget all faults."""
        self._faults.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that applies to this request: the oldest one that matches and is due."""
        for fault in self._faults:
            if not fault.matches(method, path):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            fault.times -= 1
            if fault.times == 0:
                self._faults.remove(fault)
            return fault
        return None


def read_fault(body: object) -> Fault:
    """The fault that a JSON body describes. Raises BadFault."""
    if not isinstance(body, dict):
        raise BadFault("A fault is a JSON object with match, mode and times.")
    mode = body.get("mode")
    if mode not in MODES:
        raise BadFault(f"mode must be one of {', '.join(MODES)}.")
    method, prefix = _match(body.get("match"))
    parameters = _parameters(mode, body)
    times = _count(body, "times", default=1, least=1)
    after = _count(body, "after", default=0, least=0)
    return Fault(method, prefix, mode, times, after, parameters)


def _match(value: object) -> tuple[str, str]:
    method, _, prefix = value.partition(" ") if isinstance(value, str) else ("", "", "")
    if method not in HTTPMethod.__members__ or not prefix.startswith("/"):
        raise BadFault('match must be a method and the beginning of a path: "POST /2/tweets".')
    return method, prefix


def _count(body: dict[str, Any], name: str, default: int, least: int) -> int:
    value = body.get(name, default)
    if type(value) is not int or value < least:
        raise BadFault(f"{name} must be a whole number of at least {least}.")
    return value


def _parameters(mode: str, body: dict[str, Any]) -> dict[str, Any]:
    known = _PARAMETERS.get(mode, {})
    given = {name: value for name, value in body.items() if name not in _COMMON}
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise BadFault(f"The mode {mode} does not support {', '.join(unknown)}.")
    for name, needed in known.items():
        if needed and name not in given:
            raise BadFault(f"The mode {mode} requires {name}.")
    for name, value in given.items():
        is_valid, sentence = _RULES[name]
        if not is_valid(value):
            raise BadFault(sentence)
    return given


def _is_duration(value: object) -> bool:
    return type(value) in (int, float) and value >= 0  # type: ignore[operator]


_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "status": (
        lambda value: type(value) is int and 200 <= value <= 599,
        "status must be a whole number from 200 to 599.",
    ),
    "body": (
        lambda value: isinstance(value, dict | list | str),
        "body must be JSON (an object or a list) or a string that is sent unchanged.",
    ),
    "retryAfter": (_is_duration, "retryAfter must be a number of seconds, at least 0."),
    "seconds": (_is_duration, "seconds must be a number of at least 0."),
    "variant": (lambda value: isinstance(value, str), "variant must be a string."),
}

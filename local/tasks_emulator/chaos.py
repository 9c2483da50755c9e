"""Deliveries that fail on demand, as the real service's sometimes do."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from pydantic.alias_generators import to_camel


@dataclass(frozen=True)
class Chaos:
    """What happens to deliveries; the defaults are a service without failures."""

    duplicate: float = 0.0
    """The probability, from 0 to 1, that a task is delivered twice."""
    drop_first: int = 0
    """How many deliveries from now on are lost: the task is deleted without being received."""
    delay_seconds: float = 0.0
    """How late each delivery is, by the shared clock."""
    concurrent_duplicates: bool = False
    """Both deliveries are sent at the same time, not one after the other."""

    def json(self) -> dict[str, object]:
        return {to_camel(name): value for name, value in asdict(self).items()}


def read(fields: Mapping[str, object]) -> Chaos:
    """The chaos in a request's JSON object. Raises ValueError with a message."""
    unknown = sorted(set(fields) - set(Chaos().json()))
    if unknown:
        raise ValueError(f"Unknown field {unknown[0]!r}.")
    duplicate = number(fields, "duplicate")
    if duplicate > 1:
        raise ValueError("duplicate must be a number from 0 to 1.")
    drop_first = fields.get("dropFirst", 0)
    if isinstance(drop_first, bool) or not isinstance(drop_first, int) or drop_first < 0:
        raise ValueError("dropFirst must be a whole number, 0 or more.")
    concurrent = fields.get("concurrentDuplicates", False)
    if not isinstance(concurrent, bool):
        raise ValueError("concurrentDuplicates must be true or false.")
    return Chaos(duplicate, drop_first, number(fields, "delaySeconds"), concurrent)


def number(fields: Mapping[str, object], name: str) -> float:
    """The finite number, 0 or more, in the field `name`; 0 if it is missing."""
    value = fields.get(name, 0.0)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} must be a number, 0 or more.")
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"{name} must be a finite number, 0 or more.")
    return float(value)

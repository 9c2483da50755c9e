"""Deliveries that go wrong on demand, as the real service's sometimes do."""

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Chaos:
    """What happens to deliveries; the defaults are a faultless service."""

    duplicate: float = 0.0
    """The probability, 0 to 1, that a delivery is made twice."""
    drop_first: int = 0
    """So many deliveries from now on are lost: the task is gone and nobody received it."""
    delay_seconds: float = 0.0
    """Each delivery is made this much after its time, on the business clock."""
    concurrent_duplicates: bool = False
    """The second of two deliveries is sent together with the first, not after its answer."""

    def json(self) -> dict[str, object]:
        """The same in the spelling of `POST /chaos`."""
        return {
            "duplicate": self.duplicate,
            "dropFirst": self.drop_first,
            "delaySeconds": self.delay_seconds,
            "concurrentDuplicates": self.concurrent_duplicates,
        }


def read(fields: Mapping[str, object]) -> Chaos:
    """The chaos that a request's JSON object asks for. Raises ValueError with a sentence."""
    unknown = sorted(set(fields) - set(Chaos().json()))
    if unknown:
        raise ValueError(f"There is no field {unknown[0]!r} here.")
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
    """The finite number, 0 or more, of this name; 0 when it is not there."""
    value = fields.get(name, 0.0)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{name} must be a number, 0 or more.")
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"{name} must be a finite number, 0 or more.")
    return float(value)

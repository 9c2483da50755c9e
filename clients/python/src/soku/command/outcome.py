"""What the command says when it cannot tell what became of a post or a reply."""

from collections.abc import Iterator
from contextlib import contextmanager

from soku.errors import SokuError


class Uncertain(SokuError):
    """What was asked may have happened."""


@contextmanager
def uncertain(advice: str, kind: type[SokuError] = SokuError) -> Iterator[None]:
    """An error of this kind says nothing about what was asked. `advice`: what to do."""
    try:
        yield
    except kind as error:
        raise Uncertain(f"{error}\n{advice}") from error

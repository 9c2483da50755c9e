"""How far a post has come that is made from containers."""

from dataclasses import dataclass

from shared.platforms import base


@dataclass(frozen=True)
class Checkpoint(base.Checkpoint):
    """The containers of a post."""

    items: tuple[str | None, ...] = ()
    """Containers of the items of a carousel, in order; None for one that must be created again."""
    ready: int = 0
    """Items that have finished, counted from the first."""
    container: str | None = None
    """The container that is published."""
    finished: bool = False
    """It can be published."""
    polls: int = 0
    """Polls of the current container."""
    misses: int = 0
    """How often the current container was not found."""
    races: int = 0
    """How often publishing was refused because the container was not ready."""
    failures: int = 0
    """Containers of this post that failed."""

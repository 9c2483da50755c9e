"""How far a post has come on Instagram: the state of its containers."""

from shared.platforms.meta.checkpoint import Checkpoint

__all__ = ["Checkpoint"]

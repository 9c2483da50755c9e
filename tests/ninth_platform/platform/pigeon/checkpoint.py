"""How far a note has come: it is published in one step."""

from shared.platforms import base


class Checkpoint(base.Checkpoint):
    """Always the start."""

"""The options of a note."""

from shared.platforms.limits import Options


class PigeonOptions(Options):
    urgent: bool | None = None
    """Whether the pigeon flies at night; it sleeps when omitted."""

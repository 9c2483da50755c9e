"""Why the local stack cannot start or go on; each text is for the person at the terminal.

StackError
├── PortTaken     somebody else listens where a part should
├── PartMissing   a program that a part needs is not installed; the text says how to get it
├── PartFailed    a part ended, or does not answer; the text names its log
└── AlreadyRunning
"""


class StackError(Exception):
    """The local stack cannot go on. Its text names the command that mends it."""


class PortTaken(StackError):
    """A port that was asked for is in use."""


class PartMissing(StackError):
    """A program is not installed."""


class PartFailed(StackError):
    """A part ended by itself, or does not do its work."""


class AlreadyRunning(StackError):
    """Another stack works in the same directory."""

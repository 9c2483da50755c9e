"""Why the local stack cannot start or continue; each message is for the user at the terminal.

StackError
├── PortTaken       a port that a part needs is in use
├── PartMissing     a program is not installed; the message says how to install it
├── PartFailed      a part ended or does not respond; the message names its log
└── AlreadyRunning
"""


class StackError(Exception):
    """The local stack cannot continue. The message names the command that fixes it."""


class PortTaken(StackError):
    """A port is in use."""


class PartMissing(StackError):
    """A program is not installed."""


class PartFailed(StackError):
    """A part ended unexpectedly, or does not work."""


class AlreadyRunning(StackError):
    """Another stack uses the same directory."""

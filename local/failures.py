"""Why the local stack cannot start or continue; each message is for the user at the terminal."""


class StackError(Exception):
    """The local stack cannot continue. The message names the command that fixes it."""


class PortTaken(StackError):
    """A port that a part needs is in use."""


class PartMissing(StackError):
    """A program is not installed. The message says how to install it."""


class PartFailed(StackError):
    """A part ended or does not respond. The message names its log."""


class AlreadyRunning(StackError):
    """Another stack uses the same directory."""


class NotWritable(StackError):
    """The stack cannot write its files."""


class WrongSetting(StackError):
    """A variable of the environment is wrong. The message names it."""

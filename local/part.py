"""What runs between `start` and `stop`, in a `with` statement, too."""

from abc import ABC, abstractmethod
from typing import Self

from local.child_process import ChildProcess


class Part(ABC):
    @abstractmethod
    def start(self) -> None:
        """Start, and return when it is ready."""

    @abstractmethod
    def stop(self) -> None:
        """Stop it."""

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class Emulator(Part):
    """A process. Start it in a thread that lives as long as it should: see ChildProcess."""

    process: ChildProcess

    @abstractmethod
    def wait_until_ready(self) -> None:
        """Wait until the started process can be used. Raises PartFailed."""

    def start(self) -> None:
        """Start the process, and wait until it can be used. Raises PartFailed."""
        self.process.start()
        self.wait_until_ready()

    def stop(self) -> None:
        """Stop it. Data that is not on a disk is lost."""
        self.process.stop()

"""What the tests of all twins share."""

import pytest

from shared import clock


class MovableOffset:
    """Replaces the file that moves the clock. `moved`: seconds."""

    moved = 0.0

    def seconds(self) -> float:
        return self.moved


@pytest.fixture
def offset(monkeypatch: pytest.MonkeyPatch) -> MovableOffset:
    movable = MovableOffset()
    monkeypatch.setattr(clock, "_offset", movable)
    return movable

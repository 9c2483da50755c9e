"""How much a test does: enough for every commit, or all of it for `make test-full`."""

import os

FULL = os.environ.get("SOKU_TEST_FULL") == "1"


def scaled(normal: int, full: int) -> int:
    """A number of rounds, posts or examples."""
    return full if FULL else normal

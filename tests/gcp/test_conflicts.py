"""Changes that others overtake are made again from what is stored then."""

import pytest

from shared.gcp.firestore import CONFLICT_TRIES, PreconditionFailed, retry_conflicts


class _Document:
    """Someone else changes it before each of the first `conflicts` changes."""

    def __init__(self, conflicts: int) -> None:
        self.version = 0
        self.conflicts = conflicts
        self.reads = 0

    def read(self) -> int:
        self.reads += 1
        return self.version

    def change(self, version: int) -> str:
        if self.conflicts:
            self.conflicts -= 1
            self.version += 1
        if version != self.version:
            raise PreconditionFailed("someone else changed it")
        return f"changed version {version}"


def test_a_change_is_made_again_from_the_newer_version() -> None:
    document = _Document(conflicts=3)
    assert retry_conflicts("document", document.read, document.change) == "changed version 3"
    assert document.reads == 4


def test_a_version_that_was_read_before_is_not_read_again() -> None:
    document = _Document(conflicts=0)
    result = retry_conflicts("document", document.read, document.change, first=document.version)
    assert (result, document.reads) == ("changed version 0", 0)


def test_a_document_that_keeps_changing_is_given_up() -> None:
    document = _Document(conflicts=CONFLICT_TRIES)
    with pytest.raises(PreconditionFailed, match="document changed during each of 20 tries"):
        retry_conflicts("document", document.read, document.change)
    assert document.reads == CONFLICT_TRIES
    last = _Document(conflicts=CONFLICT_TRIES - 1)
    assert retry_conflicts("document", last.read, last.change) == "changed version 19"


def test_a_conflict_while_reading_is_no_conflict_of_the_change() -> None:
    def read() -> int:
        raise PreconditionFailed("taken over")

    with pytest.raises(PreconditionFailed, match="taken over"):
        retry_conflicts("document", read, lambda _: None)

"""A deployment installs only packages whose files are the ones that were locked."""

import re

import pytest

from tests.conftest import ROOT

_LOCKED = (ROOT / "requirements.txt").read_text()
# A pin and its continuation lines.
_PINS = re.findall(r"^([\w.\[\]-]+)==(\S+)((?:.*\\\n)*.*)$", _LOCKED, re.MULTILINE)


def test_every_line_is_a_pin_a_hash_or_a_comment() -> None:
    """With one hash, pip demands a hash for every package."""
    lines = [line for line in _LOCKED.splitlines() if not re.match(" *#|    --hash=sha256:", line)]
    assert len(lines) == len(_PINS) > 30
    for line in lines:
        assert re.fullmatch(r"[\w.\[\]-]+==[^ ]+( ; .+)? \\", line), line


@pytest.mark.parametrize(("name", "rest"), [(name, rest) for name, _, rest in _PINS])
def test_every_package_has_hashes(name: str, rest: str) -> None:
    hashes = re.findall(r"--hash=sha256:([0-9a-f]{64})(?: \\)?$", rest, re.MULTILINE)
    assert hashes
    assert len(set(hashes)) == len(hashes)


def test_compiled_packages_have_the_hashes_of_several_platforms() -> None:
    """A lock of one machine has one hash of each, and the next machine cannot install it."""
    counts = {name: rest.count("--hash") for name, _, rest in _PINS}
    for name in ("cryptography", "grpcio", "pillow", "pydantic-core", "tink", "protobuf"):
        assert counts[name] > 5, name


def test_the_packages_of_development_are_the_same_versions() -> None:
    development = dict(
        re.findall(
            r"^([\w.\[\]-]+)==(\S+)", (ROOT / "requirements-dev.txt").read_text(), re.MULTILINE
        )
    )
    deployed = {name: version for name, version, _ in _PINS}
    assert deployed.items() <= development.items()

"""The commands as the operator runs them: as separate processes, piped into each other."""

import os
import subprocess
import sys

from shared.domain.accounts import Tokens
from shared.gcp.cipher import TokenCipher
from tests.cli.conftest import environment
from tests.conftest import ROOT
from tests.world import World


def _start(*argv: str, stdin: str = "", **variables: str) -> "subprocess.CompletedProcess[str]":
    inherited = {name: os.environ[name] for name in ("PATH", "CLOCK_OFFSET_FILE")}
    return subprocess.run(
        [sys.executable, "-m", "shared.cli", *argv],
        cwd=ROOT,
        env=inherited | variables,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_keyset_is_created_and_rotated_without_any_configuration() -> None:
    first = _start("keyset", "new")
    assert (first.returncode, first.stderr) == (0, "")
    second = _start("rotate-keyset", stdin=first.stdout)
    assert (second.returncode, second.stderr) == (0, "")
    ids = {"user_id": "ann", "platform": "x", "account_id": "x_ann"}
    old, new = TokenCipher(first.stdout), TokenCipher(second.stdout)
    sealed = old.seal(Tokens("a1"), **ids)
    assert new.open(sealed, **ids) == Tokens("a1")
    assert not new.is_sealed_with_primary(sealed)
    assert new.is_sealed_with_primary(new.seal(Tokens("a1"), **ids))


def test_a_stuck_post_is_replayed_from_a_separate_process(
    world: World, firestore_emulator: str
) -> None:
    variables = environment(world.parts.settings, world.tasks.address)
    variables["FIRESTORE_EMULATOR_HOST"] = firestore_emulator
    post = world.submit("Hello", "x")
    world.tasks.clear()
    replayed = _start("replay", post, **variables)
    assert replayed.returncode == 0, replayed.stderr
    world.deliver_due()
    assert world.visible("x") == ["Hello"]


def test_wrong_usage_and_a_missing_variable_have_different_exit_codes() -> None:
    assert _start("user", "make").returncode == 2
    refused = _start("user", "show", "ann")
    assert refused.returncode == 1
    assert (
        refused.stderr
        == "soku: The environment is incomplete or wrong: GOOGLE_CLOUD_PROJECT is not set.\n"
    )

"""Adding a platform takes three folders and changes no other file.

A copy of the source gets the folders, and the tests that concern every platform run there.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
FOLDERS = ("shared", "functions", "local", "tests", "deploy", "docs")
FILES = ("deploy.sh", "main.py", "pyproject.toml", "firestore.rules", "firestore.indexes.json")
PLACES = {
    "platform": "shared/platforms",
    "twin": "local/platforms",
    "tests": "tests/platforms",
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source with Pigeon's folders in the places of a platform's folders."""
    copy = tmp_path_factory.mktemp("checkout")
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, copy / folder)
    for file in FILES:
        shutil.copy(ROOT / file, copy)
    for part, place in PLACES.items():
        shutil.copytree(HERE / part / "pigeon", copy / place / "pigeon")
    return copy


def _run(checkout: Path, *command: str) -> str:
    run = subprocess.run(
        command, cwd=checkout, capture_output=True, text=True, timeout=100, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.mark.full
def test_it_fulfills_the_contract_of_every_platform(checkout: Path) -> None:
    """It is published, a lost answer is looked up, its limits hold, the API describes it."""
    files = (
        "tests/platforms/test_contract.py",
        "tests/platforms/test_connecting.py",
        "tests/platforms/test_authorizations.py",
        "tests/platforms/test_metrics_contract.py",
        "tests/platforms/pigeon",
        "tests/test_architecture.py",
        "tests/functions/test_api_targets.py",
        "tests/functions/test_api_description_clients.py",
    )
    chosen = (
        "pigeon or mirror or every_login or platforms_exist or each_platform_has_a_named_target"
    )
    options = ("-v", "-n0", "-p", "no:cacheprovider", "-k", chosen)
    output = _run(checkout, sys.executable, "-m", "pytest", *options, *files)
    for test in (
        "test_a_post_becomes_visible_once_as_submitted[pigeon-note]",
        "test_a_lost_answer_is_looked_up_and_nothing_is_sent_twice[accept_then_reset-pigeon-note]",
        "test_a_post_that_the_platform_does_not_support_is_refused[pigeon-text]",
        "test_every_login_is_tested",
        "test_who_allows_everything_gets_the_account[pigeon-profile]",
        "test_the_description_of_the_api_has_it_and_its_options",
        "test_a_platform_gives_numbers_only_with_a_job_of_its_own[pigeon]",
        "test_messages_have_its_display_name",
        "test_twins_and_tests_mirror_the_platforms",
        "test_every_platform_has_the_core_files[pigeon]",
    ):
        assert f"{test} PASSED" in output


@pytest.mark.full
def test_it_gets_its_own_queue(checkout: Path) -> None:
    plan = _run(checkout, "./deploy.sh", "--project", "p", "--region", "r", "--dry-run")
    assert "gcloud tasks queues create publish-pigeon " in plan


@pytest.mark.full
def test_a_limit_that_is_taken_for_a_refusal_breaks_the_contract(
    checkout: Path, tmp_path: Path
) -> None:
    """Even where the contract itself leaves the limit out."""
    copy = Path(shutil.copytree(checkout, tmp_path / "checkout"))
    errors = copy / "shared/platforms/pigeon/errors.py"
    errors.write_text(errors.read_text().replace("answer.status == 429", "answer.status == 0"))
    contract = copy / "tests/platforms/pigeon/contract.py"
    limit = '        Refusal("limit", 429, {}, RateLimited, ErrorCategory.RATE_LIMITED),\n'
    assert limit in contract.read_text()
    contract.write_text(contract.read_text().replace(limit, ""))
    options = ("-q", "-n0", "-p", "no:cacheprovider", "-k", "pigeon", "-m", "not emulator")
    command = (sys.executable, "-m", "pytest", *options, "tests/platforms/test_contract.py")
    run = subprocess.run(
        command, cwd=copy, capture_output=True, text=True, timeout=100, check=False
    )
    assert "the CONTRACT of pigeon has no Refusal that means RateLimited" in run.stdout
    assert "FAILED tests/platforms/test_contract.py::test_a_429_never_fails_a_post" in run.stdout

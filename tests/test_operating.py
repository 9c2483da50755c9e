"""docs/operating.md: its filters match the logs, its commands exist, its warning is true."""

import re
import shlex

import pytest

from shared.cli.command import parser
from tests.conftest import ROOT
from tests.world import World

PAGE = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
SOURCE = "\n".join(
    path.read_text(encoding="utf-8")
    for folder in ("shared", "functions")
    for path in (ROOT / folder).rglob("*.py")
)


def test_the_filters_of_the_alerts_match_messages_in_the_code() -> None:
    messages = re.findall(r'jsonPayload\.message[:=]~?"([^"$]+)\$?"', PAGE)
    assert len(messages) > 8
    logged = re.findall(r"log\.(?:info|warning|error|exception)\(\s*f?\"([^\"]+)\"", SOURCE)
    for message in messages:
        assert any(message in each for each in logged), message
    for field in re.findall(r"jsonPayload\.(\w+)=true", PAGE):
        assert f"{field}=True" in SOURCE


def test_the_commands_on_the_page_are_valid() -> None:
    lines = re.findall(r"python3 -m shared\.cli ([^`\n;>#&(]+)", PAGE)
    assert len(lines) > 5
    for line in lines:
        words = [word for word in shlex.split(line) if word != "[RUN]"]
        assert parser().parse_args(words).do


def test_every_command_is_on_the_page() -> None:
    names = re.findall(r"^    ([a-z-]+)(?:  |$)", parser().format_help(), re.MULTILINE)
    assert {"user", "rotate-keyset"} <= set(names)
    for name in names:
        assert f"`{name} " in PAGE or f"`{name}`" in PAGE or f"cli {name}" in PAGE, name


@pytest.mark.parametrize("removed", [False, True])
def test_a_restored_post_is_published_again_unless_it_is_removed(
    world: World, removed: bool
) -> None:
    post = world.submit("Restored", "threads")
    reference = world.parts.db.document(f"postSubmissions/{post}")
    backup = reference.get().to_dict()
    world.live_until_quiet()
    assert world.visible("threads") == ["Restored"]

    world.parts.db.recursive_delete(reference.collection("runs"))
    reference.set(backup)
    if removed:
        reference.delete()
    world.live_until_quiet()
    assert world.visible("threads") == ["Restored"] * (1 if removed else 2)

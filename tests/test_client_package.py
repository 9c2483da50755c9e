"""The Python client as others get it: built, checked, installed into an empty environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = [pytest.mark.full, pytest.mark.slow, pytest.mark.timeout(600)]

_PROGRAM = """
from datetime import date

from soku import Comment, Post, Reply, Soku, models


def publish(soku: Soku) -> str:
    target: models.XTarget = {"platform": "x", "text": "Hello, X"}
    post: Post = soku.posts.create(text="Hello", platforms=[target, "threads"])
    status: models.DisplayStatus = post.wait().status
    return f"{status} {post.links} {[account['username'] for account in soku.accounts.list()]}"


def change(soku: Soku, post: Post) -> None:
    content: models.PostContent = {"text": "Hello", "platform": ["x", {"platform": "threads"}]}
    post.edit({"post": {"content": content}, "notAfter": None})
    post.resolve("x", {"outcome": "not_published"}).retry({"text": "Hello again"})
    soku.accounts.change("x", "x_main", label="Ours", default=True)


def answer(soku: Soku) -> list[models.ReplyStatus]:
    comments: list[Comment] = list(soku.comments.list(state="open", platform="threads"))
    replies: list[Reply] = [comment.reply("Thanks!") for comment in comments if comment.text]
    soku.comments.mark_done([comment.id for comment in comments])
    return [reply.wait(5).status for reply in replies]


def measure(soku: Soku, post: Post) -> int | None:
    read: models.MetricsOverTime = soku.metrics.over_time(since=date(2030, 1, 1), group_by="day")
    print(read["from"], read["totals"].get("likes"), soku.metrics.over_time_as_csv())
    return soku.metrics.of_post(post.id)["platforms"][0]["metrics"].get("likes")


def draw(soku: Soku) -> Post:
    picture = soku.templates.draw("quote", {"text": "Hello"}, aspect_ratio="4:5")
    soku.media.save(picture["url"], "quote.jpg")
    return soku.posts.create(text="Hello", platforms=["x"], media=[picture["url"]])


def listen(soku: Soku) -> str:
    webhook = soku.webhooks.create("https://example.com/", events=["post.failed"])
    soku.webhooks.change(webhook["id"], enabled=False, events=["run.failed", "post.published"])
    for delivery in soku.webhooks.deliveries(webhook["id"]):
        soku.webhooks.redeliver(webhook["id"], delivery["id"])
    return soku.webhooks.new_secret(webhook["id"])["secret"]
"""


def _run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_is_installed_into_an_empty_environment_with_types_and_a_command(
    tmp_path: Path,
) -> None:
    binaries = tmp_path / "venv/bin"
    _run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    _run(binaries / "pip", "install", "-q", f"{ROOT / 'clients/python'}[mcp]", cwd=tmp_path)
    assert "post" in _run(binaries / "soku", "--help", cwd=tmp_path)
    _run(binaries / "python", "-c", "import soku.mcp_server", cwd=tmp_path)

    _run(binaries / "pip", "install", "-q", "mypy", "build", "twine", cwd=tmp_path)
    program = tmp_path / "program.py"
    program.write_text(_PROGRAM)
    _run(binaries / "mypy", "--strict", program, cwd=tmp_path)

    built = ("-m", "build", "--outdir", tmp_path / "dist", ROOT / "clients/python")
    _run(binaries / "python", *built, cwd=tmp_path)
    files = sorted((tmp_path / "dist").iterdir())
    assert {file.suffix for file in files} == {".whl", ".gz"}
    said = _run(binaries / "twine", "check", "--strict", *files, cwd=tmp_path)
    assert said.count("PASSED") == 2

"""What the command `soku` prints about posts, their times and itself."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from functions.api.openapi.document import VERSION
from shared import clock
from soku import Soku, SokuError
from soku.command import shown
from soku.command.main import main
from soku.posts import state_of
from tests.functions.api_client import ApiClient
from tests.functions.publishing import fault
from tests.functions.python_client import Command, command, soku
from tests.zones import machine_in

__all__ = ["command", "soku"]


@pytest.fixture(autouse=True)
def kolkata() -> Iterator[None]:
    """The command runs where the clock is 5 and a half hours ahead of UTC."""
    with machine_in("Asia/Kolkata"):
        yield


def test_a_scheduled_post_is_confirmed_at_the_time_of_this_machine(
    command: Command, soku: Soku
) -> None:
    at = f"{clock.now().year + 1}-01-05 08:00"
    code, said, _ = command("post", "Hello", "--to", "x", "--at", at)
    assert (code, said.splitlines()[1]) == (0, f"  x: scheduled for {at}+05:30")
    post_id = said.split()[0]
    assert f"{at}+05:30" in command("posts")[1]
    assert f"{at}+05:30" in command("open", post_id, "--no-browser")[1]
    [listed] = json.loads(command("posts", "--json")[1])
    assert listed["scheduledTime"] == f"{at[:10]}T02:30:00.000Z"
    # Other tests wait until nothing is left to do in this world.
    soku.posts.get(post_id).cancel()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--to", "x", "--at", ""), 'The time "" is not clear'),
        (("--to", "x:"), 'Write the ID of the account after "x:", or "x" alone.'),
    ],
)
def test_a_value_that_is_missing_publishes_nothing(
    command: Command, soku: Soku, options: tuple[str, ...], said: str
) -> None:
    code, _, complaint = command("post", "Hello", *options)
    assert (code, said in complaint) == (1, True)
    assert list(soku.posts.list()) == []


def test_a_name_alone_is_no_list(soku: Soku) -> None:
    with pytest.raises(SokuError, match=r'such as \["threads"\]'):
        soku.posts.create(text="Hello", platforms="threads")
    with pytest.raises(SokuError, match=r'such as \["cat\.jpg"\]'):
        soku.posts.create(text="Hello", platforms=["x"], media="cat.jpg")


def test_posts_are_listed_with_the_text_of_a_target_and_the_time_of_their_creation(
    command: Command, soku: Soku
) -> None:
    targets: Any = ["x", {"platform": "threads", "text": "Only on Threads"}]
    post = soku.posts.create(platforms=targets[1:], draft=True)
    soku.posts.create(platforms=targets, text="For all", draft=True)
    code, said, _ = command("posts")
    assert code == 0
    common, own = said.splitlines()
    assert common.endswith("  For all")
    made = shown.time(post.data["createdAt"])
    assert made.endswith("+05:30")
    assert own == f"{post.id}  draft             {made}  threads               Only on Threads"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2030-06-30T20:30:00.000Z", "2030-07-01 02:00+05:30"),
        ("9999-12-31T23:59:59.000Z", "9999-12-31T23:59:59.000Z"),
        ("soon\x1b[2J", "soon [2J"),
    ],
)
def test_a_time_is_shown_in_the_zone_of_this_machine(text: str, expected: str) -> None:
    assert shown.time(text) == expected


def test_a_post_that_was_deleted_from_its_platform_is_not_called_live() -> None:
    run: Any = {"runId": "x", "status": "succeeded", "permalink": "https://x.com/1"}
    assert shown.run(run) == "x: live at https://x.com/1"
    run["deletion"] = {"status": "failed"}
    assert state_of(run) == "live"
    run["deletion"] = {"status": "deleted"}
    assert shown.run(run) == "x: deleted"


def test_objects_of_the_client_are_short_in_a_shell(api: ApiClient, soku: Soku) -> None:
    fault(api.world, "x", "POST /2/tweets", "status", status=400)
    post = soku.posts.create(text="Hello", platforms=["x", "threads"])
    assert repr(post) == f"<Post {post.id} partially_failed, live: threads>"
    draft = soku.posts.create(text="Hello", platforms=["x"], draft=True)
    assert repr(draft) == f"<Post {draft.id} draft>"
    assert [repr(each) for each in soku.posts.list()] == [repr(draft), repr(post)]
    connection = soku.accounts.connect("x")
    assert repr(connection) == f"<Connection {connection.id}, at {connection.url}>"


def test_the_command_says_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert (ended.value.code, capsys.readouterr().out) == (0, f"soku {VERSION}\n")

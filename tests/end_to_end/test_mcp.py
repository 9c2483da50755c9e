"""`soku mcp` with the client of MCP's own SDK, as another process."""

import os
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import anyio
from mcp import Client as McpClient
from mcp import StdioServerParameters

from tests.conftest import ROOT
from tests.end_to_end.conftest import Client

READING = {
    *("list_accounts", "validate_post", "list_posts", "look_at_post"),
    *("list_comments", "look_at_comment", "post_metrics", "metrics_over_time"),
}
WRITING = {"publish_post", "schedule_post", "retry_post", "reply_to_comment"}


def _with_server(user: Client, act: Callable[[McpClient], Awaitable[None]], *options: str) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "clients/python/src"),
        "SOKU_URL": user.info["api"],
        "SOKU_API_KEY": user.headers["soku-api-key"],
    }
    command = ["-m", "soku.command.main", "mcp", *options]
    server = StdioServerParameters(command=sys.executable, args=command, env=environment)

    async def run() -> None:
        async with McpClient(server) as client:
            await act(client)

    # In a thread of its own: a browser's tests may have left a loop in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(anyio.run, run).result()


async def _said(client: McpClient, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    return ("error: " if result.is_error else "") + result.content[0].text


def test_it_only_reads_unless_it_may_write(user: Client) -> None:
    async def act(client: McpClient) -> None:
        tools = (await client.list_tools()).tools
        assert {tool.name for tool in tools} == READING
        assert all(tool.annotations.read_only_hint for tool in tools)
        assert "x:" in await _said(client, "list_accounts")
        said = await _said(client, "validate_post", text="Hello", to=["x"])
        assert said == "The post is valid. It is not published."
        said = await _said(client, "publish_post", text="Hello", to=["x"])
        assert "unknown" in said.lower()

    _with_server(user, act)
    assert user.visible("x", "Hello") == []


def test_it_publishes_once_schedules_and_says_what_is_live(user: Client) -> None:
    text = f"From an assistant {uuid4()}"

    async def act(client: McpClient) -> None:
        assert {tool.name for tool in (await client.list_tools()).tools} == READING | WRITING
        said = await _said(client, "publish_post", text=text, to=["x", "threads"])
        assert "- x: live at http" in said
        post_id = said.split()[1].rstrip(":")
        again = await _said(client, "publish_post", text=text, to=["x", "threads"])
        assert again.startswith(f"Post {post_id}: published")
        assert text in await _said(client, "list_posts", limit=5)
        later = await _said(client, "schedule_post", text=text, to=["x"], at=user.tomorrow())
        assert "x: scheduled for 20" in later
        assert "live" not in later
        assert (await _said(client, "retry_post", post_id=post_id)).startswith("error: ")
        refused = await _said(client, "publish_post", text=text, to=["myspace"])
        assert refused.startswith("error: ")
        assert "Platform 'myspace' does not exist" in refused
        file = await _said(client, "publish_post", text=text, to=["x"], media_urls=["/etc/passwd"])
        assert "must be at a public address" in file

    _with_server(user, act, "--write")
    assert len(user.visible("x", text)) == 1


def test_an_unconfirmed_post_is_never_called_live(user: Client) -> None:
    user.fault("x", "POST /2/tweets", "accept_then_reset")
    text = f"From an assistant {uuid4()}"

    async def act(client: McpClient) -> None:
        said = await _said(client, "publish_post", text=text, to=["x"])
        assert "x: unconfirmed. It may or may not be live" in said
        assert "x: live" not in said
        assert await _said(client, "look_at_post", post_id=said.split()[1].rstrip(":")) == said

    _with_server(user, act, "--write")

"""An assistant that uses the tools of `soku mcp`, in this process."""

from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
from mcp import Client

from soku import Soku
from soku.mcp_server import server_of


def ask(soku: Soku, act: Callable[[Client], Awaitable[None]], *, can_write: bool) -> None:
    async def run() -> None:
        async with Client(server_of(soku, can_write=can_write)) as client:
            await act(client)

    # In a thread of its own: a browser's tests may have left a loop in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(anyio.run, run).result()


async def said_by(client: Client, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    return ("error: " if result.is_error else "") + result.content[0].text

"""The message of a started stack."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from shared.platforms import registry

_FIRST_POST_TO = ("x", "threads")
_DEMO = "demo@example.com"


def welcome(info: Mapping[str, Any], directory: Path, seconds: float) -> str:
    """The addresses, the demo key, and commands to paste, which need only curl."""
    pages = "\n".join(
        f"  {registry.about(name).display_name:<12}{url}/_sim/"
        for name, url in info["platforms"].items()
    )
    key = info["users"]["demo"]["apiKey"]
    answer = directory / "post.json"
    return f"""\
Soku is ready after {seconds:.1f} s.

Open this address, and select {_DEMO} to sign in:

  {info["dashboard"]}/sign-in/google

  status      {info["dashboard"]}/status
  mails       {info["identity"]}/_sim/
  API         {info["api"]}
  API docs    {info["api"]}/docs
  key         {key}
  media       {info["media"]}/morning.jpg
  logs        {directory / "logs"}
  addresses   {directory / "stack.json"}

The feeds of the simulated platforms:
{pages}

Publish a post, then see what happened:

curl -sS -X POST {info["api"]}/v1/posts \\
  -H 'soku-api-key: {key}' \\
  -H 'Content-Type: application/json' \\
  -d '{_first_post(info["platforms"])}' \\
  | tee '{answer}'

curl -sS -H 'soku-api-key: {key}' \\
  "{info["api"]}/v1/posts/$(cut -d'"' -f4 '{answer}')?wait=60"

Faults, the clock, more users and options: docs/local.md
Press Ctrl-C to stop everything. The next start deletes the data, unless you use: KEEP=1 make run
"""


def _first_post(platforms: Mapping[str, str]) -> str:
    targets = [name for name in _FIRST_POST_TO if name in platforms]
    content = {"text": "Hello from Soku", "platform": targets}
    return json.dumps({"post": {"content": content}})

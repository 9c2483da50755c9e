"""What a started stack tells the person at the terminal."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_FIRST_POST_TO = ("x", "threads")


def welcome(info: Mapping[str, Any], directory: Path, seconds: float) -> str:
    """Addresses, the demo key and commands to paste. They need curl and nothing else."""
    pages = "\n".join(f"  {name:<12}{url}/_sim/" for name, url in info["platforms"].items())
    key = info["users"]["demo"]["apiKey"]
    answer = directory / "post.json"
    return f"""\
Soku is ready after {seconds:.1f} s.

  API         {info["api"]}
  described   {info["api"]}/docs
  key         {key}
  media       {info["media"]}/morning.jpg
  logs        {directory / "logs"}
  addresses   {directory / "stack.json"}

What the simulated platforms show:
{pages}

Publish a post, then read how it went:

curl -sS -X POST {info["api"]}/v1/posts \\
  -H 'soku-api-key: {key}' \\
  -H 'Content-Type: application/json' \\
  -d '{_first_post(info["platforms"])}' \\
  | tee '{answer}'

curl -sS -H 'soku-api-key: {key}' \\
  "{info["api"]}/v1/posts/$(cut -d'"' -f4 '{answer}')?wait=60"

Ctrl-C stops everything.
"""


def _first_post(platforms: Mapping[str, str]) -> str:
    targets = [name for name in _FIRST_POST_TO if name in platforms]
    content = {"text": "Hello from Soku", "platform": targets}
    return json.dumps({"post": {"content": content}})

"""From the acceptance of one post for eight accounts to the last of them visible."""

import statistics
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import requests

from local.seed import account_ids
from shared import clock

USER = "load"
WARM_UP = 2
# YouTube takes films alone; a second account on Instagram stands in for it.
_TARGETS = ("x", "threads", "linkedin", "facebook", "tiktok", "snapchat", "instagram", "instagram")

Figures = dict[str, float]


def measure(info: Mapping[str, Any], rounds: int) -> Figures:
    """`fanout_p50_s` of posts with a picture, which is stored before."""
    api = info["api"]
    headers = {"soku-api-key": info["users"][USER]["apiKey"]}
    asked = {"url": f"{info['media']}/evening.jpg"}
    stored = requests.post(f"{api}/v1/media", json=asked, headers=headers, timeout=60)
    picture = stored.json()["url"]
    taken = [_round(info, headers, picture, number) for number in range(rounds + WARM_UP)]
    return {"fanout_p50_s": statistics.median(taken[WARM_UP:])}


def _round(info: Mapping[str, Any], headers: Mapping[str, str], picture: str, number: int) -> float:
    """Seconds for one post. Raises RuntimeError when it does not succeed everywhere."""
    targets = _targets(number)
    text = f"Fan-out {time.perf_counter_ns()}"
    content = {"text": text, "imageUrls": [picture], "platform": targets}
    posts = f"{info['api']}/v1/posts"
    answer = requests.post(
        posts,
        json={"post": {"content": content}},
        headers=headers,
        timeout=30,
    )
    accepted_at = clock.now()
    if answer.status_code != 201:
        raise RuntimeError(f"the post was not accepted: {answer.text}")
    ended = requests.get(
        f"{posts}/{answer.json()['postSubmissionId']}",
        params={"wait": 60},
        headers=headers,
        timeout=70,
    ).json()
    if ended["status"] != "succeeded":
        raise RuntimeError(f"the post did not succeed: {ended['runs']}")
    last = max(_visible_at(info, run["platform"], run["accountId"]) for run in ended["runs"])
    return (last - accepted_at).total_seconds()


def _targets(number: int) -> list[dict[str, str]]:
    """Accounts that take turns, so that none meets a limit of its platform."""
    targets = []
    for position, platform in enumerate(_TARGETS):
        accounts = account_ids(USER, platform)
        account = accounts[(2 * number + position) % len(accounts)]
        # A story has no place for a text.
        own = {"text": ""} if platform == "snapchat" else {}
        targets.append({"platform": platform, "accountId": account, **own})
    return targets


def _visible_at(info: Mapping[str, Any], platform: str, account: str) -> datetime:
    """When the latest post of an account became visible."""
    url = f"{info['platforms'][platform]}/_sim/posts"
    posts = requests.get(url, params={"account": account}, timeout=30).json()
    return max(datetime.fromisoformat(post["visibleAt"]) for post in posts)

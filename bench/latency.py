"""POST /v1/posts beside the bare function: the ratio of the median answer times."""

import statistics
import time
from collections.abc import Callable

import requests

ROUNDS = 300
WARM_UP = 40
# How many posts each of both accepts.
POSTS = ROUNDS + WARM_UP


def medians(first: Callable[[int], None], second: Callable[[int], None]) -> tuple[float, float]:
    """Median seconds of each, taken in turn, so that a drift of the machine meets both alike."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(POSTS):
        for call, taken in zip((first, second), times, strict=True):
            started = time.perf_counter()
            call(number)
            if number >= WARM_UP:
                taken.append(time.perf_counter() - started)
    return statistics.median(times[0]), statistics.median(times[1])


def poster(url: str, headers: dict[str, str], expected: int) -> Callable[[int], None]:
    """Sends one text post for two platforms over a kept connection."""
    session = requests.Session()
    session.trust_env = False

    def post(number: int) -> None:
        text = f"Shipping update number {number}, said at {time.perf_counter_ns()}"
        body = {"post": {"content": {"text": text, "platform": ["x", "threads"]}}}
        answer = session.post(url, json=body, headers=headers, timeout=30)
        if answer.status_code != expected:
            raise RuntimeError(f"{url} answered {answer.status_code}: {answer.text}")

    return post

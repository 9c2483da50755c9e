"""The pages: the first answer of /posts beside GET /v1/posts, and what each page weighs.

The weight is that of the compressed page with its scripts and styles, as a browser gets them at the
first visit, without the user's media.
"""

import re
import statistics
import time
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import flask
import requests
from google.cloud import firestore

from bench import processes
from functions.dashboard.routes import ROUTES
from local.child_process import ROOT
from shared import config
from shared.gcp.firestore import commit
from shared.gcp.messages import Batch
from shared.gcp.sessions import write_session
from shared.web import sessions

WARM_UP = 3
_ASSET = re.compile(r'(?:href|src)="[^"]*(/assets/[^"]+)"')

Figures = dict[str, float]


def measure(
    environment: Mapping[str, str],
    db: firestore.Client,
    keys: Mapping[int, tuple[str, str]],
    rounds: int,
) -> Figures:
    """`keys`: user id and API key of a user by their number of posts, which exist already."""
    settings = config.read(environment)
    cookies = {size: _cookie(db, user, settings) for size, (user, _) in keys.items()}
    with (
        processes.function(ROOT / "main.py", "api", environment) as api,
        processes.function(ROOT / "main.py", "dashboard", environment) as dashboard,
    ):
        processes.wait_until_open(api.url)
        processes.wait_until_open(dashboard.url)
        figures: Figures = {}
        ratios = []
        for size, (_, key) in sorted(keys.items()):
            page = _getter(f"{dashboard.url}/posts", {"Cookie": cookies[size]})
            list_ = _getter(f"{api.url}/v1/posts", {"soku-api-key": key})
            ours, reference = _medians(page, list_, rounds)
            figures[f"page_{size}_p50_ms"] = ours * 1000
            figures[f"list_{size}_p50_ms"] = reference * 1000
            ratios.append(ours / reference)
        largest = max(keys)
        weights = _weights(dashboard.url, cookies[largest])
    for path, weight in weights.items():
        print(f"  {path:<{24}}  {weight / 1000:6.1f} KB", flush=True)
    return {**figures, "pages_ratio": max(ratios), "page_kb": max(weights.values()) / 1000}


def _cookie(db: firestore.Client, user_id: str, settings: config.Settings) -> str:
    """The cookie of a browser in which the user is signed in."""
    batch = Batch(db)
    session_id = write_session(batch, db, user_id, "bench")
    commit(batch, landed=lambda: False)
    browser = sessions.Browser("bench", user_id, session_id)
    kept = sessions.keep(flask.Response(), browser, settings)
    return kept.headers["Set-Cookie"].partition(";")[0]


def _getter(url: str, headers: dict[str, str]) -> Callable[[], None]:
    session = requests.Session()
    session.trust_env = False

    def get() -> None:
        answer = session.get(url, headers=headers, timeout=60, allow_redirects=False)
        if answer.status_code != 200:
            raise RuntimeError(f"{url} answered {answer.status_code}: {answer.text[:300]}")

    return get


def _medians(
    first: Callable[[], None], second: Callable[[], None], rounds: int
) -> tuple[float, float]:
    """Median seconds of each, taken in turn, so that a drift of the machine meets both alike."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + WARM_UP):
        for call, taken in zip((first, second), times, strict=True):
            started = time.perf_counter()
            call()
            if number >= WARM_UP:
                taken.append(time.perf_counter() - started)
    return statistics.median(times[0]), statistics.median(times[1])


def _weights(base: str, cookie: str) -> dict[str, int]:
    """Bytes of each page that can be opened without a parameter, with its scripts and styles."""
    weights = {}
    for method, path, _ in ROUTES:
        if method != "GET" or "<" in path:
            continue
        body, text, is_page = _received(base + path, cookie)
        if is_page:
            assets = {urlsplit(each).path for each in _ASSET.findall(text)}
            weights[path] = body + sum(_received(base + each, cookie)[0] for each in assets)
    return weights


def _received(url: str, cookie: str) -> tuple[int, str, bool]:
    """Bytes as they were sent, the text, and whether it is a page."""
    headers = {"Cookie": cookie, "Accept-Encoding": "gzip"}
    with requests.get(
        url, headers=headers, timeout=60, allow_redirects=False, stream=True
    ) as answer:
        sent = len(answer.raw.read(decode_content=False))
    again = requests.get(url, headers=headers, timeout=60, allow_redirects=False)
    kind = again.headers.get("Content-Type", "")
    return sent, again.text, again.status_code == 200 and kind.startswith("text/html")

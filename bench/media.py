"""POST /v1/media: how much the api's memory grows, and its speed beside the storage client's."""

import os
import statistics
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import requests
from google.cloud.storage import Client

from bench import processes
from local.child_process import ROOT
from local.http_server import LocalServer
from local.media_server import media_server
from local.sample_media import clip
from local.storage_emulator import StorageEmulator
from shared.gcp.storage import CHUNK_BYTES

MEGABYTE = 1024 * 1024
SIZES = (128 * MEGABYTE, 256 * MEGABYTE)
SMALL = "small.mp4"
_SAMPLE_SECONDS = 0.02

Figures = dict[str, float]


def measure(
    environment: Mapping[str, str], api_key: str, folder: Path, rounds: int
) -> Iterator[Figures]:
    """`media_rss_mb` for the larger file, and how fast the smaller one is stored."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [_film(folder / f"{size // MEGABYTE}.mp4", size) for size in SIZES]
    (folder / SMALL).write_bytes(clip())
    server = media_server(folder)
    server.start()
    try:
        smaller, larger = (
            _growth(environment, api_key, f"{server.url}/{file.name}") for file in files
        )
        yield {"media_rss_128_mb": smaller, "media_rss_mb": larger}
        yield _throughput(environment, api_key, server, files[0], rounds)
    finally:
        server.stop()
        for file in files:
            file.unlink()


def _throughput(
    environment: Mapping[str, str], api_key: str, server: LocalServer, file: Path, rounds: int
) -> Figures:
    ours, reference = [], []
    for _ in range(rounds):
        # A storage of its own for each, since it keeps what it was given in memory.
        with StorageEmulator() as storage:
            reference.append(_plain_upload(storage, file))
        with (
            StorageEmulator() as storage,
            _api(environment, storage, server.url) as api,
        ):
            _store(api.url, api_key, f"{server.url}/{SMALL}")
            ours.append(_store(api.url, api_key, f"{server.url}/{file.name}"))
    ratio = statistics.median(reference) / statistics.median(ours)
    return {"media_throughput_ratio": ratio}


def _film(path: Path, size: int) -> Path:
    """A clip of `size` bytes: behind its pictures lies what no player looks at."""
    whole = clip()
    with path.open("wb") as file:
        file.write(whole)
        file.write((size - len(whole)).to_bytes(4, "big") + b"free")
        for _ in range((size - len(whole) - 8) // MEGABYTE):
            file.write(os.urandom(MEGABYTE))
        file.write(bytes(size - file.tell()))
    return path


@contextmanager
def _api(
    environment: Mapping[str, str], storage: StorageEmulator, origin: str
) -> Iterator[processes.Running]:
    """The api with another storage."""
    changed = {
        **environment,
        "STORAGE_EMULATOR_HOST": storage.url,
        "MEDIA_BUCKET": storage.bucket,
        "FETCH_ALLOWED_ORIGINS": origin,
    }
    with processes.function(ROOT / "main.py", "api", changed) as api:
        processes.wait_until_open(api.url)
        yield api


def _growth(environment: Mapping[str, str], api_key: str, url: str) -> float:
    """MiB by which the api's resident memory grows at most while it stores the file at `url`."""
    origin = url.rpartition("/")[0]
    with StorageEmulator() as storage, _api(environment, storage, origin) as api:
        # The libraries that a first film loads are not the large one's doing.
        _store(api.url, api_key, f"{origin}/{SMALL}")
        before, peak = _resident(api.worker), [0]
        done = threading.Event()
        watcher = threading.Thread(target=_watch, args=(api.worker, peak, done))
        watcher.start()
        try:
            _store(api.url, api_key, url)
        finally:
            done.set()
            watcher.join()
    return (peak[0] - before) / MEGABYTE


def _watch(pid: int, peak: list[int], done: threading.Event) -> None:
    while not done.wait(_SAMPLE_SECONDS):
        peak[0] = max(peak[0], _resident(pid))


def _resident(pid: int) -> int:
    """Bytes of physical memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def _store(api: str, api_key: str, url: str) -> float:
    """Seconds that POST /v1/media takes for `url`, which it has not met before."""
    asked = f"{url}?{time.perf_counter_ns()}"
    started = time.perf_counter()
    answer = requests.post(
        f"{api}/v1/media", json={"url": asked}, headers={"soku-api-key": api_key}, timeout=300
    )
    if answer.status_code != 201:
        raise RuntimeError(f"{url} was not stored: {answer.text}")
    return time.perf_counter() - started


def _plain_upload(storage: StorageEmulator, file: Path) -> float:
    """Seconds that the storage client takes for the same bytes from disk, in the same chunks."""
    os.environ["STORAGE_EMULATOR_HOST"] = storage.url
    blob = Client(project="demo-bench").bucket(storage.bucket).blob("reference")
    blob.chunk_size = CHUNK_BYTES
    started = time.perf_counter()
    with file.open("rb") as stream:
        blob.upload_from_file(stream, content_type="video/mp4", timeout=60)
    return time.perf_counter() - started

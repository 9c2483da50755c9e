"""The process that inspects a file: what it may do, and what happens when it fails."""

import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.sample_media import picture
from shared.domain.errors import ApiError
from shared.gcp.storage import StorageUnavailable
from shared.media import inspect as module
from shared.media import inspector, places
from shared.media.confinement import PLACE
from shared.media.content_types import NotMedia, content_type_of
from shared.media.facts import Facts, facts_from
from shared.media.inspect import inspect
from tests.media_samples import film, still, webp_of, with_long_index

pytestmark = pytest.mark.slow


def facts_of(data: bytes) -> Facts:
    return inspect(io.BytesIO(data), content_type_of(data), len(data))


def refusal(data: bytes) -> str:
    with pytest.raises(NotMedia) as refused:
        facts_of(data)
    return refused.value.message


def peak_memory(action: Callable[[], Any]) -> int:
    """By how many bytes the memory of this process grows meanwhile."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins again
    before = status("VmRSS")
    action()
    return status("VmHWM") - before


def status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith(name)]
    return int(line.split()[1]) * 1024


# Emulators that other tests of this process have started.
_others: set[str] = set()


@pytest.fixture(autouse=True)
def _know_others() -> None:
    _others.clear()
    _others.update(children())


def children() -> list[str]:
    """The processes that the test has started and that still run."""
    tasks = Path("/proc/self/task").glob("*/children")
    running = [child for task in tasks for child in task.read_text().split()]
    return [child for child in running if child not in _others]


@pytest.fixture
def pretender(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Runs a program instead of the inspector."""

    def pretend(code: str) -> None:
        program = tmp_path / "program"
        program.write_text(f"#!{sys.executable} -S\nimport os, sys, time\n{code}\n")
        program.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(program))

    return pretend


@pytest.mark.parametrize(
    "data", [still("JPEG"), still("WEBP"), film("mp4"), film("webm", "libvpx")]
)
def test_the_process_answers_what_the_inspection_tells(data: bytes) -> None:
    expected = inspector.answer(io.BytesIO(data), content_type_of(data))
    assert facts_of(data) == facts_from(expected["facts"])


def test_the_process_refuses_in_words() -> None:
    assert "too many pixels" in refusal(webp_of(16_000, 6_250))
    assert "incomplete" in refusal(still("JPEG")[:500])


def test_a_file_that_was_not_stored_completely_is_refused() -> None:
    with pytest.raises(NotMedia):
        inspect(io.BytesIO(still("PNG")), "image/png", len(still("PNG")) + 1)


@pytest.mark.full
def test_a_video_with_an_endless_index_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 1.0)
    assert "could not be read" in refusal(with_long_index(film("mp4")))


@pytest.mark.full
@pytest.mark.parametrize("tracks", [1, 20])
def test_a_video_with_an_endless_index_is_given_up_in_time(tracks: int) -> None:
    assert "could not be read" in refusal(with_long_index(film("mp4")) * tracks)


@pytest.mark.full
def test_the_own_memory_does_not_move() -> None:
    large = picture(6_000, 6_000, "PNG")
    facts_of(still("PNG"))
    peak = peak_memory(lambda: facts_of(large))
    assert peak < 16 * 1024 * 1024


def test_the_process_has_no_environment_and_few_rights(
    monkeypatch: pytest.MonkeyPatch, pretender: Any, tmp_path: Path
) -> None:
    monkeypatch.setenv("TOKEN_KEYSET", "canary")
    pretender(
        f"sys.path.insert(0, {str(Path.cwd())!r})\n"
        "from shared.media import inspector\n"
        "import json, resource\n"
        "inspector.limit(inspector.MEMORY_BYTES, inspector.PROCESSOR_SECONDS['video'])\n"
        "limits = {n: resource.getrlimit(getattr(resource, n)) for n in dir(resource)"
        " if n.startswith('RLIMIT_')}\n"
        "os.write(1, json.dumps({'refused': json.dumps([dict(os.environ), limits['RLIMIT_AS'],"
        " limits['RLIMIT_CPU'], limits['RLIMIT_FSIZE']])[-390:]}).encode() + b'\\n')\n"
    )
    monkeypatch.setattr(sys, "path", ["/nowhere"])
    message = refusal(film("mp4"))
    environment, *limits = json.loads(message)
    assert environment.keys() - {"LC_CTYPE"} == {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}
    assert limits == [[inspector.MEMORY_BYTES] * 2, [8, 8], [0, 0]]


ANSWERS = {
    "nothing": "",
    "no JSON": "print('facts')",
    "a list": "print('[]')",
    "a long line": "print('{' + ' ' * 100_000)",
    "endless lines": "\nwhile True: print('read 0 1', flush=True)",
    "no facts": "print('{\"facts\": null}')",
    "a large read": "print('read 0 99999999')",
    "a signal": "os.kill(os.getpid(), 11)",
    "sleep": "time.sleep(60)",
}


@pytest.mark.full
@pytest.mark.parametrize("name", ANSWERS)
def test_any_other_answer_means_that_the_file_could_not_be_read(
    name: str, pretender: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS", 1.0)
    pretender(ANSWERS[name])
    assert "could not be read" in refusal(still("JPEG"))
    assert not children()


GOOD = json.loads(json.dumps(vars(Facts(64, 48))))


@pytest.mark.parametrize(
    "change",
    [
        {"width": 0},
        {"width": -1},
        {"height": 10**12},
        {"width": "64"},
        {"width": True},
        {"width": 64.5},
        {"height": None},
        {"duration": -1.0},
        {"duration": float("nan")},
        {"duration": float("inf")},
        {"duration": "3"},
        {"frames": [1]},
        {"frame_rate": {}},
        {"codec": "h264\n"},
        {"codec": "x" * 100},
        {"codec": 5},
        {"pixel_format": "\ud800"},
        {"animated": None},
        {"fragmented": 1},
        {"rotation": 1.5},
        {"mediaId": "another"},
    ],
    ids=str,
)
def test_facts_are_checked_like_input(change: dict[str, Any]) -> None:
    assert facts_from(GOOD) == Facts(64, 48)
    assert facts_from({**GOOD, **change}) is None


class BrokenFile(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        raise StorageUnavailable("not today")


def test_an_error_of_the_storage_is_no_fault_of_the_file() -> None:
    with pytest.raises(StorageUnavailable):
        inspect(BrokenFile(still("JPEG")), "image/jpeg", len(still("JPEG")))
    assert not children()


@pytest.fixture
def no_place(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(places, "SECONDS", 0.01)
    with PLACE.taken("busy"):
        yield


def test_a_place_is_not_waited_for_long(no_place: None) -> None:
    with pytest.raises(ApiError) as refused:
        facts_of(still("JPEG"))
    assert refused.value.code == "rate_limit_exceeded"
    assert refused.value.headers == {"Retry-After": "5"}

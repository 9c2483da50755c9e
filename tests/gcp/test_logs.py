"""Log lines: one JSON object each, with the bound fields."""

import json
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest

from shared import logs
from shared.config import Settings


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> Iterator[logging.Logger]:
    """The project's logger as in a new process."""
    root = logging.getLogger("soku")
    kept, level, propagate = list(root.handlers), root.level, root.propagate
    root.handlers.clear()
    root.propagate = True
    yield root
    root.handlers[:] = kept
    root.setLevel(level)
    root.propagate = propagate


def _lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_line_is_an_object_with_its_fields_and_the_bound_ones(
    root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up()
    log = logs.logger("part")
    with logs.bound(requestId="req_1", task=None), logs.bound(runId="x"):
        log.info("did %s", "it", extra=logs.fields(seq=3))
    log.warning("after")
    lines = _lines(capsys)
    for line in lines:
        assert datetime.fromisoformat(line.pop("time")).utcoffset() is not None
    assert lines == [
        {
            "severity": "INFO",
            "message": "did it",
            "logger": "soku.part",
            "requestId": "req_1",
            "runId": "x",
            "seq": 3,
        },
        {"severity": "WARNING", "message": "after", "logger": "soku.part"},
    ]


def test_a_line_stays_one_line_whatever_is_in_it(
    root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up()
    try:
        raise ValueError("broken\nin two")
    except ValueError:
        logs.logger("part").exception('a "quoted"\nmessage', extra=logs.fields(odd=object()))
    (line,) = _lines(capsys)
    assert line["severity"] == "ERROR"
    assert line["message"] == 'a "quoted"\nmessage'
    assert "ValueError: broken" in line["stack_trace"]
    assert line["odd"].startswith("<object")


def test_setting_up_twice_writes_each_line_once(
    root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up()
    logs.set_up()
    logs.logger("part").info("once")
    assert len(_lines(capsys)) == 1


def test_bound_fields_do_not_leak_to_other_threads(
    root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up()

    def work(number: int) -> None:
        with logs.bound(number=number):
            logs.logger("part").info("%s", number)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(20)))
    logs.logger("part").info("outside")
    *inside, outside = _lines(capsys)
    assert all(line["message"] == str(line["number"]) for line in inside)
    assert "number" not in outside


def test_bound_fields_end_when_the_work_fails(
    root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up()
    with pytest.raises(KeyError), logs.bound(runId="x"):
        raise KeyError
    logs.logger("part").info("after")
    assert "runId" not in _lines(capsys)[0]


TRACE = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize("header", [TRACE, f"{TRACE}/123;o=1", f"{TRACE}/0"])
def test_a_trace_has_the_field_name_of_cloud_logging(settings: Settings, header: str) -> None:
    name = f"projects/{settings.project}/traces/{TRACE}"
    assert logs.trace_fields(header) == {"logging.googleapis.com/trace": name}


@pytest.mark.parametrize("header", [None, "", "/1;o=1", "abc/1", f"{TRACE}0/1", f"{TRACE}\n/1"])
def test_an_invalid_trace_is_omitted(settings: Settings, header: str | None) -> None:
    assert logs.trace_fields(header) == {}


SIGNED = "https://storage.example/a.jpg?X-Goog-Date=1&n=\u00e9&X-Goog-Signature=SECRET"
SESSION = "/upload/resumable?uploadType=resumable&upload_id=SECRET"


@pytest.mark.parametrize(
    "text",
    [
        SIGNED,
        f'GET "{SIGNED}" failed',
        f"Max retries exceeded with url: {SESSION} (Caused by x)",
        f"PUT https://storage.googleapis.com{SESSION}, 503",
        "https://example.com/?sig=SECRET",
        "a body of access_token=SECRET&b=1",
        "Authorization: Bearer SECRET",
    ],
)
@pytest.mark.parametrize("place", ["message", "argument", "field", "bound", "traceback"])
def test_no_query_of_an_address_and_no_token_is_logged(
    root: logging.Logger, capsys: pytest.CaptureFixture[str], text: str, place: str
) -> None:
    logs.set_up()
    log = logs.logger("part")
    match place:
        case "message":
            log.info(text)
        case "argument":
            log.info("failed: %s", ValueError(text))
        case "field":
            log.info("failed", extra=logs.fields(reason=text))
        case "bound":
            with logs.bound(reason=text):
                log.info("failed")
        case "traceback":
            try:
                raise ValueError(text)
            except ValueError:
                log.exception("failed")
    (line,) = _lines(capsys)
    assert "SECRET" not in str(line)
    assert "***" in str(line)


def test_a_question_is_logged_as_it_is(
    root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.set_up()
    logs.logger("part").info("why? a=b; is it? https://example.com/a?")
    assert [line["message"] for line in _lines(capsys)] == [
        "why? a=b; is it? https://example.com/a?"
    ]

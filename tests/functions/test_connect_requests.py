"""Every request to the function that connects accounts can be found in the log."""

import json
import logging

import pytest

from functions.connect import views
from functions.connect.app import create_app
from shared import logs
from shared.web.envelope import REQUEST_ID


def test_an_answer_and_its_log_lines_have_the_id_of_the_request(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(views, "show_start", fail)
    client = create_app().test_client()
    soku = logging.getLogger("soku")
    monkeypatch.setattr(soku, "propagate", True)
    caplog.handler.setFormatter(soku.handlers[0].formatter)
    page = client.get("/start/c1")
    assert page.status_code == 500
    lines = map(json.loads, caplog.text.splitlines())
    ids = {line["requestId"] for line in lines if line["logger"] == "soku.connect"}
    assert ids == {page.headers[REQUEST_ID]}
    assert logs._bound.get() == {}
    again = client.get("/start/c1", headers={REQUEST_ID: "mine"})
    assert again.headers[REQUEST_ID] == "mine"


def test_a_request_that_is_killed_leaves_nothing_in_later_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def die(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(views, "show_start", die)
    with pytest.raises(KeyboardInterrupt):
        create_app().test_client().get("/start/c1")
    assert logs._bound.get() == {}

"""Webhooks in the Python client, and the README's example of a receiver."""

import re
from collections.abc import Callable
from itertools import islice
from typing import Any

import pytest
from standardwebhooks.webhooks import WebhookVerificationError

from soku import ApiError, Soku
from tests.conftest import ROOT
from tests.functions.api_client import ApiClient
from tests.functions.python_client import client_of, soku
from tests.webhooks.receiver import Receiver, receiver

__all__ = ["receiver", "soku"]

URL = "https://example.com/soku"


def test_a_webhook_is_created_changed_and_deleted(soku: Soku) -> None:
    created = soku.webhooks.create(URL, events=["post.failed"], description="Ours")
    assert created["secret"].startswith("whsec_")
    assert soku.webhooks.list() == [soku.webhooks.get(created["id"])]
    changed = soku.webhooks.change(created["id"], url=f"{URL}/2", events=["run.failed"])
    assert (changed["url"], changed["events"]) == (f"{URL}/2", ["run.failed"])
    assert changed["description"] == "Ours"
    off = soku.webhooks.change(created["id"], enabled=False, description="")
    assert (off["enabled"], off["disabledReason"], off["description"]) == (False, "user", "")
    assert soku.webhooks.new_secret(created["id"])["secret"] != created["secret"]
    soku.webhooks.delete(created["id"])
    assert soku.webhooks.list() == []
    assert len(soku.webhooks.create(URL)["events"]) > 5
    with pytest.raises(ApiError, match="https"):
        soku.webhooks.create("http://example.com/")


def _handler_of_the_readme(secret: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    page = (ROOT / "clients/python/README.md").read_text(encoding="utf-8")
    [code] = [
        each for each in re.findall("^```python\n(.*?)^```", page, re.M | re.S) if "def " in each
    ]
    monkeypatch.setenv("SOKU_WEBHOOK_SECRET", secret)
    program: dict[str, Any] = {}
    exec(code, program)
    handler: Callable[..., Any] = program["handle"]
    return handler


def test_events_are_delivered_listed_and_verified_as_the_readme_says(
    api: ApiClient,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    arrived: list[tuple[dict[str, str], bytes]] = []
    keep = receiver.receive

    def receive(headers: dict[str, str], body: bytes) -> None:
        arrived.append((headers, body))
        keep(headers, body)

    receiver.receive = receive  # type: ignore[method-assign]
    with client_of(api) as soku:
        webhook = soku.webhooks.create(receiver.url)
        receiver.secret = webhook["secret"]
        sent = [soku.webhooks.send_test(webhook["id"]) for _ in range(2)]
        listed = list(islice(soku.webhooks.deliveries(webhook["id"]), 5))
        assert [each["id"] for each in listed] == [each["id"] for each in sent][::-1]
        assert {(each["status"], each["httpStatus"]) for each in listed} == {("delivered", 200)}
        again = soku.webhooks.redeliver(webhook["id"], listed[0]["id"])
        assert (again["id"], len(arrived)) == (listed[0]["id"], 3)

    handle = _handler_of_the_readme(webhook["secret"], monkeypatch)
    for headers, body in arrived:
        handle(body, headers)
    assert capsys.readouterr().out.count("webhook.test") == 3
    headers, body = arrived[0]
    with pytest.raises(WebhookVerificationError):
        handle(body.replace(b"works", b"broke"), headers)

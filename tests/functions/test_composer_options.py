"""The options of platforms in the composer, each with its control."""

import re

import pytest

from functions.dashboard.composer.option_controls import controls_of
from shared.platforms import registry
from tests.functions.composing import (
    HOSTILE,
    account,
    send,
)
from tests.functions.dashboard_client import Browser


def test_an_option_that_makes_no_sense_is_a_fault_at_its_control(ann: Browser) -> None:
    page = ann.get("/posts/new")
    sent = {"part": "instagram", "opt__instagram__thumbOffset": "soon"}
    answer = send(ann, page, account=account("instagram"), **sent)
    assert answer.status_code == 422
    place = re.search(r'id="opt-instagram-thumbOffset-fault">([^<]+)<', answer.text)
    assert place, answer.text
    assert 'value="soon"' in answer.text


def test_options_are_controls_made_from_their_types() -> None:
    for platform in registry.names():
        for control in controls_of(platform):
            assert control.kind in ("choice", "switch", "number", "text", "list")
            assert control.read(control.shown(None)) is None, (platform, control.name)
    youtube = {control.name: control for control in controls_of("youtube")}
    assert youtube["notifySubscribers"].read(None) is False, "an unchecked box"
    assert youtube["tags"].read("one, two,") == ["one", "two"]
    assert youtube["embeddable"].read("no") is False


@pytest.mark.parametrize("platform", registry.names())
def test_an_option_that_does_not_exist_is_refused_at_its_field(ann: Browser, platform: str) -> None:
    names = [control.name for control in controls_of(platform) if control.kind == "choice"]
    assert names
    page = ann.get("/posts/new")
    for name in names:
        chosen = {"account": account(platform), "part": [platform]}
        answer = send(ann, page, **chosen, **{f"opt__{platform}__{name}": HOSTILE})
        assert answer.status_code == 422, name
        place = rf'id="opt-{platform}-{name}-fault">[^<]+<'
        assert re.search(place, answer.text), name
        assert "<script>alert" not in answer.text

"""SUPPORT_URL: what is accepted, and that faults of ours name it."""

from dataclasses import replace
from typing import Any

import pytest

import shared.wiring
from functions.connect import app as connect
from shared.config import ConfigurationError, read
from tests.functions.api_client import ApiClient, error_of, post
from tests.world import World

HELP = "https://help.test/soku"


@pytest.mark.parametrize("address", [HELP, "http://help.test", "mailto:help@example.com", ""])
def test_a_support_address_is_a_page_or_an_email(address: str) -> None:
    assert read({"SUPPORT_URL": address}, ()).support_url == address


@pytest.mark.parametrize(
    "address", ["help@example.com", "javascript:alert(1)", "mailto:x", "https://", "https://a b"]
)
def test_anything_else_is_refused(address: str) -> None:
    with pytest.raises(ConfigurationError, match="SUPPORT_URL is not an http"):
        read({"SUPPORT_URL": address}, ())


def _defect(*_: Any, **__: Any) -> None:
    raise ZeroDivisionError("secret detail")


@pytest.mark.parametrize(
    ("address", "named"), [(HELP, HELP), ("mailto:help@example.com", "help@example.com")]
)
def test_a_500_of_the_api_names_it_and_the_status_page(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch, address: str, named: str
) -> None:
    settings = replace(api.world.parts.settings, support_url=address)
    monkeypatch.setattr(api.world, "parts", replace(api.world.parts, settings=settings))
    monkeypatch.setattr("shared.posts.submit.submit", _defect)
    message = error_of(api.send(post()), 500, "internal_error")["message"]
    assert message.endswith(
        f"send the requestId to {named}. Status: {settings.dashboard_url}/status."
    )


def test_a_500_of_connecting_names_it_and_the_status_page(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(world.parts.settings, support_url=HELP)
    world.with_parts(settings=settings)
    monkeypatch.setattr(shared.wiring, "parts", lambda: world.parts)
    monkeypatch.setattr(connect.views, "show_end", _defect)
    page = connect.create_app().test_client().get("/done/c1")
    assert page.status_code == 500
    assert f'href="{HELP}"' in page.text
    assert f'href="{settings.dashboard_url}/status"' in page.text
    assert "secret" not in page.text

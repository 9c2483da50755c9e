"""The OpenAPI description has every event of webhooks. Those that are sent, the receiver checks."""

from typing import Any

import pytest

from shared.domain.webhooks import TEST_EVENT, EventType
from tests.functions.described import at, check_event, described, validator

EVENTS = [*EventType, TEST_EVENT]
HEADERS = {
    "webhook-id": "evt_7b1e90c3d2a84f6655e01c9b",
    "webhook-timestamp": "1795356602",
    "webhook-signature": f"v1,{'A' * 43}=",
}


def _operation(event: str) -> Any:
    return at("components", "pathItems", event, "post")


def _example(event: str) -> dict[str, Any]:
    [example] = _operation(event)["requestBody"]["content"]["application/json"]["examples"].values()
    value: dict[str, Any] = example["value"]
    return value


def test_every_event_is_described() -> None:
    references = {event: {"$ref": f"#/components/pathItems/{event}"} for event in EVENTS}
    assert described()["webhooks"] == references
    assert list(described()["components"]["pathItems"]) == EVENTS


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_has_an_example_headers_and_what_to_respond(event: str) -> None:
    example, operation = _example(event), _operation(event)
    assert example["type"] == event
    check_event(HEADERS, example)
    assert [each["name"] for each in operation["parameters"]] == list(HEADERS)
    assert all(each["required"] for each in operation["parameters"])
    assert {"2XX", "410"} < operation["responses"].keys()
    # The API's own keys are not sent to webhooks.
    assert operation["security"] == []


@pytest.mark.parametrize("event", EVENTS)
def test_the_type_tells_the_schemas_of_events_apart(event: str) -> None:
    schemas = {
        _operation(each)["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        for each in EVENTS
    }
    matching = [
        name
        for name in (each.rpartition("/")[2] for each in schemas)
        if validator("components", "schemas", name, "properties", "type").is_valid(event)
    ]
    assert len(matching) == 1


@pytest.mark.parametrize(
    ("header", "value"),
    [("webhook-id", "1"), ("webhook-timestamp", "-1"), ("webhook-signature", "v1,short")],
)
def test_other_headers_and_other_data_are_not_as_described(header: str, value: str) -> None:
    example = _example(EventType.RUN_FAILED)
    with pytest.raises(AssertionError, match=header):
        check_event({**HEADERS, header: value}, example)
    with pytest.raises(AssertionError, match="not as described"):
        check_event(HEADERS, {**example, "data": {}})

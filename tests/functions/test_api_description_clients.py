"""The OpenAPI description gives generated clients names, types and addresses that work."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from shared.platforms import registry
from tests.functions.described import described, validator

_SCHEMAS = "#/components/schemas/"
# What each platform is called in names, from its display name.
_PREFIXES = {name: re.sub(r"\W", "", registry.display_name(name)) for name in registry.names()}


def _schemas() -> dict[str, Any]:
    schemas: dict[str, Any] = described()["components"]["schemas"]
    return schemas


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    """Every object in the document, except those in examples."""
    if isinstance(node, list):
        for each in node:
            yield from _nodes(each)
    elif isinstance(node, dict):
        yield node
        for key, value in node.items():
            if key != "examples":
                yield from _nodes(value)


def _references(node: Any) -> set[str]:
    return {each["$ref"] for each in _nodes(node) if isinstance(each.get("$ref"), str)}


def test_each_platform_has_a_named_target_with_named_options() -> None:
    for platform, prefix in _PREFIXES.items():
        target = _schemas()[f"{prefix}Target"]
        assert target["properties"]["platform"]["const"] == platform
        assert target["properties"]["options"]["$ref"] == f"{_SCHEMAS}{prefix}Options"
        model = registry.limits(platform).options
        public = {field.alias for field in model.model_fields.values()}
        assert set(_schemas()[f"{prefix}Options"]["properties"]) == public


def test_the_platform_tells_the_targets_apart() -> None:
    target = _schemas()["PostTarget"]
    names = {platform: f"{_SCHEMAS}{prefix}Target" for platform, prefix in _PREFIXES.items()}
    assert target["discriminator"] == {"propertyName": "platform", "mapping": names}
    assert [each["$ref"] for each in target["oneOf"]] == list(names.values())


def test_each_status_has_one_schema_whose_errors_are_told_apart_by_their_code() -> None:
    names: dict[str, set[str]] = {}
    for each in _nodes(described()["paths"]):
        for status, response in each.get("responses", {}).items():
            if int(status) >= 400:
                schema = response["content"]["application/json"]["schema"]
                names.setdefault(status, set()).add(schema["$ref"].removeprefix(_SCHEMAS))
    assert {status: len(each) for status, each in names.items()} == dict.fromkeys(names, 1)
    assert names["400"] == {"BadRequestResponse"}
    assert names["409"] == {"ConflictResponse"}
    assert names["500"] == {"ServerErrorResponse"}
    for name in ("BadRequest", "Conflict", "ServerError"):
        error = _schemas()[name]["discriminator"]
        assert error["propertyName"] == "code"
        for code, reference in error["mapping"].items():
            model = _schemas()[reference.removeprefix(_SCHEMAS)]
            assert model["properties"]["code"]["const"] == code
    for each in _nodes(described()):
        assert "oneOf" not in each or "discriminator" in each


def test_the_values_of_an_option_have_a_name() -> None:
    assert _schemas()["XReplySettings"]["enum"]
    for prefix in _PREFIXES.values():
        for field in _schemas()[f"{prefix}Options"]["properties"].values():
            assert all("enum" not in kind for kind in [field, *field.get("anyOf", [])])


def test_a_list_of_values_is_written_once() -> None:
    names = [json_of for each in _nodes(described()["components"]) if (json_of := _values(each))]
    assert [
        values for values, times in Counter(names).items() if times > 1 and len(values) > 3
    ] == []
    assert _schemas()["Platform"]["enum"] == list(registry.names())


def _values(node: dict[str, Any]) -> tuple[str, ...]:
    values = node.get("enum")
    return tuple(values) if isinstance(values, list) else ()


@pytest.mark.parametrize(
    "targets",
    [
        "x",
        ["x", "threads"],
        {"platform": "x", "accountId": "main"},
        ["x", {"platform": "instagram", "options": {"postType": "reel"}}],
    ],
    ids=str,
)
def test_the_named_targets_have_every_form(targets: Any) -> None:
    validator("components", "schemas", "PlatformTargets").validate(targets)
    content = {"text": "a", "platform": targets}
    validator("components", "schemas", "PostContent").validate(content)


@pytest.mark.parametrize(
    "targets",
    [
        "myspace",
        [],
        {"accountId": "main"},
        {"platform": "x", "options": {"privacyStatus": "public"}},
        [["x"]],
        ["x"] * 201,
    ],
    ids=lambda targets: str(targets)[:40],
)
def test_the_named_targets_have_no_other_form(targets: Any) -> None:
    assert not validator("components", "schemas", "PlatformTargets").is_valid(targets)


def test_no_field_has_a_default_because_clients_would_have_to_send_it() -> None:
    fields = [
        (name, field)
        for each in _nodes(_schemas())
        for name, field in each.get("properties", {}).items()
    ]
    assert [name for name, field in fields if "default" in field] == []
    assert "draft" not in _schemas()["PostBody"]["required"]
    options = _schemas()["YouTubeOptions"]["properties"]
    assert options["privacyStatus"]["description"] == 'Default: `"public"`.'
    assert options["categoryId"]["description"].endswith('People & Blogs. Default: `"22"`.')


def test_every_component_is_used() -> None:
    events = described()["components"]["pathItems"]
    used, new = set[str](), _references([described()["paths"], events])
    while new - used:
        used |= new
        new = set().union(*(_references(_schemas()[name.removeprefix(_SCHEMAS)]) for name in new))
    assert {f"{_SCHEMAS}{name}" for name in _schemas()} == used
    assert set(described()["components"]) == {"schemas", "securitySchemes", "pathItems"}


def test_no_name_is_used_for_two_schemas() -> None:
    """Generators take a schema's title as the name of its class."""
    titles = Counter(
        each["title"] for each in _nodes(_schemas()) if isinstance(each.get("title"), str)
    )
    assert [title for title, times in titles.items() if times > 1] == []
    for name, schema in _schemas().items():
        assert schema.get("title", name) == name
        assert re.fullmatch("([A-Z][a-z]*)+", name), name


def test_every_tag_is_one_word_with_a_description() -> None:
    tags = {tag["name"]: tag["description"] for tag in described()["tags"]}
    used = {tag for each in _nodes(described()["paths"]) for tag in each.get("tags", ())}
    assert used == set(tags)
    for name, description in tags.items():
        assert re.fullmatch("[A-Z][a-z]+", name)
        assert description.endswith(".")


def test_the_license_is_that_of_the_project() -> None:
    assert described()["info"]["license"] == {"name": "Apache-2.0", "identifier": "Apache-2.0"}

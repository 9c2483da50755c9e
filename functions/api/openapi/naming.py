"""Names for parts of the schemas, so that generated clients have readable types for them.

A client generator invents a name for every schema without one, and equal names collide.
"""

import json
import re
from typing import Any, get_args

from functions.api.openapi.answers import DisplayStatus, Mode
from shared.gcp.api_keys import SCOPES
from shared.platforms import registry
from shared.platforms.limits import OUTCOMES
from shared.templates import catalog
from shared.templates.config import SIZES

_Schema = dict[str, Any]
_LONGER = {
    "Asked": "CommentAction",
    "Availability": "MetricsAvailability",
    "Choice": "AccountChoice",
    "Kind": "CommentKind",
    "State": "CommentState",
    "Sums": "MetricsSums",
}


def name_parts(document: _Schema) -> _Schema:
    """The document with each target, its options and each list of values as a component."""
    schemas = document["components"]["schemas"]
    schemas["PostTarget"] |= _name_variants(schemas)
    for name, values in [
        ("Platform", registry.names()),
        ("DisplayStatus", get_args(DisplayStatus)),
        ("Mode", get_args(Mode)),
        ("Scope", SCOPES),
        ("SimulatedOutcome", OUTCOMES),
        ("TemplateSlug", catalog.slugs()),
        ("AspectRatio", SIZES),
    ]:
        part = {"type": "string", "enum": list(values)}
        document = _referring(document, part, name)
        document["components"]["schemas"][name] = part
    _name_lists_of_targets(document["components"]["schemas"])
    _simplify_fields(document["components"]["schemas"])
    return _renamed(document)


def _reference(name: str) -> _Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _name_variants(schemas: _Schema) -> _Schema:
    """Add each platform's `XTarget` and `XOptions`; return their union."""
    targets = {}
    for variant in schemas["PostTarget"]["oneOf"]:
        platform = variant["properties"]["platform"]["const"]
        display_name = registry.display_name(platform)
        prefix = re.sub(r"\W", "", display_name)
        target, options = f"{prefix}Target", f"{prefix}Options"
        choices = variant["properties"]["options"]
        _name_choices(prefix, choices, schemas)
        schemas[options] = {
            **choices,
            "title": options,
            "description": f"Options on {display_name}.",
        }
        fields = {**variant["properties"], "options": _reference(options)}
        schemas[target] = {
            **variant,
            "title": target,
            "description": f"An account on {display_name}.",
            "properties": fields,
        }
        targets[platform] = _reference(target)
    mapping = {platform: reference["$ref"] for platform, reference in targets.items()}
    discriminator = {"propertyName": "platform", "mapping": mapping}
    return {"type": "object", "oneOf": list(targets.values()), "discriminator": discriminator}


def _name_choices(prefix: str, options: _Schema, schemas: _Schema) -> None:
    """Add each list of values that an option has alone, such as `XReplySettings`."""
    for field, option in options["properties"].items():
        name = f"{prefix}{field[0].upper()}{field[1:]}"
        for kind in [option, *option.get("anyOf", [])]:
            if "enum" in kind and field != "simulate":
                schemas[name] = {"type": kind.pop("type"), "enum": kind.pop("enum")}
                kind.update(_reference(name))


def _referring(node: Any, part: _Schema, name: str) -> Any:
    """`node` with a reference to `name` in place of each schema that is `part`."""
    if isinstance(node, list):
        return [_referring(each, part, name) for each in node]
    if not isinstance(node, dict):
        return node
    notes = {key: node[key] for key in ("title", "description", "default") if key in node}
    if node == {**notes, **part}:
        return {**notes, **_reference(name)}
    return {key: _referring(value, part, name) for key, value in node.items()}


def _renamed(document: _Schema) -> _Schema:
    """The document with longer names for components whose own is too short on its own."""
    schemas = document["components"]["schemas"]
    for name, longer in _LONGER.items():
        document = _referring(document, _reference(name), longer)
        schemas = document["components"]["schemas"]
        schemas[longer] = {**schemas.pop(name), "title": longer}
    return document


def _name_lists_of_targets(schemas: _Schema) -> None:
    one = [_reference("Platform"), _reference("PostTarget")]
    schemas["TargetOrName"] = {
        "title": "TargetOrName",
        "description": "An account, or a platform's name for its default account.",
        "anyOf": one,
    }
    for model in ("PostContent", "EditedContent"):
        field = schemas[model]["properties"]["platform"]
        limits = {key: field[key] for key in ("minItems", "maxItems")}
        several = {"type": "array", "items": _reference("TargetOrName"), **limits}
        schemas["TargetList"] = {
            "title": "TargetList",
            "description": "Several targets.",
            **several,
        }
        schemas["PlatformTargets"] = {
            "title": "PlatformTargets",
            "description": "One target or several.",
            "anyOf": [*one, _reference("TargetList")],
        }
        schemas[model]["properties"]["platform"] = {
            **_reference("PlatformTargets"),
            "description": field["description"],
        }


def _simplify_fields(node: Any) -> None:
    """Fields have no title, which repeats the name, and their default is in the description.

    Generators of clients make a field with a `default` required.
    """
    if isinstance(node, list):
        for each in node:
            _simplify_fields(each)
    elif isinstance(node, dict):
        for field in node.get("properties", {}).values():
            field.pop("title", None)
            default = field.pop("default", None)
            if default not in (None, []):
                text = f"{field.get('description', '')} Default: `{json.dumps(default)}`."
                field["description"] = text.strip()
        for value in node.values():
            _simplify_fields(value)

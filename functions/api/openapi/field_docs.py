"""The descriptions of the fields of all requests, from the docstrings below them."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from shared.platforms.limits import Options
from shared.web.field_docs import docs_of
from shared.web.strict import Strict


def add_docs(schemas: dict[str, Any]) -> None:
    """Describe the fields of all models of requests, wherever their schemas are."""
    docs = {model.__name__: docs_of(model) for root in (Strict, Options) for model in _all(root)}
    for name, schema in schemas.items():
        _describe({**schema, "title": name}, docs)


def _all(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for below in model.__subclasses__():
        yield from _all(below)


def _describe(node: Any, models: dict[str, dict[str, str]]) -> None:
    if isinstance(node, list):
        for each in node:
            _describe(each, models)
    elif isinstance(node, dict):
        docs = models.get(str(node.get("title")), {})
        # A model with a schema for each platform has its fields in each of them.
        for each in [node, *node.get("oneOf", [])]:
            for name, field in each.get("properties", {}).items():
                if name in docs:
                    field.setdefault("description", docs[name])
        for value in node.values():
            _describe(value, models)

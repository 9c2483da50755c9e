"""The docstring below a field is its description.

pydantic can do that, too, but reads the source when it creates a model: 35 ms of each cold start,
although only the description needs it.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from pydantic import BaseModel

from shared.platforms.limits import Options
from shared.web.strict import Strict


def docs_of(model: type[BaseModel]) -> dict[str, str]:
    """The docstrings of a model's own and inherited fields, by their aliases."""
    docs: dict[str, str] = {}
    for kind in reversed(model.__mro__):
        if issubclass(kind, BaseModel) and kind is not BaseModel:
            docs |= dict(_docstrings(kind))
    fields = model.model_fields
    return {fields[name].alias or name: text for name, text in docs.items() if name in fields}


def _docstrings(kind: type) -> Iterator[tuple[str, str]]:
    [definition] = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    for field, below in pairwise(getattr(definition, "body", ())):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, " ".join(text.split())


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

"""The docstring below a field is its description.

pydantic can do that, too, but reads the source when it creates a model: 35 ms of each cold start,
although only descriptions and forms need it.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from itertools import pairwise

from pydantic import BaseModel


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

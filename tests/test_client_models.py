"""The models of the Python client are those of the API, and its methods those of its page."""

import re
import runpy

import pytest

from soku import Comment, Connection, Post, Reply, Soku
from tests.conftest import ROOT
from tests.functions.described import described

CLIENT = ROOT / "clients/python"


def test_the_models_of_the_python_client_are_current() -> None:
    models = runpy.run_path(str(CLIENT / "generate.py"))["models"]
    made = models(described()["components"]["schemas"])
    kept = (CLIENT / "src/soku/models.py").read_text(encoding="utf-8")
    assert kept == made, "run: .venv/bin/python clients/python/generate.py"


@pytest.mark.parametrize(
    ("name", "returned"),
    [
        ("posts", [Post]),
        ("comments", [Comment, Reply]),
        ("metrics", []),
        ("media", []),
        ("templates", []),
        ("accounts", [Connection]),
        ("webhooks", []),
    ],
)
def test_the_page_has_every_method(name: str, returned: list[type]) -> None:
    page = (ROOT / "docs/clients.md").read_text(encoding="utf-8")
    [row] = re.findall(rf"^\| `soku\.{name}` \| (.*) \|$", page, re.M)
    with Soku("sk_live_example", url="https://soku.test") as soku:
        kinds = [type(getattr(soku, name)), *returned]
    methods = {
        method
        for kind in kinds
        for method, value in vars(kind).items()
        if callable(value) and not method.startswith("_")
    }
    assert set(re.findall(r"`(\w+)`", row)) - {"data"} == methods

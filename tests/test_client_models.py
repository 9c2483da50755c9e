"""The models of the Python client are those of the API."""

import runpy

from tests.conftest import ROOT
from tests.functions.described import described

CLIENT = ROOT / "clients/python"


def test_the_models_of_the_python_client_are_current() -> None:
    models = runpy.run_path(str(CLIENT / "generate.py"))["models"]
    made = models(described()["components"]["schemas"])
    kept = (CLIENT / "src/soku/models.py").read_text(encoding="utf-8")
    assert kept == made, "run: .venv/bin/python clients/python/generate.py"

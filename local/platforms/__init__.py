"""Simulated twins of the social platforms, over real HTTP on loopback.

A folder with a `twin.py` is a twin: the module has a class that derives from `SimulatedPlatform`.
All twins share the modules beside the folders; Meta's twins also share `meta`.
"""

import importlib
import inspect
from pathlib import Path
from typing import TypeGuard

from local.platforms.simulation import SimulatedPlatform


def discover() -> dict[str, type[SimulatedPlatform]]:
    """All twins: platform name -> class, in alphabetical order."""
    twins: dict[str, type[SimulatedPlatform]] = {}
    for path in sorted(twin for root in __path__ for twin in Path(root).glob("*/twin.py")):
        module = importlib.import_module(f"{__name__}.{path.parent.name}.twin")
        for _, twin in inspect.getmembers(module, inspect.isclass):
            if twin.__module__ == module.__name__ and _is_twin(twin):
                twins[twin.name] = twin
    return dict(sorted(twins.items()))


def _is_twin(candidate: type) -> TypeGuard[type[SimulatedPlatform]]:
    return issubclass(candidate, SimulatedPlatform) and not inspect.isabstract(candidate)

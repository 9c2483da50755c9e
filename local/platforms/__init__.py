"""Simulated twins of the social platforms, over real HTTP on loopback.

A twin is one module in this package with a class that derives from
`SimulatedPlatform`; it is found by being there. What all twins share lies in
`simulation`, `accounts`, `posts`, `media`, `faults`, `connections`,
`request_log`, `controls` and `feed`; what those of Meta share, in `meta_platform`
and `meta_errors`.
"""

import importlib
import inspect
import pkgutil
from typing import TypeGuard

from local.platforms.simulation import SimulatedPlatform


def discover() -> dict[str, type[SimulatedPlatform]]:
    """Every twin in this package: platform name -> class, in alphabetical order."""
    found: dict[str, type[SimulatedPlatform]] = {}
    for module_info in pkgutil.iter_modules(__path__):
        if module_info.name.startswith("__"):
            continue
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        for _, twin in inspect.getmembers(module, inspect.isclass):
            if twin.__module__ == module.__name__ and _is_twin(twin):
                found[twin.name] = twin
    return dict(sorted(found.items()))


def _is_twin(candidate: type) -> TypeGuard[type[SimulatedPlatform]]:
    return issubclass(candidate, SimulatedPlatform) and not inspect.isabstract(candidate)

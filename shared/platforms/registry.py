"""Finds the platforms: every module beside this one that defines a `Platform`.

A module is imported when its platform is first asked for, so that a cold
instance pays for the platforms that it speaks to and no others.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from functools import cache

import shared.platforms
from shared import config
from shared.platforms.base import Platform

_PARTS = frozenset({"base", "http", "registry"})


@cache
def names() -> tuple[str, ...]:
    """The platforms that there are modules for, in alphabetical order."""
    modules = pkgutil.iter_modules(shared.platforms.__path__)
    return tuple(sorted(m.name for m in modules if not m.ispkg and m.name not in _PARTS))


@cache
def platform(name: str) -> Platform:
    """The platform called `name`, one of `names()`."""
    return platform_class(name)(config.settings().platform_clients.get(name))


@cache
def platform_class(name: str) -> type[Platform]:
    if name not in names():
        raise LookupError(f"there is no platform module {name}")
    module = importlib.import_module(f"{shared.platforms.__name__}.{name}")
    for _, found in inspect.getmembers(module, inspect.isclass):
        if issubclass(found, Platform) and found.__module__ == module.__name__:
            return found
    raise LookupError(f"the module {module.__name__} defines no platform")


def base_url(name: str) -> str:
    """Where the platform answers: its own address, or its simulation's."""
    simulated = config.settings().simulated_platforms
    return simulated[name] if simulated else platform_class(name).base_url


def hosts(name: str) -> Mapping[str, str]:
    """The platform's other hosts, by the beginning of the path; a simulation has none."""
    return {} if config.settings().simulated_platforms else platform_class(name).hosts

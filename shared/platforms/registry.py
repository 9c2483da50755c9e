"""Finds the platforms: every folder beside this file that has a `publishing.py`.

A platform's job is imported when it is first asked for, so a cold instance
loads only the platforms and jobs that it uses.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shared.platforms
from shared import config
from shared.platforms.about import About

if TYPE_CHECKING:
    from shared.platforms.base import Publishing
    from shared.platforms.comments import Comments
    from shared.platforms.connecting import Connecting, Login
    from shared.platforms.limits import Limits
    from shared.platforms.metrics import Metrics


@cache
def names() -> tuple[str, ...]:
    """All platforms, in alphabetical order."""
    roots = [Path(root) for root in shared.platforms.__path__]
    return tuple(sorted(job.parent.name for root in roots for job in root.glob("*/publishing.py")))


def about(name: str) -> About:
    """The fixed facts about the platform `name`, one of `names()`. Raises LookupError."""
    described: About = _module(name).ABOUT
    return described


def display_name(name: str) -> str:
    """The platform's own spelling, for messages. Raises LookupError."""
    return about(name).display_name


def limits(name: str) -> "Limits":
    """What a platform supports in a post. Raises LookupError."""
    supported: Limits = _module(name, "limits").LIMITS
    return supported


@cache
def publishing(name: str) -> "Publishing[Any]":
    """The publishing job of a platform. Raises LookupError."""
    job: Publishing[Any] = _module(name, "publishing").Publishing()
    return job


@cache
def connecting(name: str, kind: str | None = None) -> "Connecting":
    """The connecting job of a platform, through the login of this kind or its main one.

    Raises LookupError.
    """
    clients = config.settings().platform_clients
    job: Connecting = _module(name, "connecting").Connecting(clients, kind)
    return job


def logins(name: str) -> "tuple[Login, ...]":
    """The ways to authorize accounts of a platform, the main one first. Raises LookupError."""
    declared: tuple[Login, ...] = _module(name, "connecting").Connecting.logins
    return declared


@cache
def metrics(name: str) -> "Metrics | None":
    """The job of reading numbers of a platform; None if the platform gives none.

    Raises LookupError.
    """
    if not _has_job(name, "metrics"):
        return None
    job: Metrics = _module(name, "metrics").Metrics()
    return job


def shows_comments(name: str) -> bool:
    """Whether there is a job of reading a platform's comments, without importing it."""
    return _has_job(name, "comments")


@cache
def comments(name: str) -> "Comments | None":
    """The job of reading and answering comments; None if the platform shows none.

    Raises LookupError.
    """
    if not _has_job(name, "comments"):
        return None
    job: Comments = _module(name, "comments").Comments()
    return job


def base_url(name: str) -> str:
    """The base URL of the platform, or of its simulation."""
    simulated = config.settings().simulated_platforms
    return simulated[name] if simulated else about(name).base_url


def hosts(name: str) -> Mapping[str, str]:
    """The platform's other hosts, by the beginning of the path; a simulation has none."""
    return {} if config.settings().simulated_platforms else about(name).hosts


def address(name: str, path: str) -> str:
    """The address of one of the platform's paths, or of its simulation's."""
    from shared.platforms.http import url_of

    return url_of(path, base_url(name), hosts(name))


def client_prefixes() -> list[str]:
    """The prefixes of all platforms' client apps."""
    return sorted(prefix for name in names() for prefix in about(name).prefixes)


def unknown_prefixes(prefixes: Iterable[str]) -> list[str]:
    """Those of `prefixes` that no platform's client app has: most likely typing errors."""
    # Most are names of platforms, for which no platform needs to be imported.
    others = set(prefixes) - {name.upper() for name in names()}
    return sorted(others.difference(client_prefixes())) if others else []


def _has_job(name: str, job: str) -> bool:
    if name not in names():
        raise LookupError(f"Platform {name} does not exist.")
    return any((Path(root) / name / f"{job}.py").exists() for root in shared.platforms.__path__)


def _module(name: str, job: str = "") -> Any:
    if name not in names():
        raise LookupError(f"Platform {name} does not exist.")
    return import_module(".".join(filter(None, (shared.platforms.__name__, name, job))))

"""What is fixed about a platform: its names, its API's version, its hosts and its client apps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from shared import config


@dataclass(frozen=True)
class About:
    """The `ABOUT` of a platform's folder."""

    name: str
    """The name of its folder, as in the API and in documents."""
    display_name: str
    """The platform's own spelling, for sentences that people read."""
    default_version: str
    """The version of the API that this release was written for."""
    base_url: str
    hosts: Mapping[str, str] = field(default_factory=dict)
    """Origins of paths that are not at `base_url`, by the beginning of the path."""
    account_prefix: str = ""
    """How the ids of connected accounts begin, without the underscore: "ig" for ig_ana."""
    client_prefixes: tuple[str, ...] = ()
    """Prefixes of the `…_CLIENT_ID` and `…_CLIENT_SECRET` of its apps; the main app first."""

    @cached_property
    def api_version(self) -> str:
        """The version in the requests; `<PLATFORM>_API_VERSION` overrides the default."""
        return config.api_version(self.name) or self.default_version

    @property
    def client_prefix(self) -> str:
        """The prefix of the main app's client id and secret."""
        return self.prefixes[0]

    @property
    def prefixes(self) -> tuple[str, ...]:
        """All prefixes; a platform that names none has one app under its own name."""
        return self.client_prefixes or (self.name.upper(),)

    @property
    def reconnect(self) -> str:
        """The message for an account whose authorization has ended."""
        return (
            f"The authorization of this {self.display_name} account has ended. "
            "Reconnect the account, then retry."
        )

"""What the lists with filters have in common: the filters and the search are in the address."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar
from urllib.parse import urlencode

from functions.dashboard.visitor import url_of
from shared.domain.accounts import MAX_ACCOUNT_ID
from shared.domain.captions import words_of
from shared.platforms import registry
from shared.posts.history import LONGEST_CURSOR, LONGEST_SEARCH


@dataclass(frozen=True)
class Chip:
    """A filter that is set, with the address of the list without it."""

    words: str
    without: str


@dataclass(frozen=True)
class Option:
    """A value that can be chosen, with the address of the list with it."""

    words: str
    href: str
    is_chosen: bool
    value: str = ""


@dataclass(frozen=True)
class Filters(ABC):
    """What the address asks for. What is not valid is left out, like an empty field of a form."""

    path: ClassVar[str]
    """Of the list."""
    q: str = ""
    platform: str = ""
    account: str = ""
    cursor: str = ""

    @property
    @abstractmethod
    def query(self) -> dict[str, str]:
        """The parameters of the address, without the cursor."""

    @property
    def href(self) -> str:
        return url_of(self.path, **self.query)

    @property
    def back(self) -> str:
        """The path of the list, to return to after a form."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    def after(self, cursor: str) -> str:
        """The address of the next page."""
        return url_of(self.path, **self.query, cursor=cursor)

    def changed(self, **changes: str) -> str:
        """The address of the list with other filters."""
        # A cursor belongs to one list only.
        return replace(self, cursor="", **changes).href

    def chips(self, names: Mapping[str, str], more: Mapping[str, str]) -> Iterator[Chip]:
        """The filters that are set. `names`: of accounts, by id. `more`: what the others say."""
        platform = registry.display_name(self.platform) if self.platform else ""
        texts = {
            "q": f"Search: {self.q}",
            "platform": f"Platform: {platform}",
            "account": f"Account: {names.get(self.account, self.account)}",
            **more,
        }
        for name, text in texts.items():
            if getattr(self, name):
                yield Chip(text, self.changed(**{name: ""}))

    def options(self, name: str, values: Iterable[tuple[str, str]]) -> list[Option]:
        """The menu of the filter `name`: its values, each with its words."""
        return [
            Option(text, self.changed(**{name: value}), value == getattr(self, name), value)
            for value, text in values
        ]

    def platform_options(self, platforms: Iterable[str]) -> list[Option]:
        return self.options("platform", [(name, registry.display_name(name)) for name in platforms])


def shared_values(args: Mapping[str, str]) -> dict[str, str]:
    """The values in an address that each list has."""
    q, account, cursor = (args.get(name, "").strip() for name in ("q", "account", "cursor"))
    q, platform = q[:LONGEST_SEARCH], args.get("platform", "")
    return {
        "q": q if any(words_of(q)) else "",
        "platform": platform if platform in registry.names() else "",
        "account": account if len(account) <= MAX_ACCOUNT_ID else "",
        "cursor": cursor if len(cursor) <= LONGEST_CURSOR else "",
    }

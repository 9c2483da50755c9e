"""The tab, the filters and the search of the inbox: all of it in the address."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from functions.dashboard import filtering
from functions.dashboard.filtering import Chip, Option
from functions.dashboard.own_posts import is_post_id
from shared.inbox.listing import InboxQuery, InboxState
from shared.platforms import registry
from shared.web import strict

PAGE = 25
ALL = "all"
TABS: Mapping[str, str] = {
    InboxState.OPEN.value: "Open",
    InboxState.UNREAD.value: "Unread",
    InboxState.DONE.value: "Done",
    ALL: "All",
}


@dataclass(frozen=True)
class Filters(filtering.Filters):
    path: ClassVar = "/inbox"
    tab: str = InboxState.OPEN.value
    post: str = ""
    """The id of the post whose comments are shown."""

    @property
    def is_set(self) -> bool:
        return any((self.q, self.platform, self.account, self.post))

    @property
    def query(self) -> dict[str, str]:
        values = {
            "state": "" if self.tab == InboxState.OPEN else self.tab,
            "q": self.q,
            "platform": self.platform,
            "account": self.account,
            "post": self.post,
        }
        return {name: value for name, value in values.items() if value}

    @property
    def cleared(self) -> str:
        """The address of the tab without filters."""
        return Filters(tab=self.tab).href

    @property
    def inbox_query(self) -> InboxQuery:
        sent = {
            "state": "" if self.tab == ALL else self.tab,
            "q": self.q,
            "platform": self.platform,
            "accountId": self.account,
            "postId": self.post,
            "limit": str(PAGE),
            "cursor": self.cursor,
        }
        return strict.read(InboxQuery, {name: text for name, text in sent.items() if text})


def filters_of(args: Mapping[str, str]) -> Filters:
    """The filters in the address of a page."""
    tab, post = args.get("state", ""), args.get("post", "")
    return Filters(
        **filtering.shared_values(args),
        tab=tab if tab in TABS else InboxState.OPEN.value,
        post=post if is_post_id(post) else "",
    )


def tabs(filters: Filters) -> list[Option]:
    return filters.options("tab", TABS.items())


def chips(filters: Filters, names: Mapping[str, str], caption: str) -> Iterator[Chip]:
    """The filters that are set. `names`: of accounts, by id. `caption`: of the chosen post."""
    return filters.chips(names, {"post": f"Post: {caption}"})


def options(filters: Filters, accounts: Mapping[tuple[str, str], str]) -> dict[str, list[Option]]:
    """The menus, by the name of the filter. `accounts`: names by platform and id."""
    platforms = sorted({platform for platform, _ in accounts if registry.shows_comments(platform)})
    names = [
        (account, name) for (platform, account), name in accounts.items() if platform in platforms
    ]
    return {
        "platform": filters.platform_options(platforms),
        "account": filters.options("account", names),
    }

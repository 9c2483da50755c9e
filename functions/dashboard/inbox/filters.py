"""The tab, the filters and the search of the inbox: all of it in the address."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from functions.dashboard.own_posts import is_post_id
from functions.dashboard.posts.filters import Chip, Option
from functions.dashboard.visitor import url_of
from shared.domain.accounts import MAX_ACCOUNT_ID
from shared.domain.captions import words_of
from shared.inbox.listing import InboxQuery, InboxState
from shared.platforms import registry
from shared.posts.history import LONGEST_CURSOR, LONGEST_SEARCH
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
class Filters:
    """What the address asks for. What is not valid is left out, like an empty field of a form."""

    tab: str = InboxState.OPEN.value
    q: str = ""
    platform: str = ""
    account: str = ""
    post: str = ""
    """The id of the post whose comments are shown."""
    cursor: str = ""

    @property
    def is_set(self) -> bool:
        return any((self.q, self.platform, self.account, self.post))

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the address, without the cursor."""
        values = {
            "state": "" if self.tab == InboxState.OPEN else self.tab,
            "q": self.q,
            "platform": self.platform,
            "account": self.account,
            "post": self.post,
        }
        return {name: value for name, value in values.items() if value}

    @property
    def href(self) -> str:
        return url_of("/inbox", **self.query)

    @property
    def back(self) -> str:
        """The path of the list, to return to after a form."""
        return f"/inbox?{urlencode(self.query)}" if self.query else "/inbox"

    @property
    def cleared(self) -> str:
        """The address of the tab without filters."""
        return Filters(self.tab).href

    def after(self, cursor: str) -> str:
        """The address of the next page."""
        return url_of("/inbox", **self.query, cursor=cursor)

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
    tab, platform = args.get("state", ""), args.get("platform", "")
    q, account, cursor = (args.get(name, "").strip() for name in ("q", "account", "cursor"))
    q, post = q[:LONGEST_SEARCH], args.get("post", "")
    return Filters(
        tab=tab if tab in TABS else InboxState.OPEN.value,
        q=q if any(words_of(q)) else "",
        platform=platform if platform in registry.names() else "",
        account=account if len(account) <= MAX_ACCOUNT_ID else "",
        post=post if is_post_id(post) else "",
        cursor=cursor if len(cursor) <= LONGEST_CURSOR else "",
    )


def tabs(filters: Filters) -> list[Option]:
    return [
        Option(text, _with(filters, tab=name), name == filters.tab, name)
        for name, text in TABS.items()
    ]


def chips(filters: Filters, names: Mapping[str, str], caption: str) -> Iterator[Chip]:
    """The filters that are set. `names`: of accounts, by id. `caption`: of the chosen post."""
    texts = {
        "q": f"Search: {filters.q}",
        "platform": f"Platform: {registry.display_name(filters.platform)}"
        if filters.platform
        else "",
        "account": f"Account: {names.get(filters.account, filters.account)}",
        "post": f"Post: {caption}",
    }
    for name, text in texts.items():
        if getattr(filters, name):
            yield Chip(text, _with(filters, **{name: ""}))


def options(filters: Filters, accounts: Mapping[tuple[str, str], str]) -> dict[str, list[Option]]:
    """The menus, by the name of the filter. `accounts`: names by platform and id."""
    platforms = sorted({platform for platform, _ in accounts if registry.shows_comments(platform)})
    return {
        "platform": [
            Option(
                registry.display_name(name),
                _with(filters, platform=name),
                name == filters.platform,
                name,
            )
            for name in platforms
        ],
        "account": [
            Option(name, _with(filters, account=account), account == filters.account, account)
            for (platform, account), name in accounts.items()
            if platform in platforms
        ],
    }


def _with(filters: Filters, **changes: str) -> str:
    # A cursor belongs to one list only.
    return replace(filters, cursor="", **changes).href

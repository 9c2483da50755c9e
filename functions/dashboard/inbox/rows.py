"""Items of the inbox as the pages show them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from functions.dashboard.captions import caption_of
from functions.dashboard.visitor import Visitor
from functions.dashboard.words import State as Badge
from shared.domain.inbox import Asked, Item, Kind, State
from shared.gcp.firestore import read_all
from shared.gcp.runs import submission_path
from shared.platforms import registry
from shared.posts import view
from shared.wiring import Parts

SOMEBODY = "Somebody"
_DID: Mapping[Kind, str] = {
    Kind.COMMENT: "commented",
    Kind.REPLY: "replied",
    Kind.MENTION: "mentioned you",
}
_ASKED: Mapping[Asked, str] = {
    Asked.READ: "Being read again",
    Asked.HIDE: "Being hidden",
    Asked.SHOW: "Being shown again",
    Asked.DELETE: "Being deleted",
}


@dataclass(frozen=True)
class Row:
    """An item with the words for it."""

    item: Item
    author: str
    handle: str
    """The username, if it says more than the name."""
    initial: str
    """Of the author, where there is no picture; "" for nobody."""
    avatar: str
    did: str
    text: str
    note: str
    """Why there is no text, or no name."""
    post: str | None
    """The text of the post that it is on; None if it is on none that Soku knows."""
    badges: list[Badge]

    @property
    def is_unread(self) -> bool:
        return self.item.state is State.UNREAD

    @property
    def is_done(self) -> bool:
        return self.item.state is State.DONE


def row_of(item: Item, captions: Mapping[str, str]) -> Row:
    """`captions`: of posts, by id."""
    seen, author = item.seen, item.seen.author
    name = author.name or author.username or ""
    return Row(
        item=item,
        author="You" if item.is_own else name or SOMEBODY,
        handle=author.username or "" if author.name and not item.is_own else "",
        initial=name.strip()[:1].upper(),
        avatar=https_of(author.avatar_url),
        did=_DID[seen.kind],
        text=seen.text,
        note=_note(item),
        post=captions.get(item.submission_id or ""),
        badges=_badges(item),
    )


def captions_of(items: Iterable[Item], who: Visitor, parts: Parts) -> dict[str, str]:
    """The texts of the posts that the items are on, by id, in one read. Raises StoreUnavailable."""
    ids = sorted({item.submission_id for item in items if item.submission_id})
    paths = {each: submission_path(each) for each in ids}
    found = read_all(parts.db, paths.values()) if paths else {}
    stored = {each: view.owned(found[path], who.user_id) for each, path in paths.items()}
    return {each: caption_of(one.submission) for each, one in stored.items() if one}


def https_of(link: str | None) -> str:
    """A link that a platform sent, if it can be shown; otherwise ""."""
    return link if link and link.lower().startswith("https://") else ""


def _note(item: Item) -> str:
    name = registry.display_name(item.platform)
    if item.text_gone:
        return f"{name} does not let Soku keep this text any longer."
    if not item.seen.text.strip():
        return "Without text"
    if item.author_gone:
        return f"{name} does not let Soku keep this name any longer."
    return ""


def _badges(item: Item) -> list[Badge]:
    name, badges = registry.display_name(item.platform), []
    if item.deleted_at is not None:
        badges.append(Badge(f"Deleted on {name}", "trash-2", "neutral"))
    elif item.seen.is_hidden:
        badges.append(Badge(f"Hidden on {name}", "eye-off", "neutral"))
    if item.asked is not None:
        badges.append(Badge(_ASKED[item.asked], "loader", "info"))
    elif item.problem:
        badges.append(Badge("Failed", "circle-x", "danger"))
    if item.state is State.DONE:
        badges.append(Badge("Done", "circle-check", "success"))
    return badges

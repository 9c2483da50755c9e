"""The comments of a video on YouTube, as threads (developers.google.com/youtube/v3/docs).

A thread is a comment with the replies to it. Which replies a list contains is not documented, nor
what the owner sees of those that wait for a review.
"""

import html
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from flask import request

from local.platforms.accounts import Account
from local.platforms.comments import Comment
from local.platforms.reading import own
from local.platforms.simulation import Endpoints, Refusal
from local.platforms.youtube import errors
from local.platforms.youtube.errors import bad_request, refusal
from local.platforms.youtube.lists import listing, page_size, page_start, page_token, parts_of
from local.platforms.youtube.parts import THREAD_PARTS
from local.platforms.youtube.state import State
from local.platforms.youtube.video import Video

SCOPE = "youtube.force-ssl"
PAGE_DEFAULT, PAGE_LEAST, PAGE_MOST = 20, 1, 100
MOST_EMBEDDED = 5
_FILTERS = ("videoId", "id", "allThreadsRelatedToChannelId", "channelId")
_QUERY = (*_FILTERS, "maxResults", "moderationStatus", "order", "pageToken", "searchTerms")
_STATUSES = ("published", "heldForReview", "likelySpam")


class ThreadEndpoints(Endpoints[State]):
    def find(self) -> Any:
        """`GET /commentThreads`: the threads of a video or a channel, or those with given ids."""
        account = self._state.authorized(SCOPE)
        parts = parts_of(THREAD_PARTS, "textFormat", *_QUERY)
        status = _moderation_status()
        if request.args.get("order", "time") not in ("time", "relevance"):
            raise bad_request("Invalid value for order.", "invalidParameter")
        found = self._found(account)
        if status != "published":
            self._check_owner(found, account)
        threads = [top for top in found if self._is_in(top, status)]
        size, start = page_size(PAGE_DEFAULT, PAGE_LEAST, PAGE_MOST), page_start()
        shown = threads[start : start + size]
        items = [self._thread(top, parts, status, account) for top in shown]
        answer = listing("youtube#commentThreadListResponse", items, len(threads))
        if start + size < len(threads):
            answer["nextPageToken"] = page_token(start + size)
        return answer

    def _found(self, account: Account) -> list[Comment]:
        """The first comments of the threads that the one filter of the query selects."""
        match _filter():
            case "videoId", video_id:
                comments = self._platform.comments.of_post(self._video(video_id, account).id)
            case "id", ids:
                named = [self._platform.comments.get(each) for each in ids.split(",")]
                comments = [comment for comment in named if comment is not None]
            case _, channel_id:
                if channel_id != account.external_id:
                    raise refusal(404, "channelNotFound", "The channel could not be found.")
                videos = self._platform.posts.all(account.account_id)
                comments = [c for v in videos for c in self._platform.comments.of_post(v.id)]
        tops = [comment for comment in comments if comment.parent_id is None]
        return sorted(tops, key=lambda top: top.created_at, reverse=True)

    def _video(self, video_id: str, account: Account) -> Video:
        video = self._state.videos.get(video_id)
        if video is None or (video.is_private and own(video, account) is None):
            message = "The video identified by the videoId parameter could not be found."
            raise refusal(404, "videoNotFound", message, "youtube.commentThread")
        if video.id in self._state.without_comments:
            raise errors.comments_disabled()
        return video

    def _check_owner(self, tops: list[Comment], account: Account) -> None:
        if any(own(top, account) is None for top in tops):
            raise errors.forbidden("Only the owner of a video can list what waits for a review.")

    def _is_in(self, top: Comment, status: str) -> bool:
        """Whether the list of comments with this status has the thread."""
        if status == "published":
            return not top.is_hidden
        thread = [top, *self._replies(top)]
        is_held = status == "heldForReview"
        return is_held and any(self._is_held(comment) for comment in thread)

    def _is_held(self, comment: Comment) -> bool:
        return comment.is_hidden and comment.id not in self._state.rejected

    def _replies(self, top: Comment) -> list[Comment]:
        """All replies in a thread, oldest first."""
        comments = self._platform.comments
        return [
            comment
            for comment in comments.all()
            if comment.parent_id is not None and [*comments.thread(comment)][-1] is top
        ]

    def _thread(
        self, top: Comment, parts: tuple[str, ...], status: str, account: Account
    ) -> dict[str, Any]:
        is_published = status == "published"
        replies = [
            reply
            for reply in self._replies(top)
            if (not reply.is_hidden if is_published else self._is_held(reply))
        ]
        shown = [
            comment_json(self._state, comment, account, has_status=not is_published)
            for comment in (top, *replies[:MOST_EMBEDDED])
        ]
        snippet = {
            "channelId": shown[0]["snippet"]["channelId"],
            "videoId": top.post_id,
            "topLevelComment": shown[0],
            "canReply": True,
            "totalReplyCount": len(replies),
            "isPublic": True,
        }
        thread: dict[str, Any] = {"kind": "youtube#commentThread", "id": top.id}
        if "snippet" in parts:
            thread["snippet"] = snippet
        if "replies" in parts and replies:
            thread["replies"] = {"comments": shown[1:]}
        return thread


def comment_json(
    state: State, comment: Comment, account: Account, *, has_status: bool = False
) -> dict[str, Any]:
    """A comment as `account` sees it."""
    video = state.videos.get(comment.post_id or "")
    changed_at = comment.edited_at or comment.created_at
    snippet: dict[str, Any] = {
        "channelId": video.channel["channelId"] if video else "",
        "videoId": comment.post_id,
        "textDisplay": _displayed(comment.text),
        "canRate": True,
        "viewerRating": "none",
        "likeCount": 0,
        "publishedAt": _second(comment.created_at),
        "updatedAt": _second(changed_at),
    }
    return {
        "kind": "youtube#comment",
        "id": comment.id,
        "snippet": {**snippet, **dict(_more(state, comment, account, has_status=has_status))},
    }


def _more(
    state: State, comment: Comment, account: Account, *, has_status: bool
) -> Iterator[tuple[str, Any]]:
    """What only some comments have."""
    is_by_reader = comment.is_own and own(comment, account) is not None
    if is_by_reader:
        yield "textOriginal", comment.text
    if comment.author.username:
        yield "authorDisplayName", f"@{comment.author.username}"
        yield "authorProfileImageUrl", f"https://yt3.ggpht.example/{comment.author.id}=s48"
        yield "authorChannelId", {"value": comment.author.id}
    if comment.parent_id is not None:
        yield "parentId", [*state.platform.comments.thread(comment)][-1].id
    if has_status:
        is_rejected = comment.id in state.rejected
        hidden = "rejected" if is_rejected else "heldForReview"
        yield "moderationStatus", hidden if comment.is_hidden else "published"


def _displayed(text: str) -> str:
    """The text in the format that the query asks for."""
    if _text_format() == "plainText":
        return text
    return html.escape(text, quote=False).replace("\n", "<br>")


def _text_format() -> str:
    name = request.args.get("textFormat", "html")
    if name not in ("html", "plainText"):
        raise bad_request("Invalid value for textFormat.", "invalidParameter")
    return name


def _second(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moderation_status() -> str:
    status = request.args.get("moderationStatus", "published")
    if status not in _STATUSES:
        raise bad_request("Invalid value for moderationStatus.", "invalidParameter")
    if "moderationStatus" in request.args and "id" in request.args:
        raise _incompatible(["moderationStatus", "id"])
    return status


def _filter() -> tuple[str, str]:
    """The name and the value of the one filter in the query. Raises Refusal."""
    named = [name for name in _FILTERS if request.args.get(name)]
    if not named:
        raise bad_request("No filter selected.", "missingRequiredParameter")
    if len(named) > 1:
        raise _incompatible(named)
    if named == ["channelId"]:
        # It is documented, and clients report that it is refused.
        raise bad_request("The filter channelId is not supported.", "invalidFilters")
    return named[0], request.args[named[0]]


def _incompatible(names: list[str]) -> Refusal:
    message = f"Incompatible parameters specified in the request: {', '.join(names)}"
    found = refusal(400, "incompatibleParameters", message, "youtube.parameter")
    found.body["error"]["errors"][0] |= {"location": "parameters.", "locationType": "other"}
    return found

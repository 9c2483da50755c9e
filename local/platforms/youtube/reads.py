"""Reading from YouTube: videos, the channel, the list of its uploads. Also deletes videos.

developers.google.com/youtube/v3/docs as of November 2026.
"""

from collections.abc import Collection
from typing import Any

from flask import Response, request

from local.platforms.accounts import Account
from local.platforms.numbers import followers
from local.platforms.posts import Post
from local.platforms.reading import own
from local.platforms.simulation import Endpoints
from local.platforms.youtube.errors import bad_request, forbidden, refusal, video_not_found
from local.platforms.youtube.lists import listing, page_size, page_start, page_token, parts_of
from local.platforms.youtube.parts import (
    CHANNEL_PARTS,
    ITEM_PARTS,
    STATISTICS_PARTS,
    VIDEO_PARTS,
)
from local.platforms.youtube.state import State
from local.platforms.youtube.video import Video
from shared.platforms.youtube import ABOUT

API = f"/youtube/{ABOUT.api_version}"
_READ = ("youtube.readonly", "youtube", "youtube.force-ssl")
_WRITE = ("youtube", "youtube.force-ssl")
MOST_IDS = 50
PAGE_DEFAULT, PAGE_MOST = 5, 50


class ReadEndpoints(Endpoints[State]):
    def videos(self) -> Any:
        """`GET /videos?part=&id=`: the existing ones; an unknown id is left out."""
        account = self._state.authorized(*_READ)
        parts = parts_of(VIDEO_PARTS, "id", "maxResults", "hl")
        ids = [i for value in request.args.getlist("id") for i in value.split(",") if i] or [""]
        if not ids[0] or len(ids) > MOST_IDS:
            raise bad_request("No filter selected.", "missingRequiredParameter")
        videos = [self._state.videos[i] for i in ids if i in self._state.videos]
        is_owner = all(own(video, account) for video in videos)
        if "processingDetails" in parts and not is_owner:
            raise forbidden("The processingDetails are visible only to the video's owner.")
        shown = [video for video in videos if own(video, account) or not video.is_private]
        items = [self._video(video, parts) for video in shown]
        return listing("youtube#videoListResponse", items)

    def statistics(self) -> Any:
        """`GET /videos:batchGetStats?part=&id=`: up to 50 existing ones, of any channel."""
        account = self._state.authorized(*_READ)
        parts = parts_of(STATISTICS_PARTS, "id")
        ids = [i for value in request.args.getlist("id") for i in value.split(",") if i]
        if not 1 <= len(ids) <= MOST_IDS:
            raise bad_request(
                "The request specifies an invalid filter parameter.", "invalidFilters"
            )
        videos = [self._state.videos[i] for i in ids if i in self._state.videos]
        shown = [video for video in videos if own(video, account) or not video.is_private]
        items = [{**self._video(video, parts), "kind": "youtube#videoStats"} for video in shown]
        return {"kind": "youtube#batchGetStatsResponse", "items": items}

    def _video(self, video: Video, parts: Collection[str]) -> dict[str, Any]:
        """The resource with its numbers; a number that is withheld is left out."""
        shown = video.as_json(tuple(parts))
        post = self._platform.posts.get(video.id)
        if "statistics" in parts and post is not None:
            numbers = self._platform.numbers_of(post)
            has_comments = video.id not in self._state.without_comments
            counts = {
                "viewCount": numbers["views"],
                "likeCount": numbers["likes"],
                "favoriteCount": 0,
                "commentCount": numbers["comments"] if has_comments else None,
            }
            shown["statistics"] = {
                n: str(count) for n, count in counts.items() if count is not None
            }
        return shown

    def delete(self) -> Any:
        """`DELETE /videos?id=`: 204 without a body."""
        account = self._state.authorized(*_WRITE)
        video = self._state.videos.get(request.args.get("id", ""))
        if video is None:
            raise video_not_found()
        if video.account_id != account.account_id:
            raise forbidden("The video cannot be deleted.")
        del self._state.videos[video.id]
        self._platform.posts.remove(video.id)
        return Response("", 204)

    def channels(self) -> Any:
        """`GET /channels?part=&mine=true`: the channel of the token, if there is one."""
        account = self._state.signed_in(*_READ)
        parts = parts_of(CHANNEL_PARTS, "mine", "maxResults", "hl")
        if request.args.get("mine") != "true":
            raise bad_request("No filter selected.", "missingRequiredParameter")
        if not self._accounts.is_registered(account):
            return listing("youtube#channelListResponse", [])
        picture = f"https://yt3.ggpht.example/{account.external_id}"
        everything = {
            "snippet": {
                "title": account.username,
                "customUrl": f"@{account.username}",
                "thumbnails": {
                    "default": {"url": f"{picture}=s88", "width": 88, "height": 88},
                    "medium": {"url": f"{picture}=s240", "width": 240, "height": 240},
                },
            },
            "contentDetails": {"relatedPlaylists": {"uploads": uploads_of(account)}},
            "status": {"privacyStatus": "public", "longUploadsStatus": "allowed"},
            "statistics": {
                "viewCount": "0",
                "subscriberCount": str(followers(account.account_id)),
                "hiddenSubscriberCount": False,
                "videoCount": str(len(self._platform.posts.all(account.account_id))),
            },
        }
        channel = {"kind": "youtube#channel", "id": account.external_id}
        shown = channel | {part: everything[part] for part in parts if part in everything}
        return listing("youtube#channelListResponse", [shown])

    def playlist_items(self) -> Any:
        """`GET /playlistItems?part=&playlistId=`: the channel's uploads, newest first."""
        account = self._state.authorized(*_READ)
        parts = parts_of(ITEM_PARTS, "playlistId", "maxResults", "pageToken")
        if request.args.get("playlistId") != uploads_of(account):
            message = "The playlist identified with the request cannot be found."
            raise refusal(404, "playlistNotFound", message, "youtube.playlistItem")
        size, start = page_size(PAGE_DEFAULT, 0, PAGE_MOST), page_start()
        posts = self._platform.listed(account.account_id)
        page = posts[start : start + size]
        items = [self._item(account, post, start + n, parts) for n, post in enumerate(page)]
        answer = listing("youtube#playlistItemListResponse", items, len(posts))
        if start + size < len(posts):
            answer["nextPageToken"] = page_token(start + size)
        return answer

    def _item(
        self, account: Account, post: Post, position: int, parts: tuple[str, ...]
    ) -> dict[str, Any]:
        video = self._state.videos[post.id].as_json(("snippet", "status"))
        playlist = uploads_of(account)
        resource = {"kind": "youtube#video", "videoId": post.id}
        places = {"playlistId": playlist, "position": position, "resourceId": resource}
        published_at = video["snippet"]["publishedAt"]
        everything = {
            "snippet": video["snippet"] | places,
            "contentDetails": {"videoId": post.id, "videoPublishedAt": published_at},
            "status": {"privacyStatus": video["status"]["privacyStatus"]},
        }
        item = {"kind": "youtube#playlistItem", "id": f"{playlist}.{post.id}"}
        return item | {part: everything[part] for part in parts if part in everything}


def uploads_of(account: Account) -> str:
    """The id of the list of an account's uploads."""
    return f"UU{account.external_id.removeprefix('UC')}"

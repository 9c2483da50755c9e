"""Facebook Pages: posts, photos, videos, reels and stories by the Graph API.

Facts are from Meta's documentation (developers.facebook.com/docs/pages-api,
docs/video-api, docs/page-stories-api) as of 2026-11-22. Photos are uploaded
unpublished and shown by one call; a video has an id before it has bytes, goes
live by one call to finish it, and tells afterwards what became of it. So of
what is visible only a post without video has no handle: it is looked up in the
Page's list.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from shared import clock
from shared.domain.accounts import Tokens
from shared.domain.content import Content
from shared.domain.errors import (
    MediaRejected,
    OutcomeUnknown,
    PlatformError,
    PlatformUnavailable,
    ReconnectRequired,
    Rejected,
    Violation,
)
from shared.domain.reconciliation import Handle, SeenPost, Sighting
from shared.platforms import base, facebook
from shared.platforms.base import (
    UPLOAD_LEASE,
    Capabilities,
    Pending,
    Post,
    Published,
    Step,
)
from shared.platforms.facebook import uploads as videos
from shared.platforms.facebook.errors import RECONNECT, error_from, is_missing
from shared.platforms.facebook.limits import (
    POST,
    FacebookOptions,
    limits_of,
    post_type,
    violations_of,
)
from shared.platforms.facebook.timeline import (
    POST_FIELDS,
    STORY_FIELDS,
    listed,
    says_the_same,
    time_of,
)
from shared.platforms.facebook.uploads import Video, absolute
from shared.platforms.http import Answer, Http

API = "/v26.0"

UPLOAD_PHOTO = Step("upload_photo")
PUBLISH = Step("publish_post", visible=True)
PUBLISH_STORY = Step("publish_photo_story", visible=True)
START = Step("start_video")
UPLOAD = Step("upload_video", lease=UPLOAD_LEASE)
FINISH = Step("publish_video", visible=True)
CHECK = Step("check_video", polls=True)

# Where a video of each kind is begun and finished.
_EDGES = {"post": "videos", "reel": "video_reels", "story": "video_stories"}
# Every 10 seconds for a minute, then every 30, as docs/video-api has it; after a quarter of an
# hour the run is unconfirmed, and is looked up at ever longer distances.
POLL_AFTER = (10,) * 6 + (30,) * 28


class Publishing(base.Publishing[Any]):
    about = facebook.ABOUT
    checkpoint = base.Checkpoint
    capabilities: ClassVar[Capabilities] = POST
    options = FacebookOptions

    def text_length(self, text: str) -> int:
        return len(text.encode("utf-16-le")) // 2

    def limits(self, content: Content) -> Capabilities:
        return limits_of(content)

    def violations(self, content: Content) -> list[Violation]:
        return violations_of(content)

    def next_step(self, content: Content, checkpoint: Mapping[str, Any]) -> Step:
        if content.videos:
            return _next_of_video(checkpoint)
        if len(checkpoint.get("photos", ())) < len(content.images):
            return UPLOAD_PHOTO
        return PUBLISH_STORY if post_type(content) == "story" else PUBLISH

    def take(
        self, step: Step, post: Post, checkpoint: Mapping[str, Any], http: Http
    ) -> Published | Pending:
        match step.name:
            case UPLOAD_PHOTO.name:
                return self._upload_photo(post, checkpoint, http)
            case PUBLISH.name:
                return self._publish(post, checkpoint, http)
            case PUBLISH_STORY.name:
                return self._publish_story(post, checkpoint, http)
            case START.name:
                return self._start(post, http)
            case UPLOAD.name:
                return self._upload(post, checkpoint, http)
            case FINISH.name:
                return self._finish(post, checkpoint, http)
        return self._check(post, checkpoint, http)

    # Texts and photos.

    def _upload_photo(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
        photos = list(checkpoint.get("photos", ()))
        fields = {"url": post.content.images[len(photos)].url, "published": "false"}
        alt_text = post.alt_text(len(photos))
        if alt_text:
            fields["alt_text_custom"] = alt_text
        answer = http.prepare("POST", _edge(post, "photos"), data=fields, params=_token(post))
        photo = self.accepted(answer).get("id")
        if not photo:
            raise PlatformUnavailable("Facebook took a photo without naming it.")
        return Pending({**checkpoint, "photos": [*photos, photo]})

    def _publish(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Published:
        fields = _given(message=post.content.text, link=post.content.options.get("link"))
        for position, photo in enumerate(checkpoint.get("photos", ())):
            fields[f"attached_media[{position}]"] = f'{{"media_fbid":"{photo}"}}'
        answer = http.publish("POST", _edge(post, "feed"), data=fields, params=_token(post))
        return Published(_named(self.taken(answer).get("id")))

    def _publish_story(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Published:
        fields = {"photo_id": checkpoint["photos"][0]}
        path = _edge(post, "photo_stories")
        answer = http.publish("POST", path, data=fields, params=_token(post))
        return Published(_named(self.taken(answer).get("post_id")))

    # Videos.

    def _start(self, post: Post, http: Http) -> Pending:
        fields = {"upload_phase": "start"}
        is_chunked = post_type(post.content) == "post"
        if is_chunked:
            fields["file_size"] = str(post.content.videos[0].size)
        answer = http.prepare("POST", _video_edge(post), data=fields, params=_token(post))
        begun = self.accepted(answer)
        handles = ("video_id", "upload_session_id") if is_chunked else ("video_id", "upload_url")
        if not all(begun.get(handle) for handle in handles):
            raise PlatformUnavailable("Facebook began an upload without naming it.")
        checkpoint = {handle: str(begun[handle]) for handle in handles}
        return Pending({**checkpoint, **(videos.offsets(begun) if is_chunked else {})})

    def _upload(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
        video = post.content.videos[0]
        if "upload_session_id" not in checkpoint:
            offset = self._video(post, checkpoint, http).received(video.size)
            if offset < video.size:
                url = checkpoint["upload_url"]
                videos.stream(http, url, post.access_token, video, offset)
            return Pending({**checkpoint, "uploaded": True})
        session = checkpoint["upload_session_id"]
        chunks = videos.Chunks(_video_edge(post), _token(post), session, video)
        after = chunks.send(http, {name: checkpoint[name] for name in ("start", "end")})
        return Pending({**checkpoint, **after, "uploaded": after["start"] >= after["end"]})

    def _finish(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Pending:
        fields = {"upload_phase": "finish", **_finishing(post.content, checkpoint)}
        answer = http.publish("POST", _video_edge(post), data=fields, params=_token(post))
        taken = self.taken(answer)
        if not taken.get("success"):
            raise OutcomeUnknown(
                "Facebook did not say whether it publishes the video. It is being looked up."
            )
        named = _given(post_id=taken.get("post_id"))
        return Pending({**checkpoint, **named, "finished": True}, sent=True)

    def _check(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Published | Pending:
        try:
            video = self._video(post, checkpoint, http)
        except Rejected as error:
            # It is the question that was refused: the video may go live all the same.
            raise OutcomeUnknown(
                "Facebook does not say what became of the video. It is being looked up.",
                platform_code=error.platform_code,
                platform_message=error.platform_message,
            ) from error
        if video.is_live:
            return Published(_post_id(post, checkpoint, video), video.permalink)
        if video.failure:
            raise MediaRejected(f"Facebook could not process the video: {video.failure}.")
        polls = checkpoint.get("polls", 0)
        if polls >= len(POLL_AFTER):
            raise OutcomeUnknown(
                "Facebook has the video and has not published it yet; look at the Page and its "
                "drafts. It is being looked up."
            )
        wait = timedelta(seconds=POLL_AFTER[polls])
        return Pending({**checkpoint, "polls": polls + 1}, wait, sent=True)

    def _video(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Video:
        path = f"{API}/{checkpoint['video_id']}"
        answer = http.read(path, params={"fields": videos.FIELDS, **_token(post)})
        return Video(self.accepted(answer))

    # What came of a lost answer.

    def look_up(
        self, post: Post, checkpoint: Mapping[str, Any], since: datetime, http: Http
    ) -> Sighting:
        if post.content.videos:
            return self._look_up_video(post, checkpoint, http)
        if post_type(post.content) == "story":
            return self._look_up_story(post, checkpoint, since, http)
        same = [
            SeenPost(seen["id"], time_of(seen), absolute(seen.get("permalink_url")))
            for seen in self._list(post, since, http)
            if says_the_same(seen, post.content)
        ]
        # The same photos again: Facebook refuses those that a post shows already (1366051).
        return Sighting(tuple(same), list_was_read=True, checkpoint=checkpoint)

    def _look_up_video(self, post: Post, checkpoint: Mapping[str, Any], http: Http) -> Sighting:
        video = self._video(post, checkpoint, http)
        if video.is_live:
            found = _post_id(post, checkpoint, video)
            return Sighting(made=SeenPost(found, clock.now(), video.permalink))
        if video.failure:
            return Sighting(handle=Handle.NOT_PUBLISHED, checkpoint={})
        if video.is_untouched:
            unsaid = ("finished", "polls", "post_id")
            again = {name: kept for name, kept in checkpoint.items() if name not in unsaid}
            return Sighting(handle=Handle.NOT_PUBLISHED, checkpoint=again)
        return Sighting()

    def _look_up_story(
        self, post: Post, checkpoint: Mapping[str, Any], since: datetime, http: Http
    ) -> Sighting:
        (photo,) = checkpoint["photos"]
        for seen in self._list(post, since, http):
            if str(seen.get("media_id")) == photo:
                return Sighting(made=SeenPost(seen["post_id"], clock.now(), seen.get("url")))
        # What the list calls a medium is not documented, but a photo makes one story only: should
        # it be live after all, sending it again is refused.
        return Sighting(list_was_read=True, checkpoint=checkpoint)

    def _list(self, post: Post, since: datetime, http: Http) -> list[dict[str, Any]]:
        is_story = post_type(post.content) == "story"
        return listed(
            _edge(post, "stories" if is_story else "published_posts"),
            STORY_FIELDS if is_story else POST_FIELDS,
            _token(post),
            since,
            lambda path, query: self.accepted(http.read(path, params=query)),
        )

    # The published post, the account.

    def permalink(self, post: Post, platform_post_id: str, http: Http) -> str | None:
        if post_type(post.content) == "story":
            since = clock.now() - timedelta(days=1)
            stories = self._list(post, since, http)
            urls = {str(seen.get("post_id")): seen.get("url") for seen in stories}
            return urls.get(platform_post_id)
        answer = http.read(
            f"{API}/{platform_post_id}", params={"fields": "permalink_url", **_token(post)}
        )
        return absolute(self.accepted(answer).get("permalink_url"))

    def delete(self, post: Post, platform_post_id: str, http: Http) -> None:
        path = f"{API}/{platform_post_id}"
        answer = http.prepare("DELETE", path, params=_token(post))
        # The answer for one that is gone is the one for a lack of permission, too: if it cannot
        # be seen either, it is gone.
        if is_missing(answer):
            seen = http.read(path, params={"fields": "id", **_token(post)})
            if is_missing(seen):
                return
        if not self.accepted(answer).get("success"):
            raise PlatformUnavailable("Facebook did not say that it deleted the post; try again.")

    def refresh(self, tokens: Tokens, http: Http) -> Tokens:
        """A Page's token has no end of its own; one that died is had again only by logging in."""
        raise ReconnectRequired(RECONNECT)

    def error_of(self, answer: Answer) -> PlatformError:
        return error_from(answer)


def _next_of_video(checkpoint: Mapping[str, Any]) -> Step:
    if "video_id" not in checkpoint:
        return START
    if not checkpoint.get("uploaded"):
        return UPLOAD
    return CHECK if checkpoint.get("finished") else FINISH


def _finishing(content: Content, checkpoint: Mapping[str, Any]) -> dict[str, str]:
    """What the last call for a video of each kind carries."""
    texts = _given(description=content.text, title=content.options.get("title"))
    match post_type(content):
        case "post":
            session = checkpoint["upload_session_id"]
            return {"upload_session_id": session, "published": "true", **texts}
        case "reel":
            return {"video_id": checkpoint["video_id"], "video_state": "PUBLISHED", **texts}
    return {"video_id": checkpoint["video_id"]}


def _given(**fields: str | None) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}


def _token(post: Post) -> dict[str, str]:
    return {"access_token": post.access_token}


def _edge(post: Post, name: str) -> str:
    return f"{API}/{post.account.external_id}/{name}"


def _video_edge(post: Post) -> str:
    return _edge(post, _EDGES[post_type(post.content)])


def _named(post_id: Any) -> str:
    if not post_id:
        raise OutcomeUnknown("Facebook took the post without naming it. It is being looked up.")
    return str(post_id)


def _post_id(post: Post, checkpoint: Mapping[str, Any], video: Video) -> str:
    """The id by which the post can be read and deleted.

    A video tells it with or without the Page's id in front, and at first not at all.
    """
    found: str = checkpoint.get("post_id") or video.post_id or checkpoint["video_id"]
    is_whole = "_" in found or post_type(post.content) == "story"
    return found if is_whole else f"{post.account.external_id}_{found}"

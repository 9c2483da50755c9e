"""Creating and deleting posts (docs.x.com/x-api/posts)."""

from datetime import timedelta
from typing import Any

from flask import jsonify

from local.platforms import clock
from local.platforms.accounts import Account
from local.platforms.comments import Comment, own_reply
from local.platforms.posts import Content, Post
from local.platforms.reading import own
from local.platforms.simulation import Endpoints
from local.platforms.x import errors as x_errors
from local.platforms.x.conversations import Conversations
from local.platforms.x.post_body import check_post_body
from local.platforms.x.state import State
from local.platforms.x.text import (
    cashtags,
    is_postable,
    rewritten,
    weighted_length,
    with_media_link,
)
from local.platforms.x.upload import Upload

MAX_WEIGHTED_LENGTH = 280
# X compares a post with recent ones; how old they may be is not documented.
DUPLICATE_WINDOW = timedelta(minutes=10)
WRITE_SCOPES = ("tweet.read", "tweet.write", "users.read")


class PostEndpoints(Endpoints[State]):
    def __init__(self, state: State) -> None:
        super().__init__(state)
        self._conversations = Conversations(state.platform)

    def create(self) -> Any:
        """`POST /2/tweets`: 201 `{data: {id, text, edit_history_tweet_ids}}`."""
        account = self._state.authorized(*WRITE_SCOPES)
        x_errors.allow_query()
        body = x_errors.json_body()
        check_post_body(body)
        text = body.get("text", "")
        attached = self._attached_media(account, body)
        _check_text(text, has_media="media" in body)
        self._check_relations(account, body)
        items = [upload.item for upload in attached]
        answered = self._platform.comments.get(
            body.get("reply", {}).get("in_reply_to_tweet_id", "")
        )
        self._check_duplicate(Content.of(account.account_id, text, items), answered)
        if answered:
            post = self._answer(account, answered, text)
        else:
            post = self._publish(account, body, text, attached)
        shown = {"id": post.id, "text": post.shown, "edit_history_tweet_ids": [post.id]}
        return jsonify(data=shown), 201

    def delete(self, post_id: str) -> Any:
        """`DELETE /2/tweets/:id`: `{data: {deleted: true}}`."""
        account = self._state.authorized(*WRITE_SCOPES)
        x_errors.allow_query()
        x_errors.check_id("id", post_id)
        post = self._conversations.find(post_id)
        if post is None:
            raise x_errors.not_found_status("tweet", "id", post_id)
        if post.account_id != account.account_id:
            raise x_errors.forbidden("You are not authorized to delete this Tweet.")
        self._platform.posts.remove(post_id)
        self._platform.comments.remove(post_id)
        return {"data": {"deleted": True}}

    def _answer(self, account: Account, answered: Comment, text: str) -> Post:
        """A reply to a comment is a comment, too."""
        reply = own_reply(self._state.next_id(), account, answered, text)
        self._platform.comments.add(reply)
        return self._conversations.as_post(reply)

    def _publish(
        self, account: Account, body: dict[str, Any], text: str, attached: list[Upload]
    ) -> Post:
        now = clock.now()
        post_id = self._state.next_id()
        shown, links = rewritten(text, post_id)
        if attached:
            address = f"https://x.com/{account.username}/status/{post_id}"
            shown, links = with_media_link(shown, links, address, attached)
        parent = body.get("reply", {}).get("in_reply_to_tweet_id")
        details: dict[str, Any] = {
            "links": links,
            "reply_settings": body.get("reply_settings", "everyone"),
            "replied_to": parent,
            "quoted": body.get("quote_tweet_id"),
            "poll": body.get("poll"),
            "attached": [(upload.key, upload.shown_as, upload.alt_text) for upload in attached],
        }
        media = [upload.item for upload in attached if upload.item]
        post = Post(post_id, account.account_id, text, shown, now, media, details)
        self._platform.posts.add(post)
        return post

    def _attached_media(self, account: Account, body: dict[str, Any]) -> list[Upload]:
        """Up to 4 photos, or 1 GIF, or 1 video, all of this user and ready."""
        ids = body.get("media", {}).get("media_ids", [])
        uploads = [self._state.uploads.get(media_id) for media_id in ids]
        owned = [u for upload in uploads if (u := own(upload, account)) and u.is_usable]
        is_unknown = ids and self._state.unknown_media > 0
        self._state.unknown_media -= bool(is_unknown)
        if len(owned) != len(ids) or len(set(ids)) != len(ids) or is_unknown:
            raise x_errors.invalid("media.media_ids", ids, "Your media IDs are invalid.")
        if len(owned) > 1 and any(upload.shown_as != "photo" for upload in owned):
            message = "A post can have up to 4 photos, 1 animated GIF or 1 video."
            raise x_errors.invalid("media.media_ids", ids, message)
        return owned

    def _check_relations(self, account: Account, body: dict[str, Any]) -> None:
        """Replies and quotes need a target that allows them; edits need Premium."""
        if "edit_options" in body:
            raise x_errors.forbidden("You are not permitted to perform this action.")
        targets = {
            "reply.in_reply_to_tweet_id": (
                body.get("reply", {}).get("in_reply_to_tweet_id"),
                "Reply to this conversation",
            ),
            "quote_tweet_id": (body.get("quote_tweet_id"), "Quoting this post"),
        }
        for parameter, (post_id, what) in targets.items():
            if post_id is None:
                continue
            target = self._conversations.find(post_id)
            if target is None:
                raise x_errors.not_found_status("tweet", parameter, post_id)
            named = [named["id"] for named in self._conversations.named_in(target)]
            if account.external_id not in named and not own(target, account):
                raise x_errors.forbidden(
                    f"{what} is not allowed because you have not been mentioned or otherwise "
                    "engaged by the author of the post."
                )

    def _check_duplicate(self, content: Content, answered: Comment | None) -> None:
        """The names before a reply make it different from what answers others."""
        since = clock.now() - DUPLICATE_WINDOW
        posts = self._platform.posts.all(content.account_id)
        if answered:
            replies = self._platform.comments.replies(answered.id)
            posts = [self._conversations.as_post(reply) for reply in replies]
        is_duplicate = any(post.content == content and post.visible_at > since for post in posts)
        if self._state.refuses_duplicates and is_duplicate:
            raise x_errors.forbidden(
                "You are not allowed to create a Tweet with duplicate content."
            )


def _check_text(text: str, has_media: bool) -> None:
    if not text.strip() and not has_media:
        raise x_errors.invalid("text", text, "Your Tweet text is empty.")
    if not is_postable(text):
        raise x_errors.invalid("text", text, "Your Tweet text contains an invalid character.")
    if weighted_length(text) > MAX_WEIGHTED_LENGTH:
        raise x_errors.invalid("text", text, "Your Tweet text is too long.")
    if cashtags(text) > 1:
        raise x_errors.forbidden("Posts are limited to a maximum of one cashtag.")

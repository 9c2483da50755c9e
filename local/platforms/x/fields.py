"""The names that a query can select, as the API reference on docs.x.com lists them.

The twin accepts all of them, and answers those for which it has a value, as X does.
"""


def _names(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# X is renaming the parameter. It accepts both names; `POST /_sim/fields` refuses one of them.
POST_FIELD_NAMES = ("tweet.fields", "post.fields")
POST_FIELDS = _names(
    """
    article attachments author_id card_uri community_id context_annotations conversation_id
    created_at display_text_range edit_controls edit_history_tweet_ids entities geo id
    in_reply_to_user_id lang media_metadata non_public_metrics note_request_suggestions
    note_tweet organic_metrics possibly_sensitive promoted_metrics public_metrics
    referenced_tweets reply_settings scopes source suggested_source_links text withheld
    """
)
EXPANSIONS = _names(
    """
    article.cover_media article.media_entities attachments.media_keys
    attachments.media_source_tweet attachments.poll_ids author_id author_screen_name
    edit_history_tweet_ids entities.mentions.username entities.note.mentions.username
    geo.place_id in_reply_to_user_id referenced_tweets.id referenced_tweets.id.author_id
    pinned_tweet_id most_recent_tweet_id affiliation.user_id
    """
)
MEDIA_FIELDS = _names(
    """
    alt_text duration_ms height media_key non_public_metrics organic_metrics preview_image_url
    promoted_metrics public_metrics type url variants width
    """
)
USER_FIELDS = _names(
    """
    affiliation confirmed_email connection_status created_at description entities id
    is_identity_verified location most_recent_tweet_id name parody pinned_tweet_id
    profile_banner_url profile_image_url protected public_metrics receives_your_dm subscription
    subscription_type url username verified verified_followers_count verified_type withheld
    """
)
POLL_FIELDS = _names("duration_minutes end_datetime id options voting_status")
PLACE_FIELDS = _names("contained_within country country_code full_name geo id name place_type")
USER_METRICS = (
    "followers_count",
    "following_count",
    "tweet_count",
    "listed_count",
    "like_count",
    "media_count",
)

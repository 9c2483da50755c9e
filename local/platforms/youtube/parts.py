"""The parts and the parameters that every method of the API knows.

The parts are those of the discovery document (googleapis.com/discovery/v1/apis/youtube/v3/rest);
the twin accepts all, and answers those that it has. The other parameters are those of all Google
APIs (cloud.google.com/apis/docs/system-parameters).
"""

from collections.abc import Collection, Iterable

from local.platforms.youtube.errors import bad_request

STANDARD_QUERY = {
    "$.xgafv",
    "access_token",
    "alt",
    "callback",
    "key",
    "oauth_token",
    "prettyPrint",
    "quotaUser",
    "uploadType",
    "upload_protocol",
}
VIDEO_PARTS = frozenset(
    {
        "contentDetails",
        "fileDetails",
        "id",
        "liveStreamingDetails",
        "localizations",
        "paidProductPlacementDetails",
        "player",
        "processingDetails",
        "recordingDetails",
        "snippet",
        "statistics",
        "status",
        "suggestions",
        "topicDetails",
    }
)
CHANNEL_PARTS = frozenset(
    {
        "auditDetails",
        "brandingSettings",
        "contentDetails",
        "contentOwnerDetails",
        "id",
        "localizations",
        "snippet",
        "statistics",
        "status",
        "topicDetails",
    }
)
STATISTICS_PARTS = frozenset({"contentDetails", "id", "snippet", "statistics"})
THREAD_PARTS = frozenset({"id", "replies", "snippet"})
COMMENT_PARTS = frozenset({"id", "snippet"})
ITEM_PARTS = frozenset({"contentDetails", "id", "snippet", "status"})


def named_parts(values: Iterable[str], known: Collection[str]) -> tuple[str, ...]:
    """The parts in the values of `part`, each a list with commas. Raises Refusal."""
    parts = tuple(part for value in values for part in value.split(",") if part)
    if not parts:
        raise bad_request("Required parameter: part", "missingRequiredParameter")
    for part in parts:
        if part not in known:
            raise bad_request(f"'{part}'", "unknownPart")
    return parts

"""The counts of videos, which the numbers of posts and the inbox both read.

developers.google.com/youtube/v3 (videos:batchGetStats), 2026-11-28. The call takes 50 videos and
has a quota of its own, 10,000 a day for all of an app's users.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.domain.errors import PlatformUnavailable
from shared.platforms.http import Http
from shared.platforms.metrics import Reader
from shared.platforms.wire import mapping, mappings, words
from shared.platforms.youtube import ABOUT, errors
from shared.platforms.youtube.timeline import API

MOST_VIDEOS = 50
# Calls of a day: 80% of the quota, because publishing needs some too.
DAILY_BUDGET = 8000


def statistics_of(
    video_ids: Sequence[str], reader: Reader, http: Http
) -> dict[str, Mapping[str, Any]]:
    """The statistics of at most MOST_VIDEOS videos; one that is not shown is left out.

    Raises TokenExpired, ReconnectRequired, RateLimited, PlatformUnavailable, ReadRefused.
    """
    query = {"part": "id,statistics", "id": ",".join(video_ids)}
    reading = http.read(f"{API}/videos:batchGetStats", params=query, headers=reader.bearer)
    if not reading.ok:
        raise reading.refusal(ABOUT.display_name, errors.error_of)
    items = {words(item.get("id")): item for item in items_of(reading.fields())}
    return {
        video_id: mapping(items[video_id].get("statistics"))
        for video_id in video_ids
        if video_id in items
    }


def items_of(fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The items of a list, which YouTube can leave out if there are none.

    Raises PlatformUnavailable for an answer that is no list: it must not look like an empty one.
    """
    items = fields.get("items", [] if words(fields.get("kind")) else None)
    if not isinstance(items, list):
        raise PlatformUnavailable("YouTube returned no usable answer.")
    return mappings(items)

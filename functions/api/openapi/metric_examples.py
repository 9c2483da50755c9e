"""Examples of answers about the numbers of posts."""

from functions.api.openapi.post_examples import POST_ID

POST_METRICS = {
    "postSubmissionId": POST_ID,
    "totals": {"impressions": 1840, "likes": 96, "comments": 12, "shares": 9},
    "platforms": [
        {
            "platform": "threads",
            "accountId": "threads_brand",
            "runId": "threads",
            "status": "available",
            "message": None,
            "readAt": "2026-11-23T14:00:00.000Z",
            "nextReadAt": "2026-11-23T20:00:00.000Z",
            "metrics": {"impressions": 1840, "likes": 96, "comments": 12, "shares": 9},
            "series": [
                {
                    "readAt": "2026-11-23T08:00:00.000Z",
                    "metrics": {"impressions": 950, "likes": 41, "comments": 4, "shares": 2},
                },
                {
                    "readAt": "2026-11-23T14:00:00.000Z",
                    "metrics": {"impressions": 1840, "likes": 96, "comments": 12, "shares": 9},
                },
            ],
        }
    ],
}

_GROWN = {
    "impressions": 1840,
    "likes": 96,
    "comments": 12,
    "shares": 9,
    "saves": 0,
    "videoViews": 0,
    "linkClicks": 0,
}
OVER_TIME = {
    "from": "2026-11-23",
    "to": "2026-11-23",
    "totals": _GROWN,
    "data": [{"day": "2026-11-23", "metrics": _GROWN, "followers": 5120}],
}

"""Examples of requests and of answers. Those of requests are taken by the api as they are."""

from typing import Any

POST_ID = "550e8400-e29b-41d4-a716-446655440000"
CONTENT: dict[str, Any] = {"text": "Hello from Soku", "platform": ["x", "threads"]}

NEW_POSTS: dict[str, tuple[str, Any]] = {
    "text": (
        "Text, on two platforms, now",
        {"post": {"content": CONTENT}},
    ),
    "media": (
        "A picture with a caption for each platform",
        {
            "post": {
                "content": {
                    "text": "Our new office",
                    "mediaType": "image",
                    "mediaUrls": ["https://example.com/office.jpg"],
                    "platform": [
                        "facebook",
                        {
                            "platform": "instagram",
                            "text": "Our new office. Come by!",
                            "options": {"altTexts": ["A bright room with plants"]},
                        },
                    ],
                }
            }
        },
    ),
    "scheduled": (
        "Scheduled, but not to go out late",
        {
            "post": {"content": {"text": "Happy new year!", "platform": "linkedin"}},
            "scheduledTime": "2099-12-31T23:00:00Z",
            "notAfter": "2100-01-01T02:00:00+01:00",
        },
    ),
    "draft": (
        "A draft",
        {"post": {"content": {"text": "Not sure yet", "platform": "x"}}, "draft": True},
    ),
}
CHANGES: dict[str, tuple[str, Any]] = {
    "time": ("Another time", {"draft": False, "scheduledTime": "2099-12-31T22:00:00Z"}),
    "content": (
        "Other content",
        {"post": {"content": {"text": "Happy new year to all!", "platform": "linkedin"}}},
    ),
}
RETRIES: dict[str, tuple[str, Any]] = {
    "edited": ("With other content", {"post": {"content": {"text": "Hello, once more"}}}),
}
RESOLUTIONS: dict[str, tuple[str, Any]] = {
    "published": (
        "The post is there",
        {"outcome": "published", "permalink": "https://x.com/soku/status/1"},
    ),
    "not_published": ("It is not", {"outcome": "not_published"}),
}
STORE: dict[str, tuple[str, Any]] = {
    "url": ("A picture of elsewhere", {"url": "https://example.com/office.jpg"}),
}
UPLOADS: dict[str, tuple[str, Any]] = {
    "video": ("A video of 12 MB", {"contentType": "video/mp4", "size": 12_000_000}),
}

_TIME = "2026-11-22T09:30:00.000Z"
_RUN: dict[str, Any] = {
    "runId": "x",
    "platform": "x",
    "accountId": "x_main",
    "status": "succeeded",
    "queuedAt": _TIME,
    "startedAt": _TIME,
    "finishedAt": "2026-11-22T09:30:01.250Z",
    "platformPostId": "1861000000000000001",
    "permalink": "https://x.com/soku/status/1861000000000000001",
}
_FAILED_RUN: dict[str, Any] = {
    "runId": "threads",
    "platform": "threads",
    "accountId": "threads_main",
    "status": "failed",
    "queuedAt": _TIME,
    "startedAt": _TIME,
    "finishedAt": "2026-11-22T09:30:02.000Z",
    "error": {
        "category": "auth_expired",
        "code": "reconnect_required",
        "message": "Reconnect the account in Settings > Integrations, then retry.",
        "retryable": True,
    },
}
_ATTEMPT: dict[str, Any] = {
    "attempt": 1,
    "step": "publish",
    "outcome": "published",
    "startedAt": _TIME,
    "finishedAt": "2026-11-22T09:30:01.250Z",
    "platformPostId": "1861000000000000001",
    "exchanges": [
        {
            "method": "POST",
            "url": "https://api.x.com/2/tweets",
            "sent": {"text": "Hello from Soku"},
            "status": 201,
            "answered": '{"data": {"id": "1861000000000000001"}}',
        }
    ],
}
_FIELDS: dict[str, Any] = {
    "postSubmissionId": POST_ID,
    "status": "partially_failed",
    "displayStatus": "partially_failed",
    "createdAt": _TIME,
    "updatedAt": "2026-11-22T09:30:02.000Z",
    "scheduledTime": None,
    "content": CONTENT,
    "targets": [
        {"platform": "x", "accountId": "x_main", "runId": "x"},
        {"platform": "threads", "accountId": "threads_main", "runId": "threads"},
    ],
}
POST: dict[str, Any] = {
    **_FIELDS,
    "runs": [{**_RUN, "attempts": [_ATTEMPT]}, {**_FAILED_RUN, "attempts": []}],
}
DELETION_UNDER_WAY: dict[str, Any] = {
    **POST,
    "deletedAt": "2026-11-22T10:00:00.000Z",
    "runs": [
        {
            **_RUN,
            "deletion": {"status": "pending", "requestedAt": "2026-11-22T10:00:00.000Z"},
            "attempts": [],
        }
    ],
}
SCHEDULED_POST: dict[str, Any] = {
    **_FIELDS,
    "status": "queued",
    "displayStatus": "scheduled",
    "scheduledTime": "2099-12-31T23:00:00.000Z",
    "runs": [],
}
PAGE: dict[str, Any] = {"data": [{**_FIELDS, "runs": [_RUN, _FAILED_RUN]}], "nextCursor": None}
VERDICT: dict[str, Any] = {
    "valid": False,
    "targets": [
        {"platform": "x", "accountId": "x_main", "valid": True, "errors": []},
        {
            "platform": "instagram",
            "accountId": "instagram_main",
            "valid": False,
            "errors": [
                {
                    "field": "post.content.mediaUrls",
                    "platform": "instagram",
                    "code": "missing_media",
                    "message": "instagram needs an image or a video.",
                }
            ],
        },
    ],
    "errors": [],
}
MEDIA: dict[str, Any] = {
    "url": "https://storage.googleapis.com/soku-media/media/Rk0vJ3yTQmKxw1c5bZt8Ug.jpg",
    "contentType": "image/jpeg",
    "size": 182_044,
    "width": 1080,
    "height": 1350,
}
UPLOAD: dict[str, Any] = {
    "uploadId": "Rk0vJ3yTQmKxw1c5bZt8Ug",
    "method": "PUT",
    "url": "https://storage.googleapis.com/soku-uploads/Rk0vJ3yTQmKxw1c5bZt8Ug?X-Goog-Signature=a1",
    "headers": {"Content-Type": "video/mp4"},
    "expiresAt": "2026-11-22T10:30:00.000Z",
}

"""Examples of request bodies, each of which tests send to the API, and of answers."""

from typing import Any

CONTENT: dict[str, Any] = {"text": "Hello from Soku", "platform": ["x", "threads"]}

NEW_POSTS: dict[str, tuple[str, Any]] = {
    "text": (
        "Text on two platforms, now",
        {"post": {"content": CONTENT}},
    ),
    "media": (
        "An image with a caption for each platform",
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
        "Scheduled, with a latest time",
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
OUTCOMES: dict[str, tuple[str, Any]] = {
    "published": (
        "The post is live",
        {"outcome": "published", "permalink": "https://x.com/soku/status/1"},
    ),
    "not_published": ("The post is not live", {"outcome": "not_published"}),
}
STORE: dict[str, tuple[str, Any]] = {
    "url": ("An external image", {"url": "https://example.com/office.jpg"}),
}
UPLOADS: dict[str, tuple[str, Any]] = {
    "video": ("A video of 12 MB", {"contentType": "video/mp4", "size": 12_000_000}),
}
API_KEYS: dict[str, tuple[str, Any]] = {
    "all": ("A key with all scopes", {"name": "Blog"}),
    "limited": (
        "A key that only reads posts, for a while",
        {"name": "Dashboard", "scopes": ["posts:read"], "expiresAt": "2099-12-31T23:00:00Z"},
    ),
}
# Answers about API keys.
API_KEY: dict[str, Any] = {
    "id": "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8",
    "name": "Dashboard",
    "preview": "sk_live_abc…xyz",
    "mode": "live",
    "scopes": ["posts:read"],
    "createdAt": "2026-11-22T10:30:00.000Z",
    "expiresAt": "2099-12-31T23:00:00.000Z",
    "lastUsedAt": None,
}
CREATED_API_KEY: dict[str, Any] = {**API_KEY, "key": "sk_live_abcdefghijklmnopqrstuvwxyz01vxyz"}
USER_DELETION = {"status": "deleting", "startedAt": "2026-11-22T10:30:00.000Z"}
# Accounts.
CONNECTIONS: dict[str, tuple[str, Any]] = {
    "any account": ("Connect any account", {"platform": "instagram"}),
    "a page": ("Connect LinkedIn Pages", {"platform": "linkedin", "kind": "page"}),
    "again": ("Reconnect an account", {"platform": "x", "accountId": "x_primary"}),
}
ACCOUNT_CHANGES: dict[str, tuple[str, Any]] = {
    "default": ("Make it the default", {"default": True}),
    "label": ("Change its label", {"label": "Bakery"}),
}
CHOICES: dict[str, tuple[str, Any]] = {
    "one": ("Connect one account", {"accountIds": ["fb_ana_bakes"]})
}
ACCOUNT: dict[str, Any] = {
    "platform": "instagram",
    "accountId": "ig_ana_bakes",
    "kind": "profile",
    "username": "ana.bakes",
    "displayName": "Ana bakes",
    "avatarUrl": None,
    "label": "Bakery",
    "default": True,
    "status": "connected",
    "reason": None,
    "expiresAt": None,
    "missingScopes": [],
    "connectedAt": "2026-11-22T10:30:00.000Z",
}
DISCONNECTED: dict[str, Any] = {
    "scheduledPosts": [
        {
            "postSubmissionId": "550e8400-e29b-41d4-a716-446655440000",
            "scheduledTime": "2026-12-24T08:00:00.000Z",
        }
    ]
}
STARTED_CONNECTION: dict[str, Any] = {
    "connectionId": "Rk0vJ3yTQmKxw1c5bZt8Ug",
    "url": "https://us-central1-my-project.cloudfunctions.net/connect/start/Rk0vJ3yTQmKxw1c5bZt8Ug",
    "expiresAt": "2026-11-22T10:45:00.000Z",
}
CONNECTION: dict[str, Any] = {
    "connectionId": "Rk0vJ3yTQmKxw1c5bZt8Ug",
    "platform": "facebook",
    "kind": "page",
    "status": "connected",
    "expiresAt": "2026-11-22T10:45:00.000Z",
    "accounts": [],
    "accountIds": ["fb_ana_bakes"],
    "error": None,
}
CHOOSING_CONNECTION: dict[str, Any] = {
    **CONNECTION,
    "status": "choosing",
    "accounts": [
        {
            "accountId": account_id,
            "username": username,
            "displayName": username,
            "avatarUrl": None,
            "connected": False,
        }
        for account_id, username in (("fb_ana_bakes", "Ana bakes"), ("fb_ana_cooks", "Ana cooks"))
    ],
    "accountIds": [],
}
# Answers about media.
MEDIA: dict[str, Any] = {
    "id": "Rk0vJ3yTQmKxw1c5bZt8Ug",
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
MEDIA_PAGE: dict[str, Any] = {
    "data": [
        {
            **MEDIA,
            "createdAt": "2026-11-22T10:30:00.000Z",
            "sourceUrl": "https://example.com/photo.jpg",
            "usedBy": ["550e8400-e29b-41d4-a716-446655440000"],
        }
    ],
    "nextCursor": None,
}
LINKS: dict[str, Any] = {
    name: f"https://us-central1-my-project.cloudfunctions.net/api/{path}"
    for name, path in (("docs", "docs"), ("openapi", "openapi.json"), ("health", "healthz"))
}

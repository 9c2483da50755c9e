"""Examples of requests and answers about webhooks."""

from typing import Any

WEBHOOK_ID = "wh_0f8c2a9d41b7e6035c1d9a72"
DELIVERY_ID = "evt_7b1e90c3d2a84f6655e01c9b"
WEBHOOK: dict[str, Any] = {
    "id": WEBHOOK_ID,
    "url": "https://example.com/soku",
    "description": "Our newsroom",
    "events": ["post.published", "post.failed"],
    "enabled": True,
    "disabledReason": None,
    "disabledAt": None,
    "failingSince": None,
    "oldSecretUntil": None,
    "createdAt": "2026-11-23T14:02:00.000Z",
}
CREATED = {
    **WEBHOOK,
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=",
}
ROTATED = {**CREATED, "oldSecretUntil": "2026-11-24T14:02:00.000Z"}
DELIVERY = {
    "id": DELIVERY_ID,
    "event": "webhook.test",
    "status": "delivered",
    "createdAt": "2026-11-23T14:10:00.000Z",
    "tries": 1,
    "lastTryAt": "2026-11-23T14:10:00.400Z",
    "nextTryAt": None,
    "deliveredAt": "2026-11-23T14:10:00.400Z",
    "httpStatus": 200,
    "response": "ok",
    "problem": None,
    "payload": {
        "type": "webhook.test",
        "timestamp": "2026-11-23T14:10:00.000Z",
        "data": {"message": "This is a test. Your webhook works."},
    },
}
NEW_DELIVERY = {
    **DELIVERY,
    "status": "pending",
    "tries": 0,
    "lastTryAt": None,
    "nextTryAt": "2026-11-23T14:10:00.000Z",
    "deliveredAt": None,
    "httpStatus": None,
    "response": None,
}
NEW_WEBHOOKS = {
    "all": ("All events", {"url": "https://example.com/soku"}),
    "some": (
        "Some events",
        {
            "url": "https://example.com/soku",
            "events": ["post.published", "post.failed"],
            "description": "Our newsroom",
        },
    ),
}
CHANGES = {"off": ("Switch it off", {"enabled": False})}

"""Examples of answers about media."""

from typing import Any

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

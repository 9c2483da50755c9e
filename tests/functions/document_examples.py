"""The bodies of the examples in the documents that describe the API, as they stand there.

The test replaces the addresses of files and the times, and nothing else. Shell quotes and
backslashes are those of the documents.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Written:
    """A body of POST /v1/posts, and the accounts that it must reach."""

    name: str
    body: str
    accounts: tuple[str, ...]
    key: str | None = None


def around(platform: str) -> str:
    """The examples of `platform` alone need a text around them."""
    return f'{{"post": {{"content": {{"text": "Targets", {platform}}}}}}}'


POSTS = [
    Written(
        "platforms by their names",
        around('"platform": ["threads", "x"]'),
        ("threads_demo", "x_primary"),
    ),
    Written(
        "platforms with accounts",
        # The example has no media, which Instagram needs.
        around(
            """"imageUrls": ["https://storage.mysoku.io/media/img1.jpg"], "platform": [
  { "platform": "instagram", "accountId": "ig_main" },
  { "platform": "instagram", "accountId": "ig_brand" },
  "threads"
]"""
        ),
        ("ig_main", "ig_brand", "threads_demo"),
    ),
    Written(
        "a text post immediately",
        """{
    "post": {
      "content": {
        "text": "Just shipped a new feature. Check it out!",
        "mediaType": "text",
        "platform": ["threads", "x", "linkedin"]
      }
    }
  }""",
        ("threads_demo", "x_primary", "linkedin_demo"),
    ),
    Written(
        "a video post to specific accounts",
        """{
    "post": {
      "content": {
        "text": "New product walkthrough",
        "mediaType": "video",
        "videoUrl": "https://storage.mysoku.io/media/abc123/video.mp4",
        "platform": [
          { "platform": "instagram", "accountId": "ig_main" },
          { "platform": "tiktok", "accountId": "tt_brand" },
          "youtube"
        ]
      }
    }
  }""",
        ("ig_main", "tt_brand", "youtube_demo"),
    ),
    Written(
        "an image post with multiple images",
        """{
    "post": {
      "content": {
        "text": "Behind the scenes from today'\\''s shoot",
        "mediaType": "image",
        "imageUrls": [
          "https://storage.mysoku.io/media/img1.jpg",
          "https://storage.mysoku.io/media/img2.jpg",
          "https://storage.mysoku.io/media/img3.jpg"
        ],
        "platform": ["instagram", "facebook"]
      }
    }
  }""",
        ("ig_main", "facebook_demo"),
    ),
    Written(
        "a post for later",
        """{
    "post": {
      "content": {
        "text": "Monday motivation incoming.",
        "mediaType": "text",
        "platform": ["threads", "x"]
      }
    },
    "scheduledTime": "2026-03-02T09:00:00.000Z"
  }""",
        ("threads_demo", "x_primary"),
    ),
    Written(
        "text to a single platform",
        """{
"post": {
"content": {
"text": "My first post via the Soku API!",
"platform": "x"
}
}
}""",
        ("x_primary",),
    ),
    Written(
        "multiple platforms at once",
        """{
"post": {
"content": {
"text": "Shipping update via Soku",
"platform": [
{ "platform": "x", "accountId": "x_primary" },
"threads"
]
}
}
}""",
        ("x_primary", "threads_demo"),
    ),
    Written(
        "a picture of an uploaded URL",
        """{
\\"post\\": {
\\"content\\": {
\\"text\\": \\"Photo post from the API\\",
\\"imageUrls\\": [\\"$MEDIA_URL\\"],
\\"platform\\": [
{ \\"platform\\": \\"instagram\\", \\"accountId\\": \\"ig_creator_main\\" }
]
}
}
}""",
        ("ig_creator_main",),
    ),
    Written(
        "a scheduled post",
        """{
"post": {
"content": {
"text": "Scheduled post",
"platform": ["x"]
}
},
"scheduledTime": "2030-01-01T12:00:00Z"
}""",
        ("x_primary",),
    ),
    Written(
        "a post with an idempotency key",
        """{
"post": {
"content": {
"text": "This will only post once, even if retried",
"platform": ["x", "threads"]
}
}
}""",
        ("x_primary", "threads_demo"),
        key="my-unique-request-001",
    ),
]
MEDIA = '{ "url": "https://picsum.photos/seed/soku/1080/1350.jpg" }'

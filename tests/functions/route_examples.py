"""A path for each route of the API."""

import re

# A UUID is valid for every variable but the ids of files.
_UUID, _MEDIA_ID = "5f0c6a52-6d0e-4a55-9a55-0d6a3b7f8c11", "Rk0vJ3yTQmKxw1c5bZt8Ug"


def path_of(rule: str) -> str:
    """Flask's /posts/<uuid:post_id> with a value, of an object that does not exist."""
    return re.sub("<[^>]+>", _UUID, re.sub("<string[^>]+>", _MEDIA_ID, rule))

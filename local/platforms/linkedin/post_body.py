"""The body of `POST /rest/posts` (…/community-management/shares/posts-api)."""

from collections.abc import Mapping
from typing import Any

from local.platforms.linkedin import errors
from local.platforms.linkedin.state import Upload
from local.platforms.linkedin.text import read_little_text, utf16_units

MAX_TEXT = 3000
MAX_ALT_TEXT = 4086
IMAGES = (2, 20)
_FIELDS = {
    "author",
    "commentary",
    "visibility",
    "distribution",
    "content",
    "lifecycleState",
    "isReshareDisabledByAuthor",
}
_REQUIRED = ("author", "commentary", "visibility", "distribution", "lifecycleState")
_ARTICLE = {"source", "title", "description", "thumbnail", "thumbnailAltText"}
_DISTRIBUTION = {"feedDistribution", "targetEntities", "thirdPartyDistributionChannels"}


def attached(body: Mapping[str, Any]) -> list[str]:
    """The URNs of the media in a body, as far as it is well formed."""
    content = body.get("content")
    if not isinstance(content, dict):
        return []
    several = content.get("multiImage")
    media = several.get("images") if isinstance(several, dict) else [content.get("media")]
    return [str(m.get("id")) for m in media or [] if isinstance(m, dict)]


def check_post_body(body: Mapping[str, Any], uploads: Mapping[str, Upload]) -> None:
    """Raises Refusal for a body that LinkedIn does not accept."""
    for name in _REQUIRED:
        if body.get(name) is None:
            raise errors.bad_input("MISSING_FIELD", f"/{name} :: field is required")
    for name in sorted(set(body) - _FIELDS):
        raise errors.invalid(f"/{name} :: unrecognized field found but not allowed")
    _check_commentary(body["commentary"], has_content="content" in body)
    _check_publication(body)
    if "content" in body:
        _check_content(body["content"], body["author"], uploads)


def _check_commentary(commentary: Any, has_content: bool) -> None:
    if not isinstance(commentary, str):
        raise errors.invalid("/commentary :: not a string")
    if not commentary.strip() and not has_content:
        raise errors.bad_input("MISSING_FIELD", "/commentary :: is empty")
    shown, _ = read_little_text(commentary)
    if utf16_units(shown) > MAX_TEXT:
        description = f"/commentary :: longer than {MAX_TEXT} characters"
        raise errors.bad_input("FIELD_LENGTH_TOO_LONG", description, 400)


def _check_publication(body: Mapping[str, Any]) -> None:
    allowed = {"PUBLIC", "LOGGED_IN"}
    if body["author"].startswith("urn:li:person:"):
        allowed.add("CONNECTIONS")
    if body["visibility"] not in allowed:
        raise errors.invalid(f"/visibility :: {body['visibility']}")
    if body["lifecycleState"] != "PUBLISHED":
        raise errors.invalid(f"/lifecycleState :: {body['lifecycleState']}")
    distribution = body["distribution"]
    if not isinstance(distribution, dict) or not set(distribution) <= _DISTRIBUTION:
        raise errors.invalid("/distribution :: its fields")
    if distribution.get("feedDistribution") not in ("MAIN_FEED", "NONE"):
        raise errors.invalid("/distribution/feedDistribution")
    if type(body.get("isReshareDisabledByAuthor", False)) is not bool:
        raise errors.invalid("/isReshareDisabledByAuthor :: not a boolean")


def _check_content(content: Any, author: str, uploads: Mapping[str, Upload]) -> None:
    match content:
        case {"media": dict(medium)} if len(content) == 1:
            _check_medium(medium, ("image", "video"), author, uploads)
        case {"multiImage": {"images": list(images), **rest}} if len(content) == 1 and not rest:
            if not IMAGES[0] <= len(images) <= IMAGES[1]:
                raise errors.invalid(f"/content/multiImage :: {len(images)} images")
            for image in images:
                if not isinstance(image, dict) or "title" in image:
                    raise errors.invalid("/content/multiImage/images :: an image's fields")
                _check_medium(image, ("image",), author, uploads)
        case {"article": dict(article)} if len(content) == 1:
            _check_article(article, author, uploads)
        case _:
            raise errors.invalid("/content :: neither media, multiImage nor article")


def _check_article(article: dict[str, Any], author: str, uploads: Mapping[str, Upload]) -> None:
    """A link with its own title and picture: LinkedIn reads none from the page."""
    for name in ("source", "title"):
        if not article.get(name):
            raise errors.bad_input("MISSING_FIELD", f"/content/article/{name} :: is required")
    if not set(article) <= _ARTICLE or not all(isinstance(v, str) for v in article.values()):
        raise errors.invalid("/content/article :: its fields")
    if not article["source"].startswith(("http://", "https://")):
        raise errors.invalid("/content/article/source :: is not a URL")
    if "thumbnail" in article:
        _check_medium({"id": article["thumbnail"]}, ("image",), author, uploads)


def _check_medium(
    medium: dict[str, Any], kinds: tuple[str, ...], author: str, uploads: Mapping[str, Upload]
) -> None:
    if not set(medium) <= {"id", "altText", "title"}:
        raise errors.invalid("/content :: an unrecognized field of a medium")
    urn = str(medium.get("id", ""))
    if not urn.startswith(tuple(f"urn:li:{kind}:" for kind in kinds)):
        raise errors.bad_input("INVALID_URN_TYPE", f"/content :: {urn}")
    upload = uploads.get(urn)
    if upload is None:
        raise errors.bad_input("INVALID_URN_ID", f"/content :: {urn}")
    if upload.owner != author:
        raise errors.invalid("/content :: the medium does not belong to the author", 400)
    if len(medium.get("altText", "")) > MAX_ALT_TEXT:
        raise errors.bad_input("FIELD_LENGTH_TOO_LONG", "/content/altText", 400)
    # Clients report this code for a post that comes while LinkedIn still processes the media.
    if upload.status in ("WAITING_UPLOAD", "PROCESSING"):
        raise errors.bad_input("MEDIA_ASSET_WAITING_UPLOAD", f"{urn} is not available yet")
    if upload.status == "PROCESSING_FAILED":
        raise errors.bad_input("MEDIA_ASSET_PROCESSING_FAILED", f"{urn}: {upload.failure}", 400)

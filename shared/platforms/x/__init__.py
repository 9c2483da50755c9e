"""X, with API v2: docs.x.com."""

from shared.platforms.about import About

ABOUT = About(
    name="x",
    display_name="X",
    default_version="2",
    base_url="https://api.x.com",
    hosts={"/i/oauth2/authorize": "https://x.com"},
    account_prefix="x",
)

"""TikTok, with the Content Posting API v2: developers.tiktok.com."""

from shared.platforms.about import About

ABOUT = About(
    name="tiktok",
    display_name="TikTok",
    default_version="v2",
    base_url="https://open.tiktokapis.com",
    hosts={"/v2/auth/": "https://www.tiktok.com"},
    account_prefix="tt",
)

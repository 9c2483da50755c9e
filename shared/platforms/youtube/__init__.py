"""YouTube, with the Data API v3: developers.google.com/youtube/v3."""

from shared.platforms.about import About

ABOUT = About(
    name="youtube",
    display_name="YouTube",
    default_version="v3",
    base_url="https://www.googleapis.com",
    hosts={
        "/token": "https://oauth2.googleapis.com",
        "/revoke": "https://oauth2.googleapis.com",
        "/o/oauth2/": "https://accounts.google.com",
    },
    account_prefix="yt",
)

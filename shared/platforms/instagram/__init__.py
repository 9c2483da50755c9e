"""Instagram, with Instagram Login: developers.facebook.com/docs/instagram-platform."""

from shared.platforms.about import About

ABOUT = About(
    name="instagram",
    display_name="Instagram",
    default_version="v26.0",
    base_url="https://graph.instagram.com",
    hosts={
        "/oauth/authorize": "https://www.instagram.com",
        "/oauth/access_token": "https://api.instagram.com",
    },
    account_prefix="ig",
)

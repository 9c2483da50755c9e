"""Snapchat, with the Public Profile API: developers.snap.com."""

from shared.platforms.about import About

ABOUT = About(
    name="snapchat",
    display_name="Snapchat",
    default_version="v1",
    base_url="https://businessapi.snapchat.com",
    hosts={"/login/": "https://accounts.snapchat.com"},
    account_prefix="snap",
)

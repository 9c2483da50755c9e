"""Threads, with the Threads API: developers.facebook.com/docs/threads."""

from shared.platforms.about import About

ABOUT = About(
    name="threads",
    display_name="Threads",
    default_version="v1.0",
    base_url="https://graph.threads.net",
    hosts={"/oauth/authorize": "https://threads.com"},
    account_prefix="threads",
)

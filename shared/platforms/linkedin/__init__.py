"""LinkedIn, with the versioned REST API: learn.microsoft.com/linkedin."""

from shared.platforms.about import About

ABOUT = About(
    name="linkedin",
    display_name="LinkedIn",
    default_version="202609",
    base_url="https://api.linkedin.com",
    hosts={"/oauth/": "https://www.linkedin.com"},
    account_prefix="li",
    client_prefixes=("LINKEDIN", "LINKEDIN_PAGES"),
)

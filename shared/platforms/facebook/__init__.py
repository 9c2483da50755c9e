"""Facebook Pages, with the Graph API: developers.facebook.com/docs/pages-api."""

from shared.platforms.about import About

ABOUT = About(
    name="facebook",
    display_name="Facebook",
    default_version="v26.0",
    base_url="https://graph.facebook.com",
    hosts={"/v26.0/dialog/": "https://www.facebook.com"},
    account_prefix="fb",
)

"""Logging in to Threads: developers.facebook.com/docs/threads, November 2026."""

from datetime import timedelta

from tests.platforms.login_example import LoginExample, query_of

LOGINS = (
    LoginExample(
        platform="threads",
        kind="profile",
        client_prefix="THREADS",
        query=query_of(
            "threads_basic threads_content_publish threads_delete threads_read_replies "
            "threads_manage_replies threads_manage_insights threads_manage_mentions",
            ",",
        ),
        code_lifetime=timedelta(hours=1),
        urls=(
            "https://threads.com/oauth/authorize",
            "https://graph.threads.net/oauth/access_token",
            "https://graph.threads.net/access_token",
            "https://graph.threads.net/v1.0/me",
            "https://graph.threads.net/refresh_access_token",
        ),
        token_requests=("POST /oauth/access_token", "GET /access_token"),
        read="GET /v1.0/me",
        external_ids=("17841405793187219",),
        optional="threads_manage_insights",
        required="threads_content_publish",
        says_scopes=False,
        refreshes="exchanges",
        refresh_request="GET /refresh_access_token",
        wrong_secret="client secret or redirect URI",
    ),
)

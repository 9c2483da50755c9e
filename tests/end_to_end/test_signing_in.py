"""A user of the stack signs in, calls the API in person and opens the dashboard."""

import html
import re
from urllib.parse import urljoin

import pytest
import requests

from tests.end_to_end.browser import Browser
from tests.end_to_end.conftest import Client


@pytest.mark.full
def test_a_signed_in_user_publishes_and_reads_with_the_token_of_the_twin(client: Client) -> None:
    url = f"{client.info['identity']}/_sim/token"
    signed_in = requests.get(url, params={"user": "demo"}, timeout=30).json()
    assert signed_in["uid"] == client.info["users"]["demo"]["uid"]
    headers = {"Authorization": f"Bearer {signed_in['idToken']}"}
    body = {"post": {"content": {"text": "In person", "platform": "x"}}}
    posts = f"{client.info['api']}/v1/posts"
    created = requests.post(posts, json=body, headers=headers, timeout=60)
    assert created.status_code == 201, created.text
    post_id = created.json()["postSubmissionId"]
    ended = requests.get(f"{posts}/{post_id}?wait=60", headers=headers, timeout=70).json()
    assert ended["status"] == "succeeded"
    assert client.read(post_id) == ended


def test_the_token_for_the_firestore_emulator_is_refused_by_the_api(client: Client) -> None:
    token = client.info["users"]["demo"]["idToken"]
    answer = requests.get(
        f"{client.info['api']}/v1/posts", headers={"Authorization": f"Bearer {token}"}, timeout=30
    )
    assert answer.status_code == 401


@pytest.mark.full
def test_one_click_signs_in_as_the_demo_user(client: Client) -> None:
    dashboard, browser = client.info["dashboard"], Browser()
    google = browser.get(f"{dashboard}/sign-in/google")
    [choice] = re.findall(r'href="([^"]*demo%40example.com)"', google.text)
    home = browser.get(urljoin(google.url, html.unescape(choice)))
    assert home.url == f"{dashboard}/posts"
    assert "demo@example.com" in home.text
    accounts = browser.get(f"{dashboard}/settings/integrations").text
    # Three on Instagram.
    assert accounts.count('<li class="account">') == len(client.info["platforms"]) + 2
    [sign_out] = [form for form in home.forms if form.action.endswith("/sign-out")]
    assert browser.submit(home, sign_out).url == f"{dashboard}/sign-in"
    assert browser.get(f"{dashboard}/").url == f"{dashboard}/sign-in?next=%2Fposts"

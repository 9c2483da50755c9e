"""A user of the stack signs in, calls the API in person and opens the dashboard."""

import html
import re
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urljoin

import requests

from tests.end_to_end.conftest import Client


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


def test_a_user_signs_in_on_the_dashboard_and_reaches_a_platforms_page(client: Client) -> None:
    dashboard = client.info["dashboard"]
    browser = requests.Session()
    # Browsers send secure cookies to localhost.
    browser.cookies.set_policy(DefaultCookiePolicy(secure_protocols=("http", "https")))
    page = browser.get(f"{dashboard}/sign-in/google", timeout=30)
    [choice] = re.findall(r'href="([^"]*demo%40example.com)"', page.text)
    home = browser.get(urljoin(page.url, html.unescape(choice)), timeout=60)
    assert home.url == f"{dashboard}/"
    assert "demo@example.com" in home.text
    assert home.text.count(">Connected<") == len(client.info["platforms"]) + 2
    [csrf, *_] = re.findall(r'name="csrf" value="([^"]+)"', home.text)
    form = {"csrf": csrf, "platform": "x"}
    authorize = browser.post(
        f"{dashboard}/connect", data=form, headers={"Origin": dashboard}, timeout=60
    )
    assert authorize.status_code == 200, authorize.text
    assert authorize.url.startswith(client.info["platforms"]["x"])

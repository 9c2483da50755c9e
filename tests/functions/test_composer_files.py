"""Images and videos in the composer."""

import pytest
import requests
from google.cloud.storage import Client

from local.storage_emulator import StorageEmulator
from shared.config import MediaSettings
from tests.functions.composing import account, form_of, hidden, made, post, send
from tests.functions.dashboard_client import Browser, Dashboard
from tests.media import Shelf, jpeg
from tests.world import USER


def test_files_carry_their_alt_texts_where_the_platform_takes_them(
    dashboard: Dashboard, ann: Browser, shelf: Shelf
) -> None:
    pictures = [dashboard.world.own(shelf.image(seed)) for seed in (1, 2)]
    answer = send(
        ann,
        ann.get("/posts/new"),
        account=[account("x"), account("tiktok")],
        media=[pictures[1].url, "", pictures[0].url],
        alt=["Two", "nothing", ""],
    )
    stored = dashboard.world.submission(made(answer))
    assert [file["url"] for file in stored["media"]] == [pictures[1].url, pictures[0].url]
    by_platform = {target["platform"]: target for target in stored["targets"]}
    assert by_platform["x"]["options"] == {"altTexts": ["Two", None]}
    assert "options" not in by_platform["tiktok"]


def test_a_file_goes_straight_to_storage(
    dashboard: Dashboard, ann: Browser, storage: StorageEmulator, shelf: Shelf, signing_key: None
) -> None:
    client = Client(project="demo-tests")
    bucket = client.create_bucket("media-of-the-composer").name
    base_url = f"{storage.url}/{bucket}/media"
    dashboard.configure(
        media=MediaSettings(bucket=bucket, base_url=base_url, fetch_allowed_origins=(shelf.url,))
    )
    dashboard.world.with_parts(storage=lambda: client)
    csrf = {"csrf": hidden(ann.get("/posts/new"), "csrf")}
    data = jpeg()
    asked = {"type": "image/jpeg", "size": str(len(data))}
    begun = post(ann, "/uploads", csrf | asked).json
    path = f"/uploads/{begun['id']}/complete"
    early = post(ann, path, csrf)
    assert (early.status_code, early.json["canRetry"]) == (409, True)
    requests.put(begun["url"], data=data, headers=begun["headers"], timeout=10).raise_for_status()
    file = post(ann, path, csrf).json
    assert file["url"].startswith(f"{base_url}/")
    assert (file["kind"], file["width"], file["height"]) == ("image", 1080, 1350)
    made(send(ann, ann.get("/posts/new"), account=account("x"), media=file["url"], alt="A loaf"))
    linked = post(ann, "/uploads/from-url", csrf | {"url": shelf.image(7).url}).json
    assert linked["url"].startswith(f"{base_url}/")
    private = post(ann, "/uploads/from-url", csrf | {"url": "http://10.0.0.1/a.jpg"})
    assert (private.status_code, private.json["canRetry"]) == (400, False)
    for wrong in ({"type": "text/html"}, {"size": "0"}, {"size": "soon"}, {"size": str(10**12)}):
        assert post(ann, "/uploads", csrf | asked | wrong).status_code in (413, 415), wrong
    for unknown in ("x", "a" * 22):
        assert post(ann, f"/uploads/{unknown}/complete", csrf).status_code == 404
    dashboard.configure(billing=dashboard.world.parts.settings.billing.__class__("manual"))
    dashboard.world.expire_subscription()
    assert post(ann, "/uploads", csrf | asked).status_code == 403


@pytest.mark.parametrize("path", ["/posts/validate", "/posts/new"])
def test_a_check_stores_no_files_without_a_subscription(
    dashboard: Dashboard, ann: Browser, path: str
) -> None:
    dashboard.configure(billing=dashboard.world.parts.settings.billing.__class__("manual"))
    dashboard.world.expire_subscription()
    link = "https://example.com/a.jpg"
    form = form_of(ann.get("/posts/new"), account=account("x"), media=link, do="check")
    answer = post(ann, path, form)
    assert answer.status_code == 200
    assert "subscription" in answer.text
    assert [*dashboard.world.parts.db.collection(f"users/{USER}/media").stream()] == []

"""Makes the pictures of the documentation: `make images`."""

from datetime import timedelta
from io import BytesIO

from PIL import Image
from playwright.sync_api import Page

from local.sample_landscape import EVENING, MORNING, NOON, Light, landscape
from shared import clock
from shared.domain.media import MediaAsset
from shared.gcp.accounts import account_path
from tests.browser.checks import check_pictures
from tests.browser.site import Site
from tests.conftest import ROOT
from tests.functions.publishing import fault
from tests.world import USER

FOLDER = ROOT / "docs" / "images"
LARGEST = 300_000
_SCALE = 1.5
_SIZE = {"width": 1280, "height": 820}


def test_the_pictures_of_the_pages(site: Site) -> None:
    _name_accounts(site)
    post_id = _write_posts(site)
    page = site.sign_in(device_scale_factor=_SCALE)
    page.set_viewport_size(_SIZE)  # type: ignore[arg-type]
    page.goto("/posts")
    _save(page, "posts.webp")
    page.goto(f"/posts/{post_id}")
    _save(page, "post.webp")


def _save(page: Page, name: str) -> None:
    check_pictures(page)
    with Image.open(BytesIO(page.screenshot())) as picture:
        picture.save(FOLDER / name, quality=86, method=6)
    size = (FOLDER / name).stat().st_size
    assert size <= LARGEST, f"{name} has {size} bytes"


def _write_posts(site: Site) -> str:
    """A bakery's week; returns the id of a post that was published in part."""
    world = site.world
    world.submit("We are closed next Monday. See you on Tuesday!", ("facebook", "threads", "x"))
    _pass_time(site, hours=20)
    world.submit(
        "The first tomatoes are in. Focaccia from eleven, as long as it lasts.",
        ("facebook", "instagram", "linkedin", "threads"),
        [_picture(site, NOON), _picture(site, MORNING)],
    )
    _pass_time(site, hours=4)
    world.submit(
        "How we bake: sourdough in eight seconds", ("instagram", "threads"), [site.video()]
    )
    _pass_time(site, hours=3)
    refused = {"title": "Forbidden", "detail": "You are not permitted to perform this action."}
    fault(world, "x", "POST /2/tweets", "status", status=403, body=refused)
    partly = world.submit(
        "Fresh bread at the market from eight. See you there!",
        ("facebook", "linkedin", "threads", "x"),
        [_picture(site, MORNING)],
    )
    _pass_time(site, minutes=25)
    world.submit_body(
        {"post": {"content": {"text": "An idea for autumn: pumpkin buns", "platform": ["threads"]}}}
        | {"draft": True}
    )
    tomorrow = (clock.now() + timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)
    text = "Good morning! Today with rye, spelt and a bench in the sun."
    picture = [_picture(site, EVENING)]
    world.submit(text, ("instagram", "x"), picture, scheduledTime=tomorrow.isoformat())
    _pass_time(site, minutes=2)
    return partly


def _pass_time(site: Site, **time: float) -> None:
    """Publish what is due, then let time pass."""
    end = clock.now() + timedelta(**time)
    while clock.now() < end:
        site.world.deliver_due()
        site.world.advance(min(timedelta(minutes=1), end - clock.now()))


def _name_accounts(site: Site) -> None:
    names = {"username": "corner.bakery", "displayName": "Corner Bakery"}
    for platform in site.world.platforms:
        account_id = f"{platform}_{USER}"
        path = account_path(USER, platform, account_id)
        summary = {f"accounts.{account_id}.{name}": value for name, value in names.items()}
        db = site.world.parts.db
        db.document(path).update(names)
        db.document(path.rpartition("/accounts/")[0]).update(summary)


def _picture(site: Site, light: Light) -> MediaAsset:
    file = BytesIO()
    landscape(1080, 1080, light).save(file, "JPEG", quality=88)
    return site.stored(site.shelf._asset(file.getvalue(), "image/jpeg", 1080, 1080))

"""A list of posts in every state, with every kind of content that pages find hard."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from shared import clock
from tests.browser.site import Site
from tests.functions.metric_days import write_days
from tests.functions.publishing import fault
from tests.world import USER

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)> ' + "x" * 150
RIGHT_TO_LEFT = "مرحبا بكم في صفحتنا الجديدة، لدينا الكثير لنشاركه معكم اليوم"
MANY = ("facebook", "linkedin", "threads", "x")


def some_posts(site: Site) -> Mapping[str, str]:
    """The ids of the posts by name, which the test's user has afterwards, with some numbers."""
    world = site.world
    world.log.clear()
    posts = {
        "hostile": world.submit(HOSTILE, "x"),
        "right to left": world.submit(RIGHT_TO_LEFT, ("threads", "linkedin")),
        "picture": world.submit("Fresh bread at the market", MANY, [site.picture()]),
        "pictures": world.submit("Ten more", "threads", [site.picture(n) for n in range(2, 6)]),
        "video": world.submit("How we bake", "threads", [site.video()]),
        "long": world.submit("A long story. " * 100, "linkedin"),
    }
    world.live_until_quiet()
    fault(world, "x", "POST /2/tweets", "status", status=403, body={"title": "Forbidden"})
    posts["partly failed"] = world.submit("Half of this is live", ("x", "threads"))
    world.live_until_quiet()
    fault(world, "x", "POST /2/tweets", "status", status=403, body={"title": "Forbidden"})
    posts["failed"] = world.submit("None of this is live", "x")
    world.live_until_quiet()
    tomorrow = clock.now() + timedelta(days=1)
    posts["scheduled"] = world.submit("Tomorrow", ("x", "linkedin"), **at(tomorrow.isoformat()))
    posts["draft"] = world.submit_body(
        {"post": {"content": {"text": "Perhaps", "platform": ["x"]}}, "draft": True}
    )
    for platform in ("x", "threads"):
        grown = {ago: {"likes": 1_000_000 // ago, "impressions": 100} for ago in range(1, 20)}
        write_days(world.parts.db, USER, platform, f"{platform}_{USER}", grown, followers=1234)
    return posts


def at(time: str) -> dict[str, Any]:
    """What a body has besides the post to be published at a time."""
    return {"scheduledTime": time}

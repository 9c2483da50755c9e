"""The functions that show pages, over HTTP, and signed-in browsers that visit them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from google.cloud.storage import Client
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from functions.api.app import create_app as create_api
from functions.connect.app import create_app as create_connect
from local.http_server import LocalServer
from local.storage_emulator import StorageEmulator
from shared.config import MediaSettings
from shared.domain.media import MediaAsset
from shared.gcp.messages import Batch
from shared.gcp.sessions import end_all_sessions, write_session
from shared.web import sessions
from tests.browser.checks import SCHEMES, Scheme
from tests.browser.watch import Watch
from tests.functions.dashboard_client import PEOPLE, Dashboard, serving
from tests.media import Shelf
from tests.world import USER, World

_MILLISECONDS = 10_000


@dataclass
class Site:
    """The pages of one world."""

    world: World
    dashboard: Dashboard
    """With the simulated Google and the mails in which links are sent."""
    url: str
    """Of the dashboard."""
    connect_url: str
    api_url: str
    storage: Client
    storage_url: str
    shelf: Shelf
    browser: Browser
    watches: dict[BrowserContext, Watch] = field(default_factory=dict)

    @property
    def origins(self) -> set[str]:
        """Where a page of ours may send requests."""
        return {self.url, self.connect_url, self.api_url, self.storage_url}

    def visitor(
        self,
        width: int = 1280,
        scheme: Scheme = SCHEMES[0],
        *,
        has_scripts: bool = True,
        device_scale_factor: float = 1,
        is_phone: bool = False,
    ) -> BrowserContext:
        """A browser of somebody who is not signed in. It is closed after the test.

        `is_phone`: it has a finger instead of a mouse.
        """
        context = self.browser.new_context(
            viewport=ViewportSize(width=width, height=900),
            color_scheme=scheme,
            device_scale_factor=device_scale_factor,
            has_touch=is_phone,
            is_mobile=is_phone,
            # No animation is half-way when a test looks.
            reduced_motion="reduce",
            java_script_enabled=has_scripts,
            base_url=self.url,
            locale="en-GB",
            timezone_id="UTC",
        )
        context.set_default_timeout(_MILLISECONDS)
        self.watches[context] = Watch(context, self.origins)
        return context

    def sign_in(self, user_id: str = USER, **more: object) -> Page:
        """A page of a browser in which a user is signed in. `more`: see `visitor`."""
        context = self.visitor(**more)  # type: ignore[arg-type]
        value = self._cookie(user_id)
        context.add_cookies([{"name": sessions.COOKIE, "value": value, "url": self.url}])
        return context.new_page()

    def end_sessions(self) -> None:
        """End all sessions of the test's user; their browsers keep the cookie."""
        end_all_sessions(self.world.parts.db, USER)

    def sign_in_again(self, page: Page) -> None:
        """Sign in as the test's user, on a page that leads to the page to sign in."""
        self.watch(page).visits(self.dashboard.url)
        page.get_by_role("link", name="Continue with Google").click()
        page.get_by_role("link", name=PEOPLE[USER].email).click()

    def watch(self, page: Page) -> Watch:
        """What goes wrong on this page."""
        return self.watches[page.context]

    def picture(self, seed: int = 1, width: int = 1080, height: int = 1350) -> MediaAsset:
        """A picture in our storage that belongs to the user."""
        return self.stored(self.shelf.image(seed, width, height))

    def video(self, seed: int = 1) -> MediaAsset:
        """A video in our storage that belongs to the user."""
        return self.stored(self.shelf.video(seed))

    def stored(self, asset: MediaAsset) -> MediaAsset:
        """A file of the shelf, in our storage."""
        settings = self.world.parts.settings.media
        name = asset.url.rpartition("/")[2]
        blob = self.storage.bucket(settings.bucket).blob(f"media/{name}")
        blob.upload_from_filename(str(self.shelf._folder / name), asset.content_type)
        return self.world.own(replace(asset, url=f"{settings.base_url}/{name}"))

    def _cookie(self, user_id: str) -> str:
        parts = self.world.parts
        batch = Batch(parts.db)
        session_id = write_session(batch, parts.db, user_id, "A test's browser")
        batch.commit()
        fields = {"n": "nonce-of-a-test", "u": user_id, "s": session_id}
        value = sessions._signer(parts.settings).dumps(fields)
        return value if isinstance(value, str) else value.decode()


@contextmanager
def site_of(
    world: World, browser: Browser, storage: StorageEmulator, shelf: Shelf
) -> Iterator[Site]:
    """Serve the pages of a world; `shared.wiring.parts` must answer its parts.

    Afterwards all browser contexts are closed, and nothing may have gone wrong in them.
    """
    client = Client(project="demo-tests")
    bucket = client.create_bucket(f"pages-{world.parts.settings.project}")
    media = MediaSettings(
        bucket=bucket.name,
        base_url=f"{storage.url}/{bucket.name}/media",
        fetch_allowed_origins=(shelf.url,),
    )
    with ExitStack() as stack:
        dashboard = stack.enter_context(serving(world))
        servers = [LocalServer(app) for app in (dashboard.app, create_connect(), create_api())]
        for server in servers:
            server.start()
            stack.callback(server.stop)
        # As in the local stack: cookies need a name, and the platforms do not get ours.
        url, connect_url, api_url = (
            server.url.replace("127.0.0.1", "localhost") for server in servers
        )
        dashboard.configure(dashboard_url=url, connect_url=connect_url, media=media)
        world.with_parts(storage=lambda: client)
        own = urlsplit(storage.url)
        site = Site(
            world,
            dashboard,
            url,
            connect_url,
            api_url,
            client,
            f"{own.scheme}://{own.netloc}",
            shelf,
            browser,
        )
        try:
            yield site
        finally:
            for context in site.watches:
                context.close()
        for watch in site.watches.values():
            watch.check()

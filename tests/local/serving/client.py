"""A client of one served platform."""

from collections.abc import Iterator
from typing import Any

import requests

from local.platforms.simulation import SimulatedPlatform

LIMIT = 10.0  # seconds until a test gives up


PATIENCE = 0.4  # seconds until a client gives up


POST_TO_X = "POST /2/tweets"


class Client:
    """Sends requests to one served platform as account `ada`."""

    def __init__(self, url: str) -> None:
        self.url = url

    def post(self, path: str, **kwargs: Any) -> requests.Response:
        return requests.post(self.url + path, timeout=kwargs.pop("timeout", LIMIT), **kwargs)

    def get(self, path: str, **kwargs: Any) -> requests.Response:
        return requests.get(self.url + path, timeout=LIMIT, **kwargs)

    def fault(self, match: str, mode: str, **more: Any) -> requests.Response:
        return self.post("/_sim/faults", json={"match": match, "mode": mode, **more})

    def visible(self) -> list[dict[str, Any]]:
        return self.get("/_sim/posts?account=ada").json()

    def received(self) -> list[dict[str, Any]]:
        return self.get("/_sim/requests").json()

    def tweet(self, text: str = "Hello", token: str = "ada-access", **more: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        return self.post("/2/tweets", json={"text": text}, headers=headers, **more)

    def refresh_on_x(self, token: str = "ada-refresh") -> requests.Response:
        form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "soku"}
        return self.post("/2/oauth2/token", data=form)

    def container(self, token: str = "ada-access") -> requests.Response:
        form = {"media_type": "TEXT", "text": "Hello", "access_token": token}
        return self.post("/v1.0/me/threads", data=form)

    def publish(self, container: str, **more: Any) -> requests.Response:
        form = {"creation_id": container, "access_token": "ada-access"}
        return self.post("/v1.0/me/threads_publish", data=form, **more)

    def refresh_on_threads(self, token: str = "ada-access") -> requests.Response:
        query = {"grant_type": "th_refresh_token", "access_token": token}
        return self.get("/refresh_access_token", params=query)


def serve(platform: SimulatedPlatform) -> Iterator[Client]:
    platform.add_account("ada", "ada_writes", "ada-access", refresh_token="ada-refresh")
    server = platform.serve()
    server.start()
    yield Client(server.url)
    server.stop()

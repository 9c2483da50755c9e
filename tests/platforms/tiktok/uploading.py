"""What the tests of TikTok's uploads share: a started upload, and recorded answers."""

from dataclasses import replace
from typing import Any

import responses

from local.platforms.faults import read_fault
from shared.platforms.base import Pending, Post, Published, Step
from shared.platforms.tiktok.checkpoint import Checkpoint, Settings
from tests.platforms.conftest import Twin
from tests.platforms.examples import a_turn, http_to
from tests.platforms.tiktok.steps import CHUNK, PLATFORM

SIZE = 3 * CHUNK + 777
URL = "https://open.tiktokapis.com"
UPLOAD_URL = "https://open-upload-sg.tiktokapis.com/video/?upload_id=1&upload_token=secret"
STATUS = f"{URL}/v2/post/publish/status/fetch/"
STARTED = Checkpoint(
    settings=Settings("PUBLIC_TO_EVERYONE"),
    creator="ann",
    publish_id="v_pub_file~v2-1.5",
    upload_url=UPLOAD_URL,
    tries=1,
)


BEHIND = {"status": "PROCESSING_UPLOAD"}
LAST = replace(STARTED, offset=2 * CHUNK)
SENT = replace(LAST, sent=True)


def fault(platform: Any, match: str, mode: str, **more: Any) -> None:
    platform.faults.add(read_fault({"match": match, "mode": mode, **more}))


def ranges_of(twin: Twin, status: int) -> list[str]:
    received = twin.platform.requests.all()
    return [r.headers["Content-Range"] for r in received if (r.method, r.status) == ("PUT", status)]


def recorded(
    taken: Step, checkpoint: Checkpoint, film: Post, *answers: tuple[str, str, dict[str, Any]]
) -> Published | Pending:
    with responses.RequestsMock() as answered:
        answered.add_passthru(film.content.media[0].url)
        for method, url, answer in answers:
            answered.add(method, url, **answer)
        return PLATFORM.take(taken, a_turn(film, http_to(URL), checkpoint))


def status_answer(**data: Any) -> tuple[str, str, dict[str, Any]]:
    return ("POST", STATUS, {"json": {"data": data, "error": {"code": "ok"}}})


def chunk_answer(status: int) -> tuple[str, str, dict[str, Any]]:
    return ("PUT", UPLOAD_URL, {"status": status, "body": f"not here: {UPLOAD_URL}"})

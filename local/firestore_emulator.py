"""Google's Firestore emulator, for the stack and for tests."""

import json
import urllib.error
from pathlib import Path
from typing import Any

from local import firestore_installation
from local.child_process import ChildProcess, Emulator
from local.failures import PartFailed
from local.loopback import answers, call
from local.ports import HOST, free_port

_MAIN_CLASS = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
_START_SECONDS = 60.0
_EXPORT_NAME = "data"
_EXPORT_SECONDS = 120.0


class FirestoreEmulator(Emulator):
    """Its data is lost when it stops. The constructor raises PartMissing.

    `rules`: the security rules of all projects; None allows everything.
    `project`: the project whose rules are checked at the start.
    `import_from`: a directory that `export` has written; the emulator starts with its data.
    """

    def __init__(
        self,
        port: int = 0,
        rules: Path | None = None,
        *,
        project: str = "demo-soku",
        log: Path | None = None,
        import_from: Path | None = None,
    ) -> None:
        self.port = port or free_port("firestore")
        self._rules = rules
        self._project = project
        self.process = ChildProcess("firestore", self._command(import_from), log=log)

    @property
    def address(self) -> str:
        """host:port, for FIRESTORE_EMULATOR_HOST."""
        return f"{HOST}:{self.port}"

    def wait_until_ready(self) -> None:
        """Wait for the first response, about 2 to 4 s; then load the rules. Raises PartFailed."""
        self.process.wait_until(self._answers, _START_SECONDS)
        if self._rules is not None:
            self.load_rules(self._rules.read_text(encoding="utf-8"))

    def load_rules(self, source: str, project: str | None = None) -> None:
        """Load the rules of one project. Raises PartFailed if they have an error.

        The emulator itself starts with broken rules and only warns about a misspelt name.
        """
        name = self._rules.name if self._rules else "rules"
        rules = {"rules": {"files": [{"name": name, "content": source}]}}
        try:
            response = self._control("PUT", project or self._project, "securityRules", rules)
        except urllib.error.HTTPError as error:
            raise PartFailed(f"{name} does not compile: {_message(error)}") from error
        if issues := response.get("issues"):
            listed = "; ".join(_issue(issue) for issue in issues)
            raise PartFailed(f"{name} has errors: {listed}")

    def export(self, directory: Path) -> None:
        """Write the project's documents below `directory`, which must exist and be empty.

        `--export-on-exit` writes nothing if a signal ends the emulator.
        """
        try:
            self._control(
                "POST",
                self._project,
                "export",
                {
                    "database": f"projects/{self._project}/databases/(default)",
                    "export_directory": str(directory.resolve()),
                    "export_name": _EXPORT_NAME,
                },
            )
        except OSError as error:
            raise PartFailed(f"firestore could not export to {directory}: {error}") from error

    def _command(self, import_from: Path | None) -> list[str]:
        installed = firestore_installation.find()
        command = [
            installed.java,
            # A third more calls per second in the first minutes, and less memory.
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            str(installed.jar),
            _MAIN_CLASS,
            "--host",
            HOST,
            "--port",
            str(self.port),
        ]
        if self._rules is not None:
            command += ["--rules", str(self._rules.resolve())]
        if import_from is not None and (metadata := exported(import_from)).exists():
            command += ["--import-data", str(metadata.resolve())]
        return command

    def _answers(self) -> bool:
        return answers(f"http://{self.address}/")

    def _control(self, method: str, project: str, verb: str, body: object) -> dict[str, Any]:
        url = f"http://{self.address}/emulator/v1/projects/{project}:{verb}"
        response: dict[str, Any] = call(method, url, body, seconds=_EXPORT_SECONDS)
        return response


def exported(directory: Path) -> Path:
    """The file from which an export into `directory` is imported."""
    return directory / _EXPORT_NAME / f"{_EXPORT_NAME}.overall_export_metadata"


def _message(error: urllib.error.HTTPError) -> str:
    """The emulator's own message."""
    try:
        return " ".join(json.load(error)["error"]["message"].split())
    except (ValueError, KeyError, TypeError):
        return str(error)


def _issue(issue: dict[str, Any]) -> str:
    return f"line {issue.get('sourcePosition', {}).get('line')}: {issue.get('description')}"

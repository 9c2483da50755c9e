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
from local.stack_environment import PROJECT

_MAIN_CLASS = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
_START_SECONDS = 60.0
_EXPORT_NAME = "data"
_EXPORT_SECONDS = 120.0


class FirestoreEmulator(Emulator):
    """Its data is lost when it stops. The constructor raises PartMissing.

    `rules`: the security rules of all projects; None allows everything.
    `import_from`: a directory that `export` has written; the emulator starts with its data.
    """

    def __init__(
        self,
        port: int = 0,
        rules: Path | None = None,
        *,
        log: Path | None = None,
        import_from: Path | None = None,
    ) -> None:
        self.port = port or free_port("firestore")
        self._rules = rules
        self.process = ChildProcess("firestore", self._command(import_from), log=log)

    @property
    def address(self) -> str:
        """host:port, for FIRESTORE_EMULATOR_HOST."""
        return f"{HOST}:{self.port}"

    def wait_until_ready(self) -> None:
        """Wait for the first response, about 2 to 4 s; then load the rules. Raises PartFailed."""
        self.process.wait_until(lambda: answers(f"http://{self.address}/"), _START_SECONDS)
        if self._rules is not None:
            self.load_rules(self._rules.read_text(encoding="utf-8"))

    def load_rules(self, source: str, project: str = PROJECT) -> None:
        """Load the rules of one project. Raises PartFailed if they have an error.

        The emulator itself starts with broken rules and only warns about a misspelt name.
        """
        name = self._rules.name if self._rules else "rules"
        rules = {"rules": {"files": [{"name": name, "content": source}]}}
        try:
            response = self._control("PUT", project, "securityRules", rules)
        except urllib.error.HTTPError as error:
            raise PartFailed(f"{name} does not compile: {_message(error)}") from error
        if issues := response.get("issues"):
            listed = "; ".join(_issue(issue) for issue in issues)
            raise PartFailed(f"{name} has errors: {listed}")

    def export(self, directory: Path) -> None:
        """Write the project's documents below `directory`, which must exist and be empty.

        `--export-on-exit` writes nothing if a signal ends the emulator.
        """
        target = {
            "database": f"projects/{PROJECT}/databases/(default)",
            "export_directory": str(directory.resolve()),
            "export_name": _EXPORT_NAME,
        }
        try:
            self._control("POST", PROJECT, "export", target)
        except OSError as error:
            raise PartFailed(f"firestore could not export to {directory}: {error}") from error

    def _command(self, import_from: Path | None) -> list[str]:
        java, jar = firestore_installation.find()
        command = [
            java,
            # A third more calls per second in the first minutes, and less memory.
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            str(jar),
            _MAIN_CLASS,
            "--host",
            HOST,
            "--port",
            str(self.port),
        ]
        if self._rules is not None:
            command += ["--rules", str(self._rules.resolve())]
        if import_from is not None:
            metadata = import_from / _EXPORT_NAME / f"{_EXPORT_NAME}.overall_export_metadata"
            if metadata.exists():
                command += ["--import-data", str(metadata.resolve())]
        return command

    def _control(self, method: str, project: str, verb: str, body: object) -> dict[str, Any]:
        url = f"http://{self.address}/emulator/v1/projects/{project}:{verb}"
        response: dict[str, Any] = call(method, url, body, seconds=_EXPORT_SECONDS)
        return response


def _message(error: urllib.error.HTTPError) -> str:
    try:
        return " ".join(json.load(error)["error"]["message"].split())
    except (ValueError, KeyError, TypeError):
        return str(error)


def _issue(issue: dict[str, Any]) -> str:
    return f"line {issue.get('sourcePosition', {}).get('line')}: {issue.get('description')}"

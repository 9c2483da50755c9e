"""Lets users sign in with a project's Identity Toolkit, or prints its web API key.

    identity.py PROJECT HOST
    identity.py PROJECT --api-key

HOST is where the pages are: links in emails and Google's answers may lead there. What the project
allows already stays allowed. (cloud.google.com/identity-platform/docs/reference/rest/v2/Config)
"""

import sys
import time
from typing import Any

from google_api import Api, Refused, report

Json = dict[str, Any]

# Seconds. A new configuration can be read only after a moment.
_PAUSES = (2, 5, 10, 20)


class Identity:
    """The Identity Toolkit of a project."""

    def __init__(self, project: str) -> None:
        self._project = project
        self._api = Api("https://identitytoolkit.googleapis.com", project)
        self._config = f"admin/v2/projects/{project}/config"

    def set_up(self, host: str) -> str:
        """Allow signing in by email link, on pages of `host`; return a summary. Raises Refused."""
        config = self._read() or self._initialized()
        email, domains = config.get("signIn", {}).get("email", {}), _domains(config)
        changes: Json = {}
        if not email.get("enabled") or email.get("passwordRequired"):
            changes["signIn"] = {"email": {**email, "enabled": True, "passwordRequired": False}}
        if host not in domains:
            changes["authorizedDomains"] = [*domains, host]
        if not changes:
            return "Signing in is set up."
        mask = ",".join("signIn.email" if name == "signIn" else name for name in changes)
        self._api.call("PATCH", f"{self._config}?updateMask={mask}", changes)
        return f"Signing in was set up for {host}."

    def api_key(self) -> str:
        """Raises Refused if there is none."""
        config = self._read()
        if config is None:
            raise Refused(0, "Signing in is not set up. Run deploy.sh with --only identity first.")
        key = config.get("client", {}).get("apiKey")
        if not key:
            raise Refused(
                0,
                "Identity Toolkit has no web API key. Create one with `gcloud services api-keys "
                f"create --project {self._project} --display-name Soku --api-target "
                "service=identitytoolkit.googleapis.com`, and run deploy.sh with "
                "--set IDENTITY_API_KEY=KEY",
            )
        return str(key)

    def _read(self) -> Json | None:
        """The configuration; None if the project has none yet."""
        try:
            config: Json = self._api.call("GET", self._config)
        except Refused as refused:
            if refused.status == 404 and "CONFIGURATION_NOT_FOUND" in str(refused):
                return None
            raise
        return config

    def _initialized(self) -> Json:
        """A new configuration."""
        path = f"v2/projects/{self._project}/identityPlatform:initializeAuth"
        self._api.call("POST", path, {})
        for pause in _PAUSES:
            if config := self._read():
                return config
            time.sleep(pause)
        raise Refused(0, "Identity Platform was turned on, but does not respond yet.")


def _domains(config: Json) -> list[str]:
    return list(config.get("authorizedDomains", []))


if __name__ == "__main__":
    project, host = sys.argv[1:]
    sys.exit(
        report(
            lambda: (
                Identity(project).api_key()
                if host == "--api-key"
                else Identity(project).set_up(host)
            )
        )
    )

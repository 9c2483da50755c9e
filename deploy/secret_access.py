"""Creates secrets, lets functions read them, and tells which ones have a value.

    secret_access.py PROJECT SECRET=ACCOUNT,ACCOUNT…    create, and grant
    secret_access.py PROJECT --filled SECRET…           print those with an enabled version

One process for all secrets: gcloud would take a second for each secret and each account. Accounts
that may read a secret already stay.
(cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets)
"""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from google_api import Api, Refused, report

_READER = "roles/secretmanager.secretAccessor"
_AT_ONCE = 6
# Seconds. A new account takes a moment to become known everywhere.
_PAUSES = (5, 10, 20, 40)
_CHANGED = 409
_MOST = 250


class Secrets:
    """The secrets of a project."""

    def __init__(self, project: str) -> None:
        self._api = Api("https://secretmanager.googleapis.com/v1", project)
        self._project = f"projects/{project}"

    def names(self) -> set[str]:
        """The secrets that exist."""
        pages = self._pages(f"{self._project}/secrets", "secrets")
        return {secret["name"].rpartition("/")[2] for secret in pages}

    def create(self, name: str) -> None:
        path = f"{self._project}/secrets?secretId={name}"
        self._api.call("POST", path, {"replication": {"automatic": {}}})

    def let_read(self, name: str, accounts: list[str]) -> None:
        """Also while somebody else changes the policy, or an account is new."""
        for pause in (*_PAUSES, None):
            try:
                self._let_read(name, accounts)
                return
            except Refused as refused:
                is_new = refused.status == 400 and "does not exist" in str(refused)
                if pause is None or not (is_new or refused.status == _CHANGED):
                    raise
                time.sleep(pause)

    def _let_read(self, name: str, accounts: list[str]) -> None:
        path = f"{self._project}/secrets/{name}"
        policy = self._api.call("GET", f"{path}:getIamPolicy")
        bindings = policy.setdefault("bindings", [])
        binding = next((each for each in bindings if _is_ours(each)), None)
        if binding is None:
            binding = {"role": _READER, "members": []}
            bindings.append(binding)
        wanted = {f"serviceAccount:{account}" for account in accounts}
        missing = sorted(wanted - set(binding["members"]))
        if missing:
            binding["members"] += missing
            self._api.call("POST", f"{path}:setIamPolicy", {"policy": policy})

    def is_filled(self, name: str) -> bool:
        versions = self._pages(f"{self._project}/secrets/{name}/versions", "versions")
        return any(version["state"] == "ENABLED" for version in versions)

    def _pages(self, path: str, field: str) -> Iterator[Any]:
        token = ""
        while True:
            page = self._api.call("GET", f"{path}?pageSize={_MOST}&pageToken={token}")
            yield from page.get(field, [])
            token = page.get("nextPageToken", "")
            if not token:
                return


def _is_ours(binding: dict[str, Any]) -> bool:
    return binding["role"] == _READER and "condition" not in binding


def _grant(secrets: Secrets, rows: list[str]) -> str:
    there = secrets.names()

    def provide(row: str) -> None:
        name, _, accounts = row.partition("=")
        if name not in there:
            secrets.create(name)
        secrets.let_read(name, accounts.split(","))

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        list(pool.map(provide, rows))
    return f"{len(rows)} secrets are there, and the functions can read them."


def _filled(secrets: Secrets, names: list[str]) -> str:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        filled = list(pool.map(secrets.is_filled, names))
    return "\n".join(name for name, is_filled in zip(names, filled, strict=True) if is_filled)


if __name__ == "__main__":
    project, *arguments = sys.argv[1:]
    if arguments[0] == "--filled":
        sys.exit(report(lambda: _filled(Secrets(project), arguments[1:])))
    sys.exit(report(lambda: _grant(Secrets(project), arguments)))

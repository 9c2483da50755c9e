"""Creates the indexes, exemptions and TTL policies of a file that a database lacks.

    firestore_indexes.py PROJECT firestore.indexes.json

It uses the Admin API, because gcloud cannot index a single field for a collection group, which
the sweeper's queries need. Indexes that are not in the file are left alone. Firestore builds
indexes in the background. (firebase.google.com/docs/reference/firestore/indexes)
"""

import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from google_api import Api, Refused, report

Json = dict[str, Any]


class Database:
    """The default database of a project."""

    def __init__(self, project: str) -> None:
        self._api = Api("https://firestore.googleapis.com/v1", project)
        self._groups = f"projects/{project}/databases/(default)/collectionGroups"

    def create_missing(self, wanted: Json) -> str:
        """Create what is missing, and return a summary. Raises Refused."""
        existing = {_identity(_group(index), index) for index in self._all("indexes")}
        indexes = [
            index
            for index in wanted["indexes"]
            if _identity(index["collectionGroup"], index) not in existing
        ]
        known = {(_group(field), _field(field)): field for field in self._all("fields")}
        fields = [
            field
            for field in wanted["fieldOverrides"]
            if not _is_as_wanted(known.get((field["collectionGroup"], field["fieldPath"])), field)
        ]
        for index in indexes:
            self._create(index)
        for field in fields:
            self._override(field)
        return f"Indexes started: {len(indexes)}. Fields set: {len(fields)}."

    def _all(self, kind: str) -> list[Json]:
        path = f"{self._groups}/-/{kind}?pageSize=300"
        if kind == "fields":
            path += "&filter=" + quote("indexConfig.usesAncestorConfig:false OR ttlConfig:*")
        resources: list[Json] = []
        token = ""
        while True:
            page = self._api.call("GET", f"{path}&pageToken={token}")
            resources += page.get(kind, [])
            token = quote(page.get("nextPageToken", ""))
            if not token:
                return resources

    def _create(self, index: Json) -> None:
        body = {"queryScope": index["queryScope"], "fields": index["fields"]}
        try:
            self._api.call("POST", f"{self._groups}/{index['collectionGroup']}/indexes", body)
        except Refused as refused:
            if refused.status != 409:  # another deployment created it first
                raise

    def _override(self, field: Json) -> None:
        """The field's indexes and its TTL policy, in one change."""
        body: Json = {
            "indexConfig": {"indexes": [_single(field, each) for each in field["indexes"]]}
        }
        if field.get("ttl"):
            body["ttlConfig"] = {}
        path = f"{self._groups}/{field['collectionGroup']}/fields/{field['fieldPath']}"
        self._api.call("PATCH", f"{path}?updateMask={','.join(body)}", body)


def _group(resource: Json) -> str:
    """projects/…/collectionGroups/GROUP/… -> GROUP."""
    return str(resource["name"].partition("/collectionGroups/")[2].partition("/")[0])


def _field(resource: Json) -> str:
    return str(resource["name"].rpartition("/")[2])


def _identity(group: str, index: Json) -> tuple[Any, ...]:
    """Equal for two composite indexes that are the same. Firestore adds __name__ itself."""
    fields = [
        (field["fieldPath"], _kind(field))
        for field in index["fields"]
        if field["fieldPath"] != "__name__"
    ]
    return group, index["queryScope"], tuple(fields)


def _kind(field: Json) -> str:
    return str(field.get("order") or field["arrayConfig"])


def _single(field: Json, index: Json) -> Json:
    """An index of a single field, in the form of the API."""
    way = {key: value for key, value in index.items() if key != "queryScope"}
    return {"queryScope": index["queryScope"], "fields": [{"fieldPath": field["fieldPath"], **way}]}


def _is_as_wanted(known: Json | None, wanted: Json) -> bool:
    if known is None or "indexConfig" not in known:
        return False
    existing = {
        (index["queryScope"], _kind(each))
        for index in known["indexConfig"].get("indexes", [])
        for each in index["fields"]
    }
    expires = "ttlConfig" in known or not wanted.get("ttl")
    return expires and existing == {(each["queryScope"], _kind(each)) for each in wanted["indexes"]}


if __name__ == "__main__":
    project, file = sys.argv[1:]
    content = json.loads(Path(file).read_text())
    sys.exit(report(lambda: Database(project).create_missing(content)))

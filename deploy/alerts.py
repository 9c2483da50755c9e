"""Creates or updates the alerts of a table in Cloud Monitoring, or deletes them.

    alerts.py PROJECT docs/operating.md EMAIL
    alerts.py PROJECT docs/operating.md --delete

Each row becomes a log-based metric and an alert policy, because Cloud Monitoring can count log
lines, or notice that there are none, only through a metric.
(cloud.google.com/logging/docs/logs-based-metrics, cloud.google.com/monitoring/api/ref_v3/rest/v3)
"""

import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from google_api import Api, Refused, report

Json = dict[str, Any]

_LOGS = 'resource.type="cloud_run_revision"'
_ROW = re.compile(r"^\| \*\*(.+?)\*\*: (.+?) \| `(.+?)` \| (.+) \|$", re.MULTILINE)
_CONDITION = re.compile(r"any|(?P<count>none|\d+) in (?P<minutes>\d+) minutes")
# Seconds. A policy can use a metric only once it is known everywhere.
_PAUSES = (5, 10, 20, 40)


@dataclass(frozen=True)
class Alert:
    title: str
    count: int
    """The number of lines that raises the alert; 0: none at all."""
    minutes: int
    lines: str
    """The filter of the log lines."""
    advice: str

    @property
    def metric(self) -> str:
        return "soku-" + re.sub(r"\W+", "-", self.title.lower())

    @property
    def name(self) -> str:
        return f"Soku: {self.title}"

    def policy(self, channels: list[str]) -> Json:
        """The alert policy, in the form of the API."""
        series = f'metric.type="logging.googleapis.com/user/{self.metric}" AND {_LOGS}'
        seconds = f"{self.minutes * 60}s"
        summed = {"perSeriesAligner": "ALIGN_DELTA", "crossSeriesReducer": "REDUCE_SUM"}
        kind, condition = (
            (
                "conditionThreshold",
                {
                    "aggregations": [{"alignmentPeriod": seconds, **summed}],
                    "comparison": "COMPARISON_GT",
                    "thresholdValue": self.count - 1,
                    "duration": "0s",
                },
            )
            if self.count
            else (
                "conditionAbsent",
                {"aggregations": [{"alignmentPeriod": "60s", **summed}], "duration": seconds},
            )
        )
        return {
            "displayName": self.name,
            "documentation": {"content": self.advice, "mimeType": "text/markdown"},
            "combiner": "OR",
            "conditions": [{"displayName": self.title, kind: {"filter": series, **condition}}],
            "notificationChannels": channels,
        }


def alerts_of(page: str) -> Iterator[Alert]:
    """The rows of the table. Raises ValueError for a row whose condition cannot be read."""
    for title, condition, lines, advice in _ROW.findall(page):
        read = _CONDITION.fullmatch(condition)
        if read is None:
            raise ValueError(f"The condition of the alert {title!r} cannot be read: {condition}")
        count = 0 if read["count"] == "none" else int(read["count"] or 1)
        yield Alert(title, count, int(read["minutes"] or 5), lines, advice)


class Alerts:
    """The alerts of a project."""

    def __init__(self, project: str) -> None:
        self._project = project
        self._logging = Api("https://logging.googleapis.com/v2", project)
        self._monitoring = Api("https://monitoring.googleapis.com/v3", project)

    def create(self, alerts: list[Alert], email: str) -> str:
        """Create or update the alerts, and return a summary. Raises Refused."""
        channel = self._channel(email)
        existing = {policy["displayName"]: policy for policy in self._all("alertPolicies")}
        for alert in alerts:
            self._logging.call(
                "PUT",
                f"projects/{self._project}/metrics/{alert.metric}",
                {"name": alert.metric, "filter": f"{_LOGS} AND ({alert.lines})"},
            )
        for alert in alerts:
            known = existing.get(alert.name, {})
            channels = sorted({*known.get("notificationChannels", []), channel})
            if known:
                self._monitoring.call("PATCH", known["name"], alert.policy(channels))
            else:
                self._add(alert.policy(channels))
        return f"Alerts for {email}: {len(alerts)}."

    def delete(self, alerts: list[Alert]) -> str:
        """Delete the alerts; return a summary. Raises Refused."""
        names = {alert.name for alert in alerts}
        try:
            policies = [each for each in self._all("alertPolicies") if each["displayName"] in names]
        except Refused as refused:
            if "SERVICE_DISABLED" not in str(refused):  # without the API there are no alerts
                raise
            policies = []
        for policy in policies:
            self._monitoring.call("DELETE", policy["name"])
        return f"Alerts deleted: {len(policies)}."

    def _channel(self, email: str) -> str:
        for channel in self._all("notificationChannels"):
            if channel["type"] == "email" and channel["labels"]["email_address"] == email:
                return str(channel["name"])
        new = {"type": "email", "displayName": "Soku", "labels": {"email_address": email}}
        path = f"projects/{self._project}/notificationChannels"
        return str(self._monitoring.call("POST", path, new)["name"])

    def _add(self, policy: Json) -> None:
        path = f"projects/{self._project}/alertPolicies"
        for pause in _PAUSES:
            try:
                self._monitoring.call("POST", path, policy)
                return
            except Refused as refused:
                if refused.status != 404:
                    raise
            time.sleep(pause)
        self._monitoring.call("POST", path, policy)

    def _all(self, kind: str) -> list[Json]:
        path = f"projects/{self._project}/{kind}?pageSize=1000"
        return list(self._monitoring.call("GET", path).get(kind, []))


if __name__ == "__main__":
    project, file, email = sys.argv[1:]
    alerts = list(alerts_of(Path(file).read_text(encoding="utf-8")))
    sys.exit(
        report(
            lambda: (
                Alerts(project).delete(alerts)
                if email == "--delete"
                else Alerts(project).create(alerts, email)
            )
        )
    )

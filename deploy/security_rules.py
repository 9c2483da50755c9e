"""Updates a project's Firestore security rules from a file; gcloud has no command for it.

    security_rules.py PROJECT firestore.rules

(firebase.google.com/docs/reference/rules/rest)
"""

import sys
from pathlib import Path

from google_api import Api, Refused, report


def release(project: str, content: str) -> str:
    """Release the rules, if they are not in force yet; return a summary. Raises Refused."""
    api = Api("https://firebaserules.googleapis.com/v1", project)
    name = f"projects/{project}/releases/cloud.firestore"
    released = _released(api, name)
    if released is not None and _content(api, released) == content:
        return "The security rules are up to date."
    source = {"files": [{"name": "firestore.rules", "content": content}]}
    ruleset = api.call("POST", f"projects/{project}/rulesets", {"source": source})
    new = {"name": name, "rulesetName": ruleset["name"]}
    if released is None:
        api.call("POST", f"projects/{project}/releases", new)
    else:
        api.call("PATCH", name, {"release": new})
    return "The security rules were released."


def _released(api: Api, name: str) -> str | None:
    """The ruleset in force; None if there is none."""
    try:
        return str(api.call("GET", name)["rulesetName"])
    except Refused as refused:
        if refused.status == 404:
            return None
        raise


def _content(api: Api, ruleset: str) -> str:
    return str(api.call("GET", ruleset)["source"]["files"][0]["content"])


if __name__ == "__main__":
    project, file = sys.argv[1:]
    sys.exit(report(lambda: release(project, Path(file).read_text())))

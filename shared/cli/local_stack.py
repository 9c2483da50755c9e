"""The commands work on the running local stack, unless the environment names another project."""

import json
import sys
from pathlib import Path

from shared import config

STACK = Path(".local/stack.json")
"""Relative to the current directory, which is that of the project on a developer's machine."""


def adopt() -> None:
    """Set the variables of the stack, if it runs, and say so on standard error.

    Call it before the rest of Soku is imported: the clock reads its variable then.
    """
    if not STACK.is_file():
        return
    stack = json.loads(STACK.read_text(encoding="utf-8"))
    adopted = config.adopt(
        {
            "GOOGLE_CLOUD_PROJECT": stack["project"],
            "FIRESTORE_EMULATOR_HOST": stack["firestore"],
            "STORAGE_EMULATOR_HOST": stack["storage"],
            "CLOUD_TASKS_EMULATOR_HOST": stack["tasks"],
            "MEDIA_BUCKET": stack["bucket"],
            "SIMULATED_PLATFORMS": json.dumps(stack["platforms"]),
            "TASKS_INVOKER": f"tasks-invoker@{stack['project']}.iam.gserviceaccount.com",
            **stack["billing"],
            "CLOCK_OFFSET_FILE": str(STACK.with_name("clock").resolve()),
            **{
                f"{name.upper()}_URL": stack[name]
                for name in ("orchestrator", "publisher", "sweeper", "collector", "webhooks")
            },
        }
    )
    if adopted:
        print(
            f"soku-admin: Using the local stack of {STACK}, because GOOGLE_CLOUD_PROJECT is not "
            "set.",
            file=sys.stderr,
        )

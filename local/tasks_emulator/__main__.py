"""Runs the emulator until SIGTERM or SIGINT.

    python -m local.tasks_emulator --grpc-port 8123 --control-port 8124 \\
        --project demo-soku --location us-central1 --queues orchestrate=50,publish-x=20 \\
        --job http://127.0.0.1:8085/=60 --invoker-email scheduler-invoker@...

CLOCK_OFFSET_FILE names the clock file. The emulator prints one line when it is ready.
"""

import argparse
import sys
from pathlib import Path

from local.interruption import stop_signal
from local.tasks_emulator.emulator import CloudTasksEmulator
from shared import config


def main(arguments: list[str] | None = None) -> int:
    """Run until a signal comes; return 0 after a clean end, 1 if a port is in use."""
    options = _options().parse_args(arguments)
    stopped = stop_signal()
    clock_file = config.clock_offset_file()
    try:
        emulator = CloudTasksEmulator(
            options.grpc_port,
            options.control_port,
            Path(clock_file) if clock_file else None,
            options.job,
            options.invoker_email,
        )
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    location = f"projects/{options.project}/locations/{options.location}"
    for queue in filter(None, options.queues.split(",")):
        name, _, at_once = queue.partition("=")
        emulator.create_queue(f"{location}/queues/{name}", int(at_once or 0))
    emulator.start()
    print(f"Cloud Tasks on {emulator.address}, control on {emulator.control_url}.", flush=True)
    stopped.wait()
    emulator.stop()
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local.tasks_emulator")
    parser.add_argument("--grpc-port", type=int, default=0)
    parser.add_argument("--control-port", type=int, default=0)
    parser.add_argument("--project", required=True)
    parser.add_argument("--location", required=True)
    parser.add_argument(
        "--queues", default="", help="comma-separated queue IDs; ID=N runs N tasks at the same time"
    )
    parser.add_argument(
        "--job",
        type=_job,
        action="append",
        default=[],
        metavar="URL=SECONDS",
        help="POST the URL at whole multiples of SECONDS; can be repeated",
    )
    parser.add_argument(
        "--invoker-email", default="scheduler-invoker@local.iam.gserviceaccount.com"
    )
    return parser


def _job(text: str) -> tuple[str, str, int]:
    """(url, audience, every_seconds); the audience is the URL, as by default in Cloud Scheduler."""
    url, _, seconds = text.rpartition("=")
    if not url or not seconds.isdigit() or int(seconds) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not URL=SECONDS")
    return url, url, int(seconds)


if __name__ == "__main__":
    sys.exit(main())

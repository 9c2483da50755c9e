"""Serves all simulated platforms from one process until SIGTERM or SIGINT.

`python -m local.platforms --ports '{"x": 1234, "threads": 1235}'`; a platform without a port uses
a free one. Prints one line of JSON, platform -> base URL, as soon as all of them answer.
"""

import argparse
import json
import sys

from local.interruption import stop_signal
from local.platforms import discover


def _ports(value: str) -> dict[str, int]:
    try:
        ports = json.loads(value)
    except json.JSONDecodeError as error:
        raise argparse.ArgumentTypeError(f"not JSON: {error}") from error
    if not isinstance(ports, dict) or not all(type(port) is int for port in ports.values()):
        raise argparse.ArgumentTypeError("not a JSON object of platform names and port numbers")
    unknown = sorted(set(ports) - set(discover()))
    if unknown:
        raise argparse.ArgumentTypeError(
            f"there is no simulated platform named {', '.join(unknown)}"
        )
    return ports


def main(arguments: list[str]) -> int:
    """Serve until a signal arrives; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m local.platforms", description=__doc__)
    parser.add_argument("--ports", type=_ports, default={}, help="JSON: platform -> port")
    ports = parser.parse_args(arguments).ports

    stopped = stop_signal()
    servers = {name: twin().serve(ports.get(name, 0)) for name, twin in discover().items()}
    try:
        for server in servers.values():
            server.start()
        print(json.dumps({name: server.url for name, server in servers.items()}), flush=True)
        stopped.wait()
    finally:
        for server in servers.values():
            server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

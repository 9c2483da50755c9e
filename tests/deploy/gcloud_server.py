"""The installed gcloud, loaded once: each command runs in a fork of this process.

    PYTHON_OF_GCLOUD gcloud_server.py SDK_ROOT SOCKET

A command comes from gcloud_client.py, with its arguments, environment and standard streams.
gcloud's own code runs it; this only saves the second that loading it takes.
"""

import importlib
import json
import os
import signal
import socket
import sys
import traceback

# Modules that most commands use, loaded before the forks.
_LOADED_FOR_ALL = (
    "googlecloudsdk.gcloud_main",
    "googlecloudsdk.calliope.cli",
    "googlecloudsdk.core.resource.resource_printer",
    "googlecloudsdk.core.credentials.transports",
    "googlecloudsdk.command_lib.util.apis.yaml_command_translator",
    "googlecloudsdk.command_lib.iam.iam_util",
    "googlecloudsdk.api_lib.secrets.api",
)


def serve(root: str, path: str) -> None:
    sys.path[:0] = [f"{root}/lib", f"{root}/lib/third_party"]
    import gcloud

    for module in _LOADED_FOR_ALL:
        importlib.import_module(module)

    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen(64)
        print("ready", flush=True)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # forks are not waited for
        while True:
            client, _ = server.accept()
            if os.fork() == 0:
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                server.close()
                _run(client, gcloud.main)
            client.close()


def _run(client: socket.socket, main) -> None:  # type: ignore[no-untyped-def]
    """Become the client's command, and send the client the exit status."""
    _, streams, _, _ = socket.recv_fds(client, 1, 3)
    with client.makefile("rb") as sent:
        command = json.loads(sent.readline())
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(command["directory"])
    os.environ.clear()
    os.environ.update(command["environment"])
    sys.argv = ["gcloud", *command["arguments"]]
    status = 0
    try:
        status = main() or 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    client.sendall(bytes([status & 255]))
    os._exit(0)


if __name__ == "__main__":
    serve(*sys.argv[1:])

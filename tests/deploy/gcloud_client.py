"""Replaces gcloud in PATH: passes its command to gcloud_server.py and exits with its status."""

import json
import os
import socket
import sys
from pathlib import Path

with socket.socket(socket.AF_UNIX) as server:
    server.connect(os.environ["GCLOUD_SERVER"])
    command = {
        "arguments": sys.argv[1:],
        "directory": str(Path.cwd()),
        "environment": dict(os.environ),
    }
    socket.send_fds(server, [b"."], [0, 1, 2])
    server.sendall(json.dumps(command).encode() + b"\n")
    status = server.recv(1)
sys.exit(status[0] if status else 1)

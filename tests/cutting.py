"""A way to a server that loses answers."""

import socket
import threading
from urllib.parse import urlsplit


class Cutting:
    """A way to the API that passes each request on, and cuts the connection before the answer."""

    def __init__(self, api: str, times: int) -> None:
        self._api, self.left = urlsplit(api), times
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}{self._api.path}"
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> "Cutting":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                caller, _ = self._listening.accept()
            except OSError:
                return
            with caller:
                self._pass_on(caller)

    def _pass_on(self, caller: socket.socket) -> None:
        request = b""
        while not _is_whole(request):
            request += caller.recv(65536)
        lines = [line for line in request.split(b"\r\n") if not line.startswith(b"Connection:")]
        once = b"\r\n".join([lines[0], b"Connection: close", *lines[1:]])
        with socket.create_connection((self._api.hostname, self._api.port)) as api:
            api.sendall(once)
            answer = b"".join(iter(lambda: api.recv(65536), b""))
        if self.left:
            self.left -= 1
        else:
            caller.sendall(answer)


def _is_whole(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    return bool(end) and len(body) >= (int(lengths[0].split(b":")[1]) if lengths else 0)

"""What stands between the product and the store: it hands on, or it fails as stores fail."""

import http.client
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

KEY_ID, SECRET = "AKIDOFTESTS", "secret-words-of-the-store"
_SAYS = b"<Error><Code>SignatureDoesNotMatch</Code><AWSAccessKeyId>%b</AWSAccessKeyId></Error>" % KEY_ID.encode()


class Gate:
    """``fault``: what is answered to a request of that method instead of handing it on: a status, or 0: nothing, ever.
    ``asked``: what has come, as method and path."""

    def __init__(self, behind: str) -> None:
        self.behind = urlsplit(behind).netloc
        self.fault: Callable[[str], int | None] = lambda method: None
        self.asked: list[tuple[str, str]] = []
        self.url = ""

    def fails(self, status: int, *methods: str, after: int = 0) -> None:
        """From the next such request on, or once ``after`` of them have passed; without ``methods`` all."""
        left = after

        def fault(method: str) -> int | None:
            nonlocal left
            if methods and method not in methods:
                return None
            left -= 1
            return status if left < 0 else None

        self.fault = fault

    def heals(self) -> None:
        self.fault = lambda method: None


def _handler(gate: Gate) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            gate.asked.append((self.command, self.path))
            status = gate.fault(self.command)
            if status == 0:
                time.sleep(60)
            elif status is not None:
                self._answer(status, {}, _SAYS)
            else:
                behind = http.client.HTTPConnection(gate.behind, timeout=30)
                behind.request(self.command, self.path, body, dict(self.headers))
                found = behind.getresponse()
                self._answer(found.status, dict(found.headers), found.read())
                behind.close()

        def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response_only(status)
            length = headers.get("Content-Length", "0") if self.command == "HEAD" else str(len(body))
            for name, value in headers.items():
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", length)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    for method in ("GET", "PUT", "HEAD", "POST", "DELETE"):
        setattr(Handler, f"do_{method}", Handler._pass)
    return Handler


@contextmanager
def opened(behind: str) -> Iterator[Gate]:
    gate = Gate(behind)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(gate))
    server.daemon_threads = True
    server.block_on_close = False
    gate.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield gate
    finally:
        server.shutdown()
        server.server_close()

"""Real servers for messages: one takes a POST, one takes mail; both keep what they got."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


@contextmanager
def hook(status: int = 200) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The address of a webhook, and the documents that came."""
    came: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            came.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Standard error is for the gate."""

    with _served(HTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield f"http://127.0.0.1:{port}/secret-path", came


@contextmanager
def mailbox() -> Iterator[tuple[int, list[str]]]:
    """The port of a mail server, and the mails that came, with their recipients before them."""
    came: list[str] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 here\r\n")
            head: list[str] = []
            for line in self.rfile:
                command = line.decode().strip()
                verb = command.upper()[:4]
                if verb == "DATA":
                    self.wfile.write(b"354 go on\r\n")
                    body = iter(lambda: self.rfile.readline().decode(), ".\r\n")
                    came.append("\n".join(head) + "\n" + "".join(body))
                elif verb == "RCPT":
                    head.append(command.upper())
                self.wfile.write(b"221 bye\r\n" if verb == "QUIT" else b"250 ok\r\n")
                if verb == "QUIT":
                    return

    with _served(socketserver.TCPServer(("127.0.0.1", 0), Handler)) as port:
        yield port, came


@contextmanager
def _served(server: socketserver.TCPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

"""The independent service on a socket: HTTP/1.1 on the standard library, with answers that fail as networks do."""

from __future__ import annotations

import copy
import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from notion_backup_tests.e2e.independent_server import TOKEN, Refusal, Service
from notion_backup_tests.e2e.independent_workspace import Raw

READS = ("/v1/search", "/query")


class Handler(BaseHTTPRequestHandler):
    """HTTP/1.1 with connections kept alive."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    service: Service

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        fault = self.service.fault(f"GET {address.path} {'' if address.path.startswith('/s3/') else address.query}")
        if address.path.startswith("/s3/"):
            self._file(unquote(address.path.removeprefix("/s3/")), dict(parse_qsl(address.query)), fault)
        else:
            self._api(address.path, dict(parse_qsl(address.query)), {}, fault)

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not self.path.endswith(READS):
            self._violation()
            return
        self._api(self.path, {}, json.loads(sent or b"{}"), self.service.fault(f"POST {self.path} {sent!r}"))

    def _violation(self) -> None:
        self.service.violations.append(f"{self.command} {self.path}")
        self._send(400, b"{}", close=True)

    do_PATCH = do_DELETE = do_PUT = _violation

    def _api(self, path: str, query: dict[str, str], body: Raw, fault: str | None) -> None:
        if fault and self._fail(fault):
            return
        try:
            if "Notion-Version" not in self.headers:
                raise Refusal(400, "missing_version", "Notion-Version header should be defined.")
            if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                raise Refusal(401, "unauthorized", "API token is invalid.")
            status, answer = (
                200,
                self.service.signed(copy.deepcopy(self.service.answer(self.command, path, query, body))),
            )
        except Refusal as refusal:
            status = refusal.status
            answer = {"object": "error", "status": status, "code": refusal.code, "message": refusal.message}
        sent = json.dumps({**answer, "request_id": f"{random.getrandbits(64):x}"}).encode()
        self._send(status, sent, cut=fault == "cut")

    def _file(self, name: str, query: dict[str, str], fault: str | None) -> None:
        if fault and fault not in ("html", "429") and self._fail(fault):
            return
        if float(query.get("until", 0)) < time.time():
            self.service.expired += 1
            self._send(403, b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>")
        elif name in self.service.world.refused:
            self._send(self.service.world.refused[name][0], b"<Error><Code>NoSuchKey</Code></Error>")
        else:
            self.service.downloads += 1
            self._send(200, self.service.world.media[name], kind="application/octet-stream", cut=fault == "cut")

    def _fail(self, fault: str) -> bool:
        """Fail in this way; a cut answer is left to whoever has the answer."""
        if fault == "drop":
            self.close_connection = True
        elif fault == "html":
            self._send(200, b"<!doctype html><title>One moment, please</title>", kind="text/html")
        elif fault != "cut":
            limited = {"Retry-After": random.choice("01")} if fault in ("429", "529") else {}
            code = {"429": "rate_limited", "529": "service_overload"}.get(fault, "internal_server_error")
            body = {"object": "error", "status": int(fault), "code": code, "message": "later"}
            self._send(int(fault), json.dumps(body).encode(), headers=limited)
        return fault != "cut"

    def _send(
        self,
        status: int,
        body: bytes,
        *,
        kind: str = "application/json",
        headers: dict[str, str] | None = None,
        cut: bool = False,
        close: bool = False,
    ) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)
        self.close_connection = self.close_connection or close or cut

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def serving(service: Service) -> Iterator[Service]:
    """The service on a free port of this machine while the block runs."""
    handler = type("Bound", (Handler,), {"service": service})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

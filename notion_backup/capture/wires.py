"""One HTTP connection for each thread: a pool that all share makes them wait for each other's turn at its lock."""

from __future__ import annotations

import logging
import ssl
import threading
from collections.abc import Callable

import httpx
from notion_client import Client


class Wires:
    """``notion-client`` clients, one for each thread that asks, with their own retries off.

    ``before`` sees every request that is about to leave and ``after`` every answer, before its body is read.
    ``timeout`` is in seconds; a ``transport`` takes the place of the network. Thread-safe.
    """

    def __init__(
        self,
        base_url: str,
        version: str,
        timeout: float,
        *,
        before: Callable[[httpx.Request], None],
        after: Callable[[httpx.Response], None],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._version = version
        self._timeout = timeout
        self._hooks: dict[str, list[Callable[..., None]]] = {"request": [before], "response": [after]}
        self._trust: ssl.SSLContext = httpx.create_ssl_context()  # read from disk once, not for every thread
        self._transport = transport
        self._of_thread = threading.local()
        self._lock = threading.Lock()
        self._open: list[httpx.Client] = []

    @property
    def client(self) -> Client:
        """The calling thread's own client."""
        client: Client | None = getattr(self._of_thread, "client", None)
        if client is None:
            client = self._of_thread.client = self._new()
        return client

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            for http in self._open:
                http.close()
            self._open.clear()

    def _new(self) -> Client:
        http = httpx.Client(verify=self._trust, event_hooks=self._hooks, transport=self._transport)
        with self._lock:
            self._open.append(http)
        return Client(
            client=http,
            base_url=self._base_url,
            notion_version=self._version,
            retry=False,
            timeout_ms=int(self._timeout * 1000),
            logger=silent_logger(),
            log_level=logging.CRITICAL,
        )


def silent_logger() -> logging.Logger:
    """A logger without a handler: notion-client would print answers' texts to the terminal."""
    logger = logging.getLogger("notion_backup.capture.notion_client")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    return logger

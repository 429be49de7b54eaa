"""Running a sandbox on real sockets: in a thread for tests, or in the foreground for the command line."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from notion_backup.sandbox.app import build_app
from notion_backup.sandbox.sandbox import Sandbox
from notion_backup.sandbox.stats import Stats


class SandboxServerError(RuntimeError):
    """The server did not come up."""


@dataclass(frozen=True)
class RunningSandbox:
    """A sandbox that answers on ``url``."""

    url: str
    sandbox: Sandbox

    @property
    def token(self) -> str:
        """The token it accepts."""
        return self.sandbox.token

    @property
    def stats(self) -> Stats:
        """What it was asked so far."""
        return self.sandbox.stats


def _config(sandbox: Sandbox) -> uvicorn.Config:
    return uvicorn.Config(
        build_app(sandbox),
        loop="asyncio",
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=2,
    )


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # asyncio sets TCP_NODELAY only then
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(256)
    except OSError:
        listening.close()
        raise
    return listening


@contextmanager
def running(sandbox: Sandbox, host: str = "127.0.0.1", port: int = 0) -> Iterator[RunningSandbox]:
    """Serve ``sandbox`` from a thread while the block runs; port 0 takes a free one.

    Raises ``OSError`` when the port is taken, ``SandboxServerError`` when the server does not come up.
    """
    listening = _listen(host, port)
    server = uvicorn.Server(_config(sandbox))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="sandbox", daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + 20
        while not server.started:
            if not thread.is_alive() or time.monotonic() > deadline:
                raise SandboxServerError("The sandbox's server did not start.")
            time.sleep(0.005)
        shown = f"[{host}]" if ":" in host else host
        yield RunningSandbox(f"http://{shown}:{listening.getsockname()[1]}", sandbox)
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        listening.close()
        if sandbox.log is not None:
            sandbox.log.close()


def serve(
    sandbox: Sandbox, *, host: str = "127.0.0.1", port: int = 8787, announce: Callable[[str], None] = print
) -> None:
    """Serve ``sandbox`` in the foreground until interrupted (Ctrl-C).

    ``announce`` gets the address once the port is open. Raises ``OSError`` when the port is taken.
    """
    listening = _listen(host, port)
    shown = f"[{host}]" if ":" in host else host
    announce(f"http://{shown}:{listening.getsockname()[1]}")
    try:
        uvicorn.Server(_config(sandbox)).run(sockets=[listening])
    except KeyboardInterrupt:  # uvicorn has closed everything and hands the signal on
        return
    finally:
        listening.close()
        if sandbox.log is not None:
            sandbox.log.close()

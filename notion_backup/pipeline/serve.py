"""Dagster's pages and daemon as child processes on a home's instance, ended together and for certain."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic, sleep
from types import FrameType

from notion_backup.errors import UsageError
from notion_backup.pipeline.instance import open_instance, prepare_home
from notion_backup.pipeline.liveness import release_dead_runs
from notion_backup.settings import Settings

MODULE = "notion_backup.definitions"
GRACE_SECONDS = 20.0
_POLL_SECONDS = 0.2


def ui(settings: Settings, host: str = "127.0.0.1", port: int = 3000, *, read_only: bool = False) -> int:
    """Serve Dagster's pages, with schedules and sensors at work, until SIGINT or SIGTERM; gives the exit status.

    The pages have no login: ``host`` is this machine alone unless something else is asked for. Must be called from
    the main thread. Raises UsageError when the port is taken.
    """
    _refuse_taken_port(host, port)
    prepare_home(settings)
    with open_instance(settings) as instance:
        release_dead_runs(instance)
    with _signals() as received:
        children = [
            _start(command, child_environment(settings))
            for command in (webserver_command(host, port, read_only=read_only), daemon_command())
        ]
        try:
            while not received and all(child.poll() is None for child in children):
                sleep(_POLL_SECONDS)
            return 0 if received else 1
        finally:
            end_processes(children)


def webserver_command(host: str, port: int, *, read_only: bool = False) -> list[str]:
    """The command line of the pages."""
    asked = ["--read-only"] if read_only else []
    return [sys.executable, "-m", "dagster_webserver", "-m", MODULE, "-h", host, "-p", str(port), *asked]


def daemon_command() -> list[str]:
    """The command line of the daemon: schedules, sensors, backfills, the queue."""
    return [sys.executable, "-m", "dagster._daemon", "run", "-m", MODULE]


def child_environment(settings: Settings, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment of Dagster's processes: this one's, with the same home and settings file named for certain."""
    env = {
        **environ,
        "DAGSTER_HOME": str(settings.dagster_home),
        "NOTION_BACKUP_HOME": str(settings.home),
        # `python -m` would put the working folder first on the path, and a stray file there before a dependency.
        "PYTHONSAFEPATH": "1",
    }
    if settings.config is not None:
        env["NOTION_BACKUP_CONFIG"] = str(settings.config)
    return env


def end_processes(children: Sequence[subprocess.Popen[bytes]], grace: float = GRACE_SECONDS) -> None:
    """Ask children to end (each ends its own code server), wait, and kill what is left with all it started."""
    for child in children:
        if child.poll() is None:
            child.send_signal(signal.SIGINT)
    deadline = monotonic() + grace
    for child in children:
        try:
            child.wait(timeout=max(0.1, deadline - monotonic()))
        except subprocess.TimeoutExpired:
            _kill_group(child)
            child.wait()
        else:
            # A code server that outlived its parent is in the parent's session still.
            _kill_group(child)


def _start(command: list[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C on the terminal reaches this process alone, which then ends the others in order.
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


@contextmanager
def _signals() -> Iterator[list[int]]:
    """Collect SIGINT and SIGTERM meanwhile.

    Handlers are set even where the signal was ignored (a shell starts background jobs so): ignoring is inherited by
    child processes, handlers are not, and Dagster's processes could not be ended otherwise.
    """
    received: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        received.append(number)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _refuse_taken_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise UsageError(
                f"Port {port} of {host} cannot be listened on ({error.strerror}).", cure="Name another with --port."
            ) from error

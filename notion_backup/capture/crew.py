"""A pool of threads whose tasks may add tasks.

Tasks wait in three queues, served in order of urgency, so that work which finishes something begun (comments of a
page already read) goes before work that begins something new, and little is held in memory at any time.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from enum import IntEnum
from typing import Any

from notion_backup.capture.waiting import Stopped, Waiting

_LAST_MOMENT = 10.0
"""Seconds that running tasks get after a stop."""


class Urgency(IntEnum):
    """Which queue a task waits in."""

    LISTING = 0
    FINISH = 1
    BEGIN = 2


class Crew:
    """``workers`` threads. The first task that raises stops the crew, and :meth:`drain` raises its error."""

    def __init__(self, workers: int, waiting: Waiting, *, name: str) -> None:
        self._waiting = waiting
        self._lock = threading.Lock()
        self._ready = threading.Condition(self._lock)
        self._changed = threading.Condition(self._lock)
        self._queues: tuple[deque[tuple[Callable[..., None], tuple[Any, ...]]], ...] = tuple(deque() for _ in Urgency)
        self._open_tasks = 0
        self._open_listings = 0
        self._closing = False
        self._error: BaseException | None = None
        self._threads = [
            threading.Thread(target=self._work, name=f"{name}-{number}", daemon=True) for number in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def add(self, task: Callable[..., None], *args: Any, urgency: Urgency = Urgency.BEGIN) -> None:
        """Queue a task. After a stop it is dropped: nobody will wait for it."""
        with self._lock:
            if self._closing:
                return
            self._queues[urgency].append((task, args))
            self._open_tasks += 1
            self._open_listings += urgency is Urgency.LISTING
            self._ready.notify()

    @property
    def listing(self) -> bool:
        """Whether a task of the first queue waits or is at work: what there is to do is not yet known."""
        with self._lock:
            return self._open_listings > 0

    def drain(self) -> None:
        """Wait until no task is left, those added meanwhile included. Raises the first error of a task."""
        with self._lock:
            while self._open_tasks and self._error is None:
                # A bounded wait: on some platforms only this lets Ctrl-C through.
                self._changed.wait(0.5)
            if self._error is not None:
                raise self._error

    def raise_error(self) -> None:
        """Raise the first error of a task, if there was one."""
        with self._lock:
            if self._error is not None:
                raise self._error

    def close(self) -> None:
        """Forget what waits, give what runs a moment to come to its end, and join the threads.

        A thread that is still waiting for an answer then is left behind: it ends with that answer, unheard.
        """
        with self._lock:
            self._closing = True
            for queue in self._queues:
                self._open_tasks -= len(queue)
                queue.clear()
            self._ready.notify_all()
        deadline = time.monotonic() + _LAST_MOMENT
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _work(self) -> None:
        while True:
            with self._lock:
                while not self._closing and not any(self._queues):
                    self._ready.wait()
                if self._closing:
                    return
                urgency = next(urgency for urgency in Urgency if self._queues[urgency])
                task, args = self._queues[urgency].popleft()
            self._run(task, args, urgency)
            # A thread that waits for its next task must not keep the last one alive.
            del task, args

    def _run(self, task: Callable[..., None], args: tuple[Any, ...], urgency: Urgency) -> None:
        error: BaseException | None = None
        try:
            # Whoever threw the switch knows why: a task that was stopped has nothing to tell.
            with suppress(Stopped):
                self._waiting.check()
                task(*args)
        except BaseException as raised:  # noqa: BLE001 - handed to drain()
            error = raised
        with self._lock:
            self._open_tasks -= 1
            self._open_listings -= urgency is Urgency.LISTING
            if error is not None and self._error is None:
                self._error = error
                self._waiting.stop()
            if not self._open_tasks or self._error is not None:
                self._changed.notify_all()

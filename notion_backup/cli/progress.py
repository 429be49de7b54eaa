"""Progress on standard error: one line that renews itself on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable
from time import monotonic
from types import TracebackType
from typing import Self

from notion_backup.cli.safetext import safe

_REDRAW_SECONDS = 0.1
_LINE_SECONDS = 15.0
_ERASE_LINE = "\r\x1b[2K"


class Meter:
    """Shows how far one piece of work is. May be called from several threads.

    On a terminal the line is rewritten at most ten times a second and gone at the end. Elsewhere a line is written
    when the text has news worth a line: a new phase, or fifteen seconds since the last one.
    """

    def __init__(self, title: str, clock: Callable[[], float] = monotonic) -> None:
        self._title = title
        self._clock = clock
        self._terminal = sys.stderr.isatty()
        self._lock = threading.Lock()
        self._told = clock() if not self._terminal else float("-inf")
        self._phase = ""

    def show(self, text: str, phase: str = "") -> None:
        """Say how far it is. A change of ``phase`` is always told."""
        with self._lock:
            now = self._clock()
            every = _REDRAW_SECONDS if self._terminal else _LINE_SECONDS
            if phase == self._phase and now - self._told < every:
                return
            self._told, self._phase = now, phase
            line = f"{self._title}: {text}"
            if self._terminal:
                columns = shutil.get_terminal_size().columns
                sys.stderr.write(_ERASE_LINE + safe(line, max(10, columns - 1)))
            else:
                sys.stderr.write(safe(line) + "\n")
            sys.stderr.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._terminal:
            sys.stderr.write(_ERASE_LINE)
            sys.stderr.flush()

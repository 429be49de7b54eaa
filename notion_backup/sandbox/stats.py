"""What the sandbox was asked: counts by endpoint, and every answer as JSON lines if wished."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO


@dataclass
class Stats:
    """Counters since the start or the last reset."""

    endpoints: Counter[str] = field(default_factory=Counter)
    """``GET /v1/pages/{id}`` -> requests."""
    statuses: Counter[int] = field(default_factory=Counter)
    reads: int = 0
    writes: int = 0
    """Requests that would change something, whether or not they were refused."""
    downloads: int = 0
    downloaded_bytes: int = 0
    download_paths: Counter[str] = field(default_factory=Counter)
    """File path -> how often it was opened."""
    write_paths: list[str] = field(default_factory=list)
    first_at: float | None = None
    """When the first API request came, and the newest: seconds of the machine's monotonic clock."""
    last_at: float | None = None

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    @property
    def total(self) -> int:
        """API requests, file downloads not counted."""
        return self.reads + self.writes

    def request(self, endpoint: str, write: bool) -> None:
        """Count one API request."""
        with self._lock:
            self.last_at = time.monotonic()
            self.first_at = self.first_at or self.last_at
            self.endpoints[endpoint] += 1
            if write:
                self.writes += 1
                self.write_paths.append(endpoint)
            else:
                self.reads += 1

    def answer(self, status: int) -> None:
        """Count one API answer by status (0: no answer was given)."""
        with self._lock:
            self.statuses[status] += 1

    def download(self, path: str, size: int) -> None:
        """Count one file download."""
        with self._lock:
            self.downloads += 1
            self.downloaded_bytes += size
            self.download_paths[path] += 1

    def reset(self) -> None:
        """Start from zero."""
        with self._lock:
            for counter in (self.endpoints, self.statuses, self.download_paths):
                counter.clear()
            self.write_paths.clear()
            self.reads = self.writes = self.downloads = self.downloaded_bytes = 0
            self.first_at = self.last_at = None

    def to_json(self) -> dict[str, Any]:
        """For ``GET /_sandbox/stats``."""
        with self._lock:
            return {
                "total": self.total,
                "reads": self.reads,
                "writes": self.writes,
                "endpoints": dict(sorted(self.endpoints.items())),
                "statuses": {str(status): n for status, n in sorted(self.statuses.items())},
                "downloads": self.downloads,
                "downloaded_bytes": self.downloaded_bytes,
                "write_paths": list(self.write_paths),
            }


class AnswerLog:
    """Writes every exchange as one JSON line, in the format of recorded traffic."""

    def __init__(self, path: str | Path, session: str = "sandbox") -> None:
        self._file: TextIO | None = Path(path).open("a", encoding="utf-8")  # noqa: SIM115 - closed by close()
        self._session = session
        self._step = 0
        self._lock = threading.Lock()

    def write(
        self, method: str, path: str, query: dict[str, Any], version: str, request: Any, status: int, response: str
    ) -> None:
        """Append one exchange. ``response`` is the JSON text that was answered."""
        head = {"session": self._session, "step": self._step, "method": method, "path": path, "query": query}
        tail = {"version": version, "request": request, "status": status}
        line = json.dumps({**head, **tail})[:-1] + f', "response": {response}}}\n'
        with self._lock:
            if self._file is not None:
                self._step += 1
                self._file.write(line)
                self._file.flush()

    def close(self) -> None:
        """Close the file; further exchanges are not logged."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

"""Recorded traffic: one exchange a line, as JSON; gzip when the name ends so."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from notion_backup.sandbox.ask import NEWEST
from notion_backup.sandbox.workspace import Raw

_ID = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")


class TrafficError(ValueError):
    """A file of traffic that cannot be understood; the message names the line."""


@dataclass(frozen=True)
class Exchange:
    """One request and what Notion answered. ``request`` is the JSON body, None for none or for a body in parts."""

    session: str
    step: int
    method: str
    path: str
    query: Raw
    version: str
    request: Any
    status: int
    response: Any

    @property
    def endpoint(self) -> str:
        """Method and path with names for ids, for reports."""
        path = re.sub(r"/properties/[^/]+", "/properties/{property}", _ID.sub("{id}", self.path))
        return f"{self.method} {path}"


def read_traffic(path: Path) -> list[Exchange]:
    """The exchanges of a file, in order. Raises TrafficError, naming the line, and OSError."""
    try:
        if path.name.endswith(".gz"):
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                return list(_exchanges(lines, path))
        with path.open(encoding="utf-8") as lines:
            return list(_exchanges(lines, path))
    except (UnicodeDecodeError, gzip.BadGzipFile, EOFError) as error:
        raise TrafficError(f"{path} is no text of JSON lines: {error}.") from error


def recordings(exchanges: Iterable[Exchange]) -> Iterator[list[Exchange]]:
    """The exchanges of each recording. A session whose steps begin anew, or change version, is another recording."""
    current: list[Exchange] = []
    for exchange in exchanges:
        before = current[-1] if current else exchange
        goes_on = (exchange.session, exchange.version) == (before.session, before.version)
        if current and not (goes_on and exchange.step > before.step):
            yield current
            current = []
        current.append(exchange)
    if current:
        yield current


def _exchanges(lines: Iterable[str], path: Path) -> Iterator[Exchange]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            told = json.loads(line)
            yield Exchange(
                session=str(told.get("session", "")),
                step=int(told.get("step", number)),
                method=str(told["method"]).upper(),
                path=_path(str(told["path"])),
                query=_query(told),
                version=str(told.get("version") or NEWEST),
                request=told.get("request"),
                status=int(told["status"]),
                response=told.get("response"),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise TrafficError(f"{path}, line {number}: not an exchange ({type(error).__name__}: {error}).") from error


def _path(told: str) -> str:
    """The path alone: some recorders keep the whole URL, some leave the version out."""
    path = re.sub(r"^https?://[^/]+", "", told).partition("?")[0]
    return path if path.startswith("/v1/") else "/v1/" + path.lstrip("/")


def _query(told: Raw) -> Raw:
    query = dict(told.get("query") or {})
    tail = str(told["path"]).partition("?")[2]
    for pair in tail.split("&") if tail else ():
        name, _, value = pair.partition("=")
        query.setdefault(name, value)
    return query

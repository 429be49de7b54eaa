"""Recorded traffic: one exchange a line, as JSON; gzip when the name ends so."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from notion_backup.sandbox.workspace import Raw

_ID = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")


class TrafficError(ValueError):
    """A file of traffic that cannot be understood; the message names the line."""


@dataclass(frozen=True)
class Exchange:
    """One request and what Notion answered.

    ``request`` is the JSON body, None for none or for a body in parts; text that is no JSON stays text. ``version`` is
    empty when the recording does not tell it.
    """

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
                return _exchanges(lines, path)
        with path.open(encoding="utf-8") as lines:
            return _exchanges(lines, path)
    except (UnicodeDecodeError, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise TrafficError(f"{path} is no text of JSON lines: {error}.") from error


def recordings(exchanges: Iterable[Exchange]) -> list[list[Exchange]]:
    """The exchanges of each recording, in the order in which the recordings begin; those of several may be mixed.

    A session whose steps begin anew, or change version, is another recording.
    """
    found: list[list[Exchange]] = []
    last: dict[str, list[Exchange]] = {}
    for exchange in exchanges:
        current = last.get(exchange.session)
        if current is None or not _goes_on(current, exchange):
            current = last[exchange.session] = []
            found.append(current)
        current.append(exchange)
    return found


def _goes_on(current: list[Exchange], exchange: Exchange) -> bool:
    spoken = next((before.version for before in reversed(current) if before.version), "")
    same = not spoken or not exchange.version or spoken == exchange.version
    return same and exchange.step > current[-1].step


def _exchanges(lines: Iterable[str], path: Path) -> list[Exchange]:
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            told = json.loads(line)
            step = told.get("step")
            found.append(
                Exchange(
                    session=str(told.get("session") or ""),
                    step=number if step is None else int(step),
                    method=str(told["method"]).upper(),
                    path=_path(str(told["path"])),
                    query=_query(told),
                    version=str(told.get("version") or ""),
                    request=_unpacked(told.get("request")),
                    status=int(told["status"]),
                    response=_unpacked(told.get("response")),
                )
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise TrafficError(f"{path}, line {number}: not an exchange ({type(error).__name__}: {error}).") from error
    return found


def _path(told: str) -> str:
    """The path alone: some recorders keep the whole URL, some leave the version out."""
    path = re.sub(r"^\w+://[^/]*", "", told).partition("#")[0].partition("?")[0]
    return path if path.startswith("/v1/") else "/v1/" + path.lstrip("/")


def _query(told: Raw) -> Raw:
    """Query parameters, given as an object, as pairs or as text, beside what the path has behind its question mark."""
    given = told.get("query")
    pairs = _pairs(str(told["path"]).partition("#")[0].partition("?")[2])
    if isinstance(given, str):
        pairs += _pairs(given.lstrip("?"))
    elif isinstance(given, list):
        pairs += [(str(one[0]), one[1]) for one in given if isinstance(one, list) and len(one) == 2]
    elif isinstance(given, dict):
        pairs = [pair for pair in pairs if pair[0] not in given] + list(given.items())
    query: Raw = {}
    for name, value in pairs:
        if name in query:
            before = query[name] if isinstance(query[name], list) else [query[name]]
            query[name] = [*before, value]
        elif value is not None:
            query[name] = value[0] if isinstance(value, list) and len(value) == 1 else value
    return query


def _pairs(text: str) -> list[tuple[str, Any]]:
    return list(parse_qsl(text, keep_blank_values=True))


def _unpacked(body: Any) -> Any:
    """A body that some recorders keep as the text it was."""
    if not isinstance(body, str):
        return body
    try:
        return json.loads(body) if body.strip() else None
    except (ValueError, RecursionError):
        return body

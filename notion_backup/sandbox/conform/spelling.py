"""What recorders leave out or write in their own way, made plain: the version spoken, and ids that are none."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from notion_backup.sandbox.ask import NEWEST
from notion_backup.sandbox.conform.traffic import Exchange
from notion_backup.sandbox.conform.words import NAMED, answer, message, objects, parent_id
from notion_backup.sandbox.ids import normalise
from notion_backup.sandbox.versions import MIDDLE, OLDEST, VERSIONS

_ANY_ID = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}(?![0-9a-fA-F])")
_NEWER_PATH = re.compile(r"/v1/(data_sources|views)\b")
_WORDS = ("me", "meeting_notes")
"""What stands in the place of an id and is none."""


def plain(recording: list[Exchange]) -> list[Exchange]:
    """A recording in which every exchange tells its version, and every id that was accepted is one."""
    spoken = _version(recording)
    versed = [replace(one, version=one.version or spoken) for one in recording]
    made_up = _made_up(versed)
    if not made_up:
        return versed
    return [
        replace(
            one,
            path="/".join(made_up.get(part) or _respelled(part, made_up.get) for part in one.path.split("/")),
            query=_everywhere(one.query, made_up),
            request=_everywhere(one.request, made_up),
            response=_everywhere(one.response, made_up),
        )
        for one in versed
    ]


def known_version(version: str) -> str:
    """The version here that answers like the one asked for: itself, or for an older one the oldest there is."""
    return version if version in VERSIONS else max((one for one in VERSIONS if one <= version), default=OLDEST)


def _version(recording: list[Exchange]) -> str:
    """The version that a recording speaks: as its exchanges tell it, else as their shapes show it."""
    told = next((one.version for one in recording if one.version), "")
    if told:
        return told
    shown = [raw for one in recording for raw in objects(answer(one))]
    parents = {str(raw["parent"].get("type")) for raw in shown if isinstance(raw.get("parent"), dict)}
    has_sources = "data_source_id" in parents or any(_NEWER_PATH.match(one.path) for one in recording)
    if any(raw["object"] == "database" and "properties" in raw for raw in shown):
        return OLDEST
    rows = [raw for raw in shown if raw["object"] == "page" and (raw.get("parent") or {}).get("type") == "database_id"]
    if rows:
        return OLDEST
    if any("archived" in raw for raw in shown):
        return MIDDLE if has_sources or any("is_locked" in raw for raw in shown) else OLDEST
    return NEWEST


def _made_up(recording: list[Exchange]) -> dict[str, str]:
    """What stands for an id in a recording that was cleaned of its own, and the id that we take for it.

    An id was accepted when no refusal says that it is none; what was put in its place by hand need not look like one.
    """
    found: dict[str, str] = {}
    refused = " ".join(message(one) for one in recording if "uuid" in message(one))
    for exchange in recording:
        if exchange.status < 400:
            for text in _texts([exchange.path, exchange.query, exchange.request, exchange.response]):
                for given in _ANY_ID.findall(text):
                    if normalise(given) is None and given not in refused:
                        found[given] = _respelled_id(given)
        named = NAMED.fullmatch(exchange.path)
        given = named.group(2) if named else ""
        if exchange.status < 400 and given not in ("", *_WORDS) and not _ANY_ID.fullmatch(given):
            body = answer(exchange)
            first = next((raw for raw in body.get("results") or () if isinstance(raw, dict)), {})
            own = body.get("id") if body.get("object") != "list" else parent_id(first)
            found[given] = normalise(str(own)) or str(uuid.uuid5(uuid.NAMESPACE_URL, given))
    return found


def _respelled_id(given: str) -> str:
    """The nearest id: its version and variant are such as Notion accepts."""
    bare = given.replace("-", "").lower()
    version = bare[12] if bare[12] in "12345678" else "8"
    variant = bare[16] if bare[16] in "89ab" else "a"
    bare = f"{bare[:12]}{version}{bare[13:16]}{variant}{bare[17:]}"
    return f"{bare[:8]}-{bare[8:12]}-{bare[12:16]}-{bare[16:20]}-{bare[20:]}" if "-" in given else bare


def _texts(value: Any) -> list[str]:
    found, waiting = [], [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            found.append(one)
        elif isinstance(one, dict):
            waiting += [*one, *one.values()]
        elif isinstance(one, list):
            waiting += one
    return found


def _everywhere(value: Any, made_up: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {_everywhere(name, made_up): _everywhere(one, made_up) for name, one in value.items()}
    if isinstance(value, list):
        return [_everywhere(one, made_up) for one in value]
    if not isinstance(value, str):
        return value
    return made_up.get(value) or _respelled(value, made_up.get)


def _respelled(text: str, known: Callable[[str], str | None]) -> str:
    return _ANY_ID.sub(lambda match: known(match.group(0)) or match.group(0), text) if len(text) >= 32 else text

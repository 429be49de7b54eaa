"""The one way clear JSON files are rendered, so that every byte of them is covered by a MAC or a digest."""

from __future__ import annotations

import json
from typing import Any

from notion_backup.errors import Damaged

MAX_CLEAR_BYTES = 1024 * 1024


def render(value: dict[str, Any]) -> bytes:
    """Indented JSON with sorted keys, ASCII only, and a final newline."""
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=True) + "\n").encode()


def render_compact(value: dict[str, Any]) -> bytes:
    """The same on one line without spaces, for what only programs read."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=True).encode()


def parse(data: bytes, name: str) -> dict[str, Any]:
    """The object in a clear JSON file. Raises Damaged, naming it, when it is none or is not rendered canonically."""
    value = parse_loosely(data)
    if value is None or render(value) != data:
        raise Damaged(f"{name} is not what was written.", cure="Restore this file from a copy of the repository.")
    return value


def parse_loosely(data: bytes) -> dict[str, Any] | None:
    """The JSON object in ``data``, or None when there is none."""
    if len(data) > MAX_CLEAR_BYTES:
        return None
    try:
        value = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None

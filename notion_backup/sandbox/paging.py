"""Cursors and list envelopes."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from notion_backup.sandbox.rendering import dumps
from notion_backup.sandbox.replies import validation

MAX_PAGE_SIZE = 100
T = TypeVar("T")


@dataclass(frozen=True)
class Window:
    """What part of a list is asked for."""

    size: int
    cursor: str | None

    @classmethod
    def read(cls, values: dict[str, Any], where: str) -> Window:
        """From a query string (``where`` = query) or a body. Raises a 400 refusal for sizes outside 1–100."""
        given = values.get("page_size")
        if given is None:
            size = MAX_PAGE_SIZE
        else:
            try:
                size = int(given)
            except (TypeError, ValueError):
                raise validation(
                    f"{where} failed validation: {where}.page_size should be a number, instead was `{dumps(given)}`."
                ) from None
            if size > MAX_PAGE_SIZE:
                raise validation(
                    f"{where} failed validation: {where}.page_size should be ≤ `{MAX_PAGE_SIZE}`, instead was `{size}`."
                )
            if size < 1:
                raise validation(f"{where} failed validation: {where}.page_size should be ≥ `1`, instead was `{size}`.")
        cursor = values.get("start_cursor")
        return cls(size, str(cursor) if cursor else None)


@dataclass(frozen=True)
class Slice:
    """A part of a list: the items, and the cursor of what follows (None at the end)."""

    items: list[Any]
    next_cursor: str | None


def cut(items: Sequence[T], window: Window, key: Callable[[T], str]) -> Slice:
    """The asked part of ``items``. A cursor names the item the next part begins with, as recorded ones do.

    When the list changes between two requests the cursor still points at that item, so that others may be seen
    twice or missed, as on Notion. Raises a 400 refusal when the item is gone.
    """
    start = 0
    if window.cursor is not None:
        wanted = window.cursor.rpartition(":")[2]
        start = next((place for place, item in enumerate(items) if key(item) == wanted), -1)
        if start < 0:
            raise validation(f"The start_cursor provided is invalid: {window.cursor}")
    end = start + window.size
    following = f"s:{uuid.uuid4()}:{key(items[end])}" if end < len(items) else None
    return Slice(list(items[start:end]), following)


def cut_by_place(items: Sequence[T], window: Window) -> Slice:
    """Like ``cut`` for items that have no id of their own; the cursor holds a position."""
    start = 0
    if window.cursor is not None:
        place = window.cursor.rpartition(":")[2]
        start = int(place) if place.isdigit() else -1
        if not 0 <= start <= len(items):
            raise validation(f"The start_cursor provided is invalid: {window.cursor}")
    end = start + window.size
    following = f"s:{uuid.uuid4()}:{end}" if end < len(items) else None
    return Slice(list(items[start:end]), following)


def envelope(texts: Sequence[str], part: Slice, kind: str, extra: str = "", detail: str = "{}") -> str:
    """The recorded shape of a list, without its request id (the server adds it)."""
    return (
        f'{{"object": "list", "results": [{", ".join(texts)}], "next_cursor": {dumps(part.next_cursor)}, '
        f'"has_more": {dumps(part.next_cursor is not None)}, "type": "{kind}", "{kind}": {detail}{extra}}}'
    )

"""Listings read to their end: no cursor twice, no item twice, never cut short in silence.

Cursors shift while people edit, so an item may come twice; a page may hold fewer items than asked for while more
follow; a cursor may become invalid (HTTP 400), and then the listing begins again, a few times.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from notion_backup.capture.client import NotionReader, PageSize, Raw
from notion_backup.errors import NotionGarbled, NotionRefused

_RESTARTS = 3


@dataclass(frozen=True, slots=True)
class Listing:
    """What to list: endpoint template, its ids, and the query (GET) or body (POST) without cursor and page size.

    ``key`` names the list in the answer. ``named``: every item has an id and counts once.
    """

    method: str
    template: str
    ids: dict[str, str]
    parameters: Raw
    key: str = "results"
    named: bool = True

    @property
    def name(self) -> str:
        """The request, for messages."""
        return f"{self.method} {self.template.format(**self.ids)}"


@dataclass(frozen=True, slots=True)
class Batch:
    """One page of a listing. ``incomplete`` is the server's word that it will not give all of it."""

    items: list[Raw]
    incomplete: str | None
    again: bool
    """The listing began again with this batch: what came before may be out of date."""


def get(template: str, key: str = "results", **ids: str) -> Listing:
    """A listing by GET whose items have ids."""
    return Listing("GET", template, ids, {}, key)


def batches(reader: NotionReader, listing: Listing, first: Raw | None = None) -> Iterator[Batch]:
    """The pages of a listing, items met before left out. Raises :class:`NotionError`.

    ``first`` is the answer with the first page, when the caller has it already.
    """
    met: set[str] = set()
    for batch in _batches(reader, listing, first):
        yield replace(batch, items=_fresh(batch.items, met)) if listing.named else batch


def _batches(reader: NotionReader, listing: Listing, first: Raw | None) -> Iterator[Batch]:
    """The pages as they come, repeats included."""
    size = PageSize()
    cursors: set[str] = set()
    cursor: str | None = None
    restarts, again = 0, False
    while True:
        try:
            answer, first = first or _page(reader, listing, cursor, size), None
        except NotionRefused as error:
            if cursor is None or error.status != 400 or restarts >= _RESTARTS:
                raise
            cursor, restarts, again = None, restarts + 1, True
            cursors.clear()
            continue
        more = answer["has_more"]
        yield Batch(
            items=answer[listing.key],
            incomplete=None if more else _incomplete(answer),
            again=again,
        )
        again = False
        if not more:
            return
        cursor = answer.get("next_cursor")
        if not isinstance(cursor, str) or not cursor or cursor in cursors:
            raise NotionGarbled(
                f"{listing.name}: the listing does not move on (the same or no cursor).",
                cure="Run the backup again later.",
                code="cursor",
            )
        cursors.add(cursor)


def collect(reader: NotionReader, listing: Listing, first: Raw | None = None) -> tuple[list[Raw], str | None]:
    """All items of a listing, and why the server did not give all of it (None: it did).

    ``first`` as for :func:`batches`.
    """
    items: list[Raw] = []
    met: set[str] = set()
    incomplete = None
    for batch in _batches(reader, listing, first):
        if batch.again:
            items.clear()
            met.clear()
        items.extend(_fresh(batch.items, met) if listing.named else batch.items)
        incomplete = batch.incomplete
    return items, incomplete


def _page(reader: NotionReader, listing: Listing, cursor: str | None, size: PageSize) -> Raw:
    parameters = dict(listing.parameters)
    if cursor is not None:
        parameters["start_cursor"] = cursor
    get = listing.method == "GET"
    return reader.ask(
        listing.method,
        listing.template,
        query=parameters if get else None,
        body=None if get else parameters,
        size=size,
        shape=lambda answer: is_list(answer, listing.key) and (not listing.named or _are_named(answer[listing.key])),
        ids=listing.ids,
    )


def is_list(answer: Any, key: str = "results") -> bool:
    """Whether an answer is one page of a list."""
    if not isinstance(answer, dict) or not isinstance(answer.get("has_more"), bool):
        return False
    items = answer.get(key)
    return isinstance(items, list) and all(isinstance(item, dict) for item in items)


def _are_named(items: list[Raw]) -> bool:
    return all(isinstance(item.get("id"), str) for item in items)


def _fresh(items: list[Raw], met: set[str]) -> list[Raw]:
    """The items not met before; notes them."""
    fresh = []
    for item in items:
        if item["id"] not in met:
            met.add(item["id"])
            fresh.append(item)
    return fresh


def _incomplete(answer: Raw) -> str | None:
    status = answer.get("request_status")
    if not isinstance(status, dict) or status.get("type") != "incomplete":
        return None
    reason = status.get("incomplete_reason") or status.get("reason") or status.get("incomplete")
    return reason if isinstance(reason, str) else "incomplete"

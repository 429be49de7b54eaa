"""Property values that a page object cuts short, read in full.

Page objects show at most 25 references of a value (property documentation): relations say so with ``has_more``,
people do not; title and text may be cut after 25 mentions; rollups are computed over what is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from notion_backup.capture.client import NotionReader, PageSize, Raw
from notion_backup.capture.paging import Listing, collect, is_list
from notion_backup.errors import NotionGarbled

SHOWN = 25


def cut_properties(page: Raw, rollups: Mapping[str, str] | None = None) -> list[str]:
    """The ids, as received, of the values of a page object that may not be whole.

    ``rollups`` is :func:`rollups_of` the page's data source; without it every rollup beside a cut relation counts.
    """
    properties = page.get("properties")
    if not isinstance(properties, dict):
        return []
    values = [value for value in properties.values() if isinstance(value, dict)]
    cut = [value for value in values if _is_cut(value)]
    wide = {unquote(str(value.get("id"))) for value in cut if value.get("type") == "relation"}
    # A rollup counts over its relation, and its value does not say which: the schema does.
    cut += [
        value
        for value in values
        if value.get("type") == "rollup" and (_is_over(value, wide, rollups) or _is_cut_rollup(value))
    ]
    return sorted({value["id"] for value in cut if isinstance(value.get("id"), str)})


def read_property(reader: NotionReader, page_id: str, property_id: str) -> list[Raw]:
    """All items of one value. A value that is no list comes back as its one item. Raises NotionError.

    The id goes into the path as received, that is encoded, and nothing encodes it again.
    """
    answer = reader.ask(
        "GET", _TEMPLATE, ids={"id": page_id, "pid": property_id}, size=PageSize(), shape=_is_item_or_list
    )
    if answer.get("object") != "list":
        answer.pop("request_id", None)
        return [answer]
    listing = Listing("GET", _TEMPLATE, {"id": page_id, "pid": property_id}, {}, named=False)
    items, incomplete = collect(reader, listing, answer)
    if incomplete is not None:
        raise NotionGarbled(f"{listing.name}: Notion cut the value ({incomplete}).", code="incomplete")
    return items


def rollups_of(source: Raw) -> dict[str, str]:
    """Which relation each rollup of a data source's schema counts over: decoded ids, rollup to relation."""
    properties = source.get("properties")
    found: dict[str, str] = {}
    for definition in properties.values() if isinstance(properties, dict) else ():
        rollup = definition.get("rollup") if isinstance(definition, dict) else None
        if isinstance(rollup, dict) and isinstance(rollup.get("relation_property_id"), str):
            found[unquote(str(definition.get("id")))] = unquote(rollup["relation_property_id"])
    return found


_TEMPLATE = "pages/{id}/properties/{pid}"


def _is_item_or_list(answer: Any) -> bool:
    return is_list(answer) or (isinstance(answer, dict) and answer.get("object") == "property_item")


def _is_cut(value: Raw) -> bool:
    kind = value.get("type")
    content = value.get(str(kind))
    if kind == "relation":
        # A server that does not say leaves only the number to go by.
        return bool(value.get("has_more", isinstance(content, list) and len(content) >= SHOWN))
    if kind == "people":
        return isinstance(content, list) and len(content) >= SHOWN
    if kind in ("title", "rich_text"):
        return _mentions(content) >= SHOWN
    return False


def _is_over(value: Raw, relations: set[str], rollups: Mapping[str, str] | None) -> bool:
    if not relations or rollups is None:
        return bool(relations)
    # A rollup that the schema does not explain may count over any of them.
    return rollups.get(unquote(str(value.get("id"))), next(iter(relations))) in relations


def _is_cut_rollup(value: Raw) -> bool:
    rollup = value.get("rollup")
    if not isinstance(rollup, dict):
        return False
    array = rollup.get("array")
    return rollup.get("type") == "incomplete" or (isinstance(array, list) and len(array) >= SHOWN)


def _mentions(content: Any) -> int:
    if not isinstance(content, list):
        return 0
    return sum(1 for part in content if isinstance(part, dict) and part.get("type") == "mention")

"""The rows of one minute when they are more than one query gives, as after an import.

Creation times tell the minute only, so they part these rows no further. Other orders do: by a counting property
(``unique_id``) from number to number, else by edit time or title from both ends until the two meet.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from notion_backup.capture.client import Raw

Query = Callable[[Raw], tuple[list[Raw], bool]]
"""Rows of one query by its ``filter`` and ``sorts``, and whether it was cut."""


@dataclass(slots=True)
class CrowdedMinute:
    """``minute`` and ``after`` are its beginning and the next one's, as Notion writes times."""

    minute: str
    after: str
    query: Query
    rows: dict[str, Raw] = field(default_factory=dict)
    """Every row that was found, by id."""

    def read(self, sample: Raw) -> bool:
        """Ask until all rows are proven to be found; False when that could not be proven.

        ``sample`` is a row of the data source; it shows which properties there are.
        """
        kinds = _kinds(sample)
        if "unique_id" in kinds and self._by_number(kinds["unique_id"]):
            return True
        orders: list[Raw] = [{"timestamp": "last_edited_time"}]
        if "title" in kinds:
            orders.append({"property": kinds["title"]})
        return any(self._from_both_ends(order) for order in orders)

    def _by_number(self, name: str) -> bool:
        least: int | None = None
        while True:
            more: list[Raw] = [] if least is None else [{"property": name, "unique_id": {"greater_than": least}}]
            rows, cut = self._ask([{"property": name, "direction": "ascending"}], more)
            if not cut:
                # Rows without a number would be in no later query.
                return least is None or all(_number(row, name) is not None for row in rows)
            numbers = [_number(row, name) for row in rows]
            known = [number for number in numbers if number is not None]
            if len(known) < len(numbers) or known != sorted(known) or (least is not None and known[-1] <= least):
                return False
            least = known[-1]

    def _from_both_ends(self, order: Raw) -> bool:
        forward, cut = self._ask([{**order, "direction": "ascending"}])
        if not cut:
            return True
        backward, cut = self._ask([{**order, "direction": "descending"}])
        if not cut:
            return True
        # The end of the way back lies before the end of the way forth, and not among its equals: nothing lies between.
        places = {row["id"]: place for place, row in enumerate(forward)}
        place = places.get(backward[-1]["id"])
        return place is not None and _key(forward[place], order) != _key(forward[-1], order)

    def _ask(self, sorts: list[Raw], more: list[Raw] | None = None) -> tuple[list[Raw], bool]:
        created = {"timestamp": "created_time"}
        within: list[Raw] = [
            {**created, "created_time": {"on_or_after": self.minute}},
            {**created, "created_time": {"before": self.after}},
        ]
        rows, cut = self.query({"filter": {"and": within + (more or [])}, "sorts": sorts})
        self.rows.update((row["id"], row) for row in rows)
        return rows, cut


def _kinds(row: Raw) -> dict[str, str]:
    """A property's name by each type that a row has."""
    properties = row.get("properties", {})
    return {str(value.get("type")): name for name, value in properties.items() if isinstance(value, dict)}


def _number(row: Raw, name: str) -> int | None:
    value = row.get("properties", {}).get(name, {}).get("unique_id")
    number = value.get("number") if isinstance(value, dict) else None
    return number if isinstance(number, int) else None


def _key(row: Raw, order: Raw) -> object:
    if "timestamp" in order:
        return row.get(order["timestamp"])
    return "".join(part.get("plain_text", "") for part in row["properties"][order["property"]].get("title", ()))

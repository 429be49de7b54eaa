"""Two answers compared: status, error code, shape, and which ids are the same.

The shape of a value is its keys and the types of what they hold, recursively; lists are compared item by item. Ids that
were the same in the recording have to be the same in the replay, and different ones different.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from notion_backup.sandbox.conform.additions import kind_of
from notion_backup.sandbox.workspace import Raw, Workspace

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
IGNORED = ("request_id", "additional_data", "next_url", "developer_survey")
"""What names an answer and not an object, or differs by who asks."""


@dataclass
class Names:
    """Recorded ids and ours, both ways; the ids of properties too, which are short and made at random."""

    ours: dict[str, str] = field(default_factory=dict)
    theirs: dict[str, str] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    settled: set[str] = field(default_factory=set)
    """The ids of properties that were there before: they are the same here."""

    @classmethod
    def same(cls, space: Workspace, made: set[str]) -> Names:
        """The names of what was there before: recorded ids are ours too; not those yet to be made."""
        ids = _ID.findall(json.dumps([space.objects, space.templates, space.property_items, list(space.uploads)]))
        known = {one: one for one in ids if one not in made}
        properties = [p for raw in (*space.all("data_source"), *space.all("page")) for p in raw["properties"].values()]
        settled = {str(one.get("id")) for one in properties if isinstance(one, dict)}
        return cls(dict(known), dict(known), settled=settled | {unquote(one) for one in settled})

    def agree(self, recorded: str, ours: str) -> bool:
        """Whether the two ids name the same thing; they do from now on when neither was named before."""
        if recorded not in self.ours and ours not in self.theirs:
            self.ours[recorded], self.theirs[ours] = ours, recorded
        return self.ours.get(recorded) == ours

    def made_again(self, recorded: str, ours: str) -> None:
        """Note that from now on a recorded id names something new."""
        self.theirs.pop(self.ours.pop(recorded, ""), None)
        self.agree(recorded, ours)

    def bind_property(self, recorded: str, ours: str) -> None:
        """Note what a property's id is here, in both spellings; some ids are the same everywhere."""
        if recorded == ours or _FIXED & {recorded, ours} or recorded in self.settled:
            return
        self.properties[recorded] = ours
        self.properties[unquote(recorded)] = unquote(ours)

    def rewrite(self, value: Any) -> Any:
        """A recorded value with our ids in it, wherever they stand."""
        if isinstance(value, dict):
            return {self._key(name): self.rewrite(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.rewrite(one) for one in value]
        return self.text(value) if isinstance(value, str) else value

    def text(self, value: str) -> str:
        """A recorded string with our ids in it."""
        if value in self.properties:
            return self.properties[value]
        if len(value) < 32:
            return value
        return _LOOSE.sub(self._swap, value)

    def _swap(self, match: re.Match[str]) -> str:
        found = match.group(0)
        bare = found.replace("-", "").lower()
        dashed = f"{bare[:8]}-{bare[8:12]}-{bare[12:16]}-{bare[16:20]}-{bare[20:]}"
        ours = self.ours.get(dashed)
        if ours is None:
            return found
        return ours if "-" in found else ours.replace("-", "")

    def _key(self, name: str) -> str:
        return self.properties.get(name, name)


_FIXED = {"title", "verification"}
_LOOSE = re.compile(r"[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")


@dataclass(frozen=True)
class Comparison:
    """How the answers of one recording are compared."""

    names: Names
    added: dict[str, frozenset[str]] = field(default_factory=dict)
    """Keys, by kind of object, that came after the recording: to have them makes no difference."""

    def differences(self, recorded: Any, ours: Any, place: str = "", holder: str = "") -> Iterator[str]:
        """Where two values differ in shape or in what their ids name; nothing when they agree.

        ``holder`` is the key under which they stand.
        """
        if isinstance(recorded, dict) and isinstance(ours, dict):
            yield from self._in_objects(recorded, ours, place, holder)
        elif isinstance(recorded, list) and isinstance(ours, list):
            if len(recorded) != len(ours):
                yield f"{place or 'answer'}: {len(recorded)} items recorded, {len(ours)} here"
            for number, (one, other) in enumerate(zip(recorded, ours, strict=False)):
                yield from self.differences(one, other, f"{place}[{number}]", holder)
        elif _type(recorded) != _type(ours):
            yield f"{place or 'answer'}: {_type(recorded)} recorded, {_type(ours)} here"
        elif isinstance(recorded, str) and _ID.fullmatch(recorded) and not self.names.agree(recorded, ours):
            yield f"{place}: another id than before"

    def _in_objects(self, recorded: Raw, ours: Raw, place: str, holder: str) -> Iterator[str]:
        names = self.names
        property_ids = (
            "type" in recorded and isinstance(recorded.get("id"), str) and not _LOOSE.fullmatch(recorded["id"])
        )
        if property_ids and isinstance(ours.get("id"), str):
            names.bind_property(recorded["id"], ours["id"])
        for name in recorded:
            if name in IGNORED:
                continue
            if name not in ours:
                yield f"{place}.{name}: not here"
            elif name.endswith("_property_id") and isinstance(recorded[name], str) and isinstance(ours[name], str):
                names.bind_property(recorded[name], ours[name])
            else:
                yield from self.differences(recorded[name], ours[name], f"{place}.{name}", name)
        later = self.added.get(kind_of(ours, holder), ())
        for name in ours:
            if name not in recorded and name not in IGNORED and name not in later:
                yield f"{place}.{name}: not recorded"


def _type(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"

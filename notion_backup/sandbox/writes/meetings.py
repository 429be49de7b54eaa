"""``/blocks/meeting_notes``: notes of meetings found, and made of a recording (request types, summer 2026)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from notion_backup.sandbox.ask import Ask
from notion_backup.sandbox.checks import need_list, need_object, need_text, wrong
from notion_backup.sandbox.clock import parse_time, to_expiry
from notion_backup.sandbox.maker import text
from notion_backup.sandbox.paging import MAX_PAGE_SIZE
from notion_backup.sandbox.rendering import dumps
from notion_backup.sandbox.replies import validation
from notion_backup.sandbox.room import Room
from notion_backup.sandbox.tasks import Tasks
from notion_backup.sandbox.uploads import find
from notion_backup.sandbox.values import plain
from notion_backup.sandbox.workspace import Raw

_NAMES = ("title", "created_time", "last_edited_time", "created_by", "last_edited_by", "attendees")
_SECTIONS = ("summary", "notes", "transcript")
_DAYS = {"today": 0, "tomorrow": 1, "yesterday": -1, "one_week_ago": -7, "one_week_from_now": 7,
         "one_month_ago": -30, "one_month_from_now": 30}  # fmt: skip
_UNITS = {"day": 1, "week": 7, "month": 30, "year": 365}
Test = Callable[[Raw], bool]


@dataclass
class Meetings:
    """Meeting notes of one sandbox."""

    room: Room
    tasks: Tasks

    def query(self, ask: Ask) -> str:
        """``POST /blocks/meeting_notes/query``: the first ``limit`` notes that meet a filter; no cursor."""
        limit = ask.body.get("limit", MAX_PAGE_SIZE)
        if not isinstance(limit, int) or not 1 <= limit <= MAX_PAGE_SIZE:
            raise wrong("body.limit", f"a number from `1` to `{MAX_PAGE_SIZE}`", limit)
        given = ask.body.get("filter")
        test = self._joined(need_object(given, "body.filter"), "body.filter", 0) if given is not None else None
        found = [
            block
            for block in self.room.workspace.all("block")
            if block["type"] == "meeting_notes" and not block["in_trash"] and self.room.access.sees(str(block["id"]))
            if test is None or test(block)
        ]
        found.sort(key=lambda block: str(block["created_time"]), reverse=True)
        for sort in reversed(need_list(ask.body.get("sort") or [], "body.sort")):
            name, place = _named(sort, "body.sort"), sort.get("direction")
            if place not in ("ascending", "descending"):
                raise wrong("body.sort.direction", '`"ascending"` or `"descending"`', place)
            found.sort(key=lambda block, name=name: str(_value(block, name)),  # type: ignore[misc]
                       reverse=place == "descending")  # fmt: skip
        texts = [self.room.answer("block", block) for block in found[:limit]]
        return f'{{"results": [{", ".join(texts)}], "has_more": {dumps(len(found) > limit)}}}'

    def create(self, ask: Ask) -> str:
        """``POST /blocks/meeting_notes``: of an uploaded recording on a page, or of an audio block in its place."""
        self.room.access.need("insert")
        source = need_object(ask.body.get("source"), "body.source")
        title = need_text(ask.body.get("title", ""), "body.title")
        maker, space = self.room.maker(), self.room.workspace
        if source.get("type") == "file_upload":
            parent = need_object(ask.body.get("parent"), "body.parent")
            page_id = self.room.id(parent.get("page_id"), "parent.page_id", "body")
            holder, place = self.room.object("page", page_id), None
            upload = find(self.room, source.get("file_upload_id"), "body.source.file_upload_id")
            kind = (upload.content_type or "").partition("/")[0]
            if upload.status != "uploaded" or kind not in ("audio", "video"):
                raise validation("body.source.file_upload_id should be an uploaded recording.")
        elif source.get("type") == "block":
            block = self.room.block(self.room.id(source.get("block_id"), "source.block_id", "body"))
            if block["type"] != "audio":
                raise validation("body.source.block_id should be an audio block.")
            above = str(space.parent_of(str(block["id"])))
            holder = space.get("page", above) or self.room.block(above)
            place = space.children[above].index(str(block["id"])) + 1
        else:
            raise wrong("body.source.type", '`"file_upload"` or `"block"`', source.get("type"))
        now = self.room.clock.now()
        inner: Raw = {
            "title": text(title),
            "status": "transcription_in_progress",
            "children": {},
            "recording": {"start_time": to_expiry(now), "end_time": to_expiry(now)},
        }
        notes = maker.block(holder, "meeting_notes", inner, place=place)
        for part in _SECTIONS:
            section = maker.block(notes, "paragraph", {"rich_text": text(part.title()), "icon": None,
                                                       "color": "default"})  # fmt: skip
            inner["children"][f"{part}_block_id"] = section["id"]
        self.room.stamp(holder)
        self.tasks.later(lambda: self._end(notes))
        return self.room.answer("block", notes)

    def _end(self, notes: Raw) -> Raw:
        """The recording is written out and summed up."""
        inner = notes["meeting_notes"]
        inner["status"] = "notes_ready"
        inner["recording"]["end_time"] = to_expiry(self.room.clock.now())
        space, maker = self.room.workspace, self.room.maker()
        for part in ("summary", "transcript"):
            section = space.objects["block"][inner["children"][f"{part}_block_id"]]
            said = {"rich_text": text(f"The {part} of the recording"), "icon": None, "color": "default"}
            maker.block(section, "paragraph", said)
        self.room.stamp(notes)
        return notes

    def _joined(self, given: Raw, place: str, depth: int) -> Test:
        if given.get("operator") not in ("and", "or") or depth > 2:
            raise wrong(f"{place}.operator", '`"and"` or `"or"`, on at most three levels', given.get("operator"))
        parts = need_list(given.get("filters") or [], f"{place}.filters")
        tests = [
            self._joined(part, f"{place}.filters[{n}]", depth + 1)
            if "filters" in need_object(part, f"{place}.filters[{n}]")
            else self._test(part, f"{place}.filters[{n}]")
            for n, part in enumerate(parts)
        ]
        joint = all if given["operator"] == "and" else any
        return lambda block: not tests or joint(test(block) for test in tests)

    def _test(self, given: Raw, place: str) -> Test:
        name = _named(given, place)
        told = need_object(given.get("filter"), f"{place}.filter")
        operator, value = str(told.get("operator")), told.get("value")
        if operator in ("is_empty", "is_not_empty"):
            return lambda block: (not _value(block, name)) == (operator == "is_empty")
        if operator.startswith("string_") and name == "title":
            wanted = str(need_object(value, f"{place}.filter.value").get("value", "")).lower()
            check = _TEXTS.get(operator)
            if check is not None:
                return lambda block: check(str(_value(block, name)).lower(), wanted)
        if operator.startswith("person_") and name in ("created_by", "last_edited_by", "attendees"):
            people = value if isinstance(value, list) else [value]
            ids = {str(need_object(one, place).get("value", {}).get("id")) for one in people}
            if operator in ("person_contains", "person_does_not_contain"):
                return lambda block: bool(ids & set(_value(block, name))) == (operator == "person_contains")
        if operator.startswith("date_") and name.endswith("_time"):
            low, high = self._span(need_object(value, f"{place}.filter.value"), place)
            dated = _DATES.get(operator)
            if dated is not None:
                return lambda block: dated(parse_time(str(_value(block, name))), low, high)
        raise wrong(f"{place}.filter.operator", f"an operator of {name}", operator)

    def _span(self, value: Raw, place: str) -> tuple[datetime, datetime]:
        """The days that a date of a filter means: from one midnight to another."""
        midnight = self.room.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        inner = value.get("value")
        if "count" in value or "direction" in value:
            days = timedelta(days=_UNITS[str(value.get("unit", "day"))] * int(value.get("count", 1)))
            past = value.get("direction", "past") == "past"
            return (midnight - days, midnight + timedelta(days=1)) if past else (midnight, midnight + days)
        if isinstance(inner, str) and inner in _DAYS:
            start = midnight + timedelta(days=_DAYS[inner])
            return start, start + timedelta(days=1)
        told: Any = inner if isinstance(inner, dict) else {"start_date": inner}
        try:
            start = parse_time(str(told.get("start_date")))
            end = parse_time(str(told["end_date"])) if told.get("end_date") else start
        except ValueError:
            raise wrong(f"{place}.filter.value", "a date", inner) from None
        return start, end + timedelta(days=1)


_TEXTS: dict[str, Callable[[str, str], bool]] = {
    "string_is": lambda found, wanted: found == wanted,
    "string_is_not": lambda found, wanted: found != wanted,
    "string_contains": lambda found, wanted: wanted in found,
    "string_does_not_contain": lambda found, wanted: wanted not in found,
    "string_starts_with": lambda found, wanted: found.startswith(wanted),
    "string_ends_with": lambda found, wanted: found.endswith(wanted),
}
_DATES: dict[str, Callable[[datetime, datetime, datetime], bool]] = {
    "date_is": lambda found, low, high: low <= found < high,
    "date_is_within": lambda found, low, high: low <= found < high,
    "date_is_relative_to": lambda found, low, high: low <= found < high,
    "date_is_before": lambda found, low, high: found < low,
    "date_is_after": lambda found, low, high: found >= high,
    "date_is_on_or_before": lambda found, low, high: found < high,
    "date_is_on_or_after": lambda found, low, high: found >= low,
}


def _named(given: Any, place: str) -> str:
    name = need_object(given, place).get("property")
    if name not in _NAMES:
        raise wrong(f"{place}.property", ", ".join(f'`"{one}"`' for one in _NAMES), name)
    return str(name)


def _value(block: Raw, name: str) -> Any:
    inner: Raw = block["meeting_notes"]
    if name == "title":
        return plain(inner.get("title") or [])
    if name == "attendees":
        return list((inner.get("calendar_event") or {}).get("attendees") or ())
    return [block[name]["id"]] if name.endswith("_by") else block[name]

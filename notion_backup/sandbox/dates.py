"""Dates as a client sends them, made into what a read gives."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from notion_backup.sandbox.checks import need_object, need_text, wrong
from notion_backup.sandbox.workspace import Raw


def date_value(told: Any, place: str) -> Raw:
    """A date as stored, in a property or in a mention. Raises a 400 refusal for what is none."""
    given = need_object(told, place)
    zone = given.get("time_zone")
    start = _moment(given.get("start"), zone, f"{place}.start")
    end = _moment(given["end"], zone, f"{place}.end") if given.get("end") else None
    return {"start": start, "end": end, "time_zone": None}


def _moment(value: Any, zone: Any, place: str) -> str:
    """A date as it is; a time kept to the minute, the zone told by its offset alone (recorded)."""
    text = need_text(value, place)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise wrong(place, "a valid ISO 8601 date string", value) from None
    if len(text) <= 10:
        return text
    if moment.tzinfo is None:
        try:
            moment = moment.replace(tzinfo=ZoneInfo(str(zone)) if zone else UTC)
        except (ZoneInfoNotFoundError, ValueError):
            raise wrong(place.rpartition(".")[0] + ".time_zone", "a known time zone", zone) from None
    offset = moment.strftime("%z")
    return moment.strftime("%Y-%m-%dT%H:%M:00.000") + f"{offset[:3]}:{offset[3:5]}"

"""A point in time as people write it: a day, a time, or words such as ``last Friday``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta, tzinfo

from notion_backup.errors import UsageError

_INSTANT = timedelta(microseconds=1)
_MONTH = re.compile(r"\d{4}-\d{2}")
_EITHER_WAY = re.compile(r"\d{1,2}[/.]\d{1,2}[/.]\d{2,4}")
_LONGEST = 60


def moment_of(words: str, *, now: datetime, zone: tzinfo = UTC, begin: bool = False) -> datetime | None:
    """The instant (UTC) that ``words`` mean, None when they mean none.

    A stretch such as a day means its last instant, with ``begin`` its first.

    ISO days, months and times; words in English (``yesterday``, ``last Friday``, ``2 weeks ago``, ``1 Nov 2026``).
    Times without an offset are those of ``zone``. Raises UsageError for ``01/02/2026``, which has two meanings.
    """
    stretch = stretch_of(words, now=now, zone=zone)
    return None if stretch is None else stretch[0 if begin else 1]


def stretch_of(words: str, *, now: datetime, zone: tzinfo = UTC) -> tuple[datetime, datetime] | None:
    """The first and the last instant (UTC) of what ``words`` mean, see :func:`moment_of`; the same for a time."""
    words = words.strip()
    if not words or len(words) > _LONGEST or (words.isdecimal() and len(words) < 4):
        return None
    if _EITHER_WAY.fullmatch(words):
        raise UsageError(f"{words} can be read in two ways.", cure="Write the year first: 2026-11-01.")
    found = _iso(words, zone) or _natural(words, now.astimezone(zone), zone)
    if found is None:
        return None
    period, moment = found
    try:
        ends = (moment, moment) if period == "time" else _ends_of(period, moment)
        return ends[0].astimezone(UTC), ends[1].astimezone(UTC)
    except OverflowError:  # the last day of the year 9999 has no end
        return None


def day_of(stretch: tuple[datetime, datetime], zone: tzinfo = UTC) -> str | None:
    """The ISO date of the day that a stretch is; None when it is another one, or an instant."""
    first, last = (end.astimezone(zone).date() for end in stretch)
    return first.isoformat() if first == last and stretch[0] != stretch[1] else None


def _iso(words: str, zone: tzinfo) -> tuple[str, datetime] | None:
    if _MONTH.fullmatch(words):
        found, period = _parsed(f"{words}-01", zone), "month"
    else:
        found, period = _parsed(words, zone), "day" if len(words) in (8, 10) else "time"
    return None if found is None else (period, found)


def _parsed(words: str, zone: tzinfo) -> datetime | None:
    try:
        found = datetime.fromisoformat(words)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _natural(words: str, now: datetime, zone: tzinfo) -> tuple[str, datetime] | None:
    # Loaded here: it costs a quarter of a second, and most calls name a snapshot by something else.
    from dateparser.date import DateDataParser

    settings = {
        "RELATIVE_BASE": now.replace(tzinfo=None),
        "PREFER_DATES_FROM": "past",
        "RETURN_TIME_AS_PERIOD": True,
    }
    data = DateDataParser(languages=["en"], settings=settings).get_date_data(words)
    found = data.date_obj
    if found is None:
        return None
    aware = found if found.tzinfo else found.replace(tzinfo=zone)
    # "2 weeks ago" and "3 months ago" name a day; "last month" and "November" mean all of it.
    return "day" if words.endswith("ago") and data.period != "time" else str(data.period), aware


def _ends_of(period: str, moment: datetime) -> tuple[datetime, datetime]:
    """The first and the last instant of the day, month or year that ``moment`` lies in."""
    first = datetime.combine(moment.date(), time.min, tzinfo=moment.tzinfo)
    if period == "year":
        first = first.replace(month=1, day=1)
        after = first.replace(year=first.year + 1)
    elif period == "month":
        first = first.replace(day=1)
        after = (first + timedelta(days=32)).replace(day=1)
    else:
        after = datetime.combine(moment.date() + timedelta(days=1), time.min, tzinfo=moment.tzinfo)
    return first, after.astimezone(UTC) - _INSTANT

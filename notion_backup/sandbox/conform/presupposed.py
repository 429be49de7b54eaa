"""The workspace that a recording presupposes: what its answers show and none of its requests made.

Nothing here answers a request. An object is put into the workspace as it must have been before the recording began: as
first seen, with what an update did to it taken back where the update says so; what is only named gets a stub.
"""

from __future__ import annotations

from datetime import UTC, datetime

from notion_backup.sandbox.conform.around import put_around
from notion_backup.sandbox.conform.behind import add_what_lies_behind
from notion_backup.sandbox.conform.evidence import Evidence
from notion_backup.sandbox.conform.lending import lend_schemas
from notion_backup.sandbox.conform.newest import newest
from notion_backup.sandbox.conform.placing import place_children
from notion_backup.sandbox.conform.sent_files import add_uploads
from notion_backup.sandbox.conform.traffic import Exchange
from notion_backup.sandbox.workspace import Raw, Workspace


def presupposed(exchanges: list[Exchange], now: datetime | None = None) -> Workspace:
    """The workspace before the first of the exchanges; ``now`` is when they are replayed."""
    evidence = Evidence.of(exchanges)
    space = _with_people(evidence)
    for kind, raw in _past_objects(evidence):
        space.put(kind, raw)
    put_around(space, evidence)
    lend_schemas(space, evidence)
    place_children(space, evidence)
    add_what_lies_behind(space, evidence)
    add_uploads(space, evidence, now or datetime.now(UTC))
    return space


def _past_objects(evidence: Evidence) -> list[tuple[str, Raw]]:
    """What was there. A query without sorts answers the newest row first: rows are put in as they came to be."""
    past = [raw for (_, object_id), raw in evidence.seen.items() if evidence.is_past(object_id)]
    rows = [raw for raw in past if _is_row(raw)]
    others = [raw for raw in past if not _is_row(raw)]
    return [found for raw in (*others, *reversed(rows)) for found in newest(raw)]


def _is_row(raw: Raw) -> bool:
    return raw.get("object") == "page" and (raw.get("parent") or {}).get("type") in ("data_source_id", "database_id")


def _with_people(evidence: Evidence) -> Workspace:
    """An empty workspace with its users; the connection is who wrote most."""
    me = evidence.me or {}
    writer = evidence.authors.most_common(1)
    bot = str(me.get("id") or (writer[0][0] if writer else ""))
    facts = me.get("bot") or {}
    space = Workspace(name=str(facts.get("workspace_name") or "Recorded"))
    if bot:
        space.bot_id = bot
    known = evidence.users.get(space.bot_id) or {}
    space.bot_name = str(me.get("name") or known.get("name") or "Recorder")
    space.id = str(facts.get("workspace_id") or space.id)
    for user_id, user in evidence.users.items():
        if user_id not in evidence.absent:
            space.put("user", dict(user))
    if space.get("user", space.bot_id) is None:
        own = {"object": "user", "id": space.bot_id, "name": space.bot_name, "avatar_url": None}
        space.put("user", {**own, "type": "bot", "bot": {}})
    if evidence.users_listed is not None:
        space.unlisted_users |= {user["id"] for user in space.all("user")} - evidence.users_listed
    return space

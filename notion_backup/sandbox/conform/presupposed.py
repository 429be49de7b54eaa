"""The workspace that a recording presupposes: what its answers show and none of its requests made.

Nothing here answers a request. An object is put into the workspace as it must have been before the recording began: as
first seen, with what an update did to it taken back where the update says so; what is only named gets a stub.
"""

from __future__ import annotations

import copy
from datetime import datetime

from notion_backup.sandbox.conform.around import put_around
from notion_backup.sandbox.conform.behind import add_what_lies_behind
from notion_backup.sandbox.conform.evidence import Evidence
from notion_backup.sandbox.conform.items import put_items
from notion_backup.sandbox.conform.lending import lend_schemas
from notion_backup.sandbox.conform.newest import newest
from notion_backup.sandbox.conform.ordering import put_in_order
from notion_backup.sandbox.conform.placing import place_children
from notion_backup.sandbox.conform.sent_files import add_uploads
from notion_backup.sandbox.conform.texts import put_unknown_blocks
from notion_backup.sandbox.conform.viewing import put_views
from notion_backup.sandbox.workspace import Raw, Workspace


def presupposed(evidence: Evidence, now: datetime) -> Workspace:
    """The workspace before the first of the exchanges; ``now`` is when they are replayed."""
    space = _with_people(evidence)
    for kind, raw in _past_objects(evidence):
        space.put(kind, raw)
    put_around(space, evidence)
    lend_schemas(space, evidence)
    put_items(space, evidence)
    put_unknown_blocks(space, evidence)
    put_views(space, evidence, now)
    place_children(space, evidence)
    put_in_order(space, evidence)
    add_what_lies_behind(space, evidence)
    add_uploads(space, evidence, now)
    return space


def _past_objects(evidence: Evidence) -> list[tuple[str, Raw]]:
    past = [raw for (_, object_id), raw in evidence.seen.items() if evidence.is_past(object_id)]
    return [found for raw in past for found in newest(copy.deepcopy(raw))]


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
    for user_id in (*(evidence.users_listed or ()), *evidence.users):
        if user_id in evidence.users and user_id not in evidence.absent:
            space.put("user", dict(evidence.users[user_id]))
    for emoji in evidence.emojis.values():
        space.put("custom_emoji", emoji)
    space.templates |= evidence.templates
    if me and space.get("user", space.bot_id) is None:
        space.put("user", dict(me))
    elif space.get("user", space.bot_id) is None:
        own = {"object": "user", "id": space.bot_id, "name": space.bot_name, "avatar_url": None}
        space.put("user", {**own, "type": "bot", "bot": {}})
    if evidence.users_listed is not None:
        space.unlisted_users |= {user["id"] for user in space.all("user")}.difference(evidence.users_listed)
    return space

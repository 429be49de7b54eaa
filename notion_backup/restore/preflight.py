"""What has to be known of the target before anything is written there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from notion_backup.capture.client import NotionReader, Raw
from notion_backup.capture.paging import collect, get
from notion_backup.capture.references import references_in
from notion_backup.errors import NotionError, NotionForbidden, NotionNotFound, NotionRefused, UsageError
from notion_backup.restore.facts import PAID_UPLOAD, Facts
from notion_backup.restore.origin import Origin
from notion_backup.restore.selection import Selection, everything_in, whole
from notion_backup.restore.tree import Node

_MOST_LOOKED_UP = 300
"""Objects outside the selection that are asked for one by one; more are taken not to be there."""


@dataclass(frozen=True, slots=True)
class Preflight:
    """The target: its facts, who the token is, and what a person should know. ``remarks`` are for reading."""

    facts: Facts
    who: str
    workspace: str | None
    remarks: list[str] = field(default_factory=list)


def preflight(reader: NotionReader, into: str, origin: Origin, selection: Selection) -> Preflight:
    """Look at token, limits, target page, people and emojis. Only reads.

    Raises NotionUnauthorized for a bad token and UsageError for a target page that is not there or in the trash.
    """
    me = reader.get("users/me")
    bot: Raw = me["bot"] if isinstance(me.get("bot"), dict) else {}
    workspace = bot.get("workspace_id")
    same = workspace is not None and workspace == origin.workspace_id
    remarks: list[str] = []
    _target(reader, into)
    present = [str(one["id"]) for one in collect(reader, get("blocks/{id}/children", id=into))[0]]
    limits = bot.get("workspace_limits")
    largest = limits.get("max_file_upload_size_in_bytes") if isinstance(limits, dict) else None
    facts = Facts(
        into=into,
        same_workspace=same,
        users=_users(reader, origin, same, remarks),
        emojis=_emojis(reader, origin, remarks),
        kept=_kept(reader, origin, selection, remarks) if same else frozenset(),
        largest_upload=largest if isinstance(largest, int) else PAID_UPLOAD,
        present=tuple(present),
    )
    remarks.append("That the token may insert and update content shows when it is used; reading tells nothing of it.")
    kind = "personal access token" if (bot.get("owner") or {}).get("type") == "user" else "connection"
    return Preflight(facts, f"{kind} {me.get('id')}", workspace if isinstance(workspace, str) else None, remarks)


def _target(reader: NotionReader, into: str) -> None:
    try:
        page = reader.get("pages/{id}", id=into)
    except (NotionNotFound, NotionRefused) as error:
        raise UsageError(
            f"The target page {into} does not exist, or is not shared with the connection of the restore.",
            cure="Share it with that connection in Notion, or name another page with --into.",
        ) from error
    if page.get("in_trash"):
        raise UsageError(f"The target page {into} is in the trash.", cure="Name another page with --into.")


def _users(reader: NotionReader, origin: Origin, same: bool, remarks: list[str]) -> dict[str, str]:
    """Old person → new: the same in the same workspace, else by e-mail, else by name where only one has it."""
    people = origin.people()
    if same:
        return {str(one["id"]): str(one["id"]) for one in people}
    try:
        there = collect(reader, get("users"))[0]
    except (NotionForbidden, NotionRefused) as error:
        remarks.append(f"Nobody can be matched: the list of users is refused (HTTP {error.status}).")
        return {}
    by_mail = {_mail(one): str(one["id"]) for one in there if _mail(one)}
    names = [str(one.get("name") or "").casefold() for one in there]
    by_name = {name: str(one["id"]) for name, one in zip(names, there, strict=True) if names.count(name) == 1 and name}
    found: dict[str, str] = {}
    for one in people:
        new = by_mail.get(_mail(one)) or by_name.get(str(one.get("name") or "").casefold())
        if new is not None:
            found[str(one["id"])] = new
    if len(found) < len(people):
        remarks.append(f"{len(people) - len(found)} of {len(people)} users are not in the target workspace.")
    return found


def _mail(person: Raw) -> str:
    inner = person.get("person")
    return str(inner.get("email") or "").casefold() if isinstance(inner, dict) else ""


def _emojis(reader: NotionReader, origin: Origin, remarks: list[str]) -> dict[str, str]:
    """Old custom emoji → new: the same where the target has it still, else by name."""
    wanted = origin.emojis()
    if not wanted:
        return {}
    try:
        listed = collect(reader, get("custom_emojis"))[0]
    except NotionError:
        remarks.append("The target's custom emojis cannot be listed: names stand in for them.")
        return {}
    there = {str(one.get("name")): str(one["id"]) for one in listed}
    there |= {str(one["id"]): str(one["id"]) for one in listed}
    found = ((str(one["id"]), there.get(str(one["id"])) or there.get(str(one.get("name")))) for one in wanted)
    return {old: new for old, new in found if new is not None}


def _kept(reader: NotionReader, origin: Origin, selection: Selection, remarks: list[str]) -> frozenset[str]:
    """Objects that the selection points to, does not take in, and that are still where they were."""
    if selection.only is None and set(selection.roots) == set(whole(origin).roots):
        return frozenset()
    objects, sources = everything_in(origin, selection)
    outside: dict[str, str] = {}
    for object_id in objects:
        for raw in _parts(origin, object_id):
            for reference in references_in(raw):
                if reference.kind in ("page", "database", "data_source") and reference.id not in objects | sources:
                    outside[reference.id] = reference.kind
    if len(outside) > _MOST_LOOKED_UP:
        remarks.append(f"Of {len(outside)} objects outside the selection only {_MOST_LOOKED_UP} are looked for.")
    return frozenset(name for name, kind in list(outside.items())[:_MOST_LOOKED_UP] if _is_there(reader, kind, name))


def _parts(origin: Origin, object_id: str) -> Iterable[Raw]:
    page = origin.page(object_id)
    if page is not None:
        yield {"properties": page.get("properties")}
    yield from origin.views(object_id)
    for source in (origin.database(object_id) or {}).get("data_sources") or ():
        yield origin.data_source(str(source["id"])) or {}
    waiting: list[Node] = list(origin.body(object_id)) if page is not None else []
    while waiting:
        node = waiting.pop()
        yield node.raw
        waiting.extend(node.children)


def _is_there(reader: NotionReader, kind: str, object_id: str) -> bool:
    try:
        raw = reader.get(f"{kind}s/{{id}}", id=object_id)
    except (NotionNotFound, NotionRefused, NotionForbidden):
        return False
    return not raw.get("in_trash")

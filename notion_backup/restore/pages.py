"""Making pages: each with as much of its body as can go along, then what stands below it, in document order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from notion_backup.restore.blocks import BlockEncoder
from notion_backup.restore.bodies import Body, BodyWriter
from notion_backup.restore.databases import Databases
from notion_backup.restore.facts import Notes
from notion_backup.restore.job import Job
from notion_backup.restore.limits import size
from notion_backup.restore.linked import LinkedDatabases
from notion_backup.restore.target import START, TargetRefused, UploadRefused
from notion_backup.restore.tree import Node
from notion_backup.restore.wants import Hole, Want
from notion_backup.snapshot import Raw, title_of


@dataclass(slots=True)
class _Stretch:
    """Blocks of a body between two holes that wait until everything has been made: ``place`` of the first."""

    body: Body
    place: int


class PageMaker:
    """Makes pages and all below them. What must wait is done by :meth:`finish`."""

    def __init__(self, job: Job, writer: BodyWriter, databases: Databases, linked: LinkedDatabases) -> None:
        self._job = job
        self._writer = writer
        self._databases = databases
        self._linked = linked
        self._waiting: list[_Stretch] = []
        self._links: list[tuple[Body, int]] = []
        self.late_titles: list[str] = []
        self.bare: set[str] = set()
        """Rows that were made without their values, since the target refused one of them."""

    def make(self, kind: str, old: str, page_id: str) -> str | None:
        """A page or database on a page of the target, with everything below it; None when it cannot be made."""
        if kind == "database":
            made = self._databases.make(old, page_id)
            self._make_beside(old, page_id)
            return made
        raw = self._job.origin.page(old)
        if raw is None:
            return None
        notes = Notes()
        properties = self._job.values_of(old).title(raw, notes)
        if notes.pending:
            self.late_titles.append(old)
        return self.page(raw, {"type": "page_id", "page_id": page_id}, properties, notes)

    def _make_beside(self, database: str, page_id: str) -> None:
        """What lies in a database without being a row of it, as a database in a wiki does: it is made beside it."""
        for kind, old in self._job.origin.below(database):
            if self._job.selection.includes(old) and old not in self._job.made:
                self.make(kind, old, page_id)

    def page(self, raw: Raw, parent: Raw, properties: Raw, notes: Notes) -> str | None:
        """One page or row with all below it."""
        old = str(raw["id"])
        nodes = self._job.origin.body(old)
        encoder = self._encoder(old)
        body = Body(old, "", self._items(encoder, nodes), moved=list(self._inside(nodes)))
        stretch, rest = self._writer.along(self._stretch(body, 0), size(properties))
        new = self._create(raw, parent, properties, stretch, notes)
        if new is None:
            self._give_up(raw)
            return None
        body.new = new
        self._job.create("page", old, new, str(parent[parent["type"]]))
        if raw.get("public_url"):
            notes.lose("public-link", "page", old)
        self._job.keep(notes)
        self._note_state("page", raw, new)
        if stretch:
            self._writer.kept(self._stretch(body, 0)[: len(stretch)])
        self._fill(body, 0, rest if stretch else self._stretch(body, 0))
        self._go_on(body)
        return new

    def finish(self) -> None:
        """Write the stretches and linked views that had to wait for other objects."""
        for waiting in self._waiting:
            body = waiting.body
            self._again(body)
            wants = self._stretch(body, waiting.place)
            before = self._before(body, waiting.place)
            after = None if self._is_last(body, waiting.place) else before or START
            end = self._writer.write(body.old, body.new, wants, after, before=before)
            if end is not None:
                body.ends[waiting.place] = end
        for body, place in self._links:
            old = _hole(body.items[place]).old
            made = self._linked.make(old, body.new, self._place_of(body, place))
            if made is not None:
                body.anchors[old] = made

    def _note_state(self, kind: str, raw: Raw, new: str) -> None:
        state = {name: True for name in ("is_archived", "is_locked") if raw.get(name) is True}
        if state:
            self._job.states.append((kind, str(raw["id"]), new, state))

    # --- the parts of a page -----------------------------------------------------------------------------------

    def _encoder(self, old: str) -> BlockEncoder:
        needed = {str((raw.get("parent") or {}).get("block_id")) for raw in self._job.origin.comments(old)}
        return self._job.blocks_of(old, needed | self._job.needed_originals)

    def _items(self, encoder: BlockEncoder, nodes: Sequence[Node]) -> list[Want | Hole]:
        """A body's blocks and holes; a hole that nothing can fill is a block that says so."""
        items: list[Want | Hole] = []
        by_id = {node.id: node for node in nodes}
        for item in encoder.body(nodes):
            if isinstance(item, Want):
                items.append(item)
                continue
            code = self._why_absent(item.old, str(by_id[item.old].raw.get("type")))
            if code is None:
                items.append(item)
            elif code:
                items.append(encoder.absent(by_id[item.old], code))
        return items

    def _why_absent(self, old: str, kind: str) -> str | None:
        """Why a hole cannot be filled: a kind of loss; "" when it is not wanted; None when it can be."""
        origin = self._job.origin
        if not self._job.selection.includes(old):
            return ""
        if kind == "child_page":
            return None if origin.page(old) is not None else "child-missing"
        if origin.database(old) is None:
            return "child-missing"
        if self._linked.is_linked(old) and self._linked.can_link(old) is None:
            return "linked-view"
        return None

    def _inside(self, nodes: Iterable[Node], depth: int = 0) -> Iterable[str]:
        """Child pages and databases that stand inside blocks."""
        waiting = [(node, 0) for node in reversed(list(nodes))]
        while waiting:
            node, depth = waiting.pop()
            if depth and node.raw.get("type") in ("child_page", "child_database"):
                yield node.id
            waiting.extend((child, depth + 1) for child in reversed(node.children))

    def _create(self, raw: Raw, parent: Raw, properties: Raw, children: list[Raw], notes: Notes) -> str | None:
        old = str(raw["id"])
        files = self._job.files_of(old)
        while True:
            body: Raw = {"parent": parent, "properties": properties}
            for name in ("icon", "cover"):
                picture = files.icon(raw.get(name), notes, ("page", old), name)
                if picture is not None:
                    body[name] = picture
            if children:
                body["children"] = children
            try:
                return self._job.target.create_page(self._job.turn(f"page:{old}"), parent, body, title_of(raw))
            except UploadRefused as error:
                self._job.refuse_upload(error)
                if children:
                    # The blocks are sent by themselves, where the one with the file is found.
                    return self._create_bare(raw, parent, properties, children, notes)
                fewer = self._without_file(properties, error)
                if fewer != properties:
                    notes.lose("file-refused", "page", old, error.why[:200])
                properties = fewer
            except TargetRefused as error:
                if children:
                    return self._create_bare(raw, parent, properties, children, notes)
                title = {name: value for name, value in properties.items() if "title" in value}
                if title != properties:
                    # The values are written one by one later: then the guilty one is found.
                    self.bare.add(old)
                    properties = title
                elif body.get("icon") or body.get("cover"):
                    notes.lose("value-refused", "page", old, f"icon or cover: {error.why}"[:200])
                    raw = {**raw, "icon": None, "cover": None}
                else:
                    self._job.note("page-refused", "page", old, error.why[:200])
                    return None

    def _create_bare(self, raw: Raw, parent: Raw, properties: Raw, children: list[Raw], notes: Notes) -> str | None:
        """The page without its blocks, which are taken up again by :meth:`page`."""
        children.clear()
        return self._create(raw, parent, properties, children, notes)

    def _without_file(self, properties: Raw, error: UploadRefused) -> Raw:
        kept: Raw = {}
        for name, value in properties.items():
            if "files" in value:
                files = [file for file in value["files"] if _wish_key(file) != error.upload]
                if files:
                    kept[name] = {"files": files}
            else:
                kept[name] = value
        return kept

    def _give_up(self, raw: Raw) -> None:
        self._job.names.give_up(str(raw["id"]))

    # --- what stands on it -------------------------------------------------------------------------------------

    def _go_on(self, body: Body) -> None:
        """Fill the holes of a page and the stretches after them; then what has no place on it."""
        for place, item in enumerate(body.items):
            if isinstance(item, Want):
                continue
            self._fill_hole(body, place, item.old)
            self._fill(body, place + 1, self._stretch(body, place + 1))
        placed = {item.old for item in body.items if isinstance(item, Hole)}
        rest = [place for place in self._job.origin.below(body.old) if place[1] not in placed]
        order = {old: number for number, old in enumerate(body.moved)}
        for kind, old in sorted(rest, key=lambda place: order.get(place[1], len(order))):
            if self._job.selection.includes(old) and old not in self._job.made:
                self._make_below(body, kind, old)

    def _fill_hole(self, body: Body, place: int, old: str) -> None:
        kind = "page" if self._job.origin.page(old) is not None else "database"
        if kind == "database" and self._linked.is_linked(old):
            if not self._linked.can_link(old):
                self._links.append((body, place))
                return
            made = self._linked.make(old, body.new, None)
        else:
            made = self.make(kind, old, body.new)
        if made is not None:
            body.anchors[old] = made

    def _make_below(self, body: Body, kind: str, old: str) -> None:
        if kind == "database" and self._linked.is_linked(old):
            if self._linked.can_link(old) is None:
                self._job.note("linked-view", "database", old)
                return
            body.items.append(Hole(old))
            self._fill_hole(body, len(body.items) - 1, old)
            return
        made = self.make(kind, old, body.new)
        if made is not None:
            body.items.append(Hole(old))
            body.anchors[old] = made

    def _fill(self, body: Body, place: int, wants: list[Want]) -> None:
        """Append a stretch at the end of what is there, or put it off."""
        if not wants:
            return
        blocks = self._job.needed_originals | set(self._job.adopted.values())
        pending = {old for one in wants for want in one.walk() for old in want.notes.pending}
        if pending - blocks:
            self._waiting.append(_Stretch(body, place))
            return
        end = self._writer.write(body.old, body.new, wants, None, before=self._before(body, place))
        if end is not None:
            body.ends[place] = end

    def _stretch(self, body: Body, place: int) -> list[Want]:
        """The blocks from a place on to the next hole."""
        found: list[Want] = []
        for item in body.items[place:]:
            if isinstance(item, Hole):
                break
            found.append(item)
        return found

    def _again(self, body: Body) -> None:
        """Encode a body once more, now that everything it points to is there."""
        fresh = self._items(self._encoder(body.old), self._job.origin.body(body.old))
        body.items = [*fresh, *body.items[len(fresh) :]]

    def _before(self, body: Body, place: int) -> str | None:
        """The id of the last thing known to stand before a place on the page."""
        for at in range(place - 1, -1, -1):
            item = body.items[at]
            if isinstance(item, Hole) and item.old in body.anchors:
                return body.anchors[item.old]
            if at in body.ends:
                return body.ends[at]
        return None

    def _is_last(self, body: Body, place: int) -> bool:
        """Whether nothing that is there already comes after a stretch."""
        later = body.items[place:]
        made = any(isinstance(item, Hole) and item.old in body.anchors for item in later)
        return not made and not any(at > place for at in body.ends)

    def _place_of(self, body: Body, place: int) -> str | None:
        """The id of what a linked view comes after; listed where it is not known."""
        if place == 0 or self._is_last(body, place):
            return None
        item = body.items[place - 1]
        if isinstance(item, Hole) and item.old in body.anchors:
            return body.anchors[item.old]
        start = place - 1
        while start > 0 and isinstance(body.items[start - 1], Want):
            start -= 1
        if start in body.ends:
            return body.ends[start]
        count = sum(1 for item in body.items[:place] if isinstance(item, Want) or item.old in body.anchors)
        listed = self._job.target.learn(self._job.turn(f"ids:{body.old}"), body.new, count)
        return listed[-1] if listed else None


def _hole(item: Want | Hole) -> Hole:
    assert isinstance(item, Hole)
    return item


def _wish_key(file: Raw) -> str | None:
    wish = file.get("file_upload", {}).get("id")
    return getattr(wish, "key", None)

"""``/blocks``: append children, update, delete."""

from __future__ import annotations

from dataclasses import dataclass

from notion_backup.sandbox import trash
from notion_backup.sandbox.ask import Ask
from notion_backup.sandbox.block_requests import KEPT, Wanted, updated, wanted_blocks
from notion_backup.sandbox.checks import need_flag, need_object, wrong
from notion_backup.sandbox.maker import Maker, parent_of
from notion_backup.sandbox.paging import Slice, envelope
from notion_backup.sandbox.replies import Refusal, validation
from notion_backup.sandbox.room import Room
from notion_backup.sandbox.workspace import Raw

_MOST_SHOWN = 100
_CHILDLESS = (
    "code",
    "equation",
    "divider",
    "breadcrumb",
    "embed",
    "bookmark",
    "image",
    "video",
    "pdf",
    "file",
    "audio",
)


@dataclass
class Blocks:
    """Block writes of one sandbox."""

    room: Room
    free_blocks: int | None = None
    """How many blocks a Free workspace with several members may still make; None: as many as it likes."""

    def append(self, ask: Ask) -> str:
        """``PATCH /blocks/{id}/children``: the new first-level blocks, and what follows ``after_block``."""
        self.room.access.need("insert")
        holder_id = self.room.id(ask.ids[0], "block_id")
        holder = self._holder(holder_id)
        if "children" not in ask.body:
            raise wrong("body.children", "defined")
        wanted = wanted_blocks(self.room, ask.body["children"], "body.children")
        self._check_home(holder, wanted)
        place, after = self._place(ask.body.get("position"), holder_id)
        made = self.put(holder, wanted, place)
        self.room.stamp(holder)
        blocks = self.room.workspace.objects["block"]
        listed = self.room.workspace.children[holder_id]
        shown = [block["id"] for block in made]
        if after:
            shown = listed[listed.index(shown[0]) :][:_MOST_SHOWN] if shown else []
        texts = [self.room.answer("block", blocks[child]) for child in shown]
        return envelope(texts, Slice([], None), "block")

    def put(self, holder: Raw, wanted: list[Wanted], place: int | None = None) -> list[Raw]:
        """Make blocks below a page or block; gives those of the first level."""
        self.spend(sum(block.count for block in wanted))
        maker = self.room.maker()
        made = []
        for number, block in enumerate(wanted):
            raw = self._make(maker, holder, block, None if place is None else place + number)
            made.append(raw)
            waiting = [(raw, block.children)]
            while waiting:
                above, below = waiting.pop()
                for child in below:
                    waiting.append((self._make(maker, above, child, None), child.children))
        return made

    def _make(self, maker: Maker, holder: Raw, wanted: Wanted, place: int | None) -> Raw:
        if wanted.kind != KEPT:
            return maker.block(holder, wanted.kind, wanted.inner, place=place)
        return self._hang_anew(maker, holder, str(wanted.inner["id"]), place)

    def _hang_anew(self, maker: Maker, holder: Raw, block_id: str, place: int | None) -> Raw:
        """Put a block that exists in another place; one that is not there becomes a link to it."""
        space = self.room.workspace
        block, above = space.get("block", block_id), space.parent_of(block_id)
        if block is None or above is None or block["in_trash"] or self._lies_in(str(holder["id"]), block_id):
            link = parent_of("page_id", block_id)
            return maker.block(holder, "link_to_page", link, place=place)
        listed = space.children.get(above, [])
        if above == holder["id"] and place is not None and block_id in listed and listed.index(block_id) < place:
            place -= 1
        maker.unhang(above, block_id)
        parent = parent_of("block_id" if holder["object"] == "block" else "page_id", str(holder["id"]))
        for kind in ("page", "database", "block"):
            raw = space.get(kind, block_id)
            if raw is not None:
                raw["parent"] = dict(parent)
                space.put(kind, raw)
        maker.hang(str(holder["id"]), block_id, place)
        return block

    def _lies_in(self, object_id: str, outer: str) -> bool:
        current: str | None = object_id
        while current is not None and current != outer:
            current = self.room.workspace.parent_of(current)
        return current == outer

    def update(self, ask: Ask) -> str:
        """``PATCH /blocks/{id}``: the content under the block's type, or ``in_trash``."""
        self.room.access.need("update")
        block_id = self.room.id(ask.ids[0], "block_id")
        block = self.room.block(block_id)
        kind = str(block["type"])
        space = self.room.workspace
        content = ask.body.get(kind)
        inner = None
        if content is not None and kind not in ("child_page", "child_database"):
            if block["in_trash"] and ask.body.get("in_trash") is not False:
                raise self.room.missing("block", block_id)
            inner = updated(self.room, block, content, f"body.{kind}")
        elif content is None and "in_trash" not in ask.body and set(ask.body) - {"type", "object"}:
            raise validation(f"body failed validation: body.{kind} should be defined, instead was `undefined`.")
        if "in_trash" in ask.body:
            away = need_flag(ask.body["in_trash"], "body.in_trash")
            (trash.put_away if away else trash.take_back)(space, block_id)
        block = self.room.block(block_id)
        if inner is not None:
            block[kind] = inner
            self.room.stamp(block)
        return self.room.answer("block", self.room.block(block_id))

    def delete(self, ask: Ask) -> str:
        """``DELETE /blocks/{id}``: into the trash; pages and databases too."""
        self.room.access.need("update")
        block_id = self.room.id(ask.ids[0], "block_id")
        self.room.block(block_id)
        trash.put_away(self.room.workspace, block_id)
        return self.room.answer("block", self.room.block(block_id))

    def _holder(self, holder_id: str) -> Raw:
        """The page or block below which something is put."""
        page = self.room.workspace.get("page", holder_id)
        holder = page if page is not None and self.room.access.sees(holder_id) else self.room.block(holder_id)
        if holder.get("in_trash"):
            raise self.room.missing("block", holder_id)
        return holder

    def _check_home(self, holder: Raw, wanted: list[Wanted]) -> None:
        kind = "page" if holder["object"] == "page" else str(holder["type"])
        if kind in _CHILDLESS:
            raise validation(f"Block type {kind} does not support children.")
        for block in wanted:
            if block.kind == "column" and kind != "column_list":
                raise validation("A column block can only be appended to a column list.")
            if block.kind == "table_row":
                if kind != "table":
                    raise validation("A table row can only be appended to a table.")
                if len(block.inner["cells"]) != holder["table"]["table_width"]:
                    raise validation("Number of cells in table row must match the table width of the parent table")

    def _place(self, position: object, holder_id: str) -> tuple[int | None, bool]:
        """Where among the children, and whether what follows is shown too."""
        if position is None:
            return None, False
        told = need_object(position, "body.position")
        kind = told.get("type")
        if kind == "end":
            return None, False
        if kind == "start":
            return 0, False
        if kind != "after_block":
            raise wrong("body.position.type", '`"after_block"`, `"start"`, or `"end"`', kind)
        given = need_object(told.get("after_block"), "body.position.after_block").get("id")
        after = self.room.id(given, "position.after_block.id", "body")
        listed = self.room.workspace.children.get(holder_id, [])
        if after not in listed:
            raise validation(f"The block to append after is not a child of the parent block: {after}")
        return listed.index(after) + 1, True

    def spend(self, count: int) -> None:
        """Count blocks against the plan's limit, which holds for internal connections only (workspace block limits)."""
        if self.free_blocks is None or self.room.access.personal:
            return
        if count > self.free_blocks:
            raise Refusal(
                403,
                "restricted_resource",
                "This workspace has reached the block limit of its plan.",
                {"block_limit": {"remaining": self.free_blocks}},
            )
        self.free_blocks -= count

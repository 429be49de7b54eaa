"""``/pages/{id}/markdown``: a page read as text and changed as text; ``markdown`` of other requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from notion_backup.sandbox import trash
from notion_backup.sandbox.ask import Ask
from notion_backup.sandbox.block_requests import KEPT, OF_MARKDOWN, Wanted, wanted_blocks
from notion_backup.sandbox.checks import need_flag, need_list, need_object, need_text, wrong
from notion_backup.sandbox.markdown import Rendering, blocks_of
from notion_backup.sandbox.markdown.render import MOST_BLOCKS
from notion_backup.sandbox.markdown.splicing import Splice, from_start_to_end, place_of, replaced
from notion_backup.sandbox.replies import validation
from notion_backup.sandbox.room import Room
from notion_backup.sandbox.tasks import Tasks
from notion_backup.sandbox.workspace import Raw
from notion_backup.sandbox.writes.blocks import Blocks

_KINDS = ("insert_content", "replace_content_range", "update_content", "replace_content")


def markdown_blocks(room: Room, text: str, place: str, page_id: str | None = None) -> list[Wanted]:
    """The blocks to make of a Markdown text.

    A page or database that it names is put where its name stands, wherever it was; another block only stays on its
    page, ``page_id``.
    """
    emojis = {str(emoji["name"]): str(emoji["id"]) for emoji in room.workspace.all("custom_emoji")}
    found = wanted_blocks(room, blocks_of(text, emojis), place, OF_MARKDOWN)
    return _at_home(room, found, page_id)


def _at_home(room: Room, wanted: list[Wanted], page_id: str | None) -> list[Wanted]:
    """Without the named blocks that are on other pages, or nowhere."""
    found = []
    for block in wanted:
        if block.kind != KEPT:
            found.append(Wanted(block.kind, block.inner, _at_home(room, block.children, page_id)))
        elif _is_page(room, str(block.inner["id"])) or (page_id and _page_of(room, str(block.inner["id"])) == page_id):
            found.append(block)
    return found


def _is_page(room: Room, object_id: str) -> bool:
    return any(room.workspace.get(kind, object_id) is not None for kind in ("page", "database"))


def _page_of(room: Room, block_id: str) -> str | None:
    current: str | None = block_id if room.workspace.get("block", block_id) is not None else None
    while current is not None and room.workspace.get("page", current) is None:
        current = room.workspace.parent_of(current)
    return current


@dataclass
class MarkdownPages:
    """Pages as text. ``sign`` gives hosted addresses in a text their signature, ``unsign`` takes it off again."""

    room: Room
    blocks: Blocks
    tasks: Tasks
    sign: Callable[[str, str], str]
    unsign: Callable[[str], str]
    most: int = MOST_BLOCKS
    """Blocks that one answer shows."""

    def read(self, ask: Ask) -> Raw:
        """``GET /pages/{id}/markdown``; the id may be a block's, whose subtree is given."""
        self.room.access.need("read")
        holder_id = self.room.id(ask.ids[0], "page_id")
        transcripts = str(ask.query.get("include_transcript", "false")).lower() == "true"
        return self._shown(holder_id, ask.base_url, transcripts)

    def change(self, ask: Ask) -> Raw:
        """``PATCH /pages/{id}/markdown``: one of four ways to say what becomes of the text."""
        self.room.access.need("update")
        page_id = self.room.id(ask.ids[0], "page_id")
        page = self.room.object("page", page_id)
        if page["in_trash"]:
            raise validation("Can't edit page on block that is in trash. You must restore it before editing.")
        kind = ask.body.get("type")
        if kind not in _KINDS:
            raise wrong("body.type", ", ".join(f'`"{name}"`' for name in _KINDS), kind)
        told = need_object(ask.body.get(kind), f"body.{kind}")
        if ask.body.get("allow_async"):
            return self.tasks.accept(ask, "update_page_markdown", lambda: self._changed(page, kind, told, ask.base_url))
        return self._changed(page, kind, told, ask.base_url)

    def _changed(self, page: Raw, kind: str, told: Raw, base_url: str) -> Raw:
        page_id = str(page["id"])
        pieces = Rendering(self.room.workspace, self.room.access).page(page_id)
        for splice in self._splices(kind, told, pieces):
            pieces = Rendering(self.room.workspace, self.room.access).page(page_id)
            self._put(page, splice.on(pieces), bool(told.get("allow_deleting_content")), f"body.{kind}")
        self.room.stamp(page)
        return self._shown(page_id, base_url, False)

    def _splices(self, kind: str, told: Raw, pieces: list[tuple[str, str]]) -> list[Splice]:
        where = f"body.{kind}"
        if "allow_deleting_content" in told:
            need_flag(told["allow_deleting_content"], f"{where}.allow_deleting_content")
        if kind == "replace_content":
            return [replaced(self._text(told, "new_str", where))]
        if kind == "update_content":
            updates = need_list(told.get("content_updates"), f"{where}.content_updates")
            return [self._update(need_object(one, where), f"{where}.content_updates[{n}]")
                    for n, one in enumerate(updates)]  # fmt: skip
        content = self._text(told, "content", where)
        if kind == "replace_content_range":
            chosen = self._text(told, "content_range", where)
            return [from_start_to_end(chosen, content, f"{where}.content_range")]
        if told.get("after") is not None:
            after = from_start_to_end(self._text(told, "after", where), content, f"{where}.after")
            return [place_of(after, pieces)]
        position = need_object(told.get("position") or {"type": "end"}, f"{where}.position").get("type")
        if position not in ("start", "end"):
            raise wrong(f"{where}.position.type", '`"start"` or `"end"`', position)
        return [Splice(insert_at=0 if position == "start" else len(pieces), new=content)]

    def _update(self, one: Raw, place: str) -> Splice:
        old, new = self._text(one, "old_str", place), self._text(one, "new_str", place)
        return Splice(old=old, new=new, everywhere=bool(one.get("replace_all_matches")), place=f"{place}.old_str")

    def _text(self, told: Raw, name: str, where: str) -> str:
        return self.unsign(need_text(told.get(name), f"{where}.{name}"))

    def _put(self, page: Raw, change: tuple[int, int, str], may_delete: bool, place: str) -> None:
        """Put the blocks of a text in the place of the page's blocks from one number to another."""
        first, end, text = change
        page_id = str(page["id"])
        space = self.room.workspace
        wanted = markdown_blocks(self.room, text, place, page_id)
        listed = space.children.setdefault(page_id, [])
        gone = list(listed[first:end])
        kept = set(_kept(wanted))
        for block_id in gone:
            lost = [one for one in _pages_below(self.room, block_id) if one not in kept]
            if lost and not may_delete:
                raise validation(
                    f"{place}: this would delete {len(lost)} child pages or databases: {', '.join(lost)}. Set "
                    "allow_deleting_content to true to allow it."
                )
        self.blocks.put(page, wanted, first)
        for block_id in gone:
            if block_id not in kept:
                trash.put_away(space, block_id)

    def _shown(self, holder_id: str, base_url: str, transcripts: bool) -> Raw:
        space, access = self.room.workspace, self.room.access
        rendering = Rendering(space, access, transcripts, self.most)
        page = space.get("page", holder_id)
        if page is not None and access.sees(holder_id):
            text = "\n".join(piece for _, piece in rendering.page(holder_id))
        else:
            text = "\n".join(rendering.block(self.room.block(holder_id)))
        return {
            "object": "page_markdown",
            "id": holder_id,
            "markdown": self.sign(text, base_url),
            "truncated": rendering.truncated,
            "unknown_block_ids": rendering.unknown,
        }


def _kept(wanted: list[Wanted]) -> list[str]:
    """The blocks that a text names and that so stay."""
    found = []
    for block in wanted:
        found += [str(block.inner["id"])] if block.kind == KEPT else _kept(block.children)
    return found


def _pages_below(room: Room, block_id: str) -> list[str]:
    """Child pages and databases that a block is or holds."""
    block = room.workspace.get("block", block_id)
    if block is None or block["type"] in ("child_page", "child_database"):
        return [block_id] if block is not None else []
    return [one for child in room.workspace.children.get(block_id, ()) for one in _pages_below(room, child)]

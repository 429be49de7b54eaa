"""``/comments``: begin a discussion, take part in one, change and take back one's own words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from notion_backup.sandbox.ask import Ask
from notion_backup.sandbox.checks import need_list, need_object, need_text, wrong
from notion_backup.sandbox.markdown import spans_of
from notion_backup.sandbox.replies import restricted, validation
from notion_backup.sandbox.rich_text import rich_text
from notion_backup.sandbox.room import Room
from notion_backup.sandbox.uploads import attach, find
from notion_backup.sandbox.workspace import Raw

_MOST_ATTACHMENTS = 3


@dataclass
class Comments:
    """Comment writes of one sandbox."""

    room: Room

    def create(self, ask: Ask) -> str:
        """``POST /comments``: on a page or block, or into a discussion."""
        self.room.access.need("comment_insert")
        body = ask.body
        if ("parent" in body) == ("discussion_id" in body):
            raise validation(
                "body failed validation. Fix one:\nbody.parent should be defined, instead was `undefined`.\n"
                "body.discussion_id should be defined, instead was `undefined`."
            )
        content = self._content(body)
        target, discussion = self._target(body)
        attachments = [
            self._attachment(one, f"body.attachments[{n}]")
            for n, one in enumerate(need_list(body.get("attachments") or [], "body.attachments", _MOST_ATTACHMENTS))
        ]
        raw = self.room.maker().comment(target, content, discussion, attachments or None)
        raw["display_name"] = self._name(body.get("display_name"), raw["display_name"])
        self.room.workspace.touch(str(raw["id"]))
        return self.room.answer("comment", raw)

    def update(self, ask: Ask) -> str:
        """``PATCH /comments/{id}``: one's own."""
        raw = self._own(ask)
        raw["rich_text"] = self._content(ask.body)
        self.room.stamp(raw)
        return self.room.answer("comment", raw)

    def delete(self, ask: Ask) -> str:
        """``DELETE /comments/{id}``: one's own."""
        raw = self._own(ask)
        text = self.room.answer("comment", raw)
        self.room.workspace.remove("comment", str(raw["id"]))
        return text

    def _own(self, ask: Ask) -> Raw:
        self.room.access.need("comment_insert")
        comment_id = self.room.id(ask.ids[0], "comment_id")
        raw = self.room.workspace.get("comment", comment_id)
        if raw is None:
            raise self.room.missing("comment", comment_id)
        if raw["created_by"]["id"] != self.room.workspace.bot_id:
            raise restricted()
        return raw

    def _content(self, body: Raw) -> list[Raw]:
        if "markdown" in body and "rich_text" not in body:
            return rich_text(self.room, spans_of(need_text(body["markdown"], "body.markdown")), "body.markdown")
        if "rich_text" not in body:
            raise wrong("body.rich_text", "defined")
        return rich_text(self.room, body["rich_text"], "body.rich_text")

    def _target(self, body: Raw) -> tuple[Raw, str | None]:
        space = self.room.workspace
        if "discussion_id" in body:
            discussion = self.room.id(body["discussion_id"], "discussion_id", "body")
            first = next((c for c in space.all("comment") if c["discussion_id"] == discussion), None)
            if first is None or discussion in space.resolved_discussions:
                raise self.room.missing("discussion", discussion)
            target_id = str(first["parent"][first["parent"]["type"]])
        else:
            discussion = None
            parent = need_object(body["parent"], "body.parent")
            kind = "page_id" if "page_id" in parent else "block_id"
            target_id = self.room.id(parent.get(kind), f"parent.{kind}", "body")
            if kind == "page_id":
                # What is said about a page goes on where something was said of it (recorded).
                said = self.room.workspace.comments_on(target_id)
                discussion = str(said[-1]["discussion_id"]) if said else None
        page = space.get("page", target_id)
        if page is not None and self.room.access.sees(target_id):
            return page, discussion
        return self.room.block(target_id), discussion

    def _attachment(self, given: Any, place: str) -> Raw:
        told = need_object(given, place)
        upload = find(self.room, told.get("file_upload_id"), f"{place}.file_upload_id")
        file = attach(self.room, upload.id, f"{place}.file_upload_id")
        kind = (upload.content_type or "").partition("/")[0]
        category = kind if kind in ("image", "video", "audio") else "pdf" if kind == "application" else "productivity"
        return {"category": category, "file": file}

    def _name(self, given: Any, usual: Raw) -> Raw:
        if given is None:
            return usual
        told = need_object(given, "body.display_name")
        kind = told.get("type")
        if kind == "custom":
            name = need_text(
                need_object(told.get("custom"), "body.display_name.custom").get("name"), "body.display_name"
            )
            return {"type": "custom", "resolved_name": name}
        if kind not in ("integration", "user"):
            raise wrong("body.display_name.type", '`"integration"`, `"user"`, or `"custom"`', kind)
        return {**usual, "type": kind}

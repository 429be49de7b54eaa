"""Comments: discussions in their order, each comment where it stood, author and time told in its name and text."""

from __future__ import annotations

from typing import Any

from notion_backup.errors import NotionForbidden
from notion_backup.restore.facts import Notes
from notion_backup.restore.job import Job
from notion_backup.restore.limits import MOST_ATTACHMENTS, MOST_ITEMS
from notion_backup.restore.target import MadeComment, TargetRefused, UploadRefused
from notion_backup.restore.text import TextEncoder, plain
from notion_backup.snapshot import Raw

RESTORED = " (restored)"
_LONGEST_NAME = 80


class Talk:
    """Writes the comments of pages."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._people = {str(person.get("id")): str(person.get("name") or "") for person in job.origin.people()}
        self._forbidden = False

    def make(self, page_id: str) -> None:
        """All comments of a page and its blocks."""
        discussions: dict[str, str] = {}
        opened: dict[str, str] = {}
        for raw in self._job.origin.comments(page_id):
            if self._forbidden:
                self._job.note("comment-refused", "comment", str(raw["id"]), "not permitted")
            else:
                self._comment(page_id, raw, discussions, opened)

    def _comment(self, page_id: str, raw: Raw, discussions: dict[str, str], opened: dict[str, str]) -> None:
        old = str(raw["id"])
        notes = Notes()
        notes.lose("comment-author", "comment", old)
        discussion = str(raw.get("discussion_id"))
        kind, target = self._place(page_id, raw, notes)
        body = self._body(page_id, raw, notes)
        if discussion in discussions:
            body["discussion_id"] = discussions[discussion]
        else:
            body["parent"] = {"type": kind, kind: target}
        made = self._send(old, target, body, notes)
        if made is None:
            return
        if made.discussion_id in opened and opened[made.discussion_id] != discussion:
            notes.lose("comment-thread", "comment", old)
        opened.setdefault(made.discussion_id, discussion)
        discussions.setdefault(discussion, made.discussion_id)
        self._job.keep(notes)
        self._job.create("comment", old, made.id, target)

    def _send(self, old: str, target: str, body: Raw, notes: Notes) -> MadeComment | None:
        """The comment, without its attachments where the target refuses them; None when it refuses the rest, too."""
        try:
            return self._job.target.comment(self._job.turn(f"comment:{old}"), target, body)
        except UploadRefused as error:
            self._job.refuse_upload(error)
            notes.lose("file-refused", "comment", old)
            return self._send(old, target, {name: one for name, one in body.items() if name != "attachments"}, notes)
        except NotionForbidden:
            self._forbidden = True
            self._job.note("comment-refused", "comment", old, "not permitted")
        except TargetRefused as error:
            self._job.note("comment-refused", "comment", old, error.why[:200])
        return None

    def _place(self, page_id: str, raw: Raw, notes: Notes) -> tuple[str, str]:
        parent = raw.get("parent") or {}
        page = self._job.names.ids[page_id]
        block = parent.get("block_id")
        if not isinstance(block, str):
            return "page_id", page
        new = self._job.names.ids.get(block)
        if new is None:
            notes.lose("comment-place", "comment", str(raw["id"]))
            return "page_id", page
        return "block_id", new

    def _body(self, page_id: str, raw: Raw, notes: Notes) -> Raw:
        where = ("comment", str(raw["id"]))
        when = str(raw.get("created_time") or "")[:16].replace("T", " ")
        text = TextEncoder(self._job.names).fit(raw.get("rich_text"), notes, where, MOST_ITEMS - 1)
        body: Raw = {
            "rich_text": [plain(f"[{when} UTC] "), *text] if when else text,
            "display_name": {"type": "custom", "custom": {"name": self._author(raw) + RESTORED}},
        }
        attachments = self._attachments(page_id, raw, notes, where)
        if attachments:
            body["attachments"] = attachments
        return body

    def _author(self, raw: Raw) -> str:
        shown = raw.get("display_name")
        named: Any = shown.get("resolved_name") if isinstance(shown, dict) else None
        author = (raw.get("created_by") or {}).get("id")
        return str(named or self._people.get(str(author)) or "Somebody")[:_LONGEST_NAME]

    def _attachments(self, page_id: str, raw: Raw, notes: Notes, where: tuple[str, str]) -> list[Raw]:
        files = self._job.files_of(page_id)
        found: list[Raw] = []
        for number, _ in enumerate((raw.get("attachments") or [])[:MOST_ATTACHMENTS]):
            wish = files.wish(where[1], f"attachment:{number}", None, Notes(), where)
            if wish is None:
                notes.lose("attachment-missing", *where)
            else:
                found.append({"type": "file_upload", "file_upload_id": wish})
        return found

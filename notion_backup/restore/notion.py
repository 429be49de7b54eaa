"""The target that is a Notion workspace: every step journalled, uploads just in time, no doubtful write repeated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from notion_backup.errors import NotionForbidden, NotionNotFound, NotionRefused
from notion_backup.restore.files import fulfilled, wishes_in
from notion_backup.restore.finding import Finder, schema_of
from notion_backup.restore.journal import Journal
from notion_backup.restore.target import (
    START,
    MadeComment,
    MadeDatabase,
    MadeSource,
    MadeView,
    Schema,
    TargetRefused,
    UploadRefused,
)
from notion_backup.restore.uploads import Uploads
from notion_backup.restore.writer import Ambiguous, NotionWriter
from notion_backup.snapshot import Raw

_REFUSED = "refused"
_UPLOAD = "upload"


class NotionTarget:
    """Writes to one workspace. ``finder`` reads there, to see what became of a write that nobody answered for."""

    def __init__(self, writer: NotionWriter, finder: Finder, journal: Journal, uploads: Uploads) -> None:
        self._writer = writer
        self._finder = finder
        self._journal = journal
        self._uploads = uploads

    def append(self, key: str, parent: str, blocks: Sequence[Raw], after: str | None) -> list[str]:
        """``PATCH /blocks/{id}/children``."""
        body: Raw = {"children": list(blocks)}
        if after == START:
            body["position"] = {"type": "start"}
        elif after is not None:
            body["position"] = {"type": "after_block", "after_block": {"id": after}}

        def send(ready: Raw) -> Any:
            answer = self._writer.send("PATCH", "blocks/{id}/children", {"id": parent}, ready)
            # With a position the answer goes on with what was there before.
            return [str(one["id"]) for one in answer["results"][: len(blocks)]]

        ids: list[str] = self._step(key, body, send, lambda _: self._finder.blocks(parent, list(blocks)))
        self._finder.know(parent, ids)
        return ids

    def learn(self, key: str, parent: str, count: int) -> list[str]:
        """``GET /blocks/{id}/children``."""
        known = self._journal.result(key)
        if known is None:
            known = self._finder.children_ids(parent)[:count]
            self._journal.finish(key, known)
        self._finder.know(parent, known)
        self._finder.came_along(parent, 0)
        return list(known)

    def create_page(self, key: str, parent: Raw, body: Raw, title: str) -> str:
        """``POST /pages``."""
        made: str = self._step(
            key,
            body,
            lambda ready: str(self._writer.send("POST", "pages", None, ready)["id"]),
            lambda committed: self._finder.page(parent, title, committed, body.get("children") or []),
        )
        self._finder.know(str(parent[parent["type"]]), [made])
        self._finder.came_along(made, len(body.get("children") or []))
        return made

    def update_page(self, key: str, page_id: str, body: Raw) -> None:
        """``PATCH /pages/{id}``."""
        self._again(key, "PATCH", "pages/{id}", page_id, body)

    def create_database(self, key: str, page_id: str, body: Raw, title: str) -> MadeDatabase:
        """``POST /databases``; its answer names the data source, whose schema is read."""

        def send(ready: Raw) -> Any:
            return self._finder.database_facts(self._writer.send("POST", "databases", None, ready))

        facts = self._step(key, body, send, lambda committed: self._finder.database(page_id, title, committed))
        self._finder.know(page_id, [facts["id"]])
        self._finder.know(facts["id"], [facts["source"]])
        return MadeDatabase(facts["id"], MadeSource(facts["source"], _schema(facts["schema"])))

    def update_database(self, key: str, database_id: str, body: Raw) -> None:
        """``PATCH /databases/{id}``."""
        self._again(key, "PATCH", "databases/{id}", database_id, body)

    def create_source(self, key: str, database_id: str, body: Raw) -> MadeSource:
        """``POST /data_sources``."""

        def send(ready: Raw) -> Any:
            answer = self._writer.send("POST", "data_sources", None, ready)
            return {"id": str(answer["id"]), "schema": asdict(schema_of(answer))}

        facts = self._step(key, body, send, lambda _: self._finder.source(database_id))
        self._finder.know(database_id, [facts["id"]])
        return MadeSource(facts["id"], _schema(facts["schema"]))

    def update_source(self, key: str, source_id: str, body: Raw) -> Schema:
        """``PATCH /data_sources/{id}``. Properties go by name, so doing it twice makes nothing twice."""

        def send(ready: Raw) -> Any:
            answer = self._writer.send("PATCH", "data_sources/{id}", {"id": source_id}, ready, repeatable=True)
            return asdict(schema_of(answer))

        return _schema(self._step(key, body, send, None))

    def views_of(self, key: str, database_id: str) -> list[str]:
        """``GET /views``."""
        known = self._journal.result(key)
        if known is None:
            try:
                known = self._finder.view_ids(database_id)
            except (NotionForbidden, NotionNotFound, NotionRefused) as error:
                raise TargetRefused(error.what, code=error.code) from error
            self._journal.finish(key, known)
        self._finder.know(f"views {database_id}", known)
        return list(known)

    def create_view(self, key: str, body: Raw, page_id: str | None) -> MadeView:
        """``POST /views``."""

        def send(ready: Raw) -> Any:
            answer = self._writer.send("POST", "views", None, ready)
            return {"id": str(answer["id"]), "database": str((answer.get("parent") or {}).get("database_id"))}

        facts = self._step(key, body, send, lambda _: self._finder.view(body, page_id))
        self._finder.know(f"views {facts['database']}", [facts["id"]])
        if page_id is not None:
            self._finder.know(page_id, [facts["database"]])
        return MadeView(facts["id"], facts["database"])

    def update_view(self, key: str, view_id: str, body: Raw) -> None:
        """``PATCH /views/{id}``."""
        self._again(key, "PATCH", "views/{id}", view_id, body)

    def delete_view(self, key: str, view_id: str) -> None:
        """``DELETE /views/{id}``; gone is gone, whoever took it away."""
        try:
            self._again(key, "DELETE", "views/{id}", view_id, None)
        except TargetRefused as error:
            if error.code != "object_not_found":
                raise

    def comment(self, key: str, target_id: str, body: Raw) -> MadeComment:
        """``POST /comments``."""

        def send(ready: Raw) -> Any:
            answer = self._writer.send("POST", "comments", None, ready)
            return {"id": str(answer["id"]), "discussion": str(answer.get("discussion_id"))}

        facts = self._step(key, body, send, lambda _: self._finder.comment(target_id, body))
        self._finder.know(f"comments {target_id}", [facts["id"]])
        return MadeComment(facts["id"], facts["discussion"])

    # --- one step ----------------------------------------------------------------------------------------------

    def _again(self, key: str, method: str, template: str, object_id: str, body: Raw | None) -> None:
        """A step that may be done twice."""

        def send(ready: Raw) -> Any:
            self._writer.send(method, template, {"id": object_id}, ready or None, repeatable=True)
            return {}

        self._step(key, body or {}, send, None)

    def _step(self, key: str, body: Raw, send: Callable[[Raw], Any], find: Callable[[str | None], Any] | None) -> Any:
        """Do one step, once: from the journal, else looked for where it may have been done, else by sending it."""
        known = self._journal.result(key)
        if known is not None:
            return _unless_refused(known)
        committed: str | None = None
        unsure = self._journal.in_doubt(key)
        began, failures = self._writer.waiting.monotonic(), 0
        while True:
            if unsure and find is not None:
                found = find(committed)
                if found is not None:
                    self._journal.finish(key, found)
                    self._uploads.attached(body)
                    return found
                self._journal.sure()
            unsure = False
            try:
                ready = self._filled(body)
                self._journal.intend(key)
                result = send(ready)
            except UploadRefused as error:
                self._journal.finish(key, {_REFUSED: error.why, "code": error.code, _UPLOAD: error.upload})
                raise
            except TargetRefused as error:
                self._journal.finish(key, {_REFUSED: error.why, "code": error.code})
                raise
            except Ambiguous as error:
                failures += 1
                committed, unsure = error.committed, True
                self._writer.pause(error.failure, failures, began, key.partition("#")[0])
                continue
            self._journal.finish(key, result)
            self._uploads.attached(body)
            return result

    def _filled(self, body: Raw) -> Raw:
        """The request with its files uploaded. Raises UploadRefused."""
        wishes = {wish.key: wish for wish in wishes_in(body)}
        if not wishes:
            return body
        ready: Raw = fulfilled(body, {key: self._uploads.id_of(wish) for key, wish in wishes.items()})
        return ready


def _unless_refused(known: Any) -> Any:
    """A result out of the journal; a refusal is raised again."""
    if isinstance(known, dict) and _REFUSED in known:
        if _UPLOAD in known:
            raise UploadRefused(known[_REFUSED], known[_UPLOAD])
        raise TargetRefused(known[_REFUSED], code=known.get("code", ""))
    return known


def _schema(told: Raw) -> Schema:
    return Schema(told["properties"], {name: (pair[0], pair[1]) for name, pair in told["partners"].items()})

"""The proof: what was restored is read back and compared with the snapshot, object by object."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher

import httpx

from notion_backup.capture.client import NotionReader
from notion_backup.capture.download import DownloadFailed, Fetcher
from notion_backup.capture.files import FileSlot, files_in
from notion_backup.capture.paging import Listing, batches, collect
from notion_backup.capture.problems import Problems
from notion_backup.capture.properties import cut_properties, read_property
from notion_backup.capture.source import Source
from notion_backup.capture.waiting import Waiting
from notion_backup.capture.walk import walk
from notion_backup.errors import NotionError, NotionForbidden, NotionNotFound, NotionRefused
from notion_backup.restore.compare import Canonical, differing
from notion_backup.restore.findings import DIFFERENT, EXACT, MISSING, WITH_LOSS, Finding, Proof
from notion_backup.restore.job import Job, Made
from notion_backup.restore.losses import UNPLANNED
from notion_backup.restore.selection import everything_in
from notion_backup.restore.tree import Node, tree
from notion_backup.snapshot import Raw, Severity, rich_text, title_of


class _Gathered(Problems):
    """Problems of reading back, kept in a list."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def report(
        self,
        code: str,
        severity: Severity,
        kind: str,
        object_id: str,
        where: str,
        why: str,
        cure: str = "",
        status: int | None = None,
    ) -> None:
        if severity is Severity.MISSING:
            self.told.append(f"{code} {kind} {object_id}")


def prove(
    source: Source, job: Job, *, waiting: Waiting | None = None, tell: Callable[[str], None] = lambda _: None
) -> Proof:
    """Read back everything that a job made and compare it. Raises NotionError when the target cannot be read."""
    waiting = waiting or Waiting()
    with NotionReader(source, waiting=waiting) as reader, httpx.Client(timeout=60) as http:
        return _Proving(job, reader, Fetcher(http, waiting), tell).run()


class _Proving:
    def __init__(self, job: Job, reader: NotionReader, fetcher: Fetcher, tell: Callable[[str], None]) -> None:
        self._job = job
        self._reader = reader
        self._fetcher = fetcher
        self._tell = tell
        self._old = Canonical(job.names.ids, job.facts.users)
        self._new = Canonical({}, {})
        self._made = {made.new for made in job.made.values()}
        self._lost: defaultdict[str, list[str]] = defaultdict(list)
        for loss in job.losses:
            self._lost[loss.id].append(loss.code)
        self._problems = _Gathered()
        self._hashes: dict[str, str] = {}
        self.proof = Proof()

    def run(self) -> Proof:
        made = list(self._job.made.values())
        sources: dict[str, Raw] = {}
        for one in [one for one in made if one.kind == "data_source"]:
            sources[one.old] = self._source(one)
        rows = {one.new: one for one in made if one.kind == "page"}
        for row in self._rows():
            one_row = rows.pop(str(row["id"]), None)
            if one_row is not None:
                self._tell("page")
                self._page(one_row, row)
        views = {str(view["id"]): view for one in made if one.kind == "database" for view in self._views(one)}
        for one in made:
            if one.kind == "page" and one.new not in rows:
                continue
            self._tell(one.kind)
            try:
                if one.kind == "page":
                    self._page(one, self._reader.get("pages/{id}", id=one.new))
                elif one.kind == "database":
                    self._database(one)
                elif one.kind == "view":
                    self._view(one, views[one.old], sources)
            except (NotionForbidden, NotionNotFound, NotionRefused) as error:
                self._find(one.kind, one.old, one.new, MISSING, [error.what])
        self._comments()
        self._never_made()
        self.proof.problems = self._problems.told
        return self.proof

    # --- objects -----------------------------------------------------------------------------------------------

    def _rows(self) -> Iterator[Raw]:
        """All rows of the data sources that were made: a hundred a request."""
        for made in [made for made in self._job.made.values() if made.kind == "data_source"]:
            for archived in (False, True):
                asked: Raw = {"is_archived": True} if archived else {}
                for batch in batches(self._reader, Listing("POST", "data_sources/{id}/query", {"id": made.new}, asked)):
                    yield from batch.items

    def _views(self, made: Made) -> list[Raw]:
        return self._job.origin.views(made.old)

    def _page(self, made: Made, new: Raw) -> None:
        old = self._job.origin.page(made.old)
        assert old is not None, "only what the source has is made"
        whole: Raw = {**(new.get("properties") or {})}
        for property_id in cut_properties(new):
            for name, value in whole.items():
                if value.get("id") == property_id and value.get("type") in ("relation", "people", "title", "rich_text"):
                    items = read_property(self._reader, made.new, property_id)
                    whole[name] = {**value, value["type"]: [item[value["type"]] for item in items]}
        details = differing(self._old.page(old), self._new.page({**new, "properties": whole}))
        details += [name for name in ("is_archived", "is_locked") if bool(old.get(name)) != bool(new.get(name))]
        details += self._files("page", old, {**new, "properties": whole}, made.old, made.old)
        self._find("page", made.old, made.new, *self._judged(made.old, details), title=title_of(old))
        self._body(made)

    def _database(self, made: Made) -> None:
        old = self._job.origin.database(made.old)
        assert old is not None, "only what the source has is made"
        new = self._reader.get("databases/{id}", id=made.new)
        if not old.get("data_sources"):
            self._find("database", made.old, made.new, EXACT)
            return
        details = differing(self._old.database(old), self._new.database(new))
        details += [] if bool(old.get("is_locked")) == bool(new.get("is_locked")) else ["is_locked"]
        self._find("database", made.old, made.new, *self._judged(made.old, details), title=title_of(old))

    def _source(self, made: Made) -> Raw:
        old = self._job.origin.data_source(made.old)
        assert old is not None, "only what the source has is made"
        new = self._reader.get("data_sources/{id}", id=made.new)
        details = differing(self._old.source(old), self._new.source(new))
        self._find("data_source", made.old, made.new, *self._judged(made.old, details), title=title_of(old))
        return new

    def _view(self, made: Made, old: Raw, sources: Mapping[str, Raw]) -> None:
        new = self._reader.get("views/{id}", id=made.new)
        shown = str(old.get("data_source_id"))
        there = sources.get(shown) or self._job.origin.data_source(shown)
        details = differing(self._old.view(old, self._job.origin.data_source(shown)), self._new.view(new, there))
        self._find("view", made.old, made.new, *self._judged(made.old, details))

    def _comments(self) -> None:
        by_target: defaultdict[str, list[Made]] = defaultdict(list)
        for made in self._job.made.values():
            if made.kind == "comment":
                by_target[made.parent].append(made)
        old = {
            str(raw["id"]): raw
            for page in [made for made in self._job.made.values() if made.kind == "page"]
            for raw in self._job.origin.comments(page.old)
        }
        for target, comments in by_target.items():
            try:
                listed = collect(self._reader, Listing("GET", "comments", {}, {"block_id": target}))[0]
            except NotionError as error:
                self._problems.told.append(error.what)
                continue
            there = {str(one["id"]): one for one in listed}
            order = [one.new for one in comments]
            ordered = [str(one["id"]) for one in listed if str(one["id"]) in set(order)] == order
            for made in comments:
                new = there.get(made.new)
                if new is None:
                    self._find("comment", made.old, made.new, MISSING)
                    continue
                details = [] if ordered else ["order"]
                if not rich_text(new.get("rich_text")).endswith(_tail(old[made.old])):
                    details.append("rich_text")
                attachments = [len(one.get("attachments") or ()) for one in (old[made.old], new)]
                if attachments[0] != attachments[1] and "attachment-missing" not in self._lost[made.old]:
                    details.append("attachments")
                outcome, why = self._judged(made.old, details)
                self._find("comment", made.old, made.new, DIFFERENT if details else outcome, why)

    def _never_made(self) -> None:
        """Losses of objects that did not come back at all."""
        seen = {finding.old for finding in self.proof.findings}
        for loss in self._job.losses:
            if loss.object_kind in ("page", "database", "view", "comment") and loss.id not in seen:
                planned = loss.planned or loss.code == "template-page"
                self._find(loss.object_kind, loss.id, None, WITH_LOSS if planned else MISSING, [loss.code])
                seen.add(loss.id)
        self._forgotten(seen | {loss.id for loss in self._job.losses})

    def _forgotten(self, told: set[str]) -> None:
        """What was to come back and neither did nor is told of: below something that the target refused, say."""
        job = self._job
        if job.selection.block is not None:
            return
        objects, sources = everything_in(job.origin, job.selection)
        for old in sorted(objects - told - job.made.keys()):
            kind = "page" if job.origin.page(old) is not None else "database"
            self._find(kind, old, None, MISSING, ["not made"])
        for old in sorted(sources - told - job.made.keys()):
            self._find("data_source", old, None, MISSING, ["not made"])

    # --- bodies ------------------------------------------------------------------------------------------------

    def _body(self, made: Made) -> None:
        body = walk(self._reader, self._problems, made.new)
        old = self._job.origin.body(made.old)
        new = tree(body.nodes, made.new) if body is not None else []
        self._siblings(made, old, new)

    def _siblings(self, page: Made, old: list[Node], new: list[Node]) -> None:
        waiting = [(old, new)]
        while waiting:
            before, after = waiting.pop()
            mine = [self._form(node, self._old) for node in before]
            theirs = [self._form(node, self._new) for node in after]
            for tag, a0, a1, b0, b1 in SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
                if tag == "equal":
                    for left, right in zip(before[a0:a1], after[b0:b1], strict=True):
                        self._pair(page, left, right, same=True)
                        waiting.append((left.children, right.children))
                    continue
                waiting += self._gap(page, before[a0:a1], after[b0:b1])

    def _gap(self, page: Made, before: list[Node], after: list[Node]) -> list[tuple[list[Node], list[Node]]]:
        """Blocks that do not match: paired in order, what is left over on either side told."""
        after = [node for node in after if node.raw.get("type") not in _OWN or node.id not in self._made]
        pairs: list[tuple[list[Node], list[Node]]] = []
        excused = False
        own = [node for node in before if node.raw.get("type") in _OWN and node.id in self._job.made]
        before = [node for node in before if node not in own and not self._is_left_out(node)]
        # A page that stood inside a block stands elsewhere now, and a link leads there.
        links = sum(1 for node in own if self._lost.get(node.id))
        for place, node in enumerate(before):
            excused = excused or bool(self._lost.get(node.id))
            if place < len(after) and "tab-item" in self._lost.get(node.id, ()) and _is_tab(after[place]):
                pairs.append(([node], after[place].children))
            elif place < len(after):
                self._pair(page, node, after[place], same=False)
                pairs.append((node.children, after[place].children))
            else:
                refused = not UNPLANNED.isdisjoint(self._lost.get(node.id, ()))
                outcome = WITH_LOSS if self._excused(node) and not refused else MISSING
                self._count_block(node, None, outcome, [str(node.raw.get("type"))])
        for node in after[len(before) :]:
            links -= node.raw.get("type") == "link_to_page"
            if not excused and not (node.raw.get("type") == "link_to_page" and links >= 0):
                self._count_block(node, node.id, DIFFERENT, [f"not in the snapshot: {node.raw.get('type')}"])
        return pairs

    def _is_left_out(self, node: Node) -> bool:
        """Whether a page or database in a body was not chosen to come along."""
        return node.raw.get("type") in _OWN and not self._job.selection.includes(node.id)

    def _pair(self, page: Made, old: Node, new: Node, *, same: bool) -> None:
        details = [] if same else [f"{old.raw.get('type')} → {new.raw.get('type')}"]
        if same:
            details = self._files("block", old.raw, new.raw, old.id, page.old)
        outcome, details = self._judged(old.id, details)
        self._count_block(old, new.id, outcome, details)

    def _excused(self, node: Node) -> bool:
        return bool(self._lost.get(node.id)) or (
            node.raw.get("type") == "column_list" and any(self._excused(child) for child in node.children)
        )

    def _count_block(self, node: Node, new: str | None, outcome: str, details: list[str]) -> None:
        if node.raw.get("type") in _OWN and outcome == EXACT:
            return
        self.proof.add(Finding("block", node.id, new, outcome, "", details), keep=False)

    def _form(self, node: Node, canonical: Canonical) -> str:
        return json.dumps(canonical.block(node.raw), sort_keys=True, default=str)

    # --- files -------------------------------------------------------------------------------------------------

    def _files(self, kind: str, old: Raw, new: Raw, owner: str, unit: str) -> list[str]:
        """Hosted files whose content is not the snapshot's."""
        wanted = _hosted(kind, old)
        if not wanted:
            return []
        kept = self._job.origin.files(unit)
        sums = [kept[owner, file.slot].media for file in wanted if (owner, file.slot) in kept]
        expected = Counter(media.sha256 for media in sums if media is not None)
        there = Counter(self._sum_of(file.url, file.name) for file in _hosted(kind, new))
        self.proof.files += there.total()
        return ["file content"] if expected != there else []

    def _sum_of(self, url: str, name: str) -> str:
        """The SHA-256 of a file of the target, streamed."""
        path = url.partition("?")[0]
        if path not in self._hashes:
            digest = hashlib.sha256()
            try:
                for chunk in self._fetcher.open(url, name, hosted=True).chunks():
                    digest.update(chunk)
                self._hashes[path] = digest.hexdigest()
            except DownloadFailed as error:
                self._hashes[path] = f"unreadable: {error.why}"
        return self._hashes[path]

    # --- judging -----------------------------------------------------------------------------------------------

    def _judged(self, old: str, details: list[str]) -> tuple[str, list[str]]:
        """The outcome: differences at an object with a planned loss are that loss."""
        codes = self._lost.get(old, [])
        if not UNPLANNED.isdisjoint(codes):
            return DIFFERENT, [*codes, *details]
        if codes:
            return WITH_LOSS, [*codes, *details]
        return (DIFFERENT, details) if details else (EXACT, [])

    def _find(
        self, kind: str, old: str, new: str | None, outcome: str, details: Sequence[str] = (), *, title: str = ""
    ) -> None:
        self.proof.add(Finding(kind, old, new, outcome, title, list(details)))


_OWN = ("child_page", "child_database")


def _hosted(kind: str, raw: Raw) -> list[FileSlot]:
    """The files of an object that Notion keeps for it; a custom emoji is the workspace's, not the object's."""
    inner = raw.get(str(raw.get("type"))) if kind == "block" else raw
    icon = (inner or {}).get("icon")
    emoji = isinstance(icon, dict) and icon.get("type") == "custom_emoji"
    return [file for file in files_in(kind, raw) if file.hosted and not (emoji and file.slot == "icon")]


def _is_tab(node: Node) -> bool:
    """Whether this may be the paragraph that a tab was given to put something else in."""
    return node.raw.get("type") == "paragraph" and bool(node.children)


def _tail(raw: Raw) -> str:
    """The end of a comment's words, as far as nothing in it can read differently elsewhere."""
    items = raw.get("rich_text") or []
    texts: list[Raw] = []
    for item in reversed(items):
        if item.get("type") != "text":
            break
        texts.insert(0, item)
    return rich_text(texts)

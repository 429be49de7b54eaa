"""What there is to capture, class by class, and how much of it an output holds."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from benchmarks.peers.company import mark, rich_texts
from notion_backup.sandbox import Sandbox, media
from notion_backup.sandbox.signing import PUBLIC_PREFIX
from notion_backup.sandbox.workspace import Raw, Workspace

_MARK = re.compile(r"mk[0-9a-f]{12}")
_INLINE = 25
"""References of a relation that a page object shows."""


@dataclass
class Held:
    """What an output holds, as its reader found it. Sets of ids, but for ``words`` and ``files``."""

    pages: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    """The marks (see ``company.mark``) that occur in text of blocks."""
    relations: dict[str, str] = field(default_factory=dict)
    """Page id -> where its relations stand: a text in which the ids or titles of the pages they name are found."""
    comments: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    """SHA-256 of the content of every file that is held."""
    views: set[str] = field(default_factory=set)
    users: set[str] = field(default_factory=set)

    def read_words(self, *texts: str) -> None:
        """Note the marks in some texts."""
        for text in texts:
            self.words.update(_MARK.findall(text))


@dataclass(frozen=True)
class Truth:
    """What is to be found of each class: ids, marks, digests of files."""

    pages: frozenset[str]
    unlisted_pages: frozenset[str]
    """Pages that search leaves out."""
    top_blocks: frozenset[str]
    nested_blocks: frozenset[str]
    deep_blocks: frozenset[str]
    """Those with at least three blocks above them."""
    crowd_rows: frozenset[str]
    """Rows of the data sources that have more rows than a query gives."""
    long_relations: dict[str, dict[str, str]]
    """Page id -> id and mark of every page in its relation of more than 25."""
    block_comments: frozenset[str]
    page_comments: frozenset[str]
    files: frozenset[str]
    views: frozenset[str]
    users: frozenset[str]
    blocks: int
    """Blocks of all kinds, text or not."""

    def count(self, held: Held) -> dict[str, tuple[int, int]]:
        """Class -> how many are held, of how many."""

        def of(wanted: Iterable[str], found: set[str]) -> tuple[int, int]:
            all_of_them = set(wanted)
            return len(all_of_them & found), len(all_of_them)

        related = sum(
            all(
                one in held.relations.get(page, "") or word in held.relations.get(page, "") for one, word in ids.items()
            )
            for page, ids in self.long_relations.items()
        )
        return {
            "pages": of(self.pages, held.pages),
            "pages_search_omits": of(self.unlisted_pages, held.pages),
            "rows_over_cap": of(self.crowd_rows, held.pages),
            "top_blocks": of(self.top_blocks, held.words),
            "nested_blocks": of(self.nested_blocks, held.words),
            "deep_blocks": of(self.deep_blocks, held.words),
            "long_relations": (related, len(self.long_relations)),
            "page_comments": of(self.page_comments, held.comments),
            "block_comments": of(self.block_comments, held.comments),
            "files": of(self.files, held.files),
            "views": of(self.views, held.views),
            "users": of(self.users, held.users),
        }


def truth_of(sandbox: Sandbox, row_cap: int) -> Truth:
    """Everything that the sandbox's token may read."""
    space = sandbox.workspace
    ids = {kind: set(found) for kind, found in sandbox.truth()["ids"].items()}
    depths = {block: _depth(space, block) for block in ids["block"] if any(rich_texts(space.objects["block"][block]))}
    comments = {one: _parent(space.objects["comment"][one]) for one in ids["comment"]}
    crowds = [space.rows(source) for source in ids["data_source"]]
    return Truth(
        pages=frozenset(ids["page"]),
        unlisted_pages=frozenset(ids["page"] & sandbox.access.search_omits),
        top_blocks=frozenset(mark(block) for block, depth in depths.items() if depth == 0),
        nested_blocks=frozenset(mark(block) for block, depth in depths.items() if depth >= 1),
        deep_blocks=frozenset(mark(block) for block, depth in depths.items() if depth >= 3),
        crowd_rows=frozenset(str(row["id"]) for rows in crowds if len(rows) > row_cap for row in rows) & ids["page"],
        long_relations={page: found for page in ids["page"] if (found := _long(space, space.objects["page"][page]))},
        block_comments=frozenset(one for one, parent in comments.items() if parent not in space.objects["page"]),
        page_comments=frozenset(one for one, parent in comments.items() if parent in space.objects["page"]),
        files=frozenset(digest(space, path) for path in ids["file"] if not path.startswith(PUBLIC_PREFIX)),
        views=frozenset(ids["view"]),
        users=frozenset(ids["user"] - space.unlisted_users),
        blocks=len(ids["block"]),
    )


def digest(space: Workspace, path: str) -> str:
    """SHA-256 of a hosted file's content."""
    found = hashlib.sha256()
    for piece in media.content(path, media.facts_of(space, path)):
        found.update(piece)
    return found.hexdigest()


def as_text(value: object) -> str:
    """A value as the one text in which marks and ids are looked for."""
    return json.dumps(value, ensure_ascii=False)


def _depth(space: Workspace, block_id: str) -> int:
    """How many blocks lie between a block and its page."""
    depth, holder = 0, space.parent_of(block_id)
    while holder is not None and holder not in space.objects["page"]:
        depth, holder = depth + 1, space.parent_of(holder)
    return depth


def _parent(comment: Raw) -> str:
    parent = comment["parent"]
    return str(parent[parent["type"]])


def _long(space: Workspace, page: Raw) -> dict[str, str]:
    """Id and mark of all that a long relation of the page names."""
    for value in page["properties"].values():
        if value["type"] == "relation" and len(value["relation"]) > _INLINE:
            return {str(one["id"]): mark(str(one["id"])) for one in value["relation"]}
    return {}

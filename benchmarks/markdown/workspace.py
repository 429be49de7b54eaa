"""The workspace of the comparison, and what there is to find of it in Markdown.

It is the generator's showcase: every type of block and property the API has, deep pages, long relations, titles that no
file system takes. Every text, title, address, option and comment carries a word of its own (``company.mark``).
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from benchmarks.peers.company import mark, title_of
from benchmarks.peers.truth import digest
from notion_backup.sandbox import Sandbox, Workspace, generate
from notion_backup.sandbox.generator.bodies import paragraph_like
from notion_backup.sandbox.generator.builder import Builder, parent_of, text
from notion_backup.sandbox.signing import PUBLIC_PREFIX
from notion_backup.sandbox.truth import hosted_paths
from notion_backup.sandbox.workspace import Raw

_ADDRESSES = ("bookmark", "embed", "link_preview")
_CONTAINERS = {"column": "columns", "tab": "tabs", "synced_block": "synced blocks", "meeting_notes": "meeting notes"}
_HOLDERS = ("bulleted_list_item", "numbered_list_item", "to_do", "toggle", "quote", "callout")
_INLINE = 25


@dataclass(frozen=True)
class Text:
    """A text of a block: its word, the page it is on, its class, its block's type, the word of what it stands in."""

    word: str
    page: str
    family: str
    kind: str
    holder: str | None = None


@dataclass
class Truth:
    """What there is to find."""

    pages: dict[str, str] = field(default_factory=dict)
    """Every live page and the word of its title."""
    rows: set[str] = field(default_factory=set)
    texts: list[Text] = field(default_factory=list)
    properties: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    """Page, type of property, and all that its value must show."""
    relations: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    """Page, and the pages that one of its relations names."""
    copies: list[tuple[str, set[str]]] = field(default_factory=list)
    """Page with a copy of a synced block, and the words of what is copied."""
    page_comments: set[str] = field(default_factory=set)
    block_comments: set[str] = field(default_factory=set)
    block_files: set[str] = field(default_factory=set)
    """Digests of the files that blocks show."""
    other_files: set[str] = field(default_factory=set)
    """Those of properties, comments, icons and covers."""
    links: set[tuple[str, str]] = field(default_factory=set)
    """From which page to which: mentions, links, child pages."""
    databases: list[str] = field(default_factory=list)
    tops: list[str] = field(default_factory=list)

    @property
    def long_relations(self) -> list[tuple[str, tuple[str, ...]]]:
        """Those of more pages than a page object shows."""
        return [one for one in self.relations if len(one[1]) > _INLINE]


def handbook() -> Workspace:
    """The workspace, always the same."""
    space = generate(pages=12, rows=12, databases=1, blocks_per_page=8, media_bytes=8_000, big_bytes=200_000, seed=7)
    builder = Builder(space, random.Random(7))
    home = next(page for page in space.all("page") if _title(page) == "Showcase")
    for page in [page for page in space.all("page") if _title(page) in ("Every block", "Media everywhere")]:
        _spread(builder, home, page)
    _nest(builder, builder.page("Nested", parent_of("page_id", str(home["id"]))))
    for source in space.all("data_source"):
        for definition in source["properties"].values():
            _mark_options(definition[definition["type"]])
    for block in space.all("block"):
        _mark_block(block)
    for comment in space.all("comment"):
        comment["rich_text"] = _with(comment["rich_text"], mark(str(comment["id"])))
    for number, page in enumerate(space.all("page")):
        _mark_page(space, page, number)
    return space


def _title(page: Raw) -> str:
    return "".join(piece["plain_text"] for piece in title_of(page))


def _spread(builder: Builder, home: Raw, page: Raw) -> None:
    """Give each type of block on a page a page of its own, so that a tool that gives up a page loses one type."""
    space = builder.workspace
    places: dict[str, Raw] = {}
    for block_id in list(space.children[str(page["id"])]):
        block = space.objects["block"][block_id]
        if block["type"] in ("child_page", "child_database"):
            continue
        kind = block["type"].replace("_", " ")
        if block["type"] == "synced_block" and (block["synced_block"]["synced_from"] or {}).get("block_id"):
            known = block["synced_block"]["synced_from"]["block_id"] in space.objects["block"]
            kind += ", a copy" if known else ", a copy of what is not shared"
        place = places.get(kind) or builder.page(f"Blocks: {kind}", parent_of("page_id", str(home["id"])))
        places[kind] = place
        space.children[str(page["id"])].remove(block_id)
        space.children.setdefault(str(place["id"]), []).append(block_id)
        block["parent"] = parent_of("page_id", str(place["id"]))
        space.touch(block_id)


def _nest(builder: Builder, page: Raw) -> None:
    """All that can hold blocks within one another, four deep, with code and a table at the bottom."""
    for first in range(len(_HOLDERS)):
        holder = page
        for level in range(4):
            kind = _HOLDERS[(first + level) % len(_HOLDERS)]
            holder = paragraph_like(builder, holder, kind)
            paragraph_like(builder, holder, "paragraph")
        builder.block(holder, "code", {"caption": [], "rich_text": text("print(1)\n"), "language": "python"})
        table = builder.block(holder, "table", {"table_width": 2, "has_column_header": True, "has_row_header": False})
        for number in range(2):
            builder.block(table, "table_row", {"cells": [text(f"{number}"), text("x")]})


def _with(spans: list[Raw], word: str) -> list[Raw]:
    """Rich text with a word more, in its last piece where that is text: some tools look at the first piece alone."""
    if not spans or spans[-1]["type"] != "text":
        return [*spans, *text(f" {word}")]
    last = {**spans[-1], "plain_text": f"{spans[-1]['plain_text']} {word}"}
    last["text"] = {**last["text"], "content": f"{last['text']['content']} {word}"}
    return [*spans[:-1], last]


def _mark_options(inner: Any) -> None:
    for option in inner.get("options", ()) if isinstance(inner, dict) else ():
        option["name"] = f"{option['name']} {mark(str(option['id']))}"


def _mark_block(block: Raw) -> None:
    inner, word = block[block["type"]], mark(str(block["id"]))
    if block["type"] == "table_row":
        inner["cells"] = [_with(cell, f"{word}c{column}") for column, cell in enumerate(inner["cells"])]
    elif block["type"] == "equation":
        inner["expression"] += f" \\text{{{word}}}"
    elif block["type"] in _ADDRESSES:
        inner["url"] += f"/{word}"
    else:
        for name in ("rich_text", "title", "caption"):
            if isinstance(inner.get(name), list) and (inner[name] or name == "caption"):
                inner[name] = _with(inner[name], word)
                break


def _mark_page(space: Workspace, page: Raw, number: int) -> None:
    word = mark(str(page["id"]))
    title_of(page)[:] = _with(title_of(page), word)
    child = space.get("block", str(page["id"]))
    if child is not None and child["type"] == "child_page":
        child["child_page"]["title"] = _title(page)
    for name, value in page["properties"].items():
        kind, inner = value["type"], value[value["type"]]
        if kind == "rich_text" and inner:
            value[kind] = _with(inner, mark(page["id"] + name))
        elif kind == "number" and inner is not None:
            value[kind] = 1_000_000 + number
        elif kind in ("select", "status") and inner:
            inner["name"] = f"{inner['name']} {mark(str(inner['id']))}"
        elif kind == "multi_select":
            for option in inner:
                option["name"] = f"{option['name']} {mark(str(option['id']))}"
    space.touch(str(page["id"]))


def truth_of(sandbox: Sandbox) -> Truth:
    """Everything live that the sandbox's token may read; trash, archive and templates left out."""
    space = sandbox.workspace
    ids = {kind: set(found) for kind, found in sandbox.truth()["ids"].items()}
    live = ids["page"] - ids["archived"]
    truth = Truth(pages={page: mark(page) for page in live}, databases=sorted(ids["database"]))
    for page_id in sorted(live):
        page = space.objects["page"][page_id]
        parent = page["parent"]
        truth.rows |= {page_id} if parent["type"] == "data_source_id" else set()
        truth.tops += [page_id] if parent["type"] == "workspace" else []
        _read_properties(truth, page, live)
        truth.page_comments |= {mark(str(one["id"])) for one in space.comments_on(page_id)}
    for block_id in sorted(ids["block"]):
        _read_block(truth, space, space.objects["block"][block_id], live)
    named = {path: digest(space, path) for path in ids["file"] if not path.startswith(PUBLIC_PREFIX)}
    shown = {path for block_id in ids["block"] for path in hosted_paths(space.objects["block"][block_id])}
    truth.block_files = {named[path] for path in shown & set(named)}
    truth.other_files = set(named.values()) - truth.block_files
    return truth


def _read_properties(truth: Truth, page: Raw, live: set[str]) -> None:
    for value in page["properties"].values():
        kind, inner = value["type"], value[value["type"]]
        if kind == "relation":
            named = tuple(one["id"] for one in inner if one["id"] in live)
            truth.relations += [(page["id"], named)] if named else []
        elif kind != "title":
            shown = tuple(_shown(kind, inner))
            truth.properties += [(page["id"], kind, shown)] if shown else []


def _shown(kind: str, inner: Any) -> Iterator[str]:
    """What a value of some type must show; nothing for an empty one, and for what is not text."""
    if kind == "rich_text":
        yield from (piece["plain_text"].strip() for piece in inner[-1:])
    elif kind in ("url", "email", "phone_number", "number") and inner is not None:
        yield str(inner)
    elif kind in ("select", "status") and inner:
        yield inner["name"]
    elif kind in ("multi_select", "people"):
        yield from (str(one["name"]) for one in inner if one.get("name"))
    elif kind == "date" and inner:
        yield from (inner[end][:10] for end in ("start", "end") if inner[end])
    elif kind in ("created_time", "last_edited_time"):
        yield inner[:10]
    elif kind in ("created_by", "last_edited_by"):
        yield str(inner["name"])
    elif kind == "unique_id":
        yield f"{inner['prefix']}-{inner['number']}"
    elif kind == "formula" and inner["type"] == "string":
        yield inner["string"]
    elif kind == "place" and inner:
        yield inner["name"]


def _read_block(truth: Truth, space: Workspace, block: Raw, live: set[str]) -> None:
    above = list(_above(space, block))
    page = above[-1] if above else {}
    if page.get("object") != "page" or page["id"] not in live:
        return
    for target in _leads_to(block):
        if target in live and target != page["id"]:
            truth.links.add((page["id"], target))
    truth.block_comments |= {mark(str(one["id"])) for one in space.comments_on(str(block["id"]))}
    inner, kind, word = block[block["type"]], block["type"], mark(str(block["id"]))
    around = [one["type"] for one in above[:-1]]
    if kind == "synced_block" and inner["synced_from"]:
        original = space.children.get(inner["synced_from"]["block_id"], [])
        truth.copies += [(page["id"], {mark(one) for one in original})] if original else []
    elif kind == "table_row":
        cells = range(len(inner["cells"]))
        truth.texts += [Text(f"{word}c{column}", page["id"], "table cells", kind) for column in cells]
    elif kind == "equation" or kind in _ADDRESSES:
        truth.texts.append(Text(word, page["id"], "formulas" if kind == "equation" else "addresses", kind))
    elif inner.get("rich_text") or (inner.get("title") and kind == "meeting_notes"):
        family = "code" if kind == "code" else _family(around)
        holder = mark(str(above[0]["id"])) if around and around[0] in _HOLDERS else None
        truth.texts.append(Text(word, page["id"], family, kind, holder))
    elif inner.get("caption"):
        truth.texts.append(Text(word, page["id"], "captions", kind))


def _family(around: list[str]) -> str:
    container = next((kind for kind in around if kind in _CONTAINERS), None)
    if container:
        return f"in {_CONTAINERS[container]}"
    return "nested ≥ 3" if len(around) >= 3 else "nested" if around else "top"


def _above(space: Workspace, block: Raw) -> Iterator[Raw]:
    """What a block lies in, the page last."""
    holder = space.parent_of(str(block["id"]))
    while holder is not None:
        found = space.objects["page"].get(holder) or space.objects["block"].get(holder)
        if found is None:
            return
        yield found
        if found["object"] == "page":
            return
        holder = space.parent_of(holder)


def _leads_to(block: Raw) -> Iterator[str]:
    """The pages that a block links to."""
    inner = block[block["type"]]
    if block["type"] == "child_page":
        yield str(block["id"])
    elif block["type"] == "link_to_page":
        yield str(inner.get("page_id"))
    for piece in inner.get("rich_text", ()):
        if piece["type"] == "mention" and piece["mention"]["type"] == "page":
            yield piece["mention"]["page"]["id"]

"""Whole vaults, opened as Obsidian opens them (``obsidian``, ``obsidian_vault``), beside the snapshots they show."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from ruamel.yaml import YAML

from notion_backup.export.markdown.vault_export import export_markdown
from notion_backup.snapshot import SnapshotReader, Table
from notion_backup_tests.export.conftest import rows_of_table
from notion_backup_tests.export.obsidian import Piece, one_line
from notion_backup_tests.export.obsidian_vault import DEVICES, FORBIDDEN, Vault

Opened = tuple[Vault, SnapshotReader]
OUR_TAGS = {"u", "mark", "s", "em", "strong", "br", "!-- --"}


@pytest.fixture(scope="session", params=["showcase", "hostile", "recorded"])
def opened(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """A vault and the snapshot it was made of."""
    snapshot: SnapshotReader = request.getfixturevalue(request.param)
    folder = tmp_path_factory.mktemp("opened") / "out"
    assert export_markdown(snapshot, folder).complete
    return Vault(folder), snapshot


def test_every_link_embed_and_block_reference_leads_to_exactly_one_thing(opened: Opened) -> None:
    vault, _ = opened
    assert sum(len(note.links) for note in vault.notes.values()) > 10
    assert {path: broken for path in vault.notes if (broken := vault.broken(path))} == {}


def test_no_text_becomes_syntax(opened: Opened) -> None:
    vault, snapshot = opened
    formulas = {re.sub(r"\s", "", found) for found in _expressions(snapshot)}
    for path, note in vault.notes.items():
        assert not note.tags, (path, note.tags)
        assert not note.queries, (path, note.queries)
        assert note.comments == 0, path
        assert note.highlights % 2 == 0, path
        assert {tag.strip("</>") for tag in note.html} <= OUR_TAGS, (path, note.html)
        assert {re.sub(r"\s", "", found) for found in note.formulas} <= formulas, (path, note.formulas)
        assert len(note.footnote_texts) == len(set(note.footnotes)), path
        assert len(note.block_ids) == len(set(note.block_ids)), path
        assert all(re.match(r"(https?|mailto|tel):|[^:]*$", url) for url in note.urls), (path, note.urls)
        assert (note.front_matter is None) == (path == "About this export.md"), path


def test_every_block_reads_as_what_it_is_with_its_text_and_in_what_it_stands(opened: Opened) -> None:
    vault, snapshot = opened
    titles = {entry.id: entry.title for table in (Table.PAGES, Table.DATABASES) for entry in snapshot.entries(table)}
    titles |= {raw["id"]: "" for raw in snapshot.objects(Table.CUSTOM_EMOJIS) if any(snapshot.files(raw["id"]))}
    seen = 0
    for path in vault.notes:
        page_id = vault.properties(path).get("notion-id")
        if page_id is None:
            continue
        read = Counter(_compared(piece) for piece in vault.notes[path].pieces)
        wanted = Counter(_wanted(snapshot, str(page_id), titles))
        assert not wanted - read, (path, wanted - read)
        seen += wanted.total()
    assert seen > 100


def test_properties_are_the_values_in_every_version_of_yaml(opened: Opened) -> None:
    vault, snapshot = opened
    newer = YAML(typ="safe", pure=True)
    pages = {row["id"]: row["raw"] for row in rows_of_table(snapshot, Table.PAGES)}
    for path, note in vault.notes.items():
        if note.front_matter is None:
            continue
        found = vault.properties(path)
        assert found == newer.load(note.front_matter), path
        for name, value in pages.get(found["notion-id"], {}).get("properties", {}).items():
            wanted = _simple(value)
            if wanted is not None and name in found:
                assert found[name] == wanted, (path, name)


def test_bases_say_only_what_bases_know(opened: Opened) -> None:
    vault, snapshot = opened
    named = {_letters(name) for raw in snapshot.objects(Table.DATA_SOURCES) for name in raw["properties"]}
    for path, file in vault.files.items():
        if path.endswith(".base"):
            base = yaml.safe_load(file.read_bytes())
            assert set(base) <= {"filters", "formulas", "properties", "summaries", "views"}
            _check_filter(base["filters"])
            assert all(set(one) == {"displayName"} for one in base["properties"].values())
            for column in (column for view in base["views"] for column in _check_view(view)):
                name = column.removeprefix("note.").removeprefix("Notion ")
                assert column == "file.name" or _letters(name) in named, (path, column)


def test_names_are_legal_everywhere_and_in_links(opened: Opened) -> None:
    vault, _ = opened
    for path in vault.files:
        for name in path.split("/"):
            assert not FORBIDDEN.search(name), path
            assert not DEVICES.match(name), path
            assert name == name.strip(" .") and len(name.encode()) <= 255, path
    assert max(len(path) for path in vault.files) < 215
    assert max(Counter(path.casefold() for path in vault.files).values()) == 1
    notes = Counter(posixpath.basename(path).casefold() for path in vault.notes)
    assert max(notes.values()) == 1


# What the blocks of a page are, told by their JSON alone.

Told = tuple[str, str, tuple[str, ...]]
"""A block's kind, its letters, the letters of what it stands in."""


def _wanted(snapshot: SnapshotReader, page_id: str, titles: dict[str, str]) -> Iterator[Told]:
    above: list[tuple[str, str | None]] = []
    """The types of the blocks around, and the letters of those that Markdown has a form for holding others in."""
    for node in snapshot.body(page_id) or ():
        del above[node.depth :]
        raw, inner = node.raw, node.raw.get(node.raw["type"])
        inner = inner if isinstance(inner, dict) else {}
        around = above[-1][0] if above else ""
        kind = _kind(raw["type"], inner, around)
        text = _letters(_icon(raw["type"], inner) + _text(inner, titles))
        holders = tuple(letters for _, letters in above if letters is not None)
        if kind == "row":
            yield kind, "¦".join(_letters(_spoken(cell, titles)) for cell in inner["cells"]), holders
        elif kind and (text or kind != "paragraph"):
            yield kind, text, holders
        holds = kind and kind not in ("paragraph", "row") and not kind.startswith("heading")
        above.append((raw["type"], text if holds else None))


def _kind(block_type: str, inner: dict[str, Any], around: str) -> str | None:
    """What a block is to be read as; None for what has no text of its own."""
    if block_type == "paragraph":
        return "callout" if around == "tab" else "paragraph"
    if block_type.startswith("heading_"):
        return f"heading {int(block_type[-1]) + 1}"
    if block_type == "to_do":
        return "done" if inner.get("checked") else "task"
    return _KINDS.get(block_type)


_KINDS = {
    "bulleted_list_item": "bullet",
    "numbered_list_item": "number",
    **dict.fromkeys(("toggle", "callout", "template", "meeting_notes", "transcription"), "callout"),
    "quote": "quote",
    "code": "code",
    "table_row": "row",
    "divider": "rule",
}


def _compared(piece: Piece) -> Told:
    kind = "number" if re.match(r"\d+\.$", piece.kind) else piece.kind
    kind = kind.split(" ")[0] if kind.startswith(("callout", "code")) else kind
    text = "¦".join(_letters(cell) for cell in piece.text.split("¦")) if kind == "row" else _letters(piece.text)
    return kind, text, tuple(_letters(text) for _, text in piece.above)


def _icon(block_type: str, inner: dict[str, Any]) -> str:
    icon = inner.get("icon")
    shown = block_type in ("paragraph", "callout") and isinstance(icon, dict) and icon.get("type") == "emoji"
    return str(icon["emoji"]) if shown and isinstance(icon, dict) else ""


def _text(inner: dict[str, Any], titles: dict[str, str]) -> str:
    title = inner.get("title")
    return _spoken(inner.get("rich_text") or (title if isinstance(title, list) else []), titles)


def _spoken(spans: list[dict[str, Any]], titles: dict[str, str]) -> str:
    """Rich text as it is read aloud: pages by their titles, custom emojis not at all."""
    return "".join(_piece(span, titles) for span in spans)


def _piece(span: dict[str, Any], titles: dict[str, str]) -> str:
    inner = span.get(span["type"])
    if span["type"] == "equation" and isinstance(inner, dict):
        return str(inner["expression"])
    if span["type"] == "mention" and isinstance(inner, dict):
        about = inner.get(inner["type"])
        if isinstance(about, dict) and about.get("id") in titles:
            return titles[about["id"]] or ("" if inner["type"] == "custom_emoji" else "Untitled")
    return str(span["plain_text"])


def _letters(text: str) -> str:
    return "".join(one_line(text).split())


def _expressions(snapshot: SnapshotReader) -> Iterator[str]:
    """The formulas within text."""
    for table in (Table.BLOCKS, Table.COMMENTS):
        for row in rows_of_table(snapshot, table):
            yield from _expressions_in(row["raw"])


def _expressions_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("expression"), str):
            yield value["expression"]
        for inner in value.values():
            yield from _expressions_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _expressions_in(inner)


def _simple(value: dict[str, Any]) -> Any:
    """The value of a property that YAML holds as it is; None for others and for empty ones."""
    inner = value.get(value["type"])
    if value["type"] in ("number", "checkbox"):
        return inner
    if value["type"] in ("url", "email", "phone_number") and isinstance(inner, str):
        return inner
    if value["type"] in ("select", "status") and isinstance(inner, dict):
        return inner["name"]
    return None


# Bases: https://help.obsidian.md/bases/syntax and https://help.obsidian.md/bases/functions

_TOKEN = re.compile(
    r"\s+|note\[(?P<key>\"(?:[^\"\\]|\\.)*\")\]|\"(?:[^\"\\]|\\.)*\"|-?\d+(?:\.\d+)?|true|false|null|[=!<>]=|[<>!()]"
    r"|\.(?:contains|startsWith|endsWith|isEmpty)(?=\()|date(?=\()"
)


def _check_filter(found: Any) -> None:
    if isinstance(found, dict):
        [(kind, tests)] = found.items()
        assert kind in ("and", "or", "not")
        for test in tests:
            _check_filter(test)
        return
    at = 0
    while at < len(found):
        token = _TOKEN.match(found, at)
        assert token, (found, at)
        at = token.end()


def _check_view(view: dict[str, Any]) -> Iterator[str]:
    """The columns that a view names."""
    assert set(view) <= {"type", "name", "limit", "groupBy", "filters", "order", "sort", "summaries"}
    assert view["type"] in ("table", "cards", "list", "map")
    if "filters" in view:
        _check_filter(view["filters"])
    for one in [*view.get("sort", []), *([view["groupBy"]] if "groupBy" in view else [])]:
        assert set(one) == {"property", "direction"} and one["direction"] in ("ASC", "DESC")
        yield one["property"]
    yield from view["order"]

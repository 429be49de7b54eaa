"""Any tree of blocks with any text reads in Obsidian as that tree with that text, and as nothing else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from notion_backup.export.atlas import draw_atlas
from notion_backup.export.block_tree import Branch
from notion_backup.export.content import Content, ContentReader
from notion_backup.export.markdown.blocks import Blocks
from notion_backup.export.markdown.vault import Vault
from notion_backup.export.report import Losses
from notion_backup.repository import Repository, open_store
from notion_backup.snapshot import SnapshotWriter, open_snapshot
from notion_backup_tests.conftest import CHEAP, PASSPHRASE
from notion_backup_tests.export.obsidian import Note, Piece, one_line, read_note
from notion_backup_tests.snapshot.building import Clock, facts

Write = Callable[[list[Branch]], str]
Read = tuple[str, str, tuple[tuple[str, str], ...]]
"""A block as it is to be read: its kind, its text on one line, what it stands in."""

PIECES = [
    "a", "b ", " ", "\n", "1", ". ", "- ", "+ ", "# ", "#tag", "#", "> ", "* ", "*", "_", "**", "~~", "~", "`", "```",
    "==", "=", "%%", "%", "$", "$$", "[[", "]]", "![[", "[x] ", "[ ] ", "[^1]", "^[n]", "^id", "[!note] ", "](u)", "|",
    "---", "===", "<b>", "<!--", "-->", "&amp;", "&", "\\", "\t", "    ", "{", "}", ":", "é", "漢", "🙂", "\u00a0",
    "\r", "\x1b", "\u2028", "(", ")", "!", "http://x.y", "[a]: /u", "[^1]: ", "'", '"', "=1",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=7).map("".join) | st.text(max_size=8)
HOLDERS = ("bulleted_list_item", "numbered_list_item", "to_do", "toggle", "quote", "callout", "paragraph", "heading_2")
LEAVES = ("paragraph", "heading_1", "heading_4", "code", "divider", "bulleted_list_item", "numbered_list_item", "quote")
HEADINGS = {f"heading_{level}": f"heading {level + 1}" for level in range(1, 5)}


def block(kind: str, text: str = "", children: tuple[Branch, ...] = (), **more: Any) -> Branch:
    spans = [{"type": "text", "plain_text": text}] if text else []
    inner = {"cells": [spans]} if kind == "table_row" else {"rich_text": spans, **more}
    return Branch({"object": "block", "id": "b", "type": kind, kind: inner}, list(children))


def _leaf(kind: str, text: str) -> Branch:
    return block(kind, text, language="python") if kind == "code" else block(kind, "" if kind == "divider" else text)


def _holder(kind: str, text: str, children: list[Branch], odd: bool) -> Branch:
    more = {"to_do": {"checked": odd}, "numbered_list_item": {"list_start_index": 7 if odd else 1}}.get(kind, {})
    icon = {"icon": {"type": "emoji", "emoji": "💡"}} if kind == "callout" and odd else {}
    return block(kind, text, tuple(children), **more, **icon)


def _table(rows: list[list[str]], header: bool) -> Branch:
    wide = max(len(row) for row in rows)
    inner = {"table_width": wide, "has_column_header": header}
    made = [Branch(_row(row)) for row in rows]
    return Branch({"object": "block", "id": "t", "type": "table", "table": inner}, made)


def _row(cells: list[str]) -> dict[str, Any]:
    spans = [[{"type": "text", "plain_text": cell}] for cell in cells]
    return {"object": "block", "id": "r", "type": "table_row", "table_row": {"cells": spans}}


TABLES = st.builds(_table, st.lists(st.lists(TEXTS, min_size=2, max_size=2), min_size=1, max_size=3), st.booleans())
BRANCHES = st.recursive(
    st.builds(_leaf, st.sampled_from(LEAVES), TEXTS) | TABLES,
    lambda inner: st.builds(_holder, st.sampled_from(HOLDERS), TEXTS, st.lists(inner, max_size=3), st.booleans()),
    max_leaves=7,
)


@pytest.fixture(scope="module")
def write(tmp_path_factory: pytest.TempPathFactory) -> Write:
    """Writes blocks as the body of a note, in an export that has nothing else."""
    folder: Path = tmp_path_factory.mktemp("nothing")
    repository = Repository.init(open_store(str(folder / "repository")), PASSPHRASE, kdf=CHEAP)[0]
    with repository.session() as session:
        sealed = SnapshotWriter(session, None, clock=Clock()).seal(facts())
    snapshot = open_snapshot(repository, repository.commit(sealed.draft_id))
    vault = Vault(draw_atlas(snapshot))
    reader = ContentReader(snapshot, Losses(), vault.atlas.asked)

    def written(branches: list[Branch]) -> str:
        lines = Blocks(vault, reader, Content(), "Note.md", lambda *_: None).body(branches)
        return "# Title\n\n" + "\n".join(lines) + "\n"

    return written


STYLES: dict[str, dict[str, Any]] = {
    "plain": {},
    "red": {"annotations": {"color": "red"}},
    **{name: {"annotations": {name: True}} for name in ("bold", "italic", "strikethrough", "underline", "code")},
    "bold and italic": {"annotations": {"bold": True, "italic": True}},
    "bold and struck": {"annotations": {"bold": True, "strikethrough": True}},
    "marked": {"annotations": {"color": "red_background"}},
    "bold and marked": {"annotations": {"bold": True, "color": "red_background"}},
    "link": {"href": "https://example.com/a_b?c=*d*#f"},
    "struck link": {"href": "https://example.com/a|b", "annotations": {"strikethrough": True}},
    "formula": {"type": "equation"},
}
STYLED = st.lists(st.tuples(TEXTS, st.sampled_from(sorted(STYLES))), max_size=5)
PLACES = ("paragraph", "heading_3", "bulleted_list_item", "to_do", "toggle", "quote", "callout", "cell", "caption")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=120, deadline=None)
@given(st.lists(BRANCHES, max_size=4))
@example([block("toggle", "a", (block("divider"), block("paragraph", "b"), block("numbered_list_item", "c")))])
@example([block("toggle", "a", (block("paragraph", "b"),)), block("quote", "", (block("paragraph", "b"),))])
@example([block("bulleted_list_item", "a", (_holder("numbered_list_item", "b", [], True),))])
@example([block("bulleted_list_item", "", (block("divider"),)), block("to_do", "[x] a"), block("paragraph", "b ^id")])
@example([block("numbered_list_item", "a"), block("paragraph"), block("numbered_list_item", "b")])
@example([block("column_list", "", tuple(block("column", "", (block("to_do", "a"),)) for _ in range(2)))])
@example([block("heading_1", "C #"), block("heading_2", "# #"), block("code", "a", language="python")])
@example([block("bulleted_list_item", "a", (block("code", " a \n\n  b ", language="python"),))])
def test_any_tree_of_blocks_reads_as_that_tree(write: Write, branches: list[Branch]) -> None:
    markdown = write(branches)
    note = read_note(markdown)
    assert _nothing_accidental(note), markdown
    read = [(piece.kind, _read_text(piece), piece.above) for piece in note.pieces[1:]]
    assert _with_text(read) == _with_text(_expected(branches, ())), markdown


def _read_text(piece: Piece) -> str:
    return _exact(piece.text.removesuffix("\n")) if piece.kind.startswith("code") else one_line(piece.text)


def _exact(text: str) -> str:
    """Text with one kind of line end, and without characters that act instead of showing."""
    lines = "\n".join(f"{text}.".splitlines())[:-1]
    return re.sub(r"[\x00-\x08\x0e-\x1b\x1f\x7f\u2400-\u2421]", "", lines.encode("utf-8", "replace").decode("utf-8"))


def _with_text(pieces: Iterable[Read]) -> list[Read]:
    """Paragraphs and rows that show nothing may be left out."""
    return [piece for piece in pieces if piece[:2] not in (("paragraph", ""), ("row", "¦"))]


def _nothing_accidental(note: Note) -> bool:
    found = (note.tags, note.comments, note.highlights, note.formulas, note.footnotes, note.block_ids, note.links,
             note.urls, note.front_matter, note.strikethroughs)  # fmt: skip
    return not any(found) and set(note.html) <= {"<br>", "<!-- -->"}


def _expected(branches: list[Branch], above: tuple[tuple[str, str], ...]) -> Iterator[Read]:
    number = 0
    before = ""
    for branch in branches:
        plain = "".join(span["plain_text"] for span in branch.content.get("rich_text", ()))
        text = _exact(plain) if branch.type == "code" else one_line(plain)
        number = number + 1 if before == "numbered_list_item" else branch.content.get("list_start_index", 1)
        before = branch.type
        if branch.type == "table":
            for row in branch.children:
                cells = (one_line(cell[0]["plain_text"]) for cell in row.content["cells"])
                yield "row", one_line(" ¦ ".join(cells)), above
            continue
        if branch.type in ("column_list", "column"):
            yield from _expected(branch.children, above)
            continue
        kind = _kind(branch, number)
        if branch.type == "callout" and branch.content.get("icon"):
            text = one_line(f"💡 {text}")
        yield kind, text, above
        holds = branch.type != "paragraph" and branch.type not in HEADINGS
        yield from _expected(branch.children, (*above, (kind, text)) if holds else above)


def _kind(branch: Branch, number: int) -> str:
    fixed = {"bulleted_list_item": "bullet", "numbered_list_item": f"{number}.", "toggle": "callout toggle-",
             "to_do": "done" if branch.content.get("checked") else "task", "divider": "rule", "code": "code python",
             "callout": "callout tip" if branch.content.get("icon") else "callout note", **HEADINGS}  # fmt: skip
    return fixed.get(branch.type, branch.type)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200, deadline=None)
@given(st.sampled_from(PLACES), STYLED)
@example("paragraph", [("!", "plain"), ("a", "link"), ("a^", "plain"), ("b", "link")])
@example("cell", [("|a| \\| b", "formula"), ("|", "code"), ("c|d", "struck link")])
@example("paragraph", [("a", "marked"), ("\n", "plain"), ("= b", "marked")])
@example("paragraph", [("=this.file", "code"), (" $= dv.x", "code")])
@example("paragraph", [("&am", "plain"), ("p; %", "red"), ("% ^", "plain"), ("id", "red")])
@example("paragraph", [("a\r= ", "marked"), ("= b =", "marked"), ("=", "plain"), ("c", "marked")])
@example("caption", [("b ", "bold"), ("*", "italic")])
@example("paragraph", [("a\\", "formula"), ("%%b%%", "formula"), (" ", "formula"), ("$", "plain")])
def test_any_row_of_styles_reads_as_its_text_wherever_it_stands(
    write: Write, place: str, pieces: list[tuple[str, str]]
) -> None:
    spans = [{"type": "text", "plain_text": text, **STYLES[style]} for text, style in pieces if text]
    branch = {"cell": lambda: Branch(_row([])), "caption": lambda: block("bookmark", url="https://example.com")}.get(
        place, lambda: block(place)
    )()
    branch.content["cells" if place == "cell" else "caption" if place == "caption" else "rich_text"] = (
        [spans, []] if place == "cell" else spans
    )
    if place == "cell":
        table = {"type": "table", "table": {"has_column_header": True}}
        branch = Branch({"object": "block", "id": "t", **table}, [branch])
    markdown = write([branch])
    note = read_note(markdown)
    assert not (note.tags or note.comments or note.links or note.footnotes or note.block_ids or note.queries), markdown
    assert {tag.strip("</>") for tag in note.html} <= {"u", "mark", "s", "em", "strong", "br", "!-- --"}, markdown
    counted = Counter(style for text, style in pieces if text)
    assert note.highlights <= 2 * (counted["marked"] + counted["bold and marked"]), markdown
    assert len(note.formulas) <= counted["formula"], markdown
    assert set(note.urls) <= {
        "https://example.com",
        *(str(STYLES[style].get("href")).replace("|", "%7C") for _, style in pieces),
    }, markdown
    shown = "".join(piece.text for piece in note.pieces[1:])
    wanted = "".join(text for text, _ in pieces)
    shown = shown.removeprefix("https://example.com") if place == "caption" else shown
    assert _letters(shown) == _letters(wanted), markdown


def _letters(text: str) -> str:
    """Text without any space, and without what parts the cells of a row."""
    return "".join(one_line(text).split()).replace("¦", "")

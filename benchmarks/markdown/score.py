"""How much of a workspace a folder of Markdown holds, read as Obsidian reads it."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from benchmarks.markdown.workspace import Text, Truth
from notion_backup_tests.export.obsidian import Piece
from notion_backup_tests.export.obsidian_vault import DEVICES, FORBIDDEN, Vault

Count = tuple[int, int]
"""How many there are, of how many."""

_WORD = re.compile(r"mk[0-9a-f]{12}(?:c\d+)?")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NOTION_ID = re.compile(r"^notion-id: \"?([0-9a-f-]{36})\"?$", re.MULTILINE)
_READS_AS = {
    "paragraph": ("paragraph", "callout tab"),
    "bulleted_list_item": ("bullet",),
    "toggle": ("callout", "bullet"),
    "quote": ("quote",),
    "callout": ("callout", "quote"),
    "template": ("callout", "paragraph", "bullet"),
    "meeting_notes": ("callout", "heading", "paragraph"),
    "code": ("code",),
    "equation": ("math",),
    "table_row": ("row",),
    "to_do": ("task", "done"),
    **{f"heading_{level}": ("heading",) for level in range(1, 5)},
    "numbered_list_item": tuple(f"{number}." for number in range(1, 100)),
}
"""What a block's text may be read as and still be the block that it was."""


def score(truth: Truth, folder: Path) -> dict[str, Count]:
    """Class -> how many of its objects are there, of how many."""
    vault = Vault(folder)
    texts = {path: vault.text(path) for path in vault.notes}
    where = _notes_by_page(texts)
    own = {page: "\n".join(texts[path] for path in paths) + " ".join(paths) for page, paths in where.items()}
    words = {word for text in texts.values() for word in _WORD.findall(text)}
    pieces = _pieces_by_word(vault)
    counts = {
        "pages": _count(page in where for page in truth.pages),
        "titles": _count(word in own.get(page, "") for page, word in truth.pages.items()),
        "rows": _count(row in where for row in truth.rows),
    }
    for family in sorted({text.family for text in truth.texts}):
        counts[family] = _count(text.word in words for text in truth.texts if text.family == family)
    counts["copies of synced blocks"] = _count(
        all(word in own.get(page, "") + _embedded(vault, where.get(page, [])) for word in copied)
        for page, copied in truth.copies
    )
    formed = [text for text in truth.texts if text.kind in _READS_AS]
    led = {path: vault.led_to(path) for path in vault.notes}

    def related(relations: list[tuple[str, tuple[str, ...]]]) -> Count:
        """A relation is there when all that it names are: by link, by id or by title."""
        return _count(
            all(one in own.get(page, "") or truth.pages[one] in own.get(page, "") or leads(page, one) for one in named)
            for page, named in relations
        )

    def leads(source: str, target: str) -> bool:
        return any(goal in led[path] for path in where.get(source, ()) for goal in where.get(target, ()))

    counts |= {
        "form kept": _count(_kept_form(text, pieces[text.word]) for text in formed),
        "nesting kept": _count(_kept_nesting(text, pieces[text.word]) for text in formed if text.holder),
        "properties": _count(all(one in own.get(page, "") for one in shown) for page, _, shown in truth.properties),
        "relations": related(truth.relations),
        "relations > 25": related(truth.long_relations),
        "page comments": _count(word in words for word in truth.page_comments),
        "block comments": _count(word in words for word in truth.block_comments),
    }
    kept = (path for path in vault.files.values() if path.suffix != ".md")
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in kept}
    counts["files of blocks"] = _count(one in digests for one in truth.block_files)
    counts["other files"] = _count(one in digests for one in truth.other_files)
    counts["links"] = _count(leads(source, target) for source, target in truth.links)
    all_links = [link for path in vault.notes for link in vault.goals(path)]
    counts["links that lead somewhere"] = (len(all_links) - sum(len(vault.broken(path)) for path in vault.notes),
                                           len(all_links))  # fmt: skip
    counts["names good everywhere"] = _count(all(map(_good, path.split("/"))) for path in vault.files)
    return counts


def _count(found: Iterable[bool]) -> Count:
    each = list(found)
    return sum(each), len(each)


def _notes_by_page(texts: dict[str, str]) -> dict[str, list[str]]:
    """Page id -> its notes: what the front matter says, or the file's name."""
    where: defaultdict[str, list[str]] = defaultdict(list)
    for path, text in texts.items():
        found = _NOTION_ID.search(text) or _ID.fullmatch(Path(path).stem)
        if found:
            where[found[found.re.groups]].append(path)
    return dict(where)


def _embedded(vault: Vault, paths: list[str]) -> str:
    """The text of the notes that some notes show in themselves."""
    shown = {one for path in paths for link in vault.links(path) if link.embed for one in vault.follow(path, link)}
    return "\n".join(vault.text(path) for path in sorted(shown) if path.endswith(".md"))


def _pieces_by_word(vault: Vault) -> defaultdict[str, list[Piece]]:
    pieces: defaultdict[str, list[Piece]] = defaultdict(list)
    for note in vault.notes.values():
        for piece in note.pieces:
            for word in _WORD.findall(piece.text):
                pieces[word].append(piece)
    return pieces


def _kept_form(text: Text, pieces: list[Piece]) -> bool:
    return any(piece.kind.startswith(_READS_AS[text.kind]) for piece in pieces)


def _kept_nesting(text: Text, pieces: list[Piece]) -> bool:
    return any(text.holder in above for piece in pieces for _, above in piece.above if text.holder)


def _good(name: str) -> bool:
    return not (FORBIDDEN.search(name) or DEVICES.match(name) or name != name.rstrip(" .") or len(name.encode()) > 255)

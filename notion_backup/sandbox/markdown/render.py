"""A page, or what lies below a block, as Notion-flavored Markdown.

What the format has no words for is an ``<unknown>`` tag, and so is what is beyond the most blocks of one answer; the
answer names those blocks (reference of the markdown endpoints).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from notion_backup.sandbox.access import Access
from notion_backup.sandbox.markdown.inline import colour_out, escaped, line_of, safe_start, url_of
from notion_backup.sandbox.values import plain
from notion_backup.sandbox.workspace import Raw, Workspace

MOST_BLOCKS = 20_000
MOST_UNKNOWN = 100
_UNKNOWN = ("bookmark", "embed", "link_preview", "breadcrumb", "template", "unsupported")
_PREFIXES = {"bulleted_list_item": "- ", "numbered_list_item": "1. ", "quote": "> "}
_MEDIA = ("audio", "video", "file", "pdf")


@dataclass
class Rendering:
    """One walk over blocks: the lines of each, how many there were, and which could not be shown."""

    space: Workspace
    access: Access
    transcripts: bool = False
    """Whether the transcripts of meetings are written out."""
    most: int = MOST_BLOCKS
    truncated: bool = False
    unknown: list[str] = field(default_factory=list)
    _met: int = 0

    def page(self, page_id: str) -> list[tuple[str, str]]:
        """The blocks of a page, or of another holder of blocks: the id of each with its text."""
        blocks = self.space.objects["block"]
        found = []
        for child in self.space.children.get(page_id, ()):
            if child in blocks:
                found.append((child, "\n".join(self.block(blocks[child]))))
        return found

    def block(self, raw: Raw) -> list[str]:
        """The lines of a block and all below it."""
        self._met += 1
        kind = str(raw["type"])
        if self._met > self.most:
            self.truncated = True
            return [self._missing(raw)]
        inner: Raw = raw.get(kind) or {}
        if kind in _UNKNOWN:
            return [self._missing(raw)]
        if kind == "paragraph":
            return [safe_start(line_of(inner["rich_text"])) + _colour(inner) or "<empty-block/>", *self._in(raw)]
        if kind in _PREFIXES:
            return [_PREFIXES[kind] + line_of(inner["rich_text"]) + _colour(inner), *self._in(raw)]
        if kind.startswith("heading_"):
            marks = "#" * int(kind[-1])
            more = {"toggle": "true"} if inner.get("is_toggleable") else {}
            return [f"{marks} {line_of(inner['rich_text'])}{_colour(inner, **more)}", *self._in(raw)]
        if kind == "to_do":
            return [f"- [{'x' if inner.get('checked') else ' '}] {line_of(inner['rich_text'])}{_colour(inner)}",
                    *self._in(raw)]  # fmt: skip
        shown = self._tagged(raw, kind, inner)
        return [self._missing(raw)] if shown is None else shown

    def _tagged(self, raw: Raw, kind: str, inner: Raw) -> list[str] | None:
        if kind == "toggle":
            return [f"<details{_named(inner)}>", f"<summary>{line_of(inner['rich_text'])}</summary>",
                    *self._in(raw), "</details>"]  # fmt: skip
        if kind == "callout":
            icon = _icon(inner.get("icon"))
            return [f"<callout{_named(inner, icon=icon)}>", f"\t{line_of(inner['rich_text'])}", *self._in(raw),
                    "</callout>"]  # fmt: skip
        if kind == "code":
            return [f"```{inner['language']}", *plain(inner["rich_text"]).split("\n"), "```"]
        if kind == "equation":
            return ["$$", *str(inner["expression"]).split("\n"), "$$"]
        if kind == "divider":
            return ["---"]
        if kind == "table_of_contents":
            return [f"<table_of_contents{_named(inner)}/>"]
        if kind in ("column_list", "column", "tab"):
            tag = {"column_list": "columns", "tab": "tabs"}.get(kind, kind)
            return [f"<{tag}>", *self._in(raw), f"</{tag}>"]
        if kind == "table":
            return self._table(raw, inner)
        if kind == "image":
            return [f"![{line_of(inner['caption'])}]({_where(inner)})"]
        if kind in _MEDIA:
            return [f'<{kind} src="{_where(inner)}">{line_of(inner["caption"])}</{kind}>']
        if kind in ("child_page", "child_database"):
            tag = kind.removeprefix("child_")
            return [f'<{tag} url="{url_of(str(raw["id"]))}">{escaped(str(inner["title"]))}</{tag}>']
        if kind == "link_to_page":
            return self._link(inner)
        if kind == "synced_block":
            return self._synced(raw, inner)
        return self._meeting(raw, inner) if kind == "meeting_notes" else None

    def _in(self, raw: Raw) -> list[str]:
        """What lies below a block, one tab deeper."""
        blocks = self.space.objects["block"]
        below = (blocks[child] for child in self.space.children.get(str(raw["id"]), ()) if child in blocks)
        return ["\t" + line for child in below for line in self.block(child)]

    def _table(self, raw: Raw, inner: Raw) -> list[str]:
        flags = {"header-row": inner.get("has_column_header"), "header-column": inner.get("has_row_header")}
        lines = ["<table" + "".join(f' {name}="true"' for name, is_on in flags.items() if is_on) + ">"]
        for child in self.space.children.get(str(raw["id"]), ()):
            self._met += 1
            cells = self.space.objects["block"][child]["table_row"]["cells"]
            lines += ["\t<tr>", *(f"\t\t<td>{line_of(cell)}</td>" for cell in cells), "\t</tr>"]
        return [*lines, "</table>"]

    def _link(self, inner: Raw) -> list[str]:
        kind = str(inner["type"])
        tag = kind.removesuffix("_id")
        if tag == "comment":
            return [f'<mention-comment url="{url_of(str(inner[kind]))}"/>']
        return [f'<mention-{tag} url="{url_of(str(inner[kind]))}"/>']

    def _synced(self, raw: Raw, inner: Raw) -> list[str]:
        origin = (inner.get("synced_from") or {}).get("block_id")
        if origin is None:
            return [f'<synced_block url="{self._url(raw)}">', *self._in(raw), "</synced_block>"]
        source = self.space.get("block", str(origin))
        if source is None or not self.access.sees(str(origin)):
            return [self._missing(raw)]
        return [f'<synced_block_reference url="{self._url(source)}">', *self._in(source), "</synced_block_reference>"]

    def _meeting(self, raw: Raw, inner: Raw) -> list[str]:
        lines = [f'<meeting-notes url="{self._url(raw)}">', f"\t{line_of(inner.get('title') or [])}"]
        for part in ("summary", "notes", "transcript"):
            section = self.space.get("block", str(inner.get("children", {}).get(f"{part}_block_id")))
            if section is None:
                continue
            hidden = part == "transcript" and not self.transcripts
            below = [f"Transcript omitted: {self._url(raw)}"] if hidden else self._in(section)
            lines += [f"\t<{part}>", *("\t\t" + line.removeprefix("\t") for line in below), f"\t</{part}>"]
        return [*lines, "</meeting-notes>"]

    def _missing(self, raw: Raw) -> str:
        if len(self.unknown) < MOST_UNKNOWN:
            self.unknown.append(str(raw["id"]))
        return f'<unknown url="{self._url(raw)}" alt="{raw["type"]}"/>'

    def _url(self, raw: Raw) -> str:
        """A block is shown on the page it lies on."""
        page: str | None = str(raw["id"])
        while page is not None and page not in self.space.objects["page"]:
            page = self.space.parent_of(page)
        return f"{url_of(page or str(raw['id']))}#{str(raw['id']).replace('-', '')}"


def _colour(inner: Raw, **more: str) -> str:
    """The attributes at the end of a block's first line."""
    named = _named(inner, **more).strip()
    return f" {{{named}}}" if named else ""


def _named(inner: Raw, **more: str | None) -> str:
    told: dict[str, Any] = {**more}
    if inner.get("color", "default") != "default":
        told["color"] = colour_out(str(inner["color"]))
    return "".join(f' {name}="{value}"' for name, value in told.items() if value)


def _icon(icon: Raw | None) -> str | None:
    if icon is None:
        return None
    inner = icon[str(icon["type"])]
    return str(inner) if isinstance(inner, str) else str(inner.get("url") or inner.get("name"))


def _where(inner: Raw) -> str:
    return str(inner[str(inner["type"])]["url"])

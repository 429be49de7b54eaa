"""A note as Obsidian reads it, by rules of its own: CommonMark and GitHub's tables from a parser that is not ours, and
what Obsidian adds to them as its help describes it (https://help.obsidian.md/syntax).

In doubt it finds more syntax than Obsidian would, never less: a ``#tag`` behind any sign, an ``==`` without an end, a
task with any mark. So text that it reads as text is text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

_WIKILINK = re.compile(r"(!?)\[\[((?:(?!\]\]).)+?)\]\]", re.DOTALL)
_TAG = re.compile(r"#[^\s!-,.:-@\[-^`{-~]*[^\W\d_][^\s!-,.:-@\[-^`{-~]*")
_BLOCK_ID = re.compile(r"\^([A-Za-z0-9-]+)[ \t]*(?=\n|$)")
_QUERY = re.compile(r"\s*\$?=")
_RUN = re.compile(r"query|base|dataview|dataviewjs|tasks|button|templater", re.IGNORECASE)
_FORMULA = re.compile(r"\$(\$?)((?:\\.|[^$\\])+)\$\1", re.DOTALL)
_CALLOUT = re.compile(r"\[!([\w-]+)\]([-+]?) ?")
_TASK = re.compile(r"\[(.)\](?:\s|$)")


@dataclass(frozen=True)
class Piece:
    """A block as it is read: ``paragraph``, ``heading 2``, ``bullet``, ``3.``, ``task``, ``done``, ``quote``,
    ``callout note``, ``code``, ``math``, ``row``, ``rule``, ``html``, ``footnote``.

    ``above`` are the list items, quotes and callouts around it, the outermost first.
    """

    kind: str
    text: str
    above: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Link:
    """A wikilink or, with ``embed``, what stands in place of one."""

    goal: str
    text: str
    embed: bool = False

    @property
    def name(self) -> str:
        """The file it names."""
        return self.goal.partition("#")[0].strip()

    @property
    def anchor(self) -> str:
        """The heading or ``^block`` within."""
        return self.goal.partition("#")[2].strip()


@dataclass
class Note:
    """What was found in a note."""

    pieces: list[Piece] = field(default_factory=list)
    front_matter: str | None = None
    links: list[Link] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    """The goals of Markdown links and pictures."""
    tags: list[str] = field(default_factory=list)
    comments: int = 0
    """How often ``%%`` stands where it would hide something."""
    highlights: int = 0
    """How often ``==`` stands where it could begin or end one."""
    html: list[str] = field(default_factory=list)
    formulas: list[str] = field(default_factory=list)
    footnotes: list[str] = field(default_factory=list)
    """The names of the footnotes that the text refers to, in order."""
    footnote_texts: list[str] = field(default_factory=list)
    block_ids: list[str] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)
    """Code that Obsidian or a well-known plugin would run instead of showing it."""
    strikethroughs: int = 0


def read_note(markdown: str) -> Note:
    """A note, read."""
    note = Note()
    root = SyntaxTreeNode(_PARSER.parse(markdown))
    note.pieces = list(_each(root.children, (), note))
    return note


def one_line(text: str) -> str:
    """Text with its spaces and line ends made one space each, and characters that act instead of showing left out."""
    shown = re.sub(r"[\x00-\x08\x0e-\x1b\x1f\x7f\u2400-\u2421]", "", text.encode("utf-8", "replace").decode("utf-8"))
    return " ".join(shown.split())


# Blocks


def _each(nodes: list[SyntaxTreeNode], above: tuple[tuple[str, str], ...], note: Note) -> Iterator[Piece]:
    for node in nodes:
        if node.type in _BLOCKS:
            yield from _BLOCKS[node.type](node, above, note)
        else:
            yield Piece(node.type, node.content, above)


def _front_matter(node: SyntaxTreeNode, _: tuple[tuple[str, str], ...], note: Note) -> Iterator[Piece]:
    note.front_matter = node.content
    return iter(())


def _paragraph(node: SyntaxTreeNode, above: tuple[tuple[str, str], ...], note: Note) -> Iterator[Piece]:
    yield Piece("paragraph", _shown(node, note), above)


def _heading(node: SyntaxTreeNode, above: tuple[tuple[str, str], ...], note: Note) -> Iterator[Piece]:
    underlined = "" if node.markup.startswith("#") else " underlined"
    yield Piece(f"heading {node.tag[1:]}{underlined}", _shown(node, note), above)


def _list(node: SyntaxTreeNode, above: tuple[tuple[str, str], ...], note: Note) -> Iterator[Piece]:
    first = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
    for number, item in enumerate(node.children):
        text = _taken_first(item, note)
        kind = "bullet" if first is None else f"{first + number}."
        task = _TASK.match(_source(item)) if first is None else None
        if task:
            kind, text = "task" if task[1] == " " else "done", text[task.end() :]
        yield Piece(kind, text, above)
        yield from _rest(item, (*above, (kind, one_line(text))), note)


def _blockquote(node: SyntaxTreeNode, above: tuple[tuple[str, str], ...], note: Note) -> Iterator[Piece]:
    text = _taken_first(node, note)
    callout = _CALLOUT.match(_source(node))
    kind, text = (f"callout {callout[1]}{callout[2]}", text[callout.end() :]) if callout else ("quote", text)
    yield Piece(kind, text, above)
    yield from _rest(node, (*above, (kind, one_line(text))), note)


def _begins_with_text(node: SyntaxTreeNode) -> bool:
    return bool(node.children) and node.children[0].type == "paragraph"


def _taken_first(node: SyntaxTreeNode, note: Note) -> str:
    """The paragraph with which a list item or quote begins; "" for none."""
    return _shown(node.children[0], note) if _begins_with_text(node) else ""


def _source(node: SyntaxTreeNode) -> str:
    """The same as it is written: an escaped bracket begins neither a task nor a callout."""
    return node.children[0].children[0].content if _begins_with_text(node) else ""


def _rest(node: SyntaxTreeNode, above: tuple[tuple[str, str], ...], note: Note) -> Iterator[Piece]:
    return _each(node.children[_begins_with_text(node) :], above, note)


def _code(node: SyntaxTreeNode, above: tuple[tuple[str, str], ...], note: Note) -> Iterator[Piece]:
    if _RUN.match(node.info):
        note.queries.append(node.info)
    yield Piece(f"code {node.info}".strip(), node.content, above)


def _math(node: SyntaxTreeNode, above: tuple[tuple[str, str], ...], note: Note) -> Iterator[Piece]:
    yield Piece("math", node.content, above)


def _table(node: SyntaxTreeNode, above: tuple[tuple[str, str], ...], note: Note) -> Iterator[Piece]:
    """A row is its cells with ``¦`` between; a heading without any text is none."""
    for part in node.children:
        for row in part.children:
            cells = [one_line(_shown(cell, note)) for cell in row.children]
            if part.type != "thead" or any(cells):
                yield Piece("row", one_line(" ¦ ".join(cells)), above)


def _html(node: SyntaxTreeNode, above: tuple[tuple[str, str], ...], note: Note) -> Iterator[Piece]:
    note.html.append(node.content.strip())
    return iter(())


def _rule(node: SyntaxTreeNode, above: tuple[tuple[str, str], ...], note: Note) -> Iterator[Piece]:
    yield Piece("rule", "", above)


def _footnotes(node: SyntaxTreeNode, above: tuple[tuple[str, str], ...], note: Note) -> Iterator[Piece]:
    for footnote in node.children:
        inside = list(_each(footnote.children, (), note))
        note.footnote_texts.append("\n".join(piece.text for piece in inside))
        yield from (Piece("footnote", piece.text, piece.above) for piece in inside)


_Reader = Callable[[SyntaxTreeNode, tuple[tuple[str, str], ...], Note], Iterator[Piece]]
_BLOCKS: dict[str, _Reader] = {
    "front_matter": _front_matter,
    "paragraph": _paragraph,
    "heading": _heading,
    "bullet_list": _list,
    "ordered_list": _list,
    "blockquote": _blockquote,
    "fence": _code,
    "math_block": _math,
    "table": _table,
    "html_block": _html,
    "hr": _rule,
    "footnote_block": _footnotes,
    "footnote_anchor": lambda *_: iter(()),
}


# Text


def _shown(node: SyntaxTreeNode, note: Note) -> str:
    """The text that a reader sees; what else it holds is noted."""
    return "".join(_texts(node.children[0].children, note)) if node.children else ""


def _texts(nodes: list[SyntaxTreeNode], note: Note) -> Iterator[str]:
    for node in nodes:
        if node.type in ("text", "code_inline"):
            if node.type == "code_inline" and _QUERY.match(node.content):
                note.queries.append(node.content)
            yield node.content
        elif node.type in ("softbreak", "hardbreak"):
            yield "\n"
        elif node.type == "formula":
            note.formulas.append(node.content)
            yield node.content
        elif node.type == "html_inline":
            note.html.append(node.content)
            yield "\n" if node.content == "<br>" else ""
        elif node.type in ("wikilink", "embed"):
            goal, _, text = node.content.partition("|")
            note.links.append(Link(goal, text, node.type == "embed"))
            yield "" if node.type == "embed" else text or goal
        elif node.type == "image":
            note.urls.append(str(node.attrs.get("src")))
            yield node.content
        elif node.type == "footnote_ref":
            note.footnotes.append(str(node.meta["label"]))
        elif node.type in _FOUND:
            _FOUND[node.type](note, node.content)
        else:
            if node.type == "link":
                note.urls.append(str(node.attrs.get("href")))
            note.strikethroughs += node.type == "s"
            yield from _texts(node.children, note)


def _count_comment(note: Note, _: str) -> None:
    note.comments += 1


def _count_highlight(note: Note, _: str) -> None:
    note.highlights += 1


_FOUND: dict[str, Callable[[Note, str], None]] = {
    "tag": lambda note, text: note.tags.append(text),
    "block_id": lambda note, text: note.block_ids.append(text),
    "comment": _count_comment,
    "highlight": _count_highlight,
}


# What Obsidian adds to CommonMark, as rules of the parser: so escapes and code come first, as they do there.


def _wikilink(state: StateInline, silent: bool) -> bool:
    found = _WIKILINK.match(state.src, state.pos, state.posMax)
    return found is not None and _push(state, silent, "embed" if found[1] else "wikilink", found[2], found.end())


def _tag(state: StateInline, silent: bool) -> bool:
    before = state.src[state.pos - 1 : state.pos]
    found = _TAG.match(state.src, state.pos, state.posMax)
    return found is not None and not re.match(r"\w", before) and _push(state, silent, "tag", found[0], found.end())


def _block_id(state: StateInline, silent: bool) -> bool:
    before = state.src[state.pos - 1 : state.pos]
    found = _BLOCK_ID.match(state.src, state.pos, state.posMax)
    return found is not None and not before.strip() and _push(state, silent, "block_id", found[1], found.end())


def _formula(state: StateInline, silent: bool) -> bool:
    found = _FORMULA.match(state.src, state.pos, state.posMax)
    return found is not None and _push(state, silent, "formula", found[2], found.end())


def _doubled(mark: str, kind: str) -> Callable[[StateInline, bool], bool]:
    def rule(state: StateInline, silent: bool) -> bool:
        return state.src.startswith(mark, state.pos) and _push(state, silent, kind, mark, state.pos + len(mark))

    return rule


def _push(state: StateInline, silent: bool, kind: str, content: str, end: int) -> bool:
    if not silent:
        token: Token = state.push(kind, "", 0)
        token.content = content
    state.pos = end
    return True


def _obsidian(parser: MarkdownIt) -> None:
    for name, rule in (
        ("wikilink", _wikilink),
        ("tag", _tag),
        ("block_id", _block_id),
        ("formula", _formula),
        ("comment", _doubled("%%", "comment")),
        ("highlight", _doubled("==", "highlight")),
    ):
        parser.inline.ruler.before("strikethrough", name, rule)


_PARSER = (
    MarkdownIt("commonmark")
    .enable(["table", "strikethrough"])
    .use(front_matter_plugin)
    .use(footnote_plugin)
    .use(dollarmath_plugin)
    .disable("math_inline")  # it takes a backslash at the end of the text for one before the beginning
    .use(_obsidian)
)

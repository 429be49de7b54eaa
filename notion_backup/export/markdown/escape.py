"""Text as Markdown that means exactly this text: to CommonMark, to GitHub, and to Obsidian with its own syntax.

Obsidian adds to CommonMark: ``[[links]]``, ``#tags``, ``==highlights==``, ``%%comments%%``, ``$maths$``,
``^block-ids`` and footnotes (https://help.obsidian.md/syntax). What would begin one of these gets a backslash.
"""

from __future__ import annotations

import re

# What is syntax wherever it stands. An underscore within a word is not.
_ANYWHERE = re.compile(r"[\\`*\[\]<|~$]|(?<![^\W_])_|_(?![^\W_])")
# A tag, or at its end what would close a heading.
_TAG = re.compile(r"(?<!\w)#(?=\S|\s*$)")
_ENTITY = re.compile(r"&(?=#?\w+;)")
# Doubled they are syntax; at an edge of the text they could be doubled by what stands beside it.
_DOUBLED = re.compile(r"==|%%|\A\s*=|=(?=\s*\Z)")
_BLOCK_ID = re.compile(r"(?<!\S)\^(?=[\w-]*\s*$)", re.MULTILINE)
# Most text has none of all these, and no character that :func:`visible` would change.
_HARMLESS = re.compile(r"[^\\`*\[\]<|~$_#&=%^\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]*")
# What is syntax at the beginning of a line only.
_LINE_START = re.compile(r"^(?P<mark>[-+>#:]|=(?=\s*$))|^(?P<number>\d{1,9})(?P<dot>[.)])(?=\s|$)", re.MULTILINE)
_LEADING = re.compile(r"^[ \t\u3000]+", re.MULTILINE)
_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_IN_URL = {"<": "%3C", ">": "%3E", "\\": "%5C", " ": "%20", "|": "%7C"}
_CONTROLS = {code: 0x2400 + code for code in range(0x20) if code not in (0x09, 0x0A)} | {0x7F: 0x2421}


def visible(text: str) -> str:
    """Text with one kind of line end, and with pictures (``␛``) for characters that act instead of showing."""
    if text.isprintable():
        return text
    text = _LINE_ENDS.sub("\n", text).translate(_CONTROLS)
    return text.encode("utf-8", "replace").decode("utf-8")


def escape(text: str) -> str:
    """Text within a line, all its syntax taken away. Line ends stay."""
    if _HARMLESS.fullmatch(text):
        return text
    text = _ENTITY.sub("&amp;", visible(text))
    text = _ANYWHERE.sub(lambda found: "\\" + found.group(), text)
    text = _TAG.sub(r"\\#", text)
    text = _DOUBLED.sub(lambda found: re.sub(r"(?=[=%])", r"\\", found.group()), text)
    return _BLOCK_ID.sub(r"\\^", text)


def guard_lines(markdown: str) -> str:
    """Markdown of one block, no line of which begins another kind of block; spaces in front stay visible."""
    markdown = _LEADING.sub(lambda found: "&nbsp;" * len(found.group().expandtabs(4)), markdown)
    return _LINE_START.sub(_guarded, markdown)


def hard_breaks(markdown: str) -> str:
    """Line ends within a block as breaks that stay, empty lines kept."""
    lines = markdown.split("\n")
    return "  \n".join(line if line.strip() else "&nbsp;" for line in lines) if len(lines) > 1 else markdown


def code_span(text: str) -> str:
    """Text as inline code, whatever backticks are in it."""
    text = visible(text).replace("\n", " ")
    fence = "`" * (longest_run(text, "`") + 1)
    pad = " " if text.startswith("`") or text.endswith("`") or (text.strip() != text and text.strip()) else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def longest_run(text: str, character: str) -> int:
    """The length of the longest row of one character."""
    return max((len(found) for found in re.findall(f"{re.escape(character)}+", text)), default=0)


def link_url(url: str) -> str:
    """A URL as the goal of a Markdown link."""
    return "<" + "".join(_IN_URL.get(character, character) for character in url) + ">"


def _guarded(found: re.Match[str]) -> str:
    if found["number"]:
        return f"{found['number']}\\{found['dot']}"
    return "\\" + found["mark"]

"""Notion's limits for what is sent (page on request limits and reference of block types, autumn 2026)."""

from __future__ import annotations

import json
from typing import Any

MOST_ITEMS = 100
"""Items of any array."""
MOST_TEXT = 2000
"""UTF-16 units of one piece of text."""
MOST_URL = 2000
MOST_EQUATION = 1000
MOST_BLOCKS = 1000
MOST_BYTES = 470 * 1024
"""Bytes of a request's blocks: 500 KB less what stands around them."""
LEVELS = 3
"""Levels of blocks in one request: those appended and two below them."""
MOST_SHORT = {"email": 200, "phone_number": 200, "url": MOST_URL}
MOST_NAME = 100
"""Characters of a name in a files property."""
MOST_FILENAME = 900
"""Bytes of an upload's file name."""
MOST_ATTACHMENTS = 3
MOST_DESCRIPTION = 280
SINGLE_PART = 20 * 1000 * 1000
"""Bytes of a file that is sent at once."""
PART = 10 * 1024 * 1024
"""Bytes of one part of a larger file."""
MOST_PARTS = 1000
COLOURS = frozenset(
    colour + suffix
    for colour in ("default", "gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red")
    for suffix in ("", "_background")
)
LANGUAGES = frozenset((
    "abap", "abc", "agda", "arduino", "ascii art", "assembly", "bash", "basic", "bnf", "c", "c#", "c++", "clojure",
    "coffeescript", "coq", "css", "dart", "dhall", "diff", "docker", "ebnf", "elixir", "elm", "erlang", "f#",
    "flow", "fortran", "gherkin", "glsl", "go", "graphql", "groovy", "haskell", "hcl", "html", "idris", "java",
    "javascript", "json", "julia", "kotlin", "latex", "less", "lisp", "livescript", "llvm ir", "lua", "makefile",
    "markdown", "markup", "matlab", "mathematica", "mermaid", "nix", "notion formula", "objective-c", "ocaml",
    "pascal", "perl", "php", "plain text", "powershell", "prolog", "protobuf", "purescript", "python", "r",
    "racket", "reason", "ruby", "rust", "sass", "scala", "scheme", "scss", "shell", "smalltalk", "solidity", "sql",
    "swift", "toml", "typescript", "vb.net", "verilog", "vhdl", "visual basic", "webassembly", "xml", "yaml",
    "java/c/c++/c#",
))  # fmt: skip
"""Languages of code blocks that the API takes (autumn 2026)."""


def units(text: str) -> int:
    """Length as the API counts it: an emoji is two."""
    return len(text) + sum(1 for character in text if ord(character) > 0xFFFF)


def cut(text: str, most: int = MOST_TEXT) -> list[str]:
    """A text in pieces of at most ``most`` UTF-16 units, no character broken."""
    if units(text) <= most:
        return [text]
    pieces: list[str] = []
    start = length = 0
    for at, character in enumerate(text):
        width = 2 if ord(character) > 0xFFFF else 1
        if length + width > most:
            pieces.append(text[start:at])
            start, length = at, 0
        length += width
    pieces.append(text[start:])
    return pieces


def size(value: Any) -> int:
    """Bytes of a JSON value as it is sent."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))

"""Checking what a client sends, with Notion's way of saying what is wrong.

Messages name the place as the API does: ``body.children[0].paragraph.rich_text[0].text.content.length should be …``
(recorded refusals; the limits are those of the API's page on request limits, autumn 2026).
"""

from __future__ import annotations

import json
from typing import Any

from notion_backup.sandbox.replies import Refusal, validation

MOST_ITEMS = 100
MOST_TEXT = 2000
MOST_URL = 2000
MOST_EQUATION = 1000
MOST_BLOCKS = 1000
MOST_BYTES = 500 * 1024
COLOURS = frozenset(
    colour + suffix
    for colour in ("default", "gray", "brown", "orange", "yellow", "green", "blue", "purple", "pink", "red")
    for suffix in ("", "_background")
)
_LANGUAGES = (
    "abap|abc|agda|arduino|ascii art|assembly|bash|basic|bnf|c|c#|c++|clojure|coffeescript|"
    "coq|css|dart|dhall|diff|docker|ebnf|elixir|elm|erlang|f#|flow|fortran|gherkin|glsl|"
    "go|graphql|groovy|haskell|hcl|html|idris|java|javascript|json|julia|kotlin|latex|less|"
    "lisp|livescript|llvm ir|lua|makefile|markdown|markup|matlab|mathematica|mermaid|nix|"
    "notion formula|objective-c|ocaml|pascal|perl|php|plain text|powershell|prolog|protobuf|"
    "purescript|python|r|racket|reason|ruby|rust|sass|scala|scheme|scss|shell|smalltalk|"
    "solidity|sql|swift|toml|typescript|vb.net|verilog|vhdl|visual basic|webassembly|xml|yaml|"
    "java/c/c++/c#"
)
LANGUAGES = tuple(_LANGUAGES.split("|"))
"""Languages of a code block (request types)."""


def wrong(place: str, should: str, instead: Any = ...) -> Refusal:
    """The refusal for one wrong value; without ``instead`` the value is not there."""
    shown = "undefined" if instead is ... else json.dumps(instead, ensure_ascii=False)
    return validation(
        f"{place.partition('.')[0]} failed validation: {place} should be {should}, instead was `{shown}`."
    )


def units(text: str) -> int:
    """Length in UTF-16 units, as the API counts: an emoji is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def need_text(value: Any, place: str, most: int | None = None) -> str:
    """A string no longer than ``most`` UTF-16 units."""
    if not isinstance(value, str):
        raise wrong(place, "a string", value)
    if most is not None and units(value) > most:
        raise validation(
            f"{place.partition('.')[0]} failed validation: {place}.length should be ≤ `{most}`, instead was "
            f"`{units(value)}`."
        )
    return value


def need_list(value: Any, place: str, most: int = MOST_ITEMS) -> list[Any]:
    """A list of no more than ``most`` items."""
    if not isinstance(value, list):
        raise wrong(place, "an array", value)
    if len(value) > most:
        raise validation(
            f"{place.partition('.')[0]} failed validation: {place}.length should be ≤ `{most}`, instead was "
            f"`{len(value)}`."
        )
    return value


def need_object(value: Any, place: str) -> dict[str, Any]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise wrong(place, "an object", value)
    return value


def need_flag(value: Any, place: str) -> bool:
    """A boolean."""
    if not isinstance(value, bool):
        raise wrong(place, "a boolean", value)
    return value


def need_url(value: Any, place: str) -> str:
    """A URL of at most 2,000 units."""
    text = need_text(value, place, MOST_URL)
    if not text.strip():
        raise wrong(place, "a valid url", value)
    return text


def colour(given: dict[str, Any], place: str) -> str:
    """The colour of a block, ``default`` when none is given."""
    value = given.get("color") or "default"
    if value not in COLOURS:
        listed = ", ".join(f"`{name!s}`" for name in sorted(COLOURS))
        raise wrong(f"{place}.color", listed, value)
    return str(value)


def kind_of(given: dict[str, Any], known: tuple[str, ...], place: str) -> str:
    """Which of the known keys an object is about: its ``type``, else the one key it has."""
    named = given.get("type")
    if isinstance(named, str) and named in known and named in given:
        return named
    found = [name for name in known if name in given]
    if len(found) == 1:
        return found[0]
    if isinstance(named, str) and named in known:
        raise wrong(f"{place}.{named}", "defined")
    lines = [f"{place}.{name} should be defined, instead was `undefined`." for name in known]
    raise validation(f"{place.partition('.')[0].partition('[')[0]} failed validation. Fix one:\n" + "\n".join(lines))

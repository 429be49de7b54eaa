"""The front matter of a note: what Notion knows of a page, and its properties, as YAML that Obsidian reads as typed."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Any

import yaml

from notion_backup.export.content import ContentReader
from notion_backup.export.markdown.escape import visible
from notion_backup.export.markdown.vault import Vault
from notion_backup.export.values import Value

# Names that mean something to Obsidian, or to us.
_RESERVED = re.compile(r"^(notion-.*|tags?|alias(es)?|cssclass(es)?|publish|permalink|position)$", re.IGNORECASE)
# Plain text that some YAML reader takes for a number, a date or a truth.
_NUMBERLIKE = re.compile(r"^[-+.]?[\d.]|^[-+]?\.?(inf|nan)$|^(y|n|yes|no|on|off|true|false|null|~)$", re.IGNORECASE)
_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", re.ASCII)
# Text that stands for itself without quotes: no mark of YAML's at its beginning, and no ": " or " #" in it.
_PLAIN = re.compile(r"[A-Za-z](?:[\w./()+*&,=;'?!-]|:(?=[^ ])| (?=[^ #]))*", re.ASCII)
_PLAIN_KEY = re.compile(r"[A-Za-z](?:[\w.-]| (?=[^ ])){,60}", re.ASCII)
_QUOTABLE = re.compile(r"[\w .:/+-]+", re.ASCII)
_LINK = re.compile(r"\[\[[\w .()-]+\]\]", re.ASCII)
_LONGEST_PLAIN = 1000
_RESOLVER = yaml.resolver.Resolver()


class _Instant(str):
    """A time that is written without quotes, as Obsidian's date and time properties are."""


class _Dumper(yaml.SafeDumper):
    """Quotes what only looks like something else; never writes anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _write_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"' if _NUMBERLIKE.match(text) else None)


def _write_instant(dumper: yaml.SafeDumper, text: _Instant) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:timestamp", str(text))


_Dumper.add_representer(str, _write_text)
_Dumper.add_representer(_Instant, _write_instant)


def to_yaml(values: Any) -> str:
    """YAML with keys in the order given, text unbroken and unescaped where YAML allows it."""
    return yaml.dump(values, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**6, default_flow_style=False)


def front_matter(values: dict[str, Any]) -> list[str]:
    """The lines of a front matter; keys without a value are left out."""
    written = "".join(_line(key, value) for key, value in values.items() if value is not None)
    return ["---", *(written or "{}\n").rstrip("\n").split("\n"), "---"]


def _line(key: str, value: Any) -> str:
    """What :func:`to_yaml` makes of one key and its value.

    A note has dozens, nearly all of them plain: those are written here, since the library takes longer for them than
    all the rest of a note takes.
    """
    if _PLAIN_KEY.fullmatch(key) and not _NUMBERLIKE.match(key) and not _resolved(key):
        if isinstance(value, list) and value:
            items = [_scalar(one) for one in value]
            if None not in items:
                return f"{key}:\n" + "".join(f"- {item}\n" for item in items)
        elif (written := _scalar(value)) is not None:
            return f"{key}: {written}\n"
    return to_yaml({key: value})


def _scalar(value: Any) -> str | None:
    """A value on one line; None for one that is not as plain as that."""
    if value is True or value is False:
        return "true" if value else "false"
    kind = type(value)
    if kind is int:
        return str(value)
    if kind is _Instant:
        return str(value) if _INSTANT.fullmatch(value) else None
    if kind is not str or len(value) > _LONGEST_PLAIN:
        return None
    if _NUMBERLIKE.match(value):
        return f'"{value}"' if _QUOTABLE.fullmatch(value) else None
    if _LINK.fullmatch(value):
        return f"'{value}'"
    return value if _PLAIN.fullmatch(value) and not _resolved(value) else None


@lru_cache(maxsize=4096)
def _resolved(text: str) -> bool:
    """Whether YAML reads plain text as anything but text."""
    tag: str = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return tag != "tag:yaml.org,2002:str"


def instant(text: Any) -> Any:
    """A date or time of the API as YAML's; None for anything else."""
    if not isinstance(text, str):
        return None
    if _TIME.match(text):
        return _Instant(text[:19])
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def property_key(name: str, taken: set[str]) -> str:
    """The name of a property in a front matter: its own, unless that means something else there or is taken."""
    name = visible(name).replace("\n", " ").strip() or "Untitled"
    key = f"Notion {name}" if _RESERVED.match(name) else name
    number = 2
    unique = key
    while unique.casefold() in taken:
        unique, number = f"{key} {number}", number + 1
    taken.add(unique.casefold())
    return unique


def property_yaml(value: Value, vault: Vault) -> Any:
    """A property's value for YAML: numbers, truths and dates as such, links into the vault as wikilinks."""
    if value.empty:
        return None
    if value.kind in ("number", "check"):
        return value.data
    if value.kind == "date":
        return instant(value.data[0]) or value.text
    if value.kind in ("links", "files", "people", "list") or (value.kind == "options" and len(value.parts) > 1):
        return [_part(part.text, part.target, vault) for part in value.parts]
    return visible(value.text)


def date_end(value: Value) -> Any:
    """The end of a date range; None for what has none."""
    return instant(value.data[1]) if value.kind == "date" and value.data else None


def _part(text: str, target: Any, vault: Vault) -> str:
    return f"[[{vault.goal(target)}]]" if target else visible(text)


def authorship(raw: dict[str, Any], reader: ContentReader) -> dict[str, Any]:
    """When and by whom an object was made and last edited."""
    return {
        "notion-created": instant(raw.get("created_time")),
        "notion-created-by": visible(reader.user_name(raw.get("created_by"))) or None,
        "notion-edited": instant(raw.get("last_edited_time")),
        "notion-edited-by": visible(reader.user_name(raw.get("last_edited_by"))) or None,
    }

"""HTML text, as ``markupsafe`` has it, with templates that are taken apart once and not each time they are filled.

A page is made of thousands of small templates with nothing in them but ``{}`` and ``{0}``; these are filled here.
Everything else, and every rule of what is escaped, is markupsafe's.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import count
from string import Formatter
from typing import Any

import markupsafe


class Markup(markupsafe.Markup):
    """Text that is HTML already; what is joined or filled in is escaped unless it is HTML, too."""

    __slots__ = ()

    def __new__(cls, text: Any = "") -> Markup:
        """``text`` is taken for HTML as it is."""
        return str.__new__(cls, text if isinstance(text, str) else markupsafe.Markup(text))

    def format(self, *args: Any, **kwargs: Any) -> Markup:
        """The template with its fields filled."""
        parts = _taken_apart(self)
        if parts is None or kwargs:
            return Markup(super().format(*args, **kwargs))
        filled = _escaped(args)
        return str.__new__(Markup, "".join([filled[one] if one.__class__ is int else one for one in parts]))

    def join(self, iterable: Iterable[Any], /) -> Markup:
        """Texts one after the other, with this between any two."""
        return str.__new__(Markup, str.join(self, _escaped(iterable)))


def _escaped(values: Iterable[Any]) -> list[str]:
    return [one if isinstance(one, markupsafe.Markup) else markupsafe.escape(one) for one in values]


@lru_cache(maxsize=1024)
def _taken_apart(template: str) -> tuple[Any, ...] | None:
    """A template as its texts and the numbers of what stands between them; None for one with other fields."""
    parts: list[str | int] = []
    numbers = count()
    for text, name, spec, conversion in Formatter().parse(template):
        parts.append(text)
        if name is None:
            continue
        if spec or conversion or (name and not name.isdecimal()):
            return None
        parts.append(int(name) if name else next(numbers))
    return tuple(parts)

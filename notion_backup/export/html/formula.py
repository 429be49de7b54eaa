"""Formulas as MathML, which browsers draw by themselves.

The converter hands attributes and text through as it finds them, ``\\href`` and tags included: so its tree is written
out here, from a list of what may be in it. A formula that it does not understand is shown as TeX.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import TYPE_CHECKING

from latex2mathml import exceptions
from latex2mathml.converter import convert_to_element
from markupsafe import Markup, escape

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

LONGEST = 5000
_TAGS = frozenset(
    [
        "math",
        "mrow",
        "mi",
        "mn",
        "mo",
        "ms",
        "mtext",
        "mspace",
        "msup",
        "msub",
        "msubsup",
        "mfrac",
        "msqrt",
        "mroot",
        "mover",
        "munder",
        "munderover",
        "mtable",
        "mtr",
        "mtd",
        "mstyle",
        "mpadded",
        "mphantom",
        "menclose",
        "mmultiscripts",
        "mprescripts",
        "none",
    ]
)
_ATTRIBUTES = frozenset(
    [
        "display",
        "displaystyle",
        "scriptlevel",
        "mathvariant",
        "mathcolor",
        "stretchy",
        "fence",
        "form",
        "separator",
        "accent",
        "accentunder",
        "movablelimits",
        "largeop",
        "minsize",
        "maxsize",
        "linethickness",
        "width",
        "height",
        "depth",
        "lspace",
        "rspace",
        "columnalign",
        "rowlines",
        "columnlines",
        "columnspacing",
        "rowspacing",
        "notation",
    ]
)
_PLAIN = re.compile(r"[\w.#%+ -]*")
_REFUSALS: tuple[type[Exception], ...] = (
    exceptions.DenominatorNotFoundError, exceptions.DoubleSubscriptsError, exceptions.DoubleSuperscriptsError,
    exceptions.ExtraLeftOrMissingRightError, exceptions.InvalidAlignmentError, exceptions.InvalidStyleForGenfracError,
    exceptions.InvalidWidthError, exceptions.LimitsMustFollowMathOperatorError, exceptions.MissingEndError,
    exceptions.MissingSuperScriptOrSubscriptError, exceptions.NoAvailableTokensError, exceptions.NumeratorNotFoundError,
    StopIteration, LookupError, ValueError, TypeError, AttributeError, RecursionError,
)  # fmt: skip


def formula(expression: str, text_of: Callable[[str], Markup], *, display: bool = False) -> Markup:
    """A formula drawn, or as TeX. ``text_of`` makes text harmless."""
    try:
        element = convert_to_element(expression, display="block" if display else "inline")
    except _REFUSALS:
        element = None
    if element is None or len(expression) > LONGEST:
        return Markup('<code class="tex">{}</code>').format(text_of(expression))
    return _written(element, text_of, alt=expression)


def _written(element: Element, text_of: Callable[[str], Markup], alt: str = "") -> Markup:
    inner = text_of(unescape(element.text or "")) + Markup("").join(_written(child, text_of) for child in element)
    if element.tag not in _TAGS:
        return inner
    attributes = Markup("").join(
        Markup(' {}="{}"').format(name, value)
        for name, value in element.attrib.items()
        if name in _ATTRIBUTES and _PLAIN.fullmatch(value)
    )
    alternative = Markup(' alttext="{}"').format(text_of(alt)) if alt else Markup("")
    return Markup("<{0}{1}{2}>{3}</{0}>").format(escape(element.tag), attributes, alternative, inner)

"""A small evaluator of formulas: enough for what people write in tests; what it cannot do is said to be unsupported.

The language is that of Notion's formula reference, as far as it is pure expression: literals, ``prop``, operators,
``if``/``ifs`` and the common functions of text, numbers and dates. No lists, no ``let``, no ``map``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

Value = Any
Thunk = Callable[[], Value]
"""A part of a formula, worked out when it is needed: only one branch of an ``if`` is."""
_TOKEN = re.compile(
    r'\s*(?:(\d+(?:\.\d+)?)|"((?:[^"\\]|\\.)*)"|(==|!=|>=|<=|&&|\|\||[-+*/%^<>!?:(),.])|([A-Za-z_]\w*)|\{\{notion:block_property:([^}]*?)\}\})'
)
_UNITS = {"years": 365.25, "months": 30.4375, "weeks": 7.0, "days": 1.0, "hours": 1 / 24, "minutes": 1 / 1440}


class Unsupported(Exception):
    """The formula uses something that is not modelled."""


def evaluate(expression: str, prop: Callable[[str], Value], by_id: Callable[[str], Value], now: datetime) -> Value:
    """The value of a formula: text, number, bool, datetime or None. Raises Unsupported."""
    parser = _Parser(_tokens(expression), prop, by_id, now)
    try:
        value = parser.ternary()()
    except (ValueError, TypeError, IndexError, OverflowError, ZeroDivisionError) as error:
        raise Unsupported(str(error)) from error
    if parser.at < len(parser.tokens):
        raise Unsupported("more than one expression")
    return value


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while at < len(text.rstrip()):
        match = _TOKEN.match(text, at)
        if match is None:
            raise Unsupported(f"at {at}")
        kinds = ("number", "text", "sign", "name", "id")
        found.append(next((k, g) for k, g in zip(kinds, match.groups(), strict=True) if g is not None))
        at = match.end()
    return found


class _Parser:
    def __init__(
        self, tokens: list[tuple[str, str]], prop: Callable[[str], Value], by_id: Callable[[str], Value], now: datetime
    ) -> None:
        self.tokens, self.at = tokens, 0
        self._prop, self._by_id, self._now = prop, by_id, now

    def ternary(self) -> Thunk:
        value = self._either()
        if self._take("?"):
            yes = self.ternary()
            self._need(":")
            no = self.ternary()
            return lambda: yes() if value() else no()
        return value

    def _either(self) -> Thunk:
        value = self._both()
        while self._take("||", "or"):
            value = _lazy(lambda one, other: bool(one()) or bool(other()), value, self._both())
        return value

    def _both(self) -> Thunk:
        value = self._compared()
        while self._take("&&", "and"):
            value = _lazy(lambda one, other: bool(one()) and bool(other()), value, self._compared())
        return value

    def _compared(self) -> Thunk:
        value = self._sum()
        while sign := self._take("==", "!=", ">=", "<=", ">", "<"):
            value = _strict(_COMPARED[sign], value, self._sum())
        return value

    def _sum(self) -> Thunk:
        value = self._product()
        while sign := self._take("+", "-"):
            value = _strict(_plus if sign == "+" else _minus, value, self._product())
        return value

    def _product(self) -> Thunk:
        value = self._signed()
        while sign := self._take("*", "/", "%", "^"):
            value = _strict(_TIMES[sign], value, self._signed())
        return value

    def _signed(self) -> Thunk:
        if self._take("-"):
            return _strict(lambda value: -(value or 0), self._signed())
        if self._take("!", "not"):
            return _strict(lambda value: not value, self._signed())
        return self._call()

    def _call(self) -> Thunk:
        value = self._atom()
        while self._take("."):
            _, name = self._next()
            value = self._function(name, [value, *self._arguments()])
        return value

    def _atom(self) -> Thunk:
        kind, token = self._next()
        if kind == "number":
            number = float(token) if "." in token else int(token)
            return lambda: number
        if kind == "text":
            text = token.replace('\\"', '"').replace("\\n", "\n")
            return lambda: text
        if kind == "id":
            return lambda: self._by_id(token.partition(":")[0])
        if token == "(":
            value = self.ternary()
            self._need(")")
            return value
        if kind == "name":
            if token in ("true", "false"):
                return lambda: token == "true"
            return self._function(token, self._arguments())
        raise Unsupported(token)

    def _arguments(self) -> list[Thunk]:
        if not self._take("("):
            raise Unsupported("no arguments")
        found: list[Thunk] = []
        while not self._take(")"):
            found.append(self.ternary())
            self._take(",")
        return found

    def _function(self, name: str, given: list[Thunk]) -> Thunk:
        if name == "prop":
            return lambda: self._prop(str(given[0]()))
        if name == "now":
            return lambda: self._now
        if name == "today":
            return lambda: self._now.replace(hour=0, minute=0, second=0, microsecond=0)
        if name == "if":
            return lambda: given[1]() if given[0]() else given[2]()
        if name == "ifs":
            return lambda: _first(given)
        if name in ("and", "or"):
            joint = all if name == "and" else any
            return lambda: joint(bool(one()) for one in given)
        if name not in _FUNCTIONS:
            raise Unsupported(name)
        return _strict(_FUNCTIONS[name], *given)

    def _take(self, *signs: str) -> str | None:
        if self.at < len(self.tokens):
            kind, token = self.tokens[self.at]
            if kind in ("sign", "name") and token in signs:
                self.at += 1
                return token
        return None

    def _need(self, sign: str) -> None:
        if not self._take(sign):
            raise Unsupported(f"{sign} expected")

    def _next(self) -> tuple[str, str]:
        self.at += 1
        return self.tokens[self.at - 1]


def _strict(function: Callable[..., Value], *parts: Thunk) -> Thunk:
    return lambda: function(*(part() for part in parts))


def _lazy(function: Callable[..., Value], *parts: Thunk) -> Thunk:
    return lambda: function(*parts)


def _first(given: list[Thunk]) -> Value:
    """The value after the first test that holds, else the last one."""
    for test, value in zip(given[::2], given[1::2], strict=False):
        if test():
            return value()
    return given[-1]() if len(given) % 2 else None


def _plus(one: Value, other: Value) -> Value:
    if isinstance(one, str) or isinstance(other, str):
        return _text(one) + _text(other)
    return (one or 0) + (other or 0)


def _minus(one: Value, other: Value) -> Value:
    return (one or 0) - (other or 0)


def _ordered(compare: Callable[[Value, Value], bool]) -> Callable[[Value, Value], bool]:
    return lambda one, other: (
        one is not None and other is not None and one != "" and other != "" and compare(one, other)
    )


_COMPARED: dict[str, Callable[[Value, Value], bool]] = {
    "==": lambda one, other: bool(one == other),
    "!=": lambda one, other: bool(one != other),
    ">": _ordered(lambda one, other: bool(one > other)),
    "<": _ordered(lambda one, other: bool(one < other)),
    ">=": _ordered(lambda one, other: bool(one >= other)),
    "<=": _ordered(lambda one, other: bool(one <= other)),
}
_TIMES: dict[str, Callable[[Value, Value], Value]] = {
    "*": lambda one, other: (one or 0) * (other or 0),
    "/": lambda one, other: (one or 0) / other if other else None,
    "%": lambda one, other: (one or 0) % other if other else None,
    "^": lambda one, other: (one or 0) ** (other or 0),
}


def _text(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.strftime("%B %d, %Y %H:%M") if isinstance(value, datetime) else str(value)


def _shifted(date: datetime | None, amount: float, unit: str, sign: int = 1) -> datetime | None:
    if date is None:
        return None
    return date + sign * timedelta(days=_UNITS[unit] * amount)


def _between(one: datetime | None, other: datetime | None, unit: str) -> int | None:
    if one is None or other is None:
        return None
    return int((one - other).total_seconds() / 86400 / _UNITS[unit])


def _empty(value: Value) -> bool:
    return value is None or value in ("", 0, False) or value == []


_FUNCTIONS: dict[str, Callable[..., Value]] = {
    "empty": _empty,
    "concat": lambda *parts: "".join(_text(part) for part in parts),
    "format": _text,
    "toNumber": lambda value: float(value) if value not in (None, "") else None,
    "length": lambda value: len(value or ""),
    "lower": lambda value: _text(value).lower(),
    "upper": lambda value: _text(value).upper(),
    "contains": lambda value, part: _text(part) in _text(value),
    "replace": lambda value, old, new: re.sub(old, new, _text(value), count=1),
    "replaceAll": lambda value, old, new: re.sub(old, new, _text(value)),
    "substring": lambda value, start, end=None: _text(value)[start:end],
    "test": lambda value, pattern: re.search(pattern, _text(value)) is not None,
    "not": lambda value: not value,
    "equal": lambda one, other: one == other,
    "unequal": lambda one, other: one != other,
    "add": lambda one, other: one + other,
    "subtract": lambda one, other: one - other,
    "multiply": lambda one, other: one * other,
    "divide": lambda one, other: one / other,
    "mod": lambda one, other: one % other,
    "abs": abs,
    "round": lambda value, digits=0: round(value, int(digits)) if digits else round(value),
    "floor": lambda value: int(value // 1),
    "ceil": lambda value: int(-(-value // 1)),
    "min": min,
    "max": max,
    "sum": lambda *parts: sum(parts),
    "dateAdd": _shifted,
    "dateSubtract": lambda date, amount, unit: _shifted(date, amount, unit, -1),
    "dateBetween": _between,
    "formatDate": lambda date, pattern: date.strftime("%Y-%m-%d") if date else "",
    "year": lambda date: date and date.year,
    "month": lambda date: date and date.month,
    "date": lambda date: date and date.day,
    "day": lambda date: date.isoweekday(),
    "hour": lambda date: date and date.hour,
    "minute": lambda date: date and date.minute,
    "fromTimestamp": lambda value: datetime.fromtimestamp(value / 1000, UTC) if value is not None else None,
    "timestamp": lambda date: int(date.timestamp() * 1000),
}

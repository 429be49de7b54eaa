"""How the blocks of a body are spread over requests, so that there are as few as can be.

One request appends, below one page or block, at most 100 blocks with at most two levels below them, 1,000 blocks and
500 KB in all, and its answer names the ids of the first level only. So every request beyond those that limits of size
ask for comes of a block whose children are not sent along (a *cut*), and every further read of a block whose
children's ids have to be known (a *listing*). Which blocks these are is chosen for the least sum of both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil, inf

from notion_backup.restore.limits import LEVELS, MOST_BLOCKS, MOST_BYTES, MOST_ITEMS, size
from notion_backup.restore.wants import WHOLE, Want, sent
from notion_backup.snapshot import Raw

_STAY, _LIST, _CUT = range(3)
_ROWS_ALONG = ("table", *WHOLE)
"""Blocks that are sent with children or not at all; what is beyond the limit follows."""


@dataclass(slots=True)
class Unit:
    """One block of a request's first level with what is sent along.

    ``cuts``: blocks whose (remaining) children are appended to them afterwards. ``listings``: blocks whose children,
    as sent, have to be listed to know their ids; each after those above it.
    """

    want: Want
    body: Raw
    blocks: int = 1
    cuts: list[tuple[Want, list[Want]]] = field(default_factory=list)
    listings: list[tuple[Want, list[Want]]] = field(default_factory=list)


def units_of(wants: Sequence[Want], *, split: set[int] | None = None) -> list[Unit]:
    """The units of blocks that stand beside each other. ``split``: ``id()`` of blocks to be sent without children."""
    choices = _Choices(wants, split or set())
    return [_unit(want, choices) for want in wants]


def goes_along(wants: Sequence[Want]) -> bool:
    """Whether these blocks can be sent where the answer does not even name the ids of their first level."""
    choices = _Choices(wants, set())
    return all(choices.cost(want, 1, known=False) == 0 for want in wants)


def batches(units: Sequence[Unit], most: int = MOST_BYTES) -> Iterator[list[Unit]]:
    """Units in order, as many in a request as its limits allow, and ``most`` bytes."""
    batch: list[Unit] = []
    blocks = used = 0
    for unit in units:
        more = size(unit.body) + 1
        if batch and (len(batch) >= MOST_ITEMS or blocks + unit.blocks > MOST_BLOCKS or used + more > most):
            yield batch
            batch, blocks, used = [], 0, 0
        batch.append(unit)
        blocks += unit.blocks
        used += more
    if batch:
        yield batch


class _Choices:
    """The least number of further requests for every block at every level of a request, its id known or not."""

    def __init__(self, wants: Sequence[Want], split: set[int]) -> None:
        self._split = split
        self._costs: dict[int, tuple[float, ...]] = {}
        self._chosen: dict[tuple[int, int, bool], int] = {}
        order = [one for want in wants for one in want.walk()]
        for want in reversed(order):
            self._costs[id(want)] = tuple(
                self._best(want, level, known) for level in range(1, LEVELS + 1) for known in (False, True)
            )

    def cost(self, want: Want, level: int, *, known: bool) -> float:
        return self._costs[id(want)][(level - 1) * 2 + known]

    def chosen(self, want: Want, level: int, *, known: bool) -> int:
        return self._chosen.get((id(want), level, known), _STAY)

    def _best(self, want: Want, level: int, known: bool) -> float:
        if (want.needed and not known) or (want.kind in WHOLE and level > 1):
            return inf
        children = want.children
        if not children:
            return 0
        options: list[tuple[float, int]] = []
        along = want.kind in _ROWS_ALONG
        rest = max(0, len(children) - MOST_ITEMS)
        if level < LEVELS and (known or not rest) and (along or not rest) and (along or id(want) not in self._split):
            beyond = ceil(rest / MOST_ITEMS) + sum(self.cost(child, 1, known=True) for child in children[MOST_ITEMS:])
            inside = children[:MOST_ITEMS]
            options.append((beyond + sum(self.cost(child, level + 1, known=False) for child in inside), _STAY))
            if known:
                options.append((1 + beyond + sum(self.cost(child, level + 1, known=True) for child in inside), _LIST))
        if known and not along:
            number = ceil(len(children) / MOST_ITEMS)
            options.append((number + sum(self.cost(child, 1, known=True) for child in children), _CUT))
        best = min(options, default=(inf, _CUT))
        self._chosen[id(want), level, known] = best[1]
        return best[0]


def _unit(want: Want, choices: _Choices) -> Unit:
    unit = Unit(want, {})
    unit.blocks = 0
    unit.body = _built(want, 1, True, choices, unit, most=MOST_ITEMS)
    most = MOST_ITEMS
    while unit.blocks > MOST_BLOCKS or size(unit.body) > MOST_BYTES:
        if want.kind not in _ROWS_ALONG:
            body = sent(want)
            return Unit(want, body, 1, [(want, want.children)])
        if most <= 2:
            break
        most //= 2
        unit = Unit(want, {})
        unit.blocks = 0
        unit.body = _built(want, 1, True, choices, unit, most=max(most, 2), bare=want.kind in WHOLE)
    return unit


def _built(want: Want, level: int, known: bool, choices: _Choices, unit: Unit, *, most: int, bare: bool = False) -> Raw:
    """The block as it is sent. ``bare``: what stands below its children is sent afterwards."""
    unit.blocks += 1
    if not want.children:
        return sent(want)
    choice = choices.chosen(want, level, known=known)
    if choice == _CUT:
        unit.cuts.append((want, want.children))
        return sent(want)
    inside, beyond = want.children[:most], want.children[most:]
    if bare:
        unit.blocks += len(inside)
        unit.listings.append((want, inside))
        unit.cuts.extend((child, child.children) for child in inside if child.children)
        if beyond:
            unit.cuts.append((want, beyond))
        return sent(want, [sent(child) for child in inside])
    if choice == _LIST:
        unit.listings.append((want, inside))
    below = [_built(child, level + 1, choice == _LIST, choices, unit, most=MOST_ITEMS) for child in inside]
    if beyond:
        unit.cuts.append((want, beyond))
    return sent(want, below)

"""Trees of chunks: how a blob of any size hangs together below one chunk id.

A node is a chunk of kind TREE: its level, the kind of the leaves, then its children in order, each as chunk id and
plaintext size. Nodes are cut by the ids of their children, so an insertion changes a node or two and not all that
follow.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from notion_backup.errors import Damaged
from notion_backup.repository.blob import CHUNK_ID_BYTES, MAX_DEPTH, BlobRef, Kind

LEAST_CHILDREN = 64
MOST_CHILDREN = 4096
_BOUNDARY_MASK = 0x1FF
_HEAD = struct.Struct("<BBB")
_CHILD = struct.Struct(f"<{CHUNK_ID_BYTES}sQ")
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Child:
    """A chunk below a node: its id and how many bytes of the blob lie under it."""

    chunk_id: bytes
    size: int


StoreNode = Callable[[bytes], bytes]
"""Stores the plaintext of a node and answers its chunk id."""

LoadNode = Callable[[bytes], bytes]
"""The verified plaintext of the node with that chunk id."""


def build(leaves: Iterable[Child], kind: Kind, store_node: StoreNode) -> BlobRef:
    """Hang leaves, in order, below one root. Holds one unfinished node per level."""
    levels: list[list[Child]] = [[]]
    size = 0

    def close(level: int) -> None:
        children = levels[level]
        node = _HEAD.pack(_VERSION, level + 1, kind) + b"".join(_CHILD.pack(c.chunk_id, c.size) for c in children)
        levels[level] = []
        add(level + 1, Child(store_node(node), sum(c.size for c in children)))

    def add(level: int, child: Child) -> None:
        if level == len(levels):
            levels.append([])
        levels[level].append(child)
        count = len(levels[level])
        if count >= MOST_CHILDREN or (count >= LEAST_CHILDREN and _is_boundary(child.chunk_id)):
            close(level)

    for leaf in leaves:
        size += leaf.size
        add(0, leaf)
    level = 0
    while level < len(levels) - 1 or len(levels[level]) != 1:
        if levels[level]:
            close(level)
        level += 1
    return BlobRef(levels[level][0].chunk_id, size, level, kind)


def leaves(ref: BlobRef, load_node: LoadNode) -> Iterator[Child]:
    """The leaves of a blob in order. Raises Damaged when a node is not of this blob."""
    for child, level in walk(ref, load_node):
        if level == 0:
            yield child


def walk(ref: BlobRef, load_node: LoadNode) -> Iterator[tuple[Child, int]]:
    """Every chunk of a blob in order, nodes before what lies below them, each with its level (0: leaf)."""
    yield from _walk(Child(ref.root, ref.size), ref.depth, ref.kind, load_node)


def _walk(child: Child, level: int, kind: Kind, load_node: LoadNode) -> Iterator[tuple[Child, int]]:
    yield child, level
    if level:
        for below in _children(load_node(child.chunk_id), level, kind, child):
            yield from _walk(below, level - 1, kind, load_node)


def _children(node: bytes, level: int, kind: Kind, parent: Child) -> list[Child]:
    body = len(node) - _HEAD.size
    if body < _CHILD.size or body % _CHILD.size or level > MAX_DEPTH:
        raise _malformed(parent)
    if _HEAD.unpack_from(node) != (_VERSION, level, kind):
        raise _malformed(parent)
    children = [Child(chunk_id, size) for chunk_id, size in _CHILD.iter_unpack(node[_HEAD.size :])]
    if sum(child.size for child in children) != parent.size:
        raise _malformed(parent)
    return children


def _malformed(parent: Child) -> Damaged:
    return Damaged(
        f"Tree node {parent.chunk_id.hex()[:16]} does not describe the blob it is the root of.",
        cure="Run a full verification: the snapshot that refers to it is damaged.",
    )


def _is_boundary(chunk_id: bytes) -> bool:
    return int.from_bytes(chunk_id[:4], "little") & _BOUNDARY_MASK == 0

"""What a document of an export is made from, so that one whose inputs are the same need not be made again.

While a document is made, everything it takes from elsewhere comes through two gates, the map (``Atlas``) and the reader
(``ContentReader``), and both note what they were asked for. These questions are kept with what was made. A later export
asks them again: where all answers are the same, so is the document. Answers are digests made from the catalog and the
map alone; no content is read for them. Where one cannot be sure, an answer covers too much rather than too little.
"""

from __future__ import annotations

import mimetypes
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from importlib.metadata import version
from importlib.resources import files as package_files
from importlib.resources.abc import Traversable

import pyarrow as pa
import pyarrow.compute as pc
from blake3 import blake3

from notion_backup.export.asked import DAY
from notion_backup.export.atlas import Atlas
from notion_backup.export.content import ContentReader
from notion_backup.snapshot import Place, Table, unshared_in

DIGEST_BYTES = 16
# What turns content into files, besides this program itself.
_LIBRARIES = ("Jinja2", "MarkupSafe", "PyYAML", "latex2mathml", "pyarrow")


class Inputs:
    """Answers the questions from one snapshot. ``path_of`` is where the export puts a place."""

    def __init__(self, atlas: Atlas, reader: ContentReader, path_of: Callable[[Place], str], *general: str) -> None:
        self._atlas = atlas
        self._reader = reader
        self._path_of = path_of
        self._known: dict[str, bytes] = {}
        self._states, self._rows = _states(reader.snapshot.catalog())
        self._attached = self._linked_blocks()
        for owner, raws in reader.attached():
            self._attached.setdefault(owner, []).extend(self._states.get(raw["id"], b"") for raw in raws)
        emojis = (self._states.get(emoji_id, b"") for emoji_id in sorted(reader.emojis))
        self.general = _digest(_of_this_program(), *(one.encode() for one in general), *emojis).hex()
        """Of what every document is made from: this program, custom emojis, what the format adds."""

    def digest(self, place: Place, questions: Iterable[str]) -> str:
        """Of everything that a document was made from, given what was asked meanwhile."""
        below = (self._line(one) for one in place.below())
        answers = (self._answer(one) for one in sorted(questions))
        return _digest(self._known_of(place), self._content(place.id), *below, b"", *answers).hex()

    def _answer(self, question: str) -> bytes:
        if question == DAY:
            return self._reader.day.isoformat().encode()
        kind, object_id = question[:1], question[1:]
        if kind == "=":
            return self._content(object_id)
        if kind == "~":
            return self._name(object_id)
        target = self._atlas.target(object_id)
        if target is None:
            return b""
        anchored = b"#" if target.block_id in self._atlas.owners.linked else b""
        return _digest(self._known_of(target.place), anchored)

    def _known_of(self, place: Place) -> bytes:
        """Of what a document may say about a place without reading it: its title, way, and tables."""
        known = self._known.get(place.id)
        if known is None:
            lines = [self._line(one) for one in (place, *place.above, *place.data_sources())]
            known = self._known[place.id] = _digest(self._path_of(place).encode(), *lines)
        return known

    def _line(self, place: Place) -> bytes:
        entry, above = place.entry, place.parent
        inside = f"{above.id} {above.entry.table.value}" if above else ""
        facts = f"{entry.id} {entry.table.value} {entry.in_trash} {entry.unshared} {inside}\n{place.title}"
        return facts.encode("utf-8", "surrogatepass")

    def _content(self, object_id: str) -> bytes:
        """Of all that is kept of an object: with a database go its views, with a data source its templates and rows."""
        found = [self._states.get(object_id, b""), self._rows.get(object_id, b""), *self._attached.get(object_id, ())]
        place = self._atlas.places.get(object_id)
        if place is not None and place.table is Table.DATA_SOURCES:
            found += [row.id.encode() for row in place.rows()]
        return _digest(*found)

    def _name(self, object_id: str) -> bytes:
        if object_id in self._reader.users:
            return self._states[object_id]
        place = self._atlas.places.get(object_id)
        entry = place.entry if place is not None else self._reader.snapshot.entry(Table.PAGES, object_id)
        return b"=" + entry.title.encode() if entry is not None and entry.table is Table.PAGES else b""

    def readable(self, place: Place) -> bool:
        """Whether the blocks of a document can be read back, as far as that is known."""
        return place.id not in self._atlas.owners.unreadable

    def _linked_blocks(self) -> dict[str, list[bytes]]:
        """Of each body the blocks in it that something links to: they are marked there."""
        found: dict[str, list[bytes]] = {}
        for block_id in sorted(self._atlas.owners.linked):
            owner = self._atlas.owners.owner(block_id)
            if owner is not None:
                found.setdefault(owner, []).append(block_id.encode())
        return found


def _states(catalog: pa.Table) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Of every id what all units under it hold; of every data source what its pages do.

    A unit's rows are told by their digest and the time at which they were read: what the digest leaves out (signatures
    in URLs) does not change without being read anew.
    """
    times = catalog["captured_at"].cast(pa.int64())
    columns = [catalog["id"], catalog["table"], catalog["digest"], times, unshared_in(catalog), catalog["parent_id"]]
    sources = set(catalog["id"].filter(pc.equal(catalog["table"], Table.DATA_SOURCES.value)).to_pylist())
    states: dict[str, bytes] = {}
    rows = {source: blake3() for source in sources}
    at, hasher, parent = "", blake3(), None
    for unit_id, table, digest, captured, unshared, parent_id in _tuples(columns):
        if unit_id != at:
            _close(at, hasher, parent, states, rows)
            at, hasher, parent = unit_id, blake3(), None
        hasher.update(b"%b %b %d %d;" % (table.encode(), digest, captured, unshared))
        parent = parent_id if table == Table.PAGES.value else parent
    _close(at, hasher, parent, states, rows)
    return states, {source: found.digest(length=DIGEST_BYTES) for source, found in rows.items()}


def _close(unit_id: str, hasher: blake3, parent: str | None, states: dict[str, bytes], rows: dict[str, blake3]) -> None:
    states[unit_id] = hasher.digest(length=DIGEST_BYTES)
    if parent in rows:
        rows[parent].update(states[unit_id])


def _tuples(columns: list[pa.ChunkedArray]) -> Iterator[tuple[str, str, bytes, int, bool, str | None]]:
    for batch in pa.table(columns, names=[str(number) for number in range(len(columns))]).to_batches(4096):
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _digest(*parts: bytes) -> bytes:
    hasher = blake3()
    for part in parts:
        hasher.update(b"%d:" % len(part))
        hasher.update(part)
    return hasher.digest(length=DIGEST_BYTES)


@cache
def _of_this_program() -> bytes:
    """Of the code that makes documents, and of the libraries and tables that it uses."""
    root = package_files("notion_backup")
    code = [part for name in ("export", "snapshot") for part in _code_in(root.joinpath(name))]
    libraries = [f"{name} {version(name)}".encode() for name in _LIBRARIES]
    mimetypes.init()
    types = repr(sorted(mimetypes.types_map.items())).encode()
    return _digest(*code, *libraries, sys.version.encode(), types)


def _code_in(folder: Traversable) -> Iterator[bytes]:
    for one in sorted(folder.iterdir(), key=lambda one: one.name):
        if one.is_dir():
            yield from _code_in(one)
        elif one.name.endswith((".py", ".html")):
            yield one.read_bytes()

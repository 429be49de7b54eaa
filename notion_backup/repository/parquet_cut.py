"""Cutting Parquet files at their page edges.

A page whose values did not change has the same bytes as before, while bytes around it move. Chunks that end where
pages end are therefore found again after an edit; chunks cut by a rolling hash at a mebibyte hardly ever are.
"""

from __future__ import annotations

from itertools import pairwise
from zlib import crc32

import pyarrow as pa
import pyarrow.parquet as pq

from notion_backup.repository.blob import MAX_CHUNK_BYTES
from notion_backup.repository.page_headers import NotThrift, page_sizes

WHOLE_PAGE_BYTES = 64 * 1024
"""A page at least this long is a chunk of its own; shorter neighbours travel together."""

_LEAST_BYTES = 8 * 1024
_MOST_BYTES = 512 * 1024
_MAGIC = b"PAR1"


def cut_parquet(data: bytes) -> list[memoryview] | None:
    """The pieces of a Parquet file in order, its footer alone; None when it is not wholly understood.

    The pieces always join to ``data``. Short pages are grouped by their content, not by counting from the start, so
    that a page put in before them does not move every group behind it.
    """
    if len(data) < 12 or not data.startswith(_MAGIC) or not data.endswith(_MAGIC):
        return None
    view = memoryview(data)
    try:
        pages = _pages(view)
    except (pa.ArrowException, NotThrift, OSError, ValueError):
        return None
    if pages is None:
        return None
    cuts = [0, *_grouped(view, pages)]
    if cuts[-1] != len(data):
        cuts.append(len(data))
    pieces = [view[start:end] for start, end in pairwise(cuts)]
    return pieces if max(map(len, pieces)) <= MAX_CHUNK_BYTES else None


def _pages(view: memoryview) -> list[tuple[int, int]] | None:
    """First byte and end of every page, in file order; None when pages and footer do not agree."""
    metadata = pq.read_metadata(pa.BufferReader(view))
    columns = []
    for group in range(metadata.num_row_groups):
        for number in range(metadata.num_columns):
            column = metadata.row_group(group).column(number)
            begins = [column.data_page_offset, column.dictionary_page_offset]
            begin = min(offset for offset in begins if offset)
            columns.append((begin, begin + column.total_compressed_size))
    pages = []
    position = len(_MAGIC)
    for begin, end in sorted(columns):
        if begin < position or end > len(view):
            return None
        while begin < end:
            header, body = page_sizes(view, begin)
            pages.append((begin, begin + header + body))
            begin += header + body
        if begin != end:
            return None
        position = end
    return pages


def _grouped(view: memoryview, pages: list[tuple[int, int]]) -> list[int]:
    """Where to cut: after long pages, and after those short ones whose content says so."""
    cuts: list[int] = []
    start = 0
    for first, end in pages:
        length = end - first
        if length >= WHOLE_PAGE_BYTES and first - start >= _LEAST_BYTES:
            cuts.append(first)
            start = first
        chosen = crc32(view[first:end]) < (length << 32) // WHOLE_PAGE_BYTES
        if end - start >= _LEAST_BYTES and (chosen or end - start >= _MOST_BYTES):
            cuts.append(end)
            start = end
    if pages and (not cuts or cuts[-1] != pages[-1][1]):
        cuts.append(pages[-1][1])
    return cuts

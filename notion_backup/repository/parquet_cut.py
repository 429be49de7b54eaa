"""Cutting Parquet files at their page edges."""

from __future__ import annotations


def cut_parquet(data: bytes) -> list[memoryview] | None:
    """The pieces of a Parquet file, or None when it is not understood."""
    return None

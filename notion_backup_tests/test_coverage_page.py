"""``docs/coverage.md`` says what is proven, and proves what it says."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from notion_backup.capture.kinds import BLOCKS, PROPERTIES
from notion_backup_tests.coverage_page import PAGE, Row, page, sections

ROWS = [row for _, _, rows in sections() for row in rows]


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make pages`"


def test_the_page_has_every_type_and_no_row_twice() -> None:
    told = [row.what for row in ROWS]
    assert {f"`{kind}`" for kind in BLOCKS | PROPERTIES} <= set(told)
    assert len({(row.what, row.proof) for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.what)
def test_the_proof_of_a_row_exists_and_tries_the_case_it_names(row: Row) -> None:
    file, _, name = row.proof.partition("::")
    name, _, case = name.partition("[")
    assert (Path(__file__).parent / file).is_file()
    module = import_module("notion_backup_tests." + file.removesuffix(".py").replace("/", "."))
    test = getattr(module, name)
    assert callable(test)
    if case:
        assert case.removesuffix("]") in _cases(test)


def _cases(test: object) -> Iterator[str]:
    for mark in getattr(test, "pytestmark", ()):
        if mark.name == "parametrize":
            yield from map(str, mark.args[1])

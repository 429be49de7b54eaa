from __future__ import annotations

import html.parser
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from notion_backup.changes import as_json, blame, detailed, history, html_report, markdown_report, report_of
from notion_backup.changes.blocks import block_changes
from notion_backup.changes.words import word_diff
from notion_backup.repository import Repository
from notion_backup.snapshot import (
    BlockNode,
    ChangeKind,
    Partition,
    SnapshotReader,
    SnapshotWriter,
    Table,
    count_changes,
    diff_snapshots,
)
from notion_backup_tests.snapshot.building import NOON, facts, identity, page, paragraph, take

HOSTILE = '<script>alert(1)</script> [x](javascript:alert(1)) \x1b[31m \u202e"><img src=x onerror=alert(1)>'


def _node(number: int, content: str, parent: str = identity(1)) -> BlockNode:
    return BlockNode(paragraph(number, content), parent, 0)


def _snapshot(
    repository: Repository, day: int, pages: list[dict[str, Any]], bodies: dict[int, list[BlockNode]], **more: Any
) -> SnapshotReader:
    start = (NOON + timedelta(days=day)).replace(hour=0)
    partition = Partition(f"{start:%Y-%m-%d}", start, start + timedelta(days=1))

    def fill(writer: SnapshotWriter) -> None:
        for raw in pages:
            writer.add(Table.PAGES, raw)
        for number, nodes in bodies.items():
            writer.add_body(identity(number), nodes)
        writer.add(Table.USERS, {"object": "user", "id": identity(900), "name": "Ada", "type": "person"})
        for owner, comments in more.get("comments", {}).items():
            writer.add_comments(identity(owner), comments)

    return take(repository, {}, run=facts(partition=partition, at=NOON + timedelta(days=day)), fill=fill)[1]


def _page(
    number: int, title: str, status: str = "Open", *, edited: str = "2026-11-19T10:00:00.000Z", **more: Any
) -> Any:
    raw = page(number, title, edited=edited) | more
    raw["last_edited_by"] = {"object": "user", "id": identity(900)}
    raw["properties"]["Status"] = {"id": "st", "type": "select", "select": {"id": "o", "name": status, "color": "red"}}
    raw["properties"]["Sum"] = {
        "id": "su",
        "type": "formula",
        "formula": {"type": "number", "number": len(edited + title)},
    }
    return raw


def test_a_changed_page_says_what_of_it_changed_in_words(repository: Repository) -> None:
    before = _snapshot(
        repository,
        0,
        [_page(1, "Plan")],
        {
            1: [
                _node(10, "one"),
                _node(11, "The quick brown fox"),
                _node(12, "three"),
                _node(13, "gone"),
                _node(14, "five"),
            ]
        },
    )
    after = _snapshot(
        repository,
        1,
        [_page(1, "Plan B", "Done", edited="2026-11-20T10:00:00.000Z")],
        {
            1: [
                _node(14, "five"),
                _node(10, "one"),
                _node(11, "The quick red fox"),
                _node(15, "new"),
                _node(12, "three"),
            ]
        },
    )
    ((change, detail),) = detailed(before, after)
    assert (change.kind, change.id) == (ChangeKind.CHANGED, identity(1))
    assert detail is not None
    assert detail.properties == {"title": ("Plan", "Plan B"), "Status": ("Open", "Done")}
    shown = detail.to_json()["blocks"]
    assert [block["text"] for block in shown["added"]] == ["new"]
    assert [block["text"] for block in shown["removed"]] == ["gone"]
    assert [block["text"] for block in shown["moved"]] == ["five"]  # the others only made room
    (edit,) = shown["edited"]
    assert edit["words"] == [["=", "The quick "], ["-", "brown"], ["+", "red"], ["=", " fox"]]
    assert "Sum" in dict(next(iter(detailed(before, after, computed=True)))[1].properties)  # type: ignore[union-attr]


def test_what_is_no_change_to_a_reader_is_none(repository: Repository) -> None:
    signed = {"type": "file", "file": {"url": "https://files.example/a.png?X-Amz-Signature=1", "expiry_time": "1"}}
    renewed = {"type": "file", "file": {"url": "https://files.example/a.png?X-Amz-Signature=2", "expiry_time": "2"}}
    before = _snapshot(repository, 0, [_page(1, "Plan", cover=signed)], {1: [_node(10, "one")]})
    node = _node(10, "one")
    node.raw["last_edited_time"] = "2026-11-20T11:00:00.000Z"
    after = _snapshot(
        repository, 1, [_page(1, "Plan", edited="2026-11-20T10:00:00.000+00:00", cover=renewed)], {1: [node]}
    )
    assert list(detailed(before, after)) == []
    assert [change.kind for change, _ in detailed(before, after, computed=True)] == [ChangeKind.CHANGED]


def test_an_object_is_told_once_with_all_that_became_of_it(repository: Repository) -> None:
    top = {"parent": {"type": "page_id", "page_id": identity(1)}}
    before = _snapshot(
        repository,
        0,
        [_page(1, "A"), _page(2, "B"), _page(3, "C"), _page(4, "D"), _page(5, "E"), _page(6, "F", in_trash=True)],
        {2: [_node(20, "old words")]},
    )
    after = _snapshot(
        repository,
        1,
        [
            _page(1, "A"),
            _page(2, "B2", "Done") | top,
            _page(3, "C", in_trash=True),
            _page(4, "D") | top,
            _page(5, "E", "Done", in_trash=True) | top,
            _page(6, "F"),
        ],
        {2: [_node(20, "new words")]},
    )
    changed, moved, trashed = ChangeKind.CHANGED, ChangeKind.MOVED, ChangeKind.TRASHED
    told = list(detailed(before, after))
    assert [(change.id, change.kinds, detail is not None) for change, detail in told] == [
        (identity(2), (moved, changed), True),
        (identity(3), (trashed,), False),
        (identity(4), (moved,), False),
        (identity(5), (trashed, moved, changed), True),
        (identity(6), (changed,), True),
    ]
    line = as_json(*told[0])
    assert (line["change"], line["changes"]) == ("moved", ["moved", "changed"])
    assert (line["before"], line["after"]) == (None, identity(1))
    assert line["parts"] == ["pages", "blocks"]
    assert line["properties"]["Status"] == {"before": "Open", "after": "Done"}
    assert [edit["words"][0] for edit in line["blocks"]["edited"]] == [["-", "old"]]
    assert "properties" not in as_json(*told[2])
    assert as_json(*told[4])["fields"] == {"in_trash": {"before": True, "after": False}}
    # Counts are of objects by kind: one that was moved and changed is one of each, here and in the report.
    report = report_of(before, after)
    assert report.counts == {"removed": 0, "unshared": 0, "trashed": 2, "added": 0, "changed": 3, "moved": 3}
    assert {words: total for words, _, total in report.sections} == {"Put in the trash": 2, "Changed": 3, "Moved": 3}
    counts = count_changes(diff_snapshots(before, after))
    assert (counts["trashed"], counts["moved"], counts["renamed"]) == (2, 3, 1)
    assert [change.id for change, _ in detailed(before, after, page=identity(3))] == [identity(3)]


def test_history_has_every_version_and_blame_the_age_of_each_block(repository: Repository) -> None:
    bodies = [
        [_node(10, "old"), _node(11, "x")],
        [_node(10, "old"), _node(11, "x")],
        [_node(10, "old"), _node(11, "y")],
    ]
    for day, body in enumerate(bodies):
        _snapshot(repository, day, [_page(1, "Plan"), _page(2, "Other" + "!" * day)], {1: body})
    _snapshot(repository, 3, [_page(2, "Other")], {})
    commits = repository.commits()
    versions = list(history(repository, commits, Table.PAGES, identity(1)))
    assert [(version.commit.id, version.changes) for version in versions] == [
        (commits[0].id, (ChangeKind.ADDED,)),
        (commits[2].id, (ChangeKind.CHANGED,)),
        (commits[3].id, (ChangeKind.REMOVED,)),
    ]
    assert versions[0].last_seen.id == commits[1].id
    assert versions[1].edited_by == identity(900)
    assert versions[1].detail is not None
    assert versions[1].detail.blocks.edited[0].after == "y"
    lines = blame(repository, commits, identity(1))
    assert [(line.text, line.since.id) for line in lines] == [("old", commits[0].id), ("y", commits[2].id)]


class _Tags(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]


def test_a_report_of_a_hostile_workspace_is_only_text(repository: Repository) -> None:
    before = _snapshot(repository, 0, [_page(1, "Plan"), _page(2, HOSTILE)], {1: [_node(10, HOSTILE)]})
    after = _snapshot(
        repository,
        1,
        [_page(1, HOSTILE, "Done"), _page(3, HOSTILE)],
        {1: [_node(10, HOSTILE + "!"), _node(11, "# no heading")]},
    )
    report = report_of(before, after)
    assert report.counts == {"removed": 1, "unshared": 0, "trashed": 0, "added": 1, "changed": 1, "moved": 0}
    assert report.people == [("Ada", 1)]
    page_, markdown = html_report(report), markdown_report(report)
    parser = _Tags()
    parser.feed(page_)
    assert not parser.seen & {"script", "img", "a", "iframe"}
    assert "\\[x\\]\\(javascript" in markdown
    assert "<script" not in markdown.replace("\\<script", "")
    for made in (page_, markdown):
        assert "\x1b" not in made
        assert "\u202e" not in made


@given(st.text(max_size=60), st.text(max_size=60))
def test_words_give_both_texts_back(before: str, after: str) -> None:
    words = word_diff(before, after)
    assert "".join(text for sign, text in words if sign != "+") == before
    assert "".join(text for sign, text in words if sign != "-") == after


@given(st.permutations(range(12)), st.integers(0, 12))
def test_taking_the_moved_blocks_out_leaves_both_orders_the_same(order: list[int], kept: int) -> None:
    before = [_node(number, str(number)) for number in range(12)]
    after = [_node(number, str(number)) for number in order[:kept]]
    changes = block_changes(before, after)
    moved = {raw["id"] for raw in changes.moved}
    stayed = [node.raw["id"] for node in after if node.raw["id"] not in moved]
    assert stayed == sorted(stayed)
    assert len(changes.removed) == 12 - kept
    assert not changes.added
    assert not changes.edited

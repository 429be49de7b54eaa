from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notion_backup.errors import SnapshotError
from notion_backup.repository import Repository
from notion_backup.snapshot import (
    BlockNode,
    FileRef,
    Media,
    Problem,
    Severity,
    SnapshotWriter,
    Table,
    open_snapshot,
    prove_tables,
)
from notion_backup_tests.snapshot.building import DAY, NOON, Clock, facts, identity, page, paragraph, take, text

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(), max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)


def _pages(count: int) -> dict[int, str]:
    """Text of about the entropy of prose: made of words in random order."""
    words = [f"{hash_:x}" for hash_ in range(4_096, 8_192)]
    chance = random.Random(1)
    return {number: " ".join(chance.choices(words, k=80)) for number in range(1, count)}


def test_what_was_written_is_read_back_as_it_came(repository: Repository) -> None:
    _, snapshot = take(repository, {1: "one", 2: "two"})
    assert sorted(raw["id"] for raw in snapshot.objects(Table.PAGES)) == [identity(1), identity(2)]
    assert snapshot.object(Table.PAGES, identity(1)) == page(1, "one")
    body = snapshot.body(identity(2))
    assert body is not None
    assert [node.raw for node in body] == [paragraph(2000 + i, f"two {i}") for i in range(3)]
    assert list(prove_tables(snapshot)) == []


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(extra=_JSON)
def test_any_json_of_a_type_not_yet_known_survives(repository: Repository, extra: Any) -> None:
    raw = {"object": "block", "id": identity(7), "type": "hologram", "hologram": extra}
    with repository.session() as session:
        writer = SnapshotWriter(session, None, clock=Clock())
        writer.add_body(identity(1), [BlockNode(raw, identity(1), 0)])
        sealed = writer.seal(facts())
    snapshot = open_snapshot(repository, repository.commit(sealed.draft_id))
    body = snapshot.body(identity(1))
    assert body is not None
    assert body[0].raw == json.loads(json.dumps(raw))
    assert list(prove_tables(snapshot)) == []


def test_an_unchanged_workspace_adds_under_one_percent(repository: Repository) -> None:
    pages = _pages(400)
    first, _ = take(repository, pages, blocks_per_page=20)
    second, snapshot = take(repository, pages, blocks_per_page=20, run=facts(at=NOON + timedelta(hours=3)))
    assert second.stored_bytes < first.stored_bytes / 100
    assert snapshot.entry(Table.PAGES, identity(1)).captured_at < NOON + timedelta(hours=1)  # type: ignore[union-attr]


def test_an_edited_page_stores_about_that_page(repository: Repository) -> None:
    pages = _pages(400)
    first, _ = take(repository, pages, blocks_per_page=20)
    unchanged, _ = take(repository, pages, blocks_per_page=20)
    edited, snapshot = take(repository, {**pages, 200: "rewritten " * 40}, blocks_per_page=20)
    assert edited.stored_bytes - unchanged.stored_bytes < first.stored_bytes / 20
    body = snapshot.body(identity(200))
    assert body is not None and body[0].raw["paragraph"]["rich_text"][0]["plain_text"].startswith("rewritten")


def test_the_last_version_given_counts(repository: Repository) -> None:
    def again(writer: SnapshotWriter) -> None:
        writer.add(Table.PAGES, page(1, "newer"))
        writer.add_body(identity(1), [])

    _, snapshot = take(repository, {1: "older"}, fill=again)
    assert [entry.title for entry in snapshot.entries(Table.PAGES)] == ["newer"]
    assert snapshot.body(identity(1)) == []
    assert snapshot.manifest.tables[Table.BLOCKS].rows == 0
    assert list(prove_tables(snapshot)) == []


def test_a_version_that_was_superseded_before_it_was_written_is_not_stored(repository: Repository) -> None:
    def corrected(writer: SnapshotWriter) -> None:
        writer.add_body(identity(1), [])
        writer.add_body(identity(1), [BlockNode(paragraph(77, "as it is"), identity(1), 0)])

    take(repository, {}, fill=corrected)
    _, second = take(repository, {}, fill=corrected)
    _, third = take(repository, {2: "new"}, fill=corrected)
    assert [facts.rows for facts in second.manifest.segments.values()] == [1]
    blocks = [facts.rows for facts in third.manifest.segments.values() if facts.table is Table.BLOCKS]
    assert blocks == [1, 3]
    assert list(prove_tables(third)) == []


def test_a_renewed_signature_is_no_change(repository: Repository) -> None:
    def signed(signature: str) -> Callable[[SnapshotWriter], None]:
        image = {
            "type": "file",
            "file": {"url": f"https://files/a/b.png?X-Amz-Signature={signature}", "expiry_time": signature},
        }
        raw = {"object": "block", "id": identity(9), "type": "image", "image": image}
        return lambda writer: writer.add_body(identity(5), [BlockNode(raw, identity(5), 0)])

    _, one = take(repository, {}, fill=signed("aa"))
    _, two = take(repository, {}, fill=signed("bb"), run=facts(at=NOON + timedelta(hours=1)))
    first, second = one.entry(Table.BLOCKS, identity(5)), two.entry(Table.BLOCKS, identity(5))
    assert first is not None and second is not None
    assert first.digest == second.digest
    assert second.captured_at == first.captured_at and second.verified_at > first.verified_at


def test_a_changed_query_that_is_no_signature_is_a_change(repository: Repository) -> None:
    def linked(query: str) -> Callable[[SnapshotWriter], None]:
        raw = {"object": "block", "id": identity(9), "type": "bookmark", "bookmark": {"url": f"https://x/?q={query}"}}
        return lambda writer: writer.add_body(identity(5), [BlockNode(raw, identity(5), 0)])

    _, one = take(repository, {}, fill=linked("1"))
    _, two = take(repository, {}, fill=linked("2"))
    assert one.entry(Table.BLOCKS, identity(5)).digest != two.entry(Table.BLOCKS, identity(5)).digest  # type: ignore[union-attr]


def test_media_is_found_again_by_its_url_path(repository: Repository) -> None:
    def with_file(writer: SnapshotWriter) -> None:
        blob = writer.store_media([b"png" * 1000])
        media = Media(blob, "ab" * 32, blob.size)
        writer.add_files(
            identity(1), [FileRef(identity(1), "icon", "i.png", "https://files/i.png", True, media, "image/png")]
        )

    take(repository, {1: "x"}, fill=with_file)
    seen: list[Media | None] = []
    _, snapshot = take(
        repository, {1: "x"}, fill=lambda w: (seen.append(w.known_media("https://files/i.png")), with_file(w))
    )
    assert seen[0] is not None and seen[0].bytes == 3000
    [file] = snapshot.files()
    assert file.media is not None
    with snapshot.open_media(file.media) as stream:
        assert stream.read() == b"png" * 1000
    assert snapshot.manifest.media.contents == 1


def test_a_missing_object_makes_the_snapshot_incomplete_and_keeps_its_first_date(repository: Repository) -> None:
    def lacking(writer: SnapshotWriter) -> None:
        writer.problem(
            Problem("page-unreachable", Severity.MISSING, "page", identity(66), identity(1), "404", "Share it.", 404)
        )
        writer.problem(Problem("outside", Severity.OUTSIDE, "page", identity(67), identity(1), "404", "", 404))

    _, one = take(repository, {1: "x"}, fill=lacking)
    _, two = take(repository, {1: "x"}, fill=lacking, run=facts(at=NOON + timedelta(days=3)))
    assert (one.manifest.verdict.status, one.manifest.verdict.missing, one.manifest.verdict.outside) == (
        "incomplete",
        1,
        1,
    )
    assert {p.since for p in two.problems()} == {p.since for p in one.problems()} != {None}
    _, three = take(repository, {1: "x"})
    assert three.manifest.verdict.complete and three.problems() == []


def test_a_late_snapshot_tells_both_times_and_what_is_provable(repository: Repository) -> None:
    def edited(writer: SnapshotWriter) -> None:
        writer.add(Table.PAGES, page(3, "edited since", edited="2026-11-21T09:00:00.000Z"))

    commit, snapshot = take(repository, {1: "x"}, fill=edited, run=facts(at=DAY.end + timedelta(hours=10)))
    assert snapshot.manifest.late and snapshot.manifest.late_by_seconds == 36_000
    assert commit.summary["late"] is True
    assert snapshot.entry(Table.PAGES, identity(1)).provable is True  # type: ignore[union-attr]
    assert snapshot.entry(Table.PAGES, identity(3)).provable is False  # type: ignore[union-attr]
    _, on_time = take(repository, {1: "x"})
    assert not on_time.manifest.late


def test_another_workspace_under_the_same_name_is_refused(repository: Repository) -> None:
    take(repository, {1: "x"})
    with pytest.raises(SnapshotError, match="another Notion workspace"):
        take(repository, {1: "x"}, run=facts(workspace_id="w2"))
    assert len(repository.commits()) == 1


def test_half_a_character_does_not_stop_a_snapshot(repository: Repository) -> None:
    raw = page(1)
    raw["properties"]["title"]["title"] = text("broken \ud83d pair")
    _, snapshot = take(repository, {}, fill=lambda writer: writer.add(Table.PAGES, raw))
    assert snapshot.object(Table.PAGES, identity(1)) == raw
    assert list(prove_tables(snapshot)) == []


def test_segments_close_when_full_and_every_row_is_found(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notion_backup.snapshot.writer.SEGMENT_BYTES", 2_000)
    _, snapshot = take(repository, {number: f"page {number}" for number in range(1, 60)})
    assert len(snapshot.manifest.segments) > 10
    assert {owner for owner, body in snapshot.bodies() if len(body) == 3} == {identity(n) for n in range(1, 60)}
    assert list(prove_tables(snapshot)) == []

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from notion_backup.errors import Damaged, UsageError
from notion_backup.search import Searcher, index_path, reading, update_index
from notion_backup.snapshot import Table, open_snapshot
from notion_backup_tests.search.world import World
from notion_backup_tests.snapshot.building import NOON, identity, page


def test_a_sentence_is_found_where_it_lived_and_from_when_to_when(world: World) -> None:
    pages = [page(1, "Plans"), page(2, "Travel", parent=identity(1)), page(3, "Budget")]
    first = world.day(pages, {2: ["We go to Zanzibar in spring.", "Nothing else."]})
    second = world.day(pages, {2: ["We go to Zanzibar in spring.", "Nothing else!"]})
    third = world.day(pages, {2: ["We stay at home."]})
    assert world.search("zanzibar") == []
    (hit,) = world.search('"zanzibar in spring"', history=True)
    assert (hit.id, hit.kind, hit.title, hit.path) == (identity(2), "page", "Travel", "Plans/Travel")
    assert (hit.first_seen, hit.last_seen, hit.snapshot) == (first, second, second)
    assert (hit.where, hit.place) == ("text", identity(200))
    assert "go to Zanzibar in" in hit.excerpt
    (before,) = world.search("travel zanzibar", at=0)  # one word in the title, the other in the text
    assert before.snapshot == first
    assert [h.id for h in world.search("travel stay -zanzibar")] == [identity(2)]
    (anew,) = world.search("stay", history=True)
    assert (anew.first_seen, anew.last_seen) == (third, third)
    # A version that comes back is not read again, and lives in two stretches.
    world.day(pages, {2: ["We go to Zanzibar in spring.", "Nothing else."]})
    assert len(world.search("zanzibar")) == 1
    assert world.search("zanzibar", at=2) == []


def test_titles_count_more_than_text_and_the_best_come_first(world: World) -> None:
    pages = [page(number, f"Page {number}") for number in range(1, 20)] + [page(50, "Zanzibar")]
    world.day(pages, {number: ["zanzibar once among many other words that stand here"] for number in range(1, 20)})
    hits = world.search("zanzibar", limit=5)
    assert hits[0].id == identity(50)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert len(hits) == 5


def test_filters(world: World) -> None:
    def row(number: int, title: str, **more: Any) -> dict[str, Any]:
        raw = page(number, title) | {"parent": {"type": "data_source_id", "data_source_id": identity(700)}} | more
        raw["properties"]["Status"] = {"id": "s", "type": "select", "select": {"id": "1", "name": title.split()[1]}}
        return raw

    by_ada = {"last_edited_by": {"object": "user", "id": identity(900)}, "last_edited_time": "2026-10-01T10:00:00.000Z"}
    pages = [row(1, "Zanzibar Open"), row(2, "Zanzibar Done", **by_ada), row(3, "Zanzibar Gone", in_trash=True)]
    world.day([*pages, page(4, "Zanzibar elsewhere")], {})

    def found(**filters: Any) -> set[int]:
        return {int(hit.id[:8], 16) for hit in world.search("zanzibar", **filters)}

    assert found() == {1, 2, 3, 4}
    assert found(in_trash=True) == {3}
    assert found(in_trash=False, databases=(identity(700),)) == {1, 2}
    assert found(properties=(("status", "done"),)) == {2}
    assert found(people=(identity(900),)) == {2}
    assert found(people=()) == set()
    assert found(kinds=("database",)) == set()
    assert found(edited_to=NOON - timedelta(days=20)) == {2}
    assert found(columns=("text",)) == set()


def test_nothing_in_clear_is_on_disk_and_no_other_repository_reads_it(world: World, make_repository: Any) -> None:
    world.day([page(1, "Zanzibar")], {1: ["Zanzibar secretly"] * 200})
    assert world.search("zanzibar")
    for file in world.path.parent.iterdir():
        assert b"anzibar" not in file.read_bytes()
        assert b"SQLite" not in file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0
    assert [file.name for file in world.path.parent.iterdir()] == [world.path.name]


def test_a_damaged_index_is_made_anew_and_so_is_one_of_another_history(world: World, make_repository: Any) -> None:
    world.day([page(1, "Zanzibar")], {})
    assert world.search("zanzibar")
    whole = world.path.read_bytes()
    frame = 12 + 16384 + 16
    for at in range(0, len(whole), frame):
        data = bytearray(whole)
        data[min(at + frame // 2, len(data) - 1)] ^= 1
        world.path.write_bytes(bytes(data))
        try:
            assert world.search("zanzibar")
        except Damaged as error:
            assert "--rebuild" in error.cure
    update_index(world.path, world.repository, world.repository.commits(), rebuild=True)
    assert world.search("zanzibar")
    world.path.write_bytes(whole[:100])
    assert world.search("zanzibar")
    other = World(make_repository("other"), world.path.parent)
    other.path = world.path
    other.day([page(2, "Elsewhere")], {})
    assert [hit.id for hit in other.search("elsewhere")] == [identity(2)]


def test_only_what_changed_is_read(world: World) -> None:
    pages = [page(number, f"Page {number}") for number in range(1, 40)]
    world.day(pages, {})
    commits = world.repository.commits()
    assert update_index(world.path, world.repository, commits).versions == 40
    pages[3] = page(4, "Zanzibar")
    world.day(pages, {})
    done = update_index(world.path, world.repository, world.repository.commits())
    assert (done.snapshots, done.versions) == (1, 1)
    assert not update_index(world.path, world.repository, world.repository.commits()).snapshots
    assert update_index(world.path, world.repository, world.repository.commits(), rebuild=True).versions == 41


def test_nothing_to_search_for_is_wrong_use(world: World) -> None:
    world.day([page(1, "Zanzibar")], {})
    for words in ("", "?", "-zanzibar", '"'):
        with pytest.raises(UsageError):
            world.search(words)


def test_every_object_of_a_snapshot_can_be_found(showcase: Any, tmp_path: Path) -> None:
    repository = showcase.repository
    path = index_path(tmp_path, repository, "notion")
    update_index(path, repository, repository.commits())
    with reading(path, repository) as index:
        ids = {one for (one,) in index.execute("SELECT id FROM versions")}
        objects = {entry.id for entry in open_snapshot(repository, showcase.commit).entries() if entry.count}
        searcher = Searcher(index)
        for raw in list(showcase.objects(Table.PAGES))[::20]:
            title = next(v["title"] for v in raw["properties"].values() if v["type"] == "title")
            plain = "".join(span["plain_text"] for span in title)
            if plain.isascii() and any(character.isalnum() for character in plain):
                found = searcher.search(f'"{plain}"', slot=showcase.commit.slot, limit=500)
                assert raw["id"] in {hit.id for hit in found}
    tables = ("pages", "databases", "data_sources", "views", "templates", "users", "custom_emojis")
    assert {entry.id for entry in showcase.entries() if entry.table.value in tables} == ids
    assert ids <= objects

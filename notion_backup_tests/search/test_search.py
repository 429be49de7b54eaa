from __future__ import annotations

import io
import time
import zipfile
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from docx import Document as Docx
from openpyxl import Workbook
from pptx import Presentation

from notion_backup.errors import Damaged, UsageError
from notion_backup.repository import Repository
from notion_backup.search import Filters, Hit, Searcher, index_path, reading, unread_attachments, update_index
from notion_backup.search import attachments as of_files
from notion_backup.snapshot import BlockNode, FileRef, Media, Partition, SnapshotWriter, Table, open_snapshot
from notion_backup_tests.snapshot.building import NOON, facts, identity, page, paragraph, take

PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 100]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length 44>>stream
BT /F 18 Tf 10 50 Td (Zanzibar in PDF) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>"""


def _office(kind: str) -> bytes:
    out = io.BytesIO()
    if kind == "docx":
        document = Docx()
        document.add_paragraph("Zanzibar in DOCX")
        document.save(out)
    elif kind == "xlsx":
        book = Workbook()
        book.active.append(["Zanzibar in XLSX", 7])
        book.save(out)
    else:
        deck = Presentation()
        deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = "Zanzibar in PPTX"
        deck.save(out)
    return out.getvalue()


ATTACHMENTS = {
    "a.pdf": PDF,
    "a.docx": _office("docx"),
    "a.xlsx": _office("xlsx"),
    "a.pptx": _office("pptx"),
    "a.txt": "Zanzibar in ümlaut text".encode(),
    "a.html": b"<title>Zanzibar</title><script>var hidden</script><p>in HTML</p>",
}


def _bomb(name: str) -> bytes:
    """A file of a few kilobytes that unfolds to gigabytes."""
    out = io.BytesIO()
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        if name == "zip":
            with zipfile.ZipFile(io.BytesIO(_office("docx"))) as plain:
                for part in plain.namelist():
                    archive.writestr(part, b"0" * 1_500_000_000 if part == "word/document.xml" else plain.read(part))
        else:
            with zipfile.ZipFile(io.BytesIO(_office("xlsx"))) as plain:
                for part in plain.namelist():
                    content = plain.read(part)
                    if part == "xl/workbook.xml":
                        body = content.partition(b"?>")[2] or content
                        content = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{laughs}]>'.encode() + body
                        content = content.replace(b"<sheets>", b"<x>&l9;</x><sheets>")
                    archive.writestr(part, content)
    return out.getvalue()


class World:
    """A repository with a snapshot a day, and its index."""

    def __init__(self, repository: Repository, folder: Path) -> None:
        self.repository = repository
        self.path = index_path(folder, repository, "notion")
        self.days = 0

    def day(
        self,
        pages: list[dict[str, Any]],
        bodies: dict[int, list[str]],
        files: dict[int, dict[str, bytes]] | None = None,
    ) -> str:
        start = (NOON + timedelta(days=self.days)).replace(hour=0)
        run = facts(partition=Partition(f"{start:%Y-%m-%d}", start, start + timedelta(days=1)), at=start)
        self.days += 1

        def fill(writer: SnapshotWriter) -> None:
            for raw in pages:
                writer.add(Table.PAGES, raw)
            for number, lines in bodies.items():
                nodes = [paragraph(number * 100 + at, line) for at, line in enumerate(lines)]
                writer.add_body(identity(number), [BlockNode(node, identity(number), 0) for node in nodes])
            writer.add(Table.USERS, {"object": "user", "id": identity(900), "name": "Ada Lovelace", "type": "person"})
            for number, contents in (files or {}).items():
                refs = []
                for name, content in contents.items():
                    media = Media(writer.store_media([content]), sha256(content).hexdigest(), len(content))
                    refs.append(FileRef(identity(number), f"file:{name}", name, f"https://f/{name}", True, media))
                writer.add_files(identity(number), refs)

        return take(self.repository, {}, run=run, fill=fill)[0].id

    def search(self, words: str, *, history: bool = False, limit: int = 20, at: int = -1, **filters: Any) -> list[Hit]:
        commits = self.repository.commits()
        update_index(self.path, self.repository, commits)
        with reading(self.path, self.repository) as index:
            slot = None if history else commits[at].slot
            return list(Searcher(index).search(words, slot=slot, filters=Filters(**filters), limit=limit))


@pytest.fixture
def world(repository: Repository, tmp_path: Path) -> World:
    return World(repository, tmp_path)


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


def test_text_inside_attachments_is_found_with_the_name_of_the_file(world: World) -> None:
    world.day([page(1, "Files")], {}, {1: ATTACHMENTS})
    for name in ATTACHMENTS:
        kind = {"txt": "ümlaut"}.get(name[2:], name[2:])
        (hit,) = world.search(f"zanzibar {kind}", columns=("attachments",))
        assert hit.id == identity(1)
    assert world.search("hidden") == []
    assert world.search("a.docx")[0].where == "attachments"


@pytest.mark.parametrize(("name", "kind"), [("zip", "docx"), ("laughs", "xlsx")])
def test_a_bomb_as_attachment_hurts_nobody_and_hides_nothing_else(world: World, name: str, kind: str) -> None:
    world.day([page(1, "Files")], {}, {1: {f"bomb.{kind}": _bomb(name), "good.txt": b"Zanzibar stays"}})
    begun = time.monotonic()
    (hit,) = world.search("zanzibar")
    assert time.monotonic() - begun < 2 * of_files.SECONDS
    assert "Zanzibar stays" in hit.excerpt
    with reading(world.path, world.repository) as index:
        assert unread_attachments(index) == 1  # and it is said that something was not searched


def test_the_reader_of_attachments_has_no_secret_and_no_end_of_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NOTION_BACKUP_PASSPHRASE", "never to be seen")
    seen: dict[str, Any] = {}
    real = of_files.subprocess.run

    def run(command: list[str], **how: Any) -> Any:
        seen.update(how)
        return real(command, **how)

    monkeypatch.setattr(of_files.subprocess, "run", run)
    world.day([page(1, "Files")], {}, {1: {"a.txt": b"Zanzibar"}})
    assert world.search("zanzibar")
    assert "never" not in str(seen["env"])
    assert seen["timeout"]


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
            if plain.isascii() and plain:
                found = searcher.search(f'"{plain}"', slot=showcase.commit.slot, limit=500)
                assert raw["id"] in {hit.id for hit in found}
    tables = ("pages", "databases", "data_sources", "views", "templates", "users", "custom_emojis")
    assert {entry.id for entry in showcase.entries() if entry.table.value in tables} == ids
    assert ids <= objects

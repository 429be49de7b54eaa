"""Everything the API gives is in the snapshot, kind by kind, compared with what the workspace holds.

``docs/coverage.md`` is made of these tests' names: see :mod:`notion_backup_tests.coverage_page`.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from notion_backup.capture.kinds import BLOCKS, PROPERTIES
from notion_backup.repository import Repository, open_store
from notion_backup.sandbox import Sandbox, SandboxClock, Workspace, generate, running
from notion_backup.sandbox.media import facts_of, whole
from notion_backup.sandbox.signing import FILES_HOST, PUBLIC_HOST, PUBLIC_PREFIX
from notion_backup.snapshot import DETACHED, BlockNode, FileRef, SnapshotReader, Table
from notion_backup_tests.capture.taking import Album
from notion_backup_tests.conftest import CHEAP

Raw = dict[str, Any]
VIEWS = ("table", "board", "list", "calendar", "timeline", "gallery", "form", "map", "chart", "dashboard")
MENTIONS = (
    *("user", "date", "page", "database", "template_mention", "custom_emoji", "link_preview", "link_mention"),
)  # fmt: skip
FILES = {
    "page icon": (Table.PAGES, "icon"),
    "page cover": (Table.PAGES, "cover"),
    "database icon": (Table.DATABASES, "icon"),
    "database cover": (Table.DATABASES, "cover"),
    "data source icon": (Table.DATA_SOURCES, "icon"),
    "data source cover": (Table.DATA_SOURCES, "cover"),
    "files property": (Table.PAGES, "property:"),
    "callout icon": (Table.BLOCKS, "icon"),
    "image block": (Table.BLOCKS, "image"),
    "video block": (Table.BLOCKS, "video"),
    "pdf block": (Table.BLOCKS, "pdf"),
    "audio block": (Table.BLOCKS, "audio"),
    "file block": (Table.BLOCKS, "file"),
    "comment attachment": (Table.COMMENTS, "attachment:"),
    "custom emoji": (Table.CUSTOM_EMOJIS, "emoji"),
}
NOT_GIVEN = {
    "permissions": ("permission", "shared_with", "access"),
    "look of a page": ("font", "full_width", "small_text"),
    "layouts": ("layout",),
    "history": ("history", "revision"),
    "form questions": ("question",),
    "automations": ("automation",),
    "text of inline comments": ("selection", "anchor", "quoted"),
    "reactions": ("reaction",),
    "favourites": ("favorite", "favourite"),
    "teamspaces": ("teamspace",),
    "analytics": ("analytics", "view_count"),
}
"""Words that no key of an answer contains, but for the names people give to properties."""


class Taken:
    """The snapshot of a workspace that has everything, and the workspace."""

    def __init__(self, space: Workspace, sandbox: Sandbox, snapshot: SnapshotReader) -> None:
        self.space = space
        self.truth: dict[str, list[str]] = sandbox.truth()["ids"]
        self.snapshot = snapshot
        self.bodies: dict[str, list[BlockNode]] = dict(snapshot.bodies())
        self.blocks = {node.raw["id"]: node for nodes in self.bodies.values() for node in nodes}
        self.comments: dict[str, Raw] = {raw["id"]: raw for raw in snapshot.comments()}
        self.values = {(page, name): items for page, name, items in snapshot.properties()}
        self.files: list[FileRef] = list(snapshot.files())

    def pages(self) -> Iterator[tuple[Raw, Raw]]:
        """Every readable page as the workspace has it and as it was kept."""
        for page_id in (*self.truth["page"], *self.truth["template"]):
            kept = self.snapshot.object(Table.PAGES, page_id)
            assert kept is not None, page_id
            yield self.space.objects["page"][page_id], kept

    def named(self, title: str) -> Raw:
        """The page of that title."""
        return next(page for page in self.space.all("page") if f'"plain_text": "{title}"' in json.dumps(page))


@pytest.fixture(scope="module")
def taken() -> Taken:
    space = generate(pages=12, seed=3, media_bytes=3000)
    sandbox = Sandbox(space, clock=SandboxClock.manual())
    repository, _ = Repository.init(open_store("memory://completeness"), "passphrase", kdf=CHEAP)
    with running(sandbox) as server:
        album = Album(repository, server)
        first = album.take()
        sandbox.clock.advance(3600)
        second = album.take()
    # What is carried on unread has to be as complete as what was read.
    assert first.manifest.tables.keys() == second.manifest.tables.keys()
    assert second.manifest.verdict.status == "complete"
    return Taken(space, sandbox, second)


def calm(value: Any) -> Any:
    """Without what is of one answer only: where and until when a file may be fetched."""
    if isinstance(value, list):
        return [calm(one) for one in value]
    if not isinstance(value, dict):
        return value
    made = {name: calm(one) for name, one in value.items() if name not in ("expiry_time", "request_id")}
    if isinstance(made.get("url"), str):
        made["url"] = path_of(made["url"])
    return made


def path_of(url: str) -> str:
    """The part of a file's URL that names it, wherever it is served."""
    plain = url.partition("?")[0]
    for host, prefix in ((FILES_HOST, ""), (PUBLIC_HOST, PUBLIC_PREFIX)):
        if plain.startswith(host):
            return prefix + plain.removeprefix(host)
    return plain.partition("/files/")[2] or url


@pytest.mark.parametrize("kind", [*sorted(BLOCKS - {"transcription"}), "hologram"])
def test_every_block_of_a_type_is_kept_as_it_is_in_its_place(taken: Taken, kind: str) -> None:
    blocks = [taken.space.objects["block"][name] for name in taken.truth["block"]]
    wanted = [block for block in blocks if block["type"] == kind]
    assert wanted
    for block in wanted:
        node = taken.blocks[block["id"]]
        assert node.parent_id == (block["parent"].get("block_id") or block["parent"].get("page_id"))
        if kind not in ("child_page", "child_database"):  # these show the title of what they stand for
            assert calm(node.raw[kind]) == calm(block[kind])


@pytest.mark.parametrize("kind", sorted(PROPERTIES))
def test_every_value_of_a_type_is_kept_as_the_api_gives_it(taken: Taken, kind: str) -> None:
    found = 0
    for page, kept in taken.pages():
        for name, value in page["properties"].items():
            if value["type"] != kind:
                continue
            found += 1
            ours = kept["properties"][name]
            assert (ours["id"], ours["type"]) == (value["id"], kind)
            if kind not in ("formula", "rollup", "last_edited_time", "last_edited_by") and not _is_long(value):
                assert calm(ours[kind]) == calm(value[kind])
    assert found


def _is_long(value: Raw) -> bool:
    inner = value[value["type"]]
    return isinstance(inner, list) and len(inner) >= 25


@pytest.mark.parametrize("kind", ["relation", "people", "title", "rich_text"])
def test_a_value_that_the_page_cuts_at_25_is_kept_whole(taken: Taken, kind: str) -> None:
    long = [
        (page["id"], value)
        for page, _ in taken.pages()
        for value in page["properties"].values()
        if value["type"] == kind and _references(value) > 25
    ]
    assert long
    for page_id, value in long:
        items = taken.values[page_id, value["id"]]
        assert [_plain(item[kind]) for item in items] == [_plain(one) for one in value[kind]]


def _references(value: Raw) -> int:
    inner = value[value["type"]]
    if value["type"] in ("title", "rich_text"):
        return sum(one["type"] == "mention" for one in inner)
    return len(inner)


def _plain(item: Raw) -> Any:
    """What is the same in a page and in a property item: the id, or the text."""
    return item.get("id") or item.get("plain_text")


def test_a_rollup_over_a_relation_that_is_cut_is_kept_whole(taken: Taken) -> None:
    names = ("Part names", "Part count", "Last delivery", "Prices", "Median price", "Unique names")
    machine = next(
        page for page, _ in taken.pages() if len(page["properties"].get("Parts", {}).get("relation", ())) > 99
    )
    for name in names:
        assert taken.values[machine["id"], machine["properties"][name]["id"]], name
    prices = taken.values[machine["id"], machine["properties"]["Prices"]["id"]]
    assert len(prices) >= 130


@pytest.mark.parametrize("kind", MENTIONS)
def test_every_kind_of_mention_is_kept(taken: Taken, kind: str) -> None:
    spans = (span for node in taken.blocks.values() for span in _spans(node.raw))
    assert any(span["mention"]["type"] == kind and kind in span["mention"] for span in spans)


def _spans(value: Any) -> Iterator[Raw]:
    if isinstance(value, dict):
        if value.get("type") == "mention":
            yield value
        for one in value.values():
            yield from _spans(one)
    elif isinstance(value, list):
        for one in value:
            yield from _spans(one)


@pytest.mark.parametrize("kind", VIEWS)
def test_every_view_of_a_type_is_kept_with_its_configuration(taken: Taken, kind: str) -> None:
    wanted = [view for view in taken.space.all("view") if view["type"] == kind and view["id"] in taken.truth["view"]]
    assert wanted
    for view in wanted:
        kept = taken.snapshot.object(Table.VIEWS, view["id"])
        assert kept is not None
        for name in ("name", "type", "filter", "sorts", "quick_filters", "configuration", "data_source_id"):
            assert kept[name] == view[name]


@pytest.mark.parametrize("place", FILES)
def test_a_file_in_every_place_is_kept_byte_for_byte(taken: Taken, place: str) -> None:
    table, slot = FILES[place]
    of_kind = {
        Table.BLOCKS: set(taken.blocks),
        Table.COMMENTS: set(taken.comments),
    }.get(table) or {entry.id for entry in taken.snapshot.entries(table)}
    kept = [file for file in taken.files if file.hosted and file.owner in of_kind and file.slot.startswith(slot)]
    assert kept
    for file in kept:
        assert file.media is not None
        path = path_of(file.url)
        data = whole(path, facts_of(taken.space, path))
        assert (file.media.sha256, file.media.bytes) == (hashlib.sha256(data).hexdigest(), len(data))
        with taken.snapshot.open_media(file.media) as stream:
            assert stream.read() == data


def test_meeting_notes_are_kept_by_the_three_ids_they_name(taken: Taken) -> None:
    meetings = [node.raw for node in taken.blocks.values() if node.raw["type"] == "meeting_notes"]
    assert len(meetings) == 2
    for meeting in meetings:
        for part in ("summary", "notes", "transcript"):
            section = meeting["meeting_notes"]["children"][f"{part}_block_id"]
            assert taken.blocks[section].parent_id == meeting["id"]
            assert sum(node.parent_id == section for node in taken.blocks.values()) == 3


def test_tabs_are_kept_with_their_labels_icons_and_contents(taken: Taken) -> None:
    tab = next(node.raw for node in taken.blocks.values() if node.raw["type"] == "tab")
    labels = [node.raw for node in taken.blocks.values() if node.parent_id == tab["id"]]
    assert [label["paragraph"]["rich_text"][0]["plain_text"] for label in labels] == ["Plan", "Build"]
    for label in labels:
        assert label["paragraph"]["icon"] == {"type": "emoji", "emoji": "🧭"}
        below = [node.raw["type"] for node in taken.blocks.values() if node.parent_id == label["id"]]
        assert below == ["paragraph", "to_do"]


def test_a_linked_view_is_kept_as_a_database_without_sources_and_its_view(taken: Taken) -> None:
    holder = taken.named("Linked view")
    (block,) = [node.raw for node in taken.bodies[holder["id"]] if node.raw["type"] == "child_database"]
    linked = taken.snapshot.object(Table.DATABASES, block["id"])
    assert linked is not None and linked["data_sources"] == []
    (view,) = [raw for raw in taken.snapshot.objects(Table.VIEWS) if raw["parent"].get("database_id") == block["id"]]
    source = taken.snapshot.object(Table.DATA_SOURCES, view["data_source_id"])
    assert source is not None and source["parent"]["database_id"] != block["id"]


def test_what_lies_in_a_wiki_is_kept_pages_and_data_sources(taken: Taken) -> None:
    wiki = next(
        raw
        for raw in taken.space.all("data_source")
        if "Verification" in raw["properties"] and "Page" in raw["properties"]
    )
    pages = {page["id"] for page in taken.space.all("page") if page["parent"].get("data_source_id") == wiki["id"]}
    inner = [source for source in taken.space.all("data_source") if _lies_in(source, wiki)]
    assert pages and inner
    for page_id in pages:
        assert taken.snapshot.entry(Table.PAGES, page_id) is not None
    for source in inner:
        entry = taken.snapshot.entry(Table.DATA_SOURCES, source["id"])
        assert entry is not None
        assert {
            page["id"] for page in taken.space.all("page") if page["parent"].get("data_source_id") == source["id"]
        } <= {other.id for other in taken.snapshot.entries(Table.PAGES) if other.parent_id == source["id"]}


def _lies_in(source: Raw, wiki: Raw) -> bool:
    return (source.get("database_parent") or {}).get("database_id") == wiki["parent"]["database_id"]


def test_templates_are_kept_with_their_page_and_its_content(taken: Taken) -> None:
    templates = [one for many in taken.space.templates.values() for one in many]
    assert len(templates) >= 2
    for template in templates:
        kept = taken.snapshot.object(Table.TEMPLATES, template["id"])
        assert kept is not None and kept["is_default"] == template["is_default"]
        assert taken.snapshot.object(Table.PAGES, template["id"]) is not None
        assert taken.bodies[template["id"]]


def test_a_synced_copy_is_a_pointer_unless_its_original_is_out_of_reach(taken: Taken) -> None:
    copies = [node.raw for node in taken.blocks.values() if _original(node.raw)]
    for copy in copies:
        below = [node for node in taken.blocks.values() if node.parent_id == copy["id"]]
        assert bool(below) == (_original(copy) not in taken.blocks)
    assert {_original(copy) in taken.blocks for copy in copies} == {True, False}


def _original(block: Raw) -> str | None:
    return ((block.get("synced_block") or {}).get("synced_from") or {}).get("block_id")


def test_comments_of_pages_and_of_blocks_are_kept_with_discussion_attachments_and_display_name(taken: Taken) -> None:
    assert set(taken.comments) == set(taken.truth["comment"])
    for name, kept in taken.comments.items():
        comment = taken.space.objects["comment"][name]
        for key in ("parent", "discussion_id", "rich_text", "created_by", "attachments", "display_name"):
            assert calm(kept.get(key)) == calm(comment.get(key)), key
    kinds = {
        next(iter(raw["parent"])) if "type" not in raw["parent"] else raw["parent"]["type"]
        for raw in taken.comments.values()
    }
    assert kinds == {"page_id", "block_id"}
    assert any(raw.get("attachments") for raw in taken.comments.values())
    assert any((raw.get("display_name") or {}).get("type") == "custom" for raw in taken.comments.values())


def test_everything_that_is_shared_is_there_archived_and_trashed_too(taken: Taken) -> None:
    kept = {table: {entry.id for entry in taken.snapshot.entries(table)} for table in Table}
    assert set(taken.truth["page"]) | set(taken.truth["template"]) <= kept[Table.PAGES]
    assert set(taken.truth["archived"]) and set(taken.truth["archived"]) <= kept[Table.PAGES]
    assert set(taken.truth["trashed"]) <= kept[Table.PAGES] | kept[Table.DATA_SOURCES]
    assert set(taken.truth["database"]) <= kept[Table.DATABASES]
    assert set(taken.truth["data_source"]) <= kept[Table.DATA_SOURCES]
    assert set(taken.truth["custom_emoji"]) == kept[Table.CUSTOM_EMOJIS]
    assert set(taken.truth["block"]) <= set(taken.blocks)


def test_data_sources_are_kept_with_schema_options_groups_and_descriptions(taken: Taken) -> None:
    for source_id in taken.truth["data_source"]:
        source, kept = (
            taken.space.objects["data_source"][source_id],
            taken.snapshot.object(Table.DATA_SOURCES, source_id),
        )
        assert kept is not None
        assert kept["properties"] == source["properties"]
        assert kept["title"] == source["title"]


def test_members_guests_bots_and_custom_emojis_are_kept(taken: Taken) -> None:
    kept = {entry.id for entry in taken.snapshot.entries(Table.USERS)}
    listed = set(taken.space.objects["user"]) - taken.space.unlisted_users
    guests = {raw["created_by"]["id"] for raw in taken.comments.values()} & taken.space.unlisted_users
    assert guests
    assert listed | guests <= kept


# --- what the API does not give ------------------------------------------------------------------------------------


def test_resolved_comments_are_not_given(taken: Taken) -> None:
    settled = [raw for raw in taken.space.all("comment") if raw["discussion_id"] in taken.space.resolved_discussions]
    assert settled
    assert not {raw["id"] for raw in settled} & set(taken.comments)


def test_the_sound_of_meetings_is_not_given(taken: Taken) -> None:
    meetings = [node.raw["meeting_notes"] for node in taken.blocks.values() if node.raw["type"] == "meeting_notes"]
    assert meetings
    assert not {"url", "audio", "file"} & {key for meeting in meetings for key in _keys(meeting)}


def test_what_the_api_calls_unsupported_is_kept_by_name_only(taken: Taken) -> None:
    hidden = [node.raw for node in taken.blocks.values() if node.raw["type"] == "unsupported"]
    assert {raw["unsupported"]["block_type"] for raw in hidden} >= {"button", "ai_block", "form", "drive"}
    said = {p.object_id for p in taken.snapshot.problems() if p.code == "unsupported-block"}
    assert {raw["id"] for raw in hidden} <= said


@pytest.mark.parametrize("what", NOT_GIVEN)
def test_no_object_of_the_api_tells(taken: Taken, what: str) -> None:
    tables = (Table.PAGES, Table.DATABASES, Table.DATA_SOURCES, Table.VIEWS, Table.TEMPLATES, Table.USERS)
    objects = [raw for table in tables for raw in taken.snapshot.objects(table)]
    objects += [*taken.comments.values(), *(node.raw for node in taken.blocks.values())]
    _tell_nothing(objects, what)


@pytest.mark.parametrize("what", NOT_GIVEN)
def test_no_recorded_answer_tells(recordings: Path, what: str) -> None:
    with gzip.open(recordings / "traffic.jsonl.gz", "rt", encoding="utf-8") as lines:
        _tell_nothing((json.loads(line)["response"] for line in lines), what)


def _tell_nothing(objects: Iterable[Any], what: str) -> None:
    keys = {key for raw in objects for key in _keys(raw)}
    assert len(keys) > 50
    assert [key for key in keys if any(word in key for word in NOT_GIVEN[what])] == []


def _keys(value: Any) -> Iterator[str]:
    """The keys of an object to any depth, without the names of properties, which people choose."""
    if isinstance(value, list):
        for one in value:
            yield from _keys(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield key
            yield from _keys(list(one.values()) if key == "properties" and isinstance(one, dict) else one)


def test_blocks_of_trashed_pages_stand_beside_the_bodies(taken: Taken) -> None:
    assert set(taken.truth["trashed_block"]) <= set(taken.blocks)
    assert all(nodes for owner, nodes in taken.bodies.items() if owner.startswith(DETACHED))

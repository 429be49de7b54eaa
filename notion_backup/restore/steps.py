"""One restore from beginning to end, in the order in which Notion's objects need each other.

Pages and databases top-down in document order; schemas; rows; what rows hold in turn; then everything that points to
what did not exist yet; views; comments; archive and locks last. The same steps make the plan.
"""

from __future__ import annotations

from collections.abc import Callable

from notion_backup.restore.bodies import BodyWriter
from notion_backup.restore.databases import Databases
from notion_backup.restore.facts import Notes
from notion_backup.restore.job import Job
from notion_backup.restore.linked import LinkedDatabases
from notion_backup.restore.pages import PageMaker
from notion_backup.restore.rows import Rows
from notion_backup.restore.selection import everything_in
from notion_backup.restore.talk import Talk
from notion_backup.restore.target import TargetRefused, UploadRefused
from notion_backup.restore.viewing import Views
from notion_backup.restore.wants import Want


def run(job: Job, phase: Callable[[str], None] = lambda _: None) -> None:
    """Do everything that a job takes in. Raises NotionError when the target cannot be gone on with for now."""
    _announce(job)
    writer = BodyWriter(job)
    databases = Databases(job)
    pages = PageMaker(job, writer, databases, LinkedDatabases(job, databases.sources))
    rows = Rows(job, pages, databases.sources)

    phase("pages and databases")
    if job.selection.block is not None:
        _block(job, writer)
        return
    for kind, old in job.selection.roots:
        pages.make(kind, old, job.facts.into)
    while databases.fresh:
        phase("schemas")
        fresh, databases.fresh = databases.fresh, []
        databases.late.add_what_can_be()
        phase("rows")
        rows.make(fresh)
    databases.late.add_what_can_be(last=True)
    phase("references")
    pages.finish()
    _late_copies(job, writer)
    rows.write_late()
    _late_titles(job, pages)
    phase("views")
    views = Views(job, databases.sources)
    for old in databases.made:
        views.make(old)
    phase("comments")
    talk = Talk(job)
    for made in [made for made in job.made.values() if made.kind == "page"]:
        talk.make(made.old)
    phase("archive and locks")
    _states(job)


def _announce(job: Job) -> None:
    """Say what will come, and which blocks' new ids others will need."""
    objects, sources = everything_in(job.origin, job.selection)
    job.names.announce(objects | sources)
    owners, shown = job.origin.originals()
    job.needed_originals.update(block for block, owner in owners.items() if block in shown and owner in objects)
    job.names.announce(job.needed_originals)
    for page_id in objects:
        for raw in job.origin.comments(page_id):
            job.page_of_comment[str(raw["id"])] = page_id


def _block(job: Job, writer: BodyWriter) -> None:
    """One block with what is below it, at the end of the target page."""
    page = job.selection.roots[0][1]
    waiting = job.origin.body(page)
    while waiting:
        node = waiting.pop()
        if node.id == job.selection.block:
            encoder = job.blocks_of(page, job.needed_originals)
            wants = [item for item in encoder.body([node]) if isinstance(item, Want)]
            writer.write(page, job.facts.into, wants, None)
            return
        waiting.extend(node.children)


def _late_copies(job: Job, writer: BodyWriter) -> None:
    """Copies whose originals have been made by now; one whose original has not becomes an original itself."""
    waiting, writer.late = writer.late, []
    for late in waiting:
        want = late.want
        for old in list(want.notes.pending):
            if job.names.find(old) is None:
                job.names.give_up(old)
                want.notes.pending.discard(old)
                want.notes.lose("synced-in-place", "block", want.old or "")
                encoder = job.blocks_of(late.page, frozenset())
                below = [item for item in encoder.body(job.origin.synced(old)) if isinstance(item, Want)]
                want.inner, want.children = {"synced_from": None}, below
        writer.insert(late, want)


def _late_titles(job: Job, pages: PageMaker) -> None:
    for old in pages.late_titles:
        raw = job.origin.page(old)
        if raw is None or old not in job.made:
            continue
        notes = Notes()
        properties = job.values_of(old).title(raw, notes)
        try:
            job.target.update_page(job.turn(f"title:{old}"), job.names.ids[old], {"properties": properties})
        except TargetRefused as error:
            notes.lose("patch-refused", "page", old, error.why[:200])
        job.keep(notes)


def _states(job: Job) -> None:
    for kind, old, new, state in job.states:
        update = job.target.update_page if kind == "page" else job.target.update_database
        try:
            update(job.turn(f"state:{old}"), new, state)
        except (TargetRefused, UploadRefused) as error:
            job.note("finish-refused", kind, old, error.why[:200])

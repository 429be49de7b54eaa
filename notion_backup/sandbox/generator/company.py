"""``generate``: a company that makes garden robots, as its Notion workspace looks after two years."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta

from notion_backup.sandbox.clock import START_OF_STORY, to_minute
from notion_backup.sandbox.generator.bodies import fill
from notion_backup.sandbox.generator.builder import Builder, parent_of, span
from notion_backup.sandbox.generator.properties import row, tasks_schema
from notion_backup.sandbox.generator.show_media import BIG_BYTES
from notion_backup.sandbox.generator.show_views import default_view
from notion_backup.sandbox.generator.showcase import add_showcase
from notion_backup.sandbox.generator.words import FIRST, LAST, TEAMS
from notion_backup.sandbox.workspace import Raw, Workspace

EMOJI_NAMES = ("mower", "party-robot", "approved")


def generate(
    *,
    pages: int = 60,
    seed: int = 0,
    blocks_per_page: int = 12,
    rows: int | None = None,
    databases: int | None = None,
    media_bytes: int = 20_000,
    big_bytes: int = BIG_BYTES,
    depth: int = 2,
    showcase: bool = True,
) -> Workspace:
    """A workspace of about ``pages`` ordinary pages and ``rows`` rows (default: a third of ``pages``) in
    ``databases`` databases (default: one for each 200 rows, one a team at most).

    ``blocks_per_page`` is the average length of a body, ``media_bytes`` the average size of a hosted file,
    ``big_bytes`` that of the one long film, ``depth`` the levels of blocks that ordinary bodies nest to.
    ``showcase`` adds the pages on which every block type, property type, view type and oddity of the API appears
    (about 60 pages and 400 blocks). The same arguments always give the same workspace, ids included.
    """
    rng = random.Random(seed)
    workspace = Workspace(name="Greenfield Robotics", id=_workspace_id(seed))
    builder = Builder(workspace, rng, START_OF_STORY - timedelta(days=730))
    builder.media_bytes, builder.big_bytes, builder.depth = media_bytes, big_bytes, depth
    _people(builder)
    step = 700 * 24 * 60 / max(1, pages + (rows or 0))
    teams = _teams(builder)
    holders = list(teams)
    for number in range(max(0, pages - len(teams))):
        builder.tick(step)
        holder = rng.choice(holders[-40:] if number % 3 else teams)
        icon = {"type": "emoji", "emoji": builder.words.emoji()} if rng.random() < 0.5 else None
        page = builder.page(builder.words.title(), parent_of("page_id", str(holder["id"])), icon=icon)
        fill(builder, page, _length(rng, blocks_per_page))
        if rng.random() < 0.3:
            holders.append(page)
        if rng.random() < 0.05:
            builder.comment(page, [_span(builder)])
    _boards(builder, teams, pages // 3 if rows is None else rows, databases, blocks_per_page)
    if showcase:
        add_showcase(builder)
    workspace.last_edit = to_minute(START_OF_STORY)
    return workspace


def _workspace_id(seed: int) -> str:
    """Each seed is another workspace."""
    return str(uuid.UUID(int=random.Random(f"workspace {seed}").getrandbits(128), version=4))


def _span(builder: Builder) -> Raw:
    return span(builder.words.sentence())


def _length(rng: random.Random, average: int) -> int:
    """Lengths of bodies: many short ones, few long ones, ``average`` in the mean."""
    return min(int(rng.expovariate(1 / average)) + (average > 0), average * 8) if average else 0


def _people(builder: Builder) -> None:
    workspace = builder.workspace
    bot: Raw = {"object": "user", "id": workspace.bot_id, "name": workspace.bot_name, "avatar_url": None, "type": "bot",
           "bot": {}}  # fmt: skip
    workspace.put("user", bot)
    for number in range(40):
        first, last = builder.rng.choice(FIRST), builder.rng.choice(LAST)
        guest = number % 10 == 9
        builder.user(f"{first} {last}", email=f"{first}.{last}.{number}@example.com".lower(), listed=not guest)
    builder.user("Calendar Sync", email=None, bot=True)
    for name in EMOJI_NAMES:
        builder.custom_emoji(name)


def _teams(builder: Builder) -> list[Raw]:
    home = builder.page("Greenfield Robotics", {"type": "workspace", "workspace": True},
                        icon={"type": "emoji", "emoji": "🏡"})  # fmt: skip
    fill(builder, home, 6)
    found = [home]
    for team in TEAMS:
        page = builder.page(team, parent_of("page_id", str(home["id"])),
                            icon={"type": "emoji", "emoji": builder.words.emoji()})  # fmt: skip
        fill(builder, page, 5)
        found.append(page)
    return found


def _boards(builder: Builder, teams: list[Raw], rows: int, databases: int | None, blocks_per_page: int) -> None:
    """Task lists of the teams; unless a number is given, one for every 200 rows and no more than teams."""
    count = databases if databases is not None else max(1, min(len(teams) - 1, rows // 200)) if rows else 0
    for place in range(count):
        team = teams[1 + place % (len(teams) - 1)]
        name = f"{team['properties']['title']['title'][0]['plain_text']} tasks"
        database = builder.database(name, parent_of("page_id", str(team["id"])), is_inline=place % 2 == 0)
        source = builder.data_source(database, name, tasks_schema(builder))
        default_view(builder, database, source)
        for number in range(rows // count + (place < rows % count)):
            builder.tick(30)
            page = row(builder, source, builder.words.task(), number)
            if builder.rng.random() < 0.2:
                fill(builder, page, max(1, blocks_per_page // 3))

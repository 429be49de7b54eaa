"""The sandbox itself: a workspace, a token, limits and faults, and the answers that come of them."""

from __future__ import annotations

import copy
import json
import random
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from notion_backup.sandbox import versions
from notion_backup.sandbox.access import UNREAD, Access, without_people
from notion_backup.sandbox.ask import NEWEST, Ask
from notion_backup.sandbox.budget import WINDOW_SECONDS, Budget
from notion_backup.sandbox.clock import SandboxClock
from notion_backup.sandbox.editor import Colleague, DayOfEdits, Edit, edit_day
from notion_backup.sandbox.endpoints import Endpoint, is_write, match
from notion_backup.sandbox.faults import FaultPlan, FaultRule
from notion_backup.sandbox.paging import MAX_PAGE_SIZE
from notion_backup.sandbox.plans import PlanFile
from notion_backup.sandbox.reads import ROW_CAP, Reads
from notion_backup.sandbox.rendering import dumps
from notion_backup.sandbox.replies import (
    Refusal,
    missing_version,
    rate_limited,
    restricted,
    unauthorized,
    unknown_url,
    validation,
)
from notion_backup.sandbox.room import Room
from notion_backup.sandbox.signing import LIFETIME_SECONDS, Signer, hosted_again
from notion_backup.sandbox.stats import AnswerLog, Stats
from notion_backup.sandbox.taking import take_body, take_query
from notion_backup.sandbox.tasks import Tasks
from notion_backup.sandbox.truth import truth
from notion_backup.sandbox.versions import VERSIONS
from notion_backup.sandbox.workspace import Raw, Workspace
from notion_backup.sandbox.writes.blocks import Blocks
from notion_backup.sandbox.writes.comments import Comments
from notion_backup.sandbox.writes.databases import Databases
from notion_backup.sandbox.writes.markdown import MarkdownPages
from notion_backup.sandbox.writes.meetings import Meetings
from notion_backup.sandbox.writes.oauth import OAuth, check_client
from notion_backup.sandbox.writes.pages import Pages
from notion_backup.sandbox.writes.uploads import Uploads
from notion_backup.sandbox.writes.views import Views

DEFAULT_TOKEN = "ntn_sandbox_token"


@dataclass(frozen=True)
class Answer:
    """One HTTP answer of the API."""

    status: int
    headers: dict[str, str]
    text: str


class Sandbox:
    """A Notion-compatible server's state and rules, without its sockets (see ``running``).

    ``rate_limit`` is a budget per token and 60 seconds (None: none), ``workspace_limit`` one that ``token`` and
    ``other_tokens`` share, for every ``workspace_window`` seconds; ``row_cap`` the most rows a query gives;
    ``page_cap`` the most items of any answer, whatever page size was asked for; ``unshared`` and ``search_omits``
    are ids; search knows of what is made or edited only after ``search_lag`` seconds; a title or text of a page shows
    no more than ``mention_cap`` mentions (None: up to 100 elements, as recorded; the reference says 25);
    ``revoke_after`` makes the token invalid after so many requests; ``log`` names a file that gets every
    exchange as a JSON line. The other flags are capabilities of the connection (see ``Access``).
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        clock: SandboxClock | None = None,
        token: str = DEFAULT_TOKEN,
        other_tokens: Iterable[str] = (),
        rate_limit: int | None = None,
        workspace_limit: int | None = None,
        workspace_window: int = WINDOW_SECONDS,
        row_cap: int = ROW_CAP,
        page_cap: int = MAX_PAGE_SIZE,
        url_lifetime: int = LIFETIME_SECONDS,
        comments: bool = True,
        users: bool = True,
        emails: bool = True,
        personal: bool = False,
        read: bool = True,
        views: bool = True,
        insert: bool = True,
        update: bool = True,
        comment_insert: bool = True,
        free_blocks: int | None = None,
        largest_upload: int = 5 * 1024**3,
        seed: int | None = None,
        unshared: Iterable[str] = (),
        search_omits: Iterable[str] = (),
        search_lag: float = 0.0,
        mention_cap: int | None = None,
        faults: Iterable[FaultRule] = (),
        fault_seed: int = 0,
        revoke_after: int | None = None,
        log: str | Path | None = None,
        secret: bytes | None = None,
    ) -> None:
        self.workspace = workspace
        self.clock = clock or SandboxClock()
        self.token = token
        self.tokens = {token, *other_tokens}
        self.revoked = False
        self.revoke_after = revoke_after
        self.url_lifetime = url_lifetime
        self.access = Access(
            workspace,
            comments=comments,
            users=users,
            emails=emails,
            personal=personal,
            read=read,
            views=views,
            insert=insert,
            update=update,
            comment_insert=comment_insert,
            unshared=set(unshared),
            search_omits=set(search_omits),
        )
        workspace.search_lag = search_lag
        self.room = Room(workspace, self.access, self.clock, random.Random(seed))
        self.room.renderer.mention_cap = mention_cap
        self.reads = Reads(self.room, row_cap, page_cap=page_cap, largest_upload=largest_upload)
        self.signer = Signer(secret or secrets.token_bytes(32))
        self.tasks = Tasks(self.room)
        blocks = Blocks(self.room, free_blocks)
        pages = Pages(self.room, blocks, self.tasks)
        self._families: dict[str, Any] = {
            "reads": self.reads,
            "blocks": blocks,
            "pages": pages,
            "databases": Databases(self.room, pages),
            "comments": Comments(self.room),
            "views": Views(self.room, self.reads),
            "uploads": Uploads(self.room, largest_upload),
            "markdown": MarkdownPages(self.room, blocks, self.tasks, self._signed, hosted_again),
            "meetings": Meetings(self.room, self.tasks),
            "tasks": self.tasks,
            "oauth": OAuth(self.room, self.tokens),
        }
        self.budget = Budget(rate_limit, workspace_limit, workspace_window)
        self.faults = FaultPlan(faults, fault_seed, self.clock.now)
        self.stats = Stats()
        self._colleague: Colleague | None = None
        self.log = AnswerLog(log) if log is not None else None

    def apply_plan(self, plan: PlanFile) -> None:
        """Put what a plan file says in force."""
        self.faults = FaultPlan(plan.rules, plan.seed, self.clock.now)
        self.access.unshared |= plan.unshared
        self.access.search_omits |= plan.search_omits
        self.reads.page_cap = plan.page_cap or self.reads.page_cap
        self.reads.row_cap = plan.row_cap or self.reads.row_cap
        if plan.revoke_after is not None:
            self.revoke_after = plan.revoke_after
        if plan.search_lag is not None:
            self.workspace.search_lag = plan.search_lag
        self.budget.per_minute = plan.rate_limit or self.budget.per_minute
        self.budget.workspace = plan.workspace_limit or self.budget.workspace
        self.budget.workspace_window = plan.workspace_window or self.budget.workspace_window
        for name, value in plan.capabilities.items():
            setattr(self.access, name, value)

    @property
    def app(self) -> ASGIApp:
        """The ASGI application, for a server of one's own."""
        from notion_backup.sandbox.app import build_app  # the app needs this class

        return build_app(self)

    def truth(self) -> dict[str, Any]:
        """Counts and ids of all that the connection may read."""
        with self.workspace.lock:
            return truth(self.workspace, self.access)

    def live(self, *, days: int = 1, seed: int = 0, edits: int | None = None) -> list[DayOfEdits]:
        """Let the team work for some days: edits are made from the clock's present on, and the clock moves with them.

        What was read before the call is therefore always older than what the call changes.
        """
        done = []
        for number in range(days):
            done.append(edit_day(self.workspace, seed=seed + number, edits=edits, start=self.clock.now()))
            self.clock.advance(24 * 3600)
        return done

    def edit_while_read(self, *, every: int, edits: int, seed: int = 0) -> list[Edit]:
        """Let the team work while a client reads: one edit after every ``every`` requests, ``edits`` in all.

        Gives the list that the edits are noted in as they are made.
        """
        self._colleague = Colleague(self.workspace, self.clock.now, every, edits, seed)
        return self._colleague.done

    def answer(
        self, method: str, raw_path: str, query_string: str, headers: dict[str, str], body: bytes, base_url: str
    ) -> Answer:
        """Answer one API request. ``headers`` have lower-case names; ``raw_path`` is still percent-encoded."""
        spoken = headers.get("notion-version", "")
        with self.workspace.lock:
            path = versions.renamed_path(self.workspace, spoken, method, raw_path)
        found = match(method, path)
        endpoint, ids = found if found else (None, [])
        self.stats.request(endpoint.name if endpoint else f"{method} {raw_path}", is_write(method, endpoint))
        if self._colleague is not None:
            self._colleague.asked()
        request_id = str(uuid.uuid4())
        answer_headers = {"content-type": "application/json; charset=utf-8", "x-notion-request-id": request_id}
        query = take_query(query_string)
        document: Any = None
        try:
            version = self._admit(headers, endpoint)
            ask = Ask(ids, query, {}, base_url, version)
            document = take_body(ask, method, headers.get("content-type", ""), body)
            if self.log is not None:
                document = copy.deepcopy(document)  # handlers take the body apart
            with self.workspace.lock:
                self.tasks.do_what_is_due()
                versions.newer(self.workspace, ask, method, raw_path)
                text = self._work(endpoint, ask, method, path)
            comma = ", " if len(text) > 2 else ""
            text = f'{text[:-1]}{comma}"request_id": "{request_id}"}}'
            status = ask.status
        except Refusal as refusal:
            text, status = refusal.body(request_id), refusal.status
            answer_headers.update(refusal.headers)
        self.stats.answer(status)
        if self.log is not None:
            version = headers.get("notion-version", "")
            self.log.write(method, raw_path, query, version, document, status, text)
        return Answer(status, answer_headers, text)

    def count_struck(self, method: str, raw_path: str, status: int) -> None:
        """Count a request that a fault answered instead of us (status 0: no answer at all)."""
        if raw_path.startswith("/v1/"):
            found = match(method, raw_path)
            endpoint = found[0] if found else None
            self.stats.request(endpoint.name if endpoint else f"{method} {raw_path}", is_write(method, endpoint))
            self.stats.answer(status)

    def _admit(self, headers: dict[str, str], endpoint: Endpoint | None) -> str:
        """The checks before any endpoint: token, version, budget. Gives the version or raises a refusal."""
        if endpoint is not None and endpoint.handler.startswith("oauth."):
            check_client(headers)
            return headers.get("notion-version", NEWEST)
        if self.revoke_after is not None and self.stats.total > self.revoke_after:
            self.revoked = True
        given = headers.get("authorization", "").removeprefix("Bearer ")
        if self.revoked or given not in self.tokens:
            raise unauthorized()
        version = headers.get("notion-version")
        if version is None:
            raise missing_version()
        if version not in VERSIONS:
            raise validation(
                "Notion-Version header failed validation: Notion-Version header should be "
                f"`{'`, `'.join(VERSIONS)}`, instead was `{json.dumps(version)}`."
            )
        spent = self.budget.spend(given, self.clock.now())
        if spent is not None:
            raise rate_limited(*spent)
        return version

    def _work(self, endpoint: Endpoint | None, ask: Ask, method: str, path: str) -> str:
        if endpoint is None:
            raise unknown_url()
        if not self.access.read and not endpoint.writes and endpoint.handler not in UNREAD:
            raise restricted()
        source = versions.source_update(self.workspace, ask, method, path)
        if source is not None:
            schema = Ask([source], {}, {"properties": ask.body.pop("properties")}, ask.base_url)
            self._families["databases"].update_source(schema)
        family, _, method = endpoint.handler.partition(".")
        given: Raw | str = getattr(self._families[family], method)(ask)
        text = given if isinstance(given, str) else dumps(given)
        text = versions.older(self.workspace, ask.version, text)
        if not (self.access.users and self.access.emails):
            text = without_people(text, self.access)
        return self.signer.rewrite(text, ask.base_url, self.clock.now(), self.url_lifetime)

    def _signed(self, text: str, base_url: str) -> str:
        """Plain text with the hosted files in it signed."""
        return self.signer.open_all(text, base_url, self.clock.now(), self.url_lifetime)

"""The sandbox itself: a workspace, a token, limits and faults, and the answers that come of them."""

from __future__ import annotations

import json
import random
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.types import ASGIApp

from notion_backup.sandbox import multipart, versions
from notion_backup.sandbox.access import Access
from notion_backup.sandbox.ask import Ask
from notion_backup.sandbox.budget import Budget
from notion_backup.sandbox.checks import MOST_BYTES
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
    invalid_json,
    missing_version,
    rate_limited,
    unauthorized,
    unknown_url,
    validation,
)
from notion_backup.sandbox.room import Room
from notion_backup.sandbox.signing import LIFETIME_SECONDS, Signer
from notion_backup.sandbox.stats import AnswerLog, Stats
from notion_backup.sandbox.truth import truth
from notion_backup.sandbox.versions import VERSIONS
from notion_backup.sandbox.workspace import Raw, Workspace
from notion_backup.sandbox.writes.blocks import Blocks
from notion_backup.sandbox.writes.comments import Comments
from notion_backup.sandbox.writes.databases import Databases
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
    ``other_tokens`` share; ``row_cap`` the most rows a query gives;
    ``page_cap`` the most items of any answer, whatever page size was asked for; ``unshared`` and ``search_omits``
    are ids; ``revoke_after`` makes the token invalid after so many requests; ``log`` names a file that gets every
    exchange as a JSON line.
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
        row_cap: int = ROW_CAP,
        page_cap: int = MAX_PAGE_SIZE,
        url_lifetime: int = LIFETIME_SECONDS,
        comments: bool = True,
        users: bool = True,
        personal: bool = False,
        views: bool = True,
        insert: bool = True,
        update: bool = True,
        comment_insert: bool = True,
        free_blocks: int | None = None,
        largest_upload: int = 5 * 1024**3,
        seed: int | None = None,
        unshared: Iterable[str] = (),
        search_omits: Iterable[str] = (),
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
            personal=personal,
            views=views,
            insert=insert,
            update=update,
            comment_insert=comment_insert,
            unshared=set(unshared),
            search_omits=set(search_omits),
        )
        self.room = Room(workspace, self.access, self.clock, random.Random(seed))
        self.reads = Reads(self.room, row_cap, page_cap)
        blocks = Blocks(self.room, free_blocks)
        pages = Pages(self.room, blocks)
        self._families: dict[str, Any] = {
            "reads": self.reads,
            "blocks": blocks,
            "pages": pages,
            "databases": Databases(self.room, pages),
            "comments": Comments(self.room),
            "views": Views(self.room, self.reads),
            "uploads": Uploads(self.room, largest_upload),
        }
        self.budget = Budget(rate_limit, workspace_limit)
        self.faults = FaultPlan(faults, fault_seed, self.clock.now)
        self.stats = Stats()
        self._colleague: Colleague | None = None
        self.signer = Signer(secret or secrets.token_bytes(32))
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
        query = _query(query_string)
        document: Any = None
        try:
            version = self._admit(headers)
            ask = Ask(ids, query, {}, base_url, version)
            document = _take_body(ask, method, headers.get("content-type", ""), body)
            with self.workspace.lock:
                versions.newer(self.workspace, ask, method, path)
                text = self._work(endpoint, ask, method, path)
            text = f'{text[:-1]}, "request_id": "{request_id}"}}'
            status = 200
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

    def _admit(self, headers: dict[str, str]) -> str:
        """The checks before any endpoint: token, version, budget. Gives the version or raises a refusal."""
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
        source = versions.source_update(self.workspace, ask, method, path)
        if source is not None:
            schema = Ask([source], {}, {"properties": ask.body.pop("properties")}, ask.base_url)
            self._families["databases"].update_source(schema)
        family, _, method = endpoint.handler.partition(".")
        given: Raw | str = getattr(self._families[family], method)(ask)
        text = given if isinstance(given, str) else dumps(given)
        text = versions.older(self.workspace, ask.version, text)
        return self.signer.rewrite(text, ask.base_url, self.clock.now(), self.url_lifetime)


def _query(query_string: str) -> dict[str, Any]:
    """Query parameters; ``filter_properties`` may come several times, with or without brackets."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(query_string, keep_blank_values=True):
        if name.startswith("filter_properties"):
            found.setdefault("filter_properties", []).append(value)
        else:
            found[name] = value
    return found


def _take_body(ask: Ask, method: str, content_type: str, body: bytes) -> Any:
    """Put the body into the request, as JSON or in parts; gives what the log keeps of it."""
    if method == "GET" or not body:
        return None
    if content_type.startswith("multipart/"):
        ask.files, ask.content_type = multipart.parts(content_type, body)
        return None
    if len(body) > MOST_BYTES:
        raise validation(f"The request's body is {len(body)} bytes long, more than {MOST_BYTES}.")
    ask.body = _document(body)
    return ask.body


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except ValueError:
        raise invalid_json() from None
    if not isinstance(document, dict):
        raise validation("body failed validation: body should be an object.")
    return document

"""Where the fault plan strikes: before, instead of, or while an answer is given."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from notion_backup.sandbox.breakage import HTML_PAGE, break_off, close_after, drop_connection, trickle
from notion_backup.sandbox.faults import FaultRule
from notion_backup.sandbox.replies import Refusal, by_status, committed, validation
from notion_backup.sandbox.sandbox import Sandbox
from notion_backup.sandbox.taking import take_query

_INSTEAD = ("status", "html", "drop", "cursor")
_SPOILING = ("cut", "slow", "length", "committed", "lost")


class Trouble:
    """An ASGI application around the sandbox's own."""

    def __init__(self, app: ASGIApp, sandbox: Sandbox) -> None:
        self._app = app
        self._sandbox = sandbox

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as an ASGI application does."""
        path = raw_path(scope) if scope["type"] == "http" else ""
        if not path.startswith(("/v1/", "/files/")):
            await self._app(scope, receive, send)
            return
        body = await _whole(receive)
        paged = b"start_cursor" in scope["query_string"] or (scope["method"] == "POST" and b'"start_cursor"' in body)
        spoiling: FaultRule | None = None
        for rule in self._sandbox.faults.strike(scope["method"], path, paged):
            if rule.effect == "delay":
                await asyncio.sleep(rule.seconds)
            elif rule.effect == "revoke":
                self._sandbox.revoked = True
            elif rule.effect in _SPOILING:
                spoiling = rule
            else:
                await self._instead(rule, scope, receive, send, body)
                return
        if spoiling is None:
            await self._app(scope, _again(body, receive), send)
        else:
            await self._spoil(spoiling, scope, _again(body, receive), send)

    async def _instead(self, rule: FaultRule, scope: Scope, receive: Receive, send: Send, body: bytes) -> None:
        status = {"drop": 0, "cursor": 400}.get(rule.effect, rule.status or 200)
        self._sandbox.count_struck(scope["method"], raw_path(scope), status)
        refusal = self._refusal(rule)
        if refusal is not None:
            self._note(refusal, scope, body)
            await _refuse(refusal, scope, receive, send)
            return
        if rule.effect == "drop":
            drop_connection(send)
        elif rule.effect == "html":
            headers = {} if rule.retry_after is None else {"Retry-After": str(rule.retry_after)}
            await Response(HTML_PAGE, status, headers, "text/html")(scope, receive, send)

    def _refusal(self, rule: FaultRule) -> Refusal | None:
        if rule.effect == "cursor":
            return validation("The start_cursor provided is invalid.")
        if rule.effect == "status":
            return by_status(rule.status, rule.retry_after, rule.code, rule.rate_limit_reason)
        return None

    def _note(self, refusal: Refusal, scope: Scope, body: bytes) -> None:
        """Log a refusal made on purpose like any answer."""
        path, log = raw_path(scope), self._sandbox.log
        if log is None or not path.startswith("/v1/"):
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            document = json.loads(body) if body and "json" in headers.get("content-type", "") else None
        except ValueError:
            document = None
        query = take_query(scope["query_string"].decode("latin-1"))
        version = headers.get("notion-version", "")
        log.write(scope["method"], path, query, version, document, refusal.status, refusal.body(str(uuid.uuid4())))

    async def _spoil(self, rule: FaultRule, scope: Scope, receive: Receive, send: Send) -> None:
        """Have the work done and the whole answer collected, and then spoil it on its way."""
        start: Message = {}
        collected = bytearray()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif message["type"] == "http.response.body":
                collected.extend(message.get("body", b""))

        await self._app(scope, receive, collect)
        status, headers, body = start["status"], list(start["headers"]), bytes(collected)
        if rule.effect == "cut":
            await break_off(send, status, headers, body)
        elif rule.effect == "slow":
            await trickle(send, status, headers, body, rule.size, rule.seconds)
        elif rule.effect == "length":
            await close_after(send, status, headers, body, rule.size)
        elif rule.effect == "lost":
            drop_connection(send)
        else:
            await _refuse(committed(*_made(body) if status < 400 else (None, [])), scope, receive, send)


async def _refuse(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    request_id = str(uuid.uuid4())
    headers = {**refusal.headers, "x-notion-request-id": request_id}
    await Response(refusal.body(request_id), refusal.status, headers, "application/json")(scope, receive, send)


def _made(body: bytes) -> tuple[str | None, list[str]]:
    """Ids of what an answer says was made: the object itself, or what a list holds."""
    try:
        answer: Any = json.loads(body)
    except ValueError:
        return None, []
    if not isinstance(answer, dict):
        return None, []
    children = [str(one["id"]) for one in answer.get("results") or () if isinstance(one, dict) and "id" in one]
    own = answer.get("id")
    return (str(own) if own is not None else None), children


async def _whole(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        body.extend(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            return bytes(body)


def _again(body: bytes, rest: Receive) -> Receive:
    """Gives a body that was read already, and then what comes after it: word of a client that has gone."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        return waiting.pop() if waiting else await rest()

    return receive


def raw_path(scope: Scope) -> str:
    """The path as it was sent, still percent-encoded."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return raw.decode("latin-1").partition("?")[0]

"""The HTTP face of the sandbox: the API under ``/v1``, files under ``/files``, its own controls under ``/_sandbox``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from notion_backup.sandbox import media
from notion_backup.sandbox.sandbox import Sandbox
from notion_backup.sandbox.storage import workspace_text
from notion_backup.sandbox.trouble import Trouble, raw_path

_ALL_METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]


def build_app(sandbox: Sandbox) -> ASGIApp:
    """The ASGI application that answers for ``sandbox``."""
    face = _Face(sandbox)
    routes = [
        Route("/_sandbox/stats", face.stats),
        Route("/_sandbox/reset-stats", face.reset_stats, methods=["POST"]),
        Route("/_sandbox/clock", face.clock, methods=["GET", "POST"]),
        Route("/_sandbox/edit", face.edit, methods=["POST"]),
        Route("/_sandbox/truth", face.truth),
        Route("/_sandbox/workspace", face.workspace),
        Route("/files/{path:path}", face.file, methods=["GET", "HEAD"]),
        Route("/{path:path}", face.api, methods=_ALL_METHODS),
    ]
    return Trouble(Starlette(routes=routes), sandbox)


class _Face:
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def api(self, request: Request) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        answer = self._sandbox.answer(
            request.method,
            raw_path(request.scope),
            request.scope["query_string"].decode("latin-1"),
            headers,
            await request.body(),
            _base_url(request),
        )
        return Response(answer.text, answer.status, answer.headers)

    async def file(self, request: Request) -> Response:
        sandbox = self._sandbox
        path = raw_path(request.scope).removeprefix("/files/")
        refusal = sandbox.signer.refusal(path, request.url.query, sandbox.clock.now())
        if refusal is not None:
            code, _, message = refusal.partition(": ")
            error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
            text = f'<?xml version="1.0" encoding="UTF-8"?>\n{error}'
            return Response(text, 403, media_type="application/xml")
        facts = media.facts_of(sandbox.workspace, path)
        headers = {"accept-ranges": "bytes", "etag": f'"{facts.size:x}-{facts.generation:x}"'}
        start, end, status = 0, facts.size, 200
        if "range" in request.headers:
            asked = _range(request.headers["range"], facts.size)
            if asked is None:
                return Response(status_code=416, headers={"content-range": f"bytes */{facts.size}"})
            start, end = asked
            status = 206
            headers["content-range"] = f"bytes {start}-{end - 1}/{facts.size}"
        headers["content-length"] = str(end - start)
        if request.method == "HEAD":
            return Response(status_code=status, headers=headers, media_type=facts.content_type)
        sandbox.stats.download(path, end - start)

        async def pieces() -> AsyncIterator[bytes]:
            for piece in media.content(path, facts, start, end):
                yield piece

        return StreamingResponse(pieces(), status, headers, facts.content_type)

    async def stats(self, request: Request) -> Response:
        return JSONResponse(self._sandbox.stats.to_json())

    async def reset_stats(self, request: Request) -> Response:
        self._sandbox.stats.reset()
        return JSONResponse({"reset": True})

    async def clock(self, request: Request) -> Response:
        clock = self._sandbox.clock
        if request.method == "POST":
            given = await request.json()
            clock.advance(float(given.get("advance_seconds", 0)))
            if "speed" in given:
                clock.run_at(float(given["speed"]))
        return JSONResponse({"now": clock.now().isoformat(), "speed": clock.speed})

    async def edit(self, request: Request) -> Response:
        body = await request.body()
        given: dict[str, Any] = await request.json() if body else {}
        days, seed = int(given.get("days", 1)), int(given.get("seed", 0))
        summary = await asyncio.to_thread(self._sandbox.live, days=days, seed=seed)
        return JSONResponse([day.to_json() for day in summary])

    async def truth(self, request: Request) -> Response:
        return JSONResponse(self._sandbox.truth())

    async def workspace(self, request: Request) -> Response:
        text = await asyncio.to_thread(workspace_text, self._sandbox.workspace)
        return Response(text.encode("utf-8", "surrogatepass"), media_type="application/json")


def _base_url(request: Request) -> str:
    return f"{request.url.scheme}://{request.headers.get('host', request.url.netloc)}"


def _range(header: str, size: int) -> tuple[int, int] | None:
    """Start and exclusive end of a single byte range, or None when it cannot be satisfied."""
    unit, _, span = header.partition("=")
    first, dash, last = span.partition("-")
    if unit.strip() != "bytes" or not dash or "," in span:
        return None
    if not first:
        return (max(0, size - int(last)), size) if last.isdigit() and int(last) else None
    if not first.isdigit() or int(first) >= size:
        return None
    end = min(int(last) + 1, size) if last.isdigit() else size
    return (int(first), end) if end > int(first) else None

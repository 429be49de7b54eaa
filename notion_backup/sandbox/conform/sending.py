"""A recorded request put the way its client sent it, in our ids."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from notion_backup.sandbox.conform.compare import Names
from notion_backup.sandbox.conform.spelling import known_version
from notion_backup.sandbox.conform.traffic import Exchange
from notion_backup.sandbox.conform.words import answer, told
from notion_backup.sandbox.sandbox import DEFAULT_TOKEN
from notion_backup.sandbox.writes.oauth import CLIENT_ID, CLIENT_SECRET, CODE

_SEND = "/send"
_OAUTH = "/v1/oauth/"
_PART = 5 * 1024 * 1024
"""Bytes that every part of an upload has at least, but the last one (file upload guide)."""


@dataclass(frozen=True)
class Sent:
    """One request as the sandbox takes it."""

    path: str
    query: str
    headers: dict[str, str]
    body: bytes


def as_sent(exchange: Exchange, names: Names, cursors: dict[str, str]) -> Sent:
    """The request of an exchange. ``cursors`` are recorded ones and ours.

    A token is not recorded: it was wrong where the answer says so. The same holds for a version that was missing, for
    a body that was no JSON, and for the bytes of files, of which recordings keep nothing.
    """
    query = {name: _with_cursor(name, names.rewrite(value), cursors) for name, value in exchange.query.items()}
    headers = {"authorization": f"Bearer {DEFAULT_TOKEN}", "content-type": "application/json"}
    if exchange.path.startswith(_OAUTH):
        client = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        headers["authorization"] = f"Basic {client}"
    if exchange.status == 401:
        headers["authorization"] = "Bearer wrong"
    code = exchange.response.get("code") if isinstance(exchange.response, dict) else None
    if code != "missing_version":
        headers["notion-version"] = known_version(exchange.version) if exchange.status < 400 else exchange.version
    given = _with_secrets(exchange)
    if exchange.path.rstrip("/").endswith(_SEND) and not (isinstance(given, str) and given.startswith("--")):
        headers["content-type"], body = "multipart/form-data; boundary=x", _file(exchange)
    elif isinstance(given, str):
        body = given.encode("utf-8", "surrogatepass")
        if given.startswith("--"):
            headers["content-type"] = f"multipart/form-data; boundary={given.splitlines()[0][2:]}"
    elif given is None:
        body = b"{" if code == "invalid_json" else b""
    else:
        body = json.dumps(_with_cursors(names.rewrite(given), cursors)).encode()
    path = "/".join(quote(names.text(part), safe="%~") for part in exchange.path.split("/"))
    return Sent(path, urlencode(query, doseq=True), headers, body)


def _with_secrets(exchange: Exchange) -> Any:
    """The body; recordings keep no secrets, so that those of an authorization are ours where they were accepted."""
    body = exchange.request
    if not exchange.path.startswith(_OAUTH) or not isinstance(body, dict) or not answer(exchange):
        return body
    ours = {"code": CODE} if answer(exchange).get("active") is not False else {}
    if answer(exchange).get("active") is True:
        ours["token"] = DEFAULT_TOKEN
    return {name: ours.get(name, value) for name, value in body.items()}


def _with_cursors(body: Any, cursors: dict[str, str]) -> Any:
    if not isinstance(body, dict):
        return body
    return {name: _with_cursor(name, value, cursors) for name, value in body.items()}


def _with_cursor(name: str, value: Any, cursors: dict[str, str]) -> Any:
    return cursors.get(value, value) if name == "start_cursor" and isinstance(value, str) else value


def _file(exchange: Exchange) -> bytes:
    """A file as small as it may be, named and typed as the answer says; of several parts, the one that it counts."""
    shown = answer(exchange)
    name = str(shown.get("filename") or "a.txt").encode("ascii", "replace").decode().replace('"', "_")
    parts = shown.get("number_of_parts")
    sent, total = (parts.get("sent"), parts.get("total")) if isinstance(parts, dict) else (None, None)
    number = told(exchange).get("part_number") or sent or 1
    content = "a" * _PART if total and number != total else "a"
    lines = (
        "--x",
        f'Content-Disposition: form-data; name="file"; filename="{name}"',
        f"Content-Type: {shown.get('content_type') or 'text/plain'}",
        "",
        content,
        "--x",
        'Content-Disposition: form-data; name="part_number"',
        "",
        str(number),
        "--x--",
        "",
    )
    return "\r\n".join(lines).encode("utf-8", "replace")

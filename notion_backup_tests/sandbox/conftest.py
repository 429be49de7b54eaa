from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from notion_client import Client

from notion_backup.sandbox import RunningSandbox, Sandbox, SandboxClock, generate, running

RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings"
VERSION = "2026-03-11"


def client_of(server: RunningSandbox, token: str | None = None, retry: bool = False) -> Client:
    options = {} if retry else {"retry": False}
    return Client(auth=token or server.token, base_url=server.url, notion_version=VERSION, **options)


@pytest.fixture(scope="module")
def server() -> Iterator[RunningSandbox]:
    with running(Sandbox(generate(pages=20, seed=7), clock=SandboxClock.manual())) as up:
        yield up


@pytest.fixture(scope="module")
def client(server: RunningSandbox) -> Iterator[Client]:
    with client_of(server) as notion:
        yield notion


@pytest.fixture
def raw(server: RunningSandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {server.token}", "Notion-Version": VERSION}
    with httpx.Client(base_url=server.url, headers=headers) as plain:
        yield plain

from __future__ import annotations

import re
import struct
import zlib

import httpx
from notion_client import Client

from notion_backup.sandbox import HostedFile, RunningSandbox, Sandbox, SandboxClock, generate, running
from notion_backup.sandbox.media import content, whole
from notion_backup.sandbox.truth import hosted_paths
from notion_backup_tests.sandbox.conftest import client_of


def _pdf_url(client: Client, server: RunningSandbox) -> str:
    block = next(b for b in server.sandbox.workspace.all("block") if b["type"] == "pdf" and "file" in b["pdf"])
    return str(client.blocks.retrieve(block["id"])["pdf"]["file"]["url"])


def test_a_signed_url_opens_and_the_bytes_are_stable(client: Client, server: RunningSandbox) -> None:
    first = httpx.get(_pdf_url(client, server))
    second = httpx.get(_pdf_url(client, server))
    assert first.status_code == 200
    assert first.headers["content-type"] == "application/pdf"
    assert int(first.headers["content-length"]) == len(first.content)
    assert first.content.startswith(b"%PDF-1.4")
    assert first.content == second.content


def test_a_url_is_signed_anew_in_every_answer_once_time_has_passed(client: Client, server: RunningSandbox) -> None:
    first = _pdf_url(client, server)
    server.sandbox.clock.advance(5)
    second = _pdf_url(client, server)
    assert first != second
    assert first.partition("?")[0] == second.partition("?")[0]


def test_a_url_expires_after_an_hour_of_the_sandboxs_clock(client: Client, server: RunningSandbox) -> None:
    url = _pdf_url(client, server)
    server.sandbox.clock.advance(3599)
    assert httpx.get(url).status_code == 200
    server.sandbox.clock.advance(1)
    refused = httpx.get(url)
    assert refused.status_code == 403
    assert refused.headers["content-type"] == "application/xml"
    assert "<Message>Request has expired</Message>" in refused.text
    assert httpx.get(_pdf_url(client, server)).status_code == 200


def test_a_url_without_its_own_signature_does_not_open(client: Client, server: RunningSandbox) -> None:
    url = _pdf_url(client, server)
    assert httpx.get(url.partition("?")[0]).status_code == 403
    assert "SignatureDoesNotMatch" in httpx.get(url.replace("Signature=", "Signature=0")).text
    assert "SignatureDoesNotMatch" in httpx.get(url.replace("?", "x?")).text


def test_ranges_are_parts_of_the_whole(client: Client, server: RunningSandbox) -> None:
    url = _pdf_url(client, server)
    everything = httpx.get(url).content
    size = len(everything)
    for header, part in (
        ("bytes=0-9", everything[:10]),
        ("bytes=100-", everything[100:]),
        ("bytes=-7", everything[-7:]),
        (f"bytes={size - 1}-{size + 50}", everything[-1:]),
    ):
        answer = httpx.get(url, headers={"Range": header})
        assert (answer.status_code, answer.content) == (206, part)
        assert answer.headers["content-range"].endswith(f"/{size}")
    assert httpx.get(url, headers={"Range": f"bytes={size}-"}).status_code == 416


def test_any_range_of_a_big_file_is_made_without_the_rest() -> None:
    facts = HostedFile(size=1_000_000, content_type="video/mp4")
    everything = whole("s/u/a.mp4", facts)
    assert len(everything) == 1_000_000
    assert b"".join(content("s/u/a.mp4", facts, 65_530, 200_001)) == everything[65_530:200_001]
    assert everything != whole("s/u/b.mp4", facts)


def test_pictures_are_real_pictures() -> None:
    data = whole("s/u/a.png", HostedFile(4000))
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    place, names = 8, []
    while names[-1:] != [b"IEND"]:
        (length,) = struct.unpack(">I", data[place : place + 4])
        body = data[place + 4 : place + 8 + length]
        assert zlib.crc32(body) == struct.unpack(">I", data[place + 8 + length : place + 12 + length])[0]
        names.append(body[:4])
        place += 12 + length
    assert names == [b"IHDR", b"IDAT", b"IEND"]


def test_every_hosted_file_of_the_workspace_opens_from_the_answers() -> None:
    space = generate(pages=5, seed=2)
    with running(Sandbox(space, clock=SandboxClock.manual())) as up, client_of(up) as client:
        wanted = set(up.sandbox.truth()["ids"]["file"])
        seen = {}
        paths = ["custom_emojis"]
        for kind in ("page", "database", "data_source", "block", "comment"):
            paths += [f"{kind}s/{raw['id']}" for raw in space.all(kind) if hosted_paths(raw)]
        for called in paths:
            answer = client.request(path=called, method="GET")
            for url in re.findall(r'http://127[^"\' ]+/files/[^"\' ]+', str(answer)):
                seen[url.partition("/files/")[2].partition("?")[0]] = url
        assert wanted <= set(seen)
        for path, url in seen.items():
            answer = httpx.get(url)
            assert answer.status_code == 200
            assert len(answer.content) == space.files[path].size
        assert {0, 1} <= {space.files[path].size for path in wanted}

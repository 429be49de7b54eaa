"""Attachments: what of their text is found, what is told of the rest, and what their reader can do to the machine."""

from __future__ import annotations

import io
import json
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest
from docx import Document as Docx
from openpyxl import Workbook
from pptx import Presentation

from notion_backup.extract import MOST_CHARACTERS, READERS
from notion_backup.search import attachments as of_files
from notion_backup.search import kept_off
from notion_backup_tests.search.world import World
from notion_backup_tests.snapshot.building import identity, page

PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 100]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj
4 0 obj<</Length 44>>stream
BT /F 18 Tf 10 50 Td (Zanzibar in PDF) Tj ET
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
startxref
0
%%EOF"""


def _office(kind: str) -> bytes:
    out = io.BytesIO()
    if kind == "docx":
        document = Docx()
        document.add_paragraph("Zanzibar in DOCX")
        document.save(out)
    elif kind == "xlsx":
        book = Workbook()
        book.active.append(["Zanzibar in XLSX", 7])
        book.save(out)
    else:
        deck = Presentation()
        deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = "Zanzibar in PPTX"
        deck.save(out)
    return out.getvalue()


def _zipped(parts: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


ATTACHMENTS = {
    "a.pdf": PDF,
    "a.docx": _office("docx"),
    "a.xlsx": _office("xlsx"),
    "a.pptx": _office("pptx"),
    "a.txt": "Zanzibar in ümlaut text".encode(),
    "a.html": b"<title>Zanzibar</title><script>var hidden</script><p>in HTML</p>",
    "a.rtf": rb"{\rtf1\ansi\ansicpg1252{\fonttbl\f0 hidden;}\f0 Zanzibar in {\b RTF}, \'fcber\par}",
    "a.epub": _zipped(
        {"mimetype": "application/epub+zip", "text/1.xhtml": "<p>Zanzibar in EPUB</p><style>hidden</style>"}
    ),
    **{
        f"a.{kind}": _zipped(
            {
                "content.xml": f'<x xmlns:t="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><cell>'
                "<t:h>Head</t:h><t:p>Zanzibar<t:s/>"
                f"in<t:tab/>{kind}<note><t:p>aside</t:p></note> after</t:p></cell></x>",
                "styles.xml": "hidden",
            }
        )
        for kind in ("odt", "ods", "odp")
    },
}


def _bomb(name: str) -> bytes:
    """A file of a few kilobytes that unfolds to gigabytes."""
    out = io.BytesIO()
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        if name == "zip":
            with zipfile.ZipFile(io.BytesIO(_office("docx"))) as plain:
                for part in plain.namelist():
                    archive.writestr(part, b"0" * 1_500_000_000 if part == "word/document.xml" else plain.read(part))
        else:
            with zipfile.ZipFile(io.BytesIO(_office("xlsx"))) as plain:
                for part in plain.namelist():
                    content = plain.read(part)
                    if part == "xl/workbook.xml":
                        body = content.partition(b"?>")[2] or content
                        content = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{laughs}]>'.encode() + body
                        content = content.replace(b"<sheets>", b"<x>&l9;</x><sheets>")
                    archive.writestr(part, content)
    return out.getvalue()


def test_text_inside_attachments_is_found_with_the_name_of_the_file(world: World) -> None:
    world.day([page(1, "Files")], {}, {1: ATTACHMENTS})
    for name in ATTACHMENTS:
        said = {"txt": "ümlaut"}.get(name[2:], name[2:])
        (hit,) = world.search(f'"zanzibar in {said}"', columns=("attachments",))
        assert hit.id == identity(1)
    assert world.search("hidden") == []
    assert world.search("a.docx")[0].where == "attachments"
    assert world.search("aside after", columns=("attachments",))
    assert world.read() == (len(ATTACHMENTS), 0, 0)


@pytest.mark.parametrize(("name", "kind"), [("zip", "docx"), ("laughs", "xlsx")])
def test_a_bomb_as_attachment_hurts_nobody_and_hides_nothing_else(world: World, name: str, kind: str) -> None:
    world.day([page(1, "Files")], {}, {1: {f"bomb.{kind}": _bomb(name), "good.txt": b"Zanzibar stays"}})
    begun = time.monotonic()
    (hit,) = world.search("zanzibar")
    assert time.monotonic() - begun < 2 * of_files.SECONDS
    assert "Zanzibar stays" in hit.excerpt
    assert world.read() == (1, 0, 1)  # and it is said that something was not searched


def test_what_no_reader_knows_and_what_is_cut_is_told(world: World) -> None:
    old = {f"a.{kind}": b"\xd0\xcf\x11\xe0" + kind.encode() for kind in ("doc", "xls", "ppt", "key")}
    locked = {"a.epub": _zipped({"META-INF/rights.xml": "", "1.html": "x"}), "a.pdf": b"%PDF no"}
    long = {"a.txt": b"Zanzibar " + b"x" * MOST_CHARACTERS + b" never", "b.txt": b"y" * MOST_CHARACTERS}
    world.day([page(1, "Files")], {}, {1: {**old, **locked, **long, "a.png": b"a picture has no text"}})
    assert world.search("zanzibar")
    assert world.search("never") == []
    assert world.read() == (2, 1, len(old) + len(locked))


HOSTILE = """
import json, os, socket, sys
from notion_backup import extract

def tried(what):
    try:
        return ["done", str(what())]
    except Exception as error:
        return ["refused", type(error).__name__]

def reader(content):
    told = json.loads(content)
    yield json.dumps({
        "loopback": tried(lambda: socket.create_connection(("127.0.0.1", told["port"]))),
        "datagram": tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)),
        "unix": tried(lambda: socket.socket(socket.AF_UNIX)),
        "read": tried(lambda: open(told["file"]).read()),
        "list": tried(lambda: os.listdir(os.path.dirname(told["file"]))),
        "environment of others": tried(lambda: open(f"/proc/{os.getppid()}/environ").read()),
        "write": tried(lambda: open(told["file"] + ".new", "w")),
        "overwrite": tried(lambda: open(told["file"], "r+")),
        "cut": tried(lambda: os.truncate(told["file"], 0)),
        "mode": tried(lambda: os.chmod(told["file"], 0o777)),
        "remove": tried(lambda: os.unlink(told["file"])),
        "run": tried(lambda: os.execv(sys.executable, [sys.executable, "-c", "print('ran')"])),
        "library": tried(lambda: len(open(os.__file__).read())),
        "environment": ["", " ".join(f"{name}={value}" for name, value in os.environ.items())],
    })

extract.READERS["text"] = reader
raise SystemExit(extract.main())
"""


def _hostile(monkeypatch: pytest.MonkeyPatch, port: int, file: Path) -> dict[str, list[str]]:
    """What a reader of attachments that is under an attacker's control could do."""
    run = subprocess.run

    def start(command: list[str], **how: object) -> object:
        assert command[2:4] == ["-m", "notion_backup.extract"]
        return run([*command[:2], "-c", HOSTILE, *command[4:]], **how)  # type: ignore[call-overload]

    monkeypatch.setattr(of_files.subprocess, "run", start)
    done = of_files._process("text", json.dumps({"port": port, "file": str(file)}).encode())
    found: dict[str, list[str]] = json.loads(done.stdout)
    return found


def test_the_reader_of_attachments_has_no_secret_no_network_and_no_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secrets = ("NOTION_TOKEN", "NOTION_BACKUP_PASSPHRASE", "AWS_SECRET_ACCESS_KEY")
    for name in secrets:
        monkeypatch.setenv(name, "never to be seen")
    file = tmp_path / "precious.txt"
    file.write_text("precious")
    file.chmod(0o600)
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = _hostile(monkeypatch, server.getsockname()[1], file)
    _, environment = found.pop("environment")
    assert sorted(pair.partition("=")[0] for pair in environment.split()) in (
        ["PATH", "PYTHONIOENCODING"],
        ["LC_CTYPE", "PATH", "PYTHONIOENCODING"],  # Python's own, where the locale is C
    )
    if kept_off() != {"files", "network"}:
        pytest.skip(f"This kernel keeps a process off {sorted(kept_off())} only.")
    assert found.pop("library")[0] == "done"
    assert {name for name, (what, _) in found.items() if what != "refused"} == set()
    assert [path.name for path in tmp_path.iterdir()] == [file.name]
    assert (file.read_text(), file.stat().st_mode & 0o777) == ("precious", 0o600)


def test_every_reader_begins_with_one_thread_for_the_others_would_not_be_held() -> None:
    count = "import os; sys.stdout.write(str(len(os.listdir('/proc/self/task'))))"
    loaded = f"import sys; from notion_backup import extract; extract._give_up = lambda: exec({count!r})"
    for kind in READERS:
        code = f"{loaded}; sys.argv[1:] = [{kind!r}]; extract.main()"
        done = subprocess.run([sys.executable, "-c", code], input=b"", capture_output=True, check=False)
        assert done.stdout[:1] == b"1", kind

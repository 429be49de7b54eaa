"""Files that a workspace's settings leave out, by size and by type: the reference is kept, and the snapshot says so."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler
from pathlib import Path

import httpx
import pytest

from notion_backup.capture import Limits
from notion_backup.capture.download import Fetcher, LeftOut
from notion_backup.errors import SettingsError
from notion_backup.sandbox import FaultRule
from notion_backup.sandbox.workspace import Raw
from notion_backup.settings import load_settings
from notion_backup.snapshot import Severity, SnapshotReader
from notion_backup_tests.capture.scene import Scene
from notion_backup_tests.capture.standing_in import FakeTime
from notion_backup_tests.capture.taking import Album, differing
from notion_backup_tests.capture.test_download import hosting

FILM, SMALL = 700_000, 4_000


@pytest.mark.parametrize(
    ("limits", "name", "content_type", "size", "wanted"),
    [
        (Limits(), "film.mp4", None, 10**12, True),
        (Limits(largest=100), "a.png", None, None, True),
        (Limits(largest=100), "a.png", "image/png", 100, True),
        (Limits(largest=100), "a.png", "image/png", 101, False),
        (Limits(largest=0), "empty.txt", None, 0, True),
        (Limits(skip=("mp4",)), "Film.MP4", None, None, False),
        (Limits(skip=("mp4",)), "mp4", None, None, True),
        (Limits(skip=("video/*",)), "film.mp4", None, None, False),
        (Limits(skip=("video/mp4",)), "film.webm", None, None, True),
        (Limits(skip=("video/*",)), "no-extension", None, None, True),
        (Limits(skip=("video/*",)), "no-extension", "video/mp4; codecs=x", 5, False),
        (Limits(only=("image/*", "pdf")), "a.jpeg", None, None, True),
        (Limits(only=("image/*", "pdf")), "a.pdf", None, None, True),
        (Limits(only=("image/*", "pdf")), "a.mp3", None, None, False),
        # Where the name tells nothing the answer has to.
        (Limits(only=("image/*",)), "no-extension", None, None, True),
        (Limits(only=("image/*",)), "no-extension", "image/png", 5, True),
        (Limits(only=("image/*",)), "no-extension", "application/octet-stream", 5, False),
        (Limits(only=("image/*",), skip=("image/gif",)), "a.gif", None, None, False),
    ],
)
def test_limits_go_by_size_extension_and_media_type(
    limits: Limits, name: str, content_type: str | None, size: int | None, wanted: bool
) -> None:
    assert (limits.objection(name, content_type, size) is None) == wanted


def test_what_a_person_wrote_in_a_name_is_not_told() -> None:
    told = Limits(only=("pdf",)).objection("x.\x1b[2Jsecret", "\x1b[31m/secret", 5)
    assert told is not None and "secret" not in told


def test_a_file_whose_host_does_not_state_its_length_is_left_out_when_it_grows_too_large() -> None:
    sent: list[int] = []

    def drip(handler: BaseHTTPRequestHandler, _: int) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "video/mp4")
        handler.send_header("Connection", "close")
        handler.end_headers()
        for _piece in range(1000):
            try:
                handler.wfile.write(bytes(10_000))
            except OSError:  # the other side has heard enough
                return
            sent.append(10_000)

    with hosting(drip) as host, httpx.Client(timeout=5, trust_env=False) as http:
        fetcher = Fetcher(http, FakeTime().waiting(), limits=Limits(largest=50_000))
        transfer = fetcher.open(host.url, "film", hosted=True)
        with pytest.raises(LeftOut) as caught:
            for _chunk in transfer.chunks():
                pass
    assert len(host.asked) == 1
    assert (caught.value.content_type, caught.value.size) == ("video/mp4", None)
    assert transfer.size < 1_000_000


def test_what_is_left_out_is_stated_stays_stated_and_comes_when_it_is_wanted(album: Album, scene: Scene) -> None:
    film = _file(scene, "film.mp4", FILM)
    archive = _file(scene, "old.zip", SMALL)
    picture = _file(scene, "plan.png", SMALL)
    limits = Limits(largest=100_000, skip=("zip",))
    for _ in range(2):
        taken = album.take(limits=limits)
        assert taken.manifest.verdict.status == "complete"
        assert _told(taken) == {(film, "media-left-out", "outside"), (archive, "media-left-out", "outside")}
        rows = {file.owner: file for file in taken.files()}
        assert (rows[film].name, rows[film].content_type, rows[film].size) == ("film.mp4", "video/mp4", FILM)
        assert rows[film].media is rows[archive].media is None
        assert rows[picture].media is not None
        facts = taken.coverage()["file"]
        assert (facts.captured, facts.referenced, facts.unreachable) == (1, 2, 0)
        # Nobody read the archive to find that it is one.
        assert not any("old.zip" in path for path in album.server.stats.download_paths)
        album.server.sandbox.clock.advance(3600)
    whole = album.take()
    assert _told(whole) == set()
    assert {file.owner for file in whole.files() if file.media is not None} == {film, archive, picture}
    assert differing(whole, album.afresh()) == {}
    # What is held already costs nothing and is kept, whatever the settings say of new files.
    album.server.sandbox.clock.advance(3600)
    kept = album.take(limits=limits)
    assert differing(kept, whole) == {}


def test_a_file_that_cannot_be_had_is_missing_in_every_snapshot_until_it_is_had(album: Album, scene: Scene) -> None:
    block = _file(scene, "plan.zip", SMALL)
    scene.home["icon"] = {"type": "file", "file": scene.make.hosted("icon.png", SMALL)}
    comment = scene.make.comment(
        scene.home, [], attachments=[{"category": "pdf", "file": scene.make.hosted(f"{n}.pdf", SMALL)} for n in "ab"]
    )
    album.server.sandbox.faults.add(FaultRule("status", path="^/files/", status=404, times=None))
    for _ in range(3):
        taken = album.take()
        lost = [(p.object_id, p.where) for p in taken.problems() if p.severity is Severity.MISSING]
        assert sorted(lost) == sorted(
            [
                (block, f"{scene.home['id']}/file"),
                (scene.home["id"], f"{scene.home['id']}/icon"),
                (comment["id"], f"{scene.home['id']}/attachment:0"),
                (comment["id"], f"{scene.home['id']}/attachment:1"),
            ]
        )
        assert taken.manifest.verdict.status == "incomplete"
        assert taken.coverage()["file"].unreachable == 4
        album.server.sandbox.clock.advance(3600)
    album.server.sandbox.faults.clear()
    whole = album.take()
    assert whole.manifest.verdict.status == "complete"
    assert differing(whole, album.afresh()) == {}


SETTINGS = """
[[workspace]]
name = "acme"
largest_file = "1.5 GiB"
skip_file_types = [".ZIP", "video/*"]
only_file_types = ["image/*", "pdf", "video/mp4"]
"""


def test_limits_are_read_from_the_settings(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(SETTINGS, encoding="utf-8")
    workspace = load_settings(file, environ={}).workspace()
    assert workspace.largest_file == 1_610_612_736
    assert workspace.skip_file_types == ("zip", "video/*")
    assert workspace.only_file_types == ("image/*", "pdf", "video/mp4")


@pytest.mark.parametrize(
    "line", ['largest_file = "big"', "largest_file = -1", 'skip_file_types = ["a b"]', 'only_file_types = ["*/*/*"]']
)
def test_limits_that_mean_nothing_are_refused_with_their_place(tmp_path: Path, line: str) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(f'[[workspace]]\nname = "acme"\n{line}\n', encoding="utf-8")
    with pytest.raises(SettingsError, match=line.partition(" ")[0]):
        load_settings(file, environ={})


def _file(scene: Scene, name: str, size: int) -> str:
    inner: Raw = {"type": "file", "file": scene.make.hosted(name, size), "caption": [], "name": name}
    return str(scene.make.block(scene.home, "file", inner)["id"])


def _told(taken: SnapshotReader) -> set[tuple[str, str, str]]:
    return {(p.object_id, p.code, p.severity.value) for p in taken.problems()}

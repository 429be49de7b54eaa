"""The PDF export: each page of the HTML export, printed by WeasyPrint or by a browser of this machine.

Pages are printed from a site that is written beside the PDFs and removed afterwards. Links to other pages are left out
(a PDF cannot keep them), toggles are open, no script runs.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from notion_backup.errors import UsageError
from notion_backup.export.atlas import draw_atlas
from notion_backup.export.folder import PARTIAL, export_folder
from notion_backup.export.html.site import page_path
from notion_backup.export.html.site_export import export_html
from notion_backup.export.markdown.vault import Vault
from notion_backup.export.purpose import purpose_of
from notion_backup.export.report import ExportProgress, ExportReport, Listener, Losses
from notion_backup.snapshot import SnapshotReader

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
_SECONDS = 180
_LOCAL_LINK = re.compile(r'(<a [^>]*?)href="\.\./[^"]*"')
_SCRIPT = re.compile(r"<script [^>]*></script>\n?")
_DATES = re.compile(rb"(/(?:CreationDate|ModDate) ?\(D:)\d{14}")

Printer = Callable[[Path], bytes]
"""Prints an HTML file. Raises PrintFailed."""


class PrintFailed(Exception):
    """A page could not be printed; the text says why."""


def export_pdf(
    snapshot: SnapshotReader,
    folder: Path,
    *,
    root: str | None = None,
    prune: bool = False,
    progress: Listener = lambda _: None,
    printer: Printer | None = None,
) -> ExportReport:
    """Print a snapshot, or the part below ``root``: one PDF a page or database.

    Raises UsageError when nothing on this machine prints, or for a folder in other use.
    """
    print_page = printer or find_printer()
    atlas = draw_atlas(snapshot, root)
    vault = Vault(atlas)
    losses = Losses()
    with (
        export_folder(folder, purpose_of(snapshot, "pdf", root)) as files,
        tempfile.TemporaryDirectory(prefix=PARTIAL, dir=folder) as scratch,
    ):
        site = export_html(snapshot, Path(scratch) / "site", root=root, progress=progress)
        documents = atlas.documents()
        for done, place in enumerate(documents):
            progress(ExportProgress("pdf", done, len(documents)))
            page = site.folder / page_path(place)
            if not page.exists():
                continue  # it could not be read; the site's report names it
            page.write_text(_for_print(page.read_text(encoding="utf-8")), encoding="utf-8")
            try:
                data = _dated(print_page(page), snapshot.manifest.captured_to)
            except PrintFailed as error:
                losses.add("pdf", place.id, str(error))
                continue
            files.write(vault.note(place).removesuffix(".md") + ".pdf", data)
        lost = (*site.unreadable, *losses.all())
        changes = files.finish({"snapshot": snapshot.commit.id}, prune=prune and not lost)
    return ExportReport(
        folder=folder,
        counts=site.counts,
        media_files=site.media_files,
        media_bytes=site.media_bytes,
        unreadable=lost,
        changes=changes,
        in_the_way=tuple(files.in_the_way),
    )


def find_printer() -> Printer:
    """What prints on this machine. Raises UsageError when there is neither WeasyPrint nor a browser."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is not None:
        return lambda page: _print_with_browser(browser, page)
    if find_spec("weasyprint") is not None:
        return _print_with_weasyprint
    raise UsageError(
        "Nothing on this machine makes PDFs.",
        cure="Install Chromium or Chrome, or `pip install weasyprint`; or export as html and print that.",
    )


def _print_with_browser(browser: str, page: Path) -> bytes:
    """Chromium without a window, with a profile of its own, without network services."""
    with tempfile.TemporaryDirectory(prefix=PARTIAL, dir=page.parent) as profile:
        target = Path(profile) / "page.pdf"
        command = [
            browser, "--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--disable-quic", "--disable-extensions",
            "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={profile}", "--no-pdf-header-footer",
            f"--print-to-pdf={target}", page.as_uri(),
        ]  # fmt: skip
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # Chromium's sandbox refuses to run as root
        try:
            done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise PrintFailed(f"{Path(browser).name} did not print it: {type(error).__name__}.") from error
        if done.returncode != 0 or not target.exists():
            raise PrintFailed(f"{Path(browser).name} did not print it (exit status {done.returncode}).")
        return target.read_bytes()


def _print_with_weasyprint(page: Path) -> bytes:
    from weasyprint import HTML

    data: bytes = HTML(filename=str(page)).write_pdf()
    return data


def _for_print(text: str) -> str:
    """A page of ours without scripts and without links that lead to other files, toggles open."""
    return (
        _SCRIPT.sub("", _LOCAL_LINK.sub(r"\1", text))
        .replace("<details", "<details open")
        .replace(" open open", " open")
    )


def _dated(data: bytes, moment: datetime) -> bytes:
    """A PDF that says it was made when the snapshot was: the same snapshot gives the same bytes."""
    return _DATES.sub(rb"\g<1>" + f"{moment:%Y%m%d%H%M%S}".encode(), data)

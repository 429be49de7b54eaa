"""The site before judges of their own: the Nu HTML checker and axe, each where an environment variable names it.

``VNU_JAR``: ``build/dist/vnu.jar`` of the npm package vnu-jar (Java is needed). ``AXE_JS``: ``axe.min.js`` of axe-core.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from notion_backup_tests.export.browser import browser_tab
from notion_backup_tests.export.test_site import Site, site

pytestmark = pytest.mark.slow
__all__ = ["site"]

# What people wrote stays as they wrote it; and the checker does not take files beside a page for its own origin.
_NOT_OURS = r".*(Unicode Normalization Form C|Resource violates Content Security Policy).*"
_BIGGEST = 5


def _named_by(variable: str) -> Path:
    path = os.environ.get(variable)
    if not path:
        pytest.skip(f"{variable} names nothing")
    return Path(path)


def test_the_nu_html_checker_finds_nothing_in_pages_and_style_sheets(site: Site) -> None:
    jar = _named_by("VNU_JAR")
    if shutil.which("java") is None:
        pytest.skip("no Java on this machine")
    for chosen in (["--skip-non-html", str(site.folder)], ["--css", *map(str, site.folder.glob("assets/*.css"))]):
        command = ["java", "-jar", str(jar), "--format", "json", "--filterpattern", _NOT_OURS, *chosen]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        assert json.loads(done.stderr)["messages"] == []


def test_axe_finds_nothing_on_pages_nor_in_views(site: Site, tmp_path: Path) -> None:
    axe = _named_by("AXE_JS").read_text(encoding="utf-8")
    pages = sorted((site.folder / "pages").glob("*.html"), key=lambda page: -page.stat().st_size)[:_BIGGEST]
    found: list[Any] = []
    with browser_tab(tmp_path) as tab:
        for page in [site.folder / "index.html", *pages]:
            tab.open(page)
            tab.wait_for("document.querySelectorAll('#tree a').length > 0")
            tab.wait_for("!document.querySelector('[data-view]') || !!document.querySelector('[aria-pressed=true]')")
            tab.run(f"{axe};document.querySelectorAll('main details').forEach(fold => fold.open = true)")
            for number in range(tab.run("document.querySelectorAll('[data-view]').length") or 1):
                tab.run(f"(document.querySelectorAll('[data-view]')[{number}] || document.body).click()")
                tab.run("axe.run().then(told => window.told = told.violations); window.told = null")
                tab.wait_for("!!window.told")
                found += tab.run("told.map(one => [one.id, one.nodes.map(node => node.html.slice(0, 200))])")
    assert found == []

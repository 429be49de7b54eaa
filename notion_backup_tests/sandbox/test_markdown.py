from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from notion_backup.sandbox import Sandbox, SandboxClock, generate, running
from notion_backup_tests.sandbox.conftest import VERSION

Raw = dict[str, Any]

EVERY_KIND = """\
# Plan {color="blue"}
## Folded {toggle="true"}
\tInside the heading
Plain, **bold**, *italic*, ~~gone~~, `code` and [a link](https://example.com/a?b=c)
<span underline="true">under</span> and <span color="red_bg">loud</span>, $e^2$, a \\* star<br>next line
1\\. no list, # no heading
<empty-block/>
- one
\t- one below
1. first
- [ ] open
- [x] done {color="green"}
> said
<details color="gray">
<summary>More</summary>
\tHidden
</details>
<callout icon="💡" color="yellow_bg">
\tMind this
\t- and that
</callout>
```python
if mow:
\treturn "*not bold*"
```
$$
x = y
$$
---
<table_of_contents color="gray"/>
<columns>
\t<column>
\t\tLeft
\t</column>
\t<column>
\t\tRight
\t</column>
</columns>
<table header-row="true">
\t<tr>
\t\t<td>Part</td>
\t\t<td>**Price**</td>
\t</tr>
\t<tr>
\t\t<td>Blade</td>
\t\t<td>9</td>
\t</tr>
</table>
![A lawn](https://example.com/lawn.png)
<video src="https://example.com/film.mp4">A film</video>
<mention-date start="2026-09-01"/>"""


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return Sandbox(generate(pages=15, seed=3), clock=SandboxClock.manual(), personal=True)


@pytest.fixture
def raw(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with running(sandbox) as up:
        headers = {"Authorization": f"Bearer {up.token}", "Notion-Version": VERSION}
        with httpx.Client(base_url=up.url, headers=headers) as plain:
            yield plain


def written(raw: httpx.Client, markdown: str) -> str:
    body = {"parent": {"workspace": True}, "properties": {"title": [{"text": {"content": "Notes"}}]}}
    answer = raw.post("/v1/pages", json={**body, "markdown": markdown})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def text_of(raw: httpx.Client, object_id: str, **query: str) -> str:
    answer = raw.get(f"/v1/pages/{object_id}/markdown", params=query).json()
    assert (answer["object"], answer["id"], answer["truncated"]) == ("page_markdown", object_id, False)
    return str(answer["markdown"])


def changed(raw: httpx.Client, page_id: str, kind: str, **told: Any) -> httpx.Response:
    return raw.patch(f"/v1/pages/{page_id}/markdown", json={"type": kind, kind: told})


def test_what_is_written_is_read_again(raw: httpx.Client) -> None:
    page_id = written(raw, EVERY_KIND)
    assert text_of(raw, page_id) == EVERY_KIND
    blocks = raw.get(f"/v1/blocks/{page_id}/children").json()["results"]
    assert [b["type"] for b in blocks[:5]] == ["heading_1", "heading_2", "paragraph", "paragraph", "paragraph"]
    bold = blocks[2]["paragraph"]["rich_text"][1]
    assert (bold["plain_text"], bold["annotations"]["bold"]) == ("bold", True)
    code = next(b for b in blocks if b["type"] == "code")
    assert code["code"]["rich_text"][0]["plain_text"] == 'if mow:\n\treturn "*not bold*"'
    callout = next(b for b in blocks if b["type"] == "callout")
    assert (callout["callout"]["color"], callout["has_children"]) == ("yellow_background", True)
    # A block's own id gives its subtree.
    assert text_of(raw, callout["id"]).startswith("<callout")


def test_a_page_without_the_words_for_its_blocks_names_them(raw: httpx.Client, sandbox: Sandbox) -> None:
    space = sandbox.workspace
    page = next(p for p in space.all("page") if "Every block" in str(p["properties"]))
    answer = raw.get(f"/v1/pages/{page['id']}/markdown").json()
    unknown = {space.objects["block"][i]["type"] for i in answer["unknown_block_ids"]}
    assert {"breadcrumb", "bookmark", "embed", "link_preview", "template", "unsupported"} <= unknown
    assert len(re.findall("<unknown ", answer["markdown"])) == len(answer["unknown_block_ids"])
    assert "Transcript omitted" in answer["markdown"]
    assert "Transcript omitted" not in text_of(raw, page["id"], include_transcript="true")
    media = next(p for p in space.all("page") if "Media everywhere" in str(p["properties"]))
    address = re.search(r"!\[Our image\]\(([^)]+)\)", text_of(raw, media["id"]))
    assert address is not None and httpx.get(address.group(1)).status_code == 200


def test_a_long_page_is_cut_and_its_rest_read_by_id(raw: httpx.Client, sandbox: Sandbox) -> None:
    page_id = written(raw, "\n".join(f"Line {n}" for n in range(30)))
    sandbox._families["markdown"].most = 25
    try:
        cut = raw.get(f"/v1/pages/{page_id}/markdown").json()
        assert cut["truncated"] is True and len(cut["unknown_block_ids"]) == 5
        assert raw.get(f"/v1/pages/{cut['unknown_block_ids'][0]}/markdown").json()["markdown"] == "Line 25"
    finally:
        sandbox._families["markdown"].most = 20_000


def test_text_is_put_in_at_a_place_and_replaced(raw: httpx.Client) -> None:
    page_id = written(raw, "# Notes\nFirst\nSecond\nThird")
    before = [b["id"] for b in raw.get(f"/v1/blocks/{page_id}/children").json()["results"]]
    assert changed(raw, page_id, "insert_content", content="- end").json()["markdown"].endswith("Third\n- end")
    changed(raw, page_id, "insert_content", content="- start", position={"type": "start"})
    changed(raw, page_id, "insert_content", content="- after", after="First...Second")
    assert text_of(raw, page_id) == "- start\n# Notes\nFirst\nSecond\n- after\nThird\n- end"
    told = {"content": "Another\n", "content_range": "First...Second\n"}
    assert "Another\n- after" in changed(raw, page_id, "replace_content_range", **told).json()["markdown"]
    updates = [{"old_str": "Third", "new_str": "**Third**"}, {"old_str": "# Notes", "new_str": "# Notes\nNew"}]
    assert changed(raw, page_id, "update_content", content_updates=updates).status_code == 200
    assert text_of(raw, page_id) == "- start\n# Notes\nNew\nAnother\n- after\n**Third**\n- end"
    now = [b["id"] for b in raw.get(f"/v1/blocks/{page_id}/children").json()["results"]]
    assert not set(before) & set(now)  # each of them was part of a change
    assert changed(raw, page_id, "replace_content", new_str="All new").json()["markdown"] == "All new"


def test_changes_that_cannot_be_meant_are_refused(raw: httpx.Client) -> None:
    page_id = written(raw, "Twice\nTwice\nOnce")
    for kind, told in (
        ("update_content", {"content_updates": [{"old_str": "Twice", "new_str": "x"}]}),
        ("update_content", {"content_updates": [{"old_str": "Never", "new_str": "x"}]}),
        ("replace_content_range", {"content": "x", "content_range": "Once...Twice"}),
        ("insert_content", {"content": "x", "after": "...nothing"}),
        ("insert_content", {"content": "x", "position": {"type": "middle"}}),
        ("rewrite", {}),
    ):
        answer = changed(raw, page_id, kind, **told)
        assert (answer.status_code, answer.json()["code"]) == (400, "validation_error"), (kind, told)
    every = [{"old_str": "Twice", "new_str": "Both", "replace_all_matches": True}]
    assert changed(raw, page_id, "update_content", content_updates=every).json()["markdown"] == "Both\nBoth\nOnce"
    mixed = {"parent": {"workspace": True}, "properties": {}, "markdown": "x", "children": []}
    assert raw.post("/v1/pages", json=mixed).status_code == 400


def test_child_pages_are_only_lost_on_purpose(raw: httpx.Client) -> None:
    page_id = written(raw, "Above\nBelow")
    child = raw.post("/v1/pages", json={"parent": {"page_id": page_id}, "properties": {}}).json()["id"]
    named = f'<page url="https://app.notion.com/p/{child.replace("-", "")}"></page>'
    assert text_of(raw, page_id) == f"Above\nBelow\n{named}"
    assert changed(raw, page_id, "replace_content", new_str="Empty").json()["code"] == "validation_error"
    kept = changed(raw, page_id, "replace_content", new_str=f"{named}\nAfter it").json()
    assert kept["markdown"] == f"{named}\nAfter it"
    assert raw.get(f"/v1/pages/{child}").json()["in_trash"] is False
    assert changed(raw, page_id, "replace_content", new_str="Empty", allow_deleting_content=True).status_code == 200
    assert raw.get(f"/v1/pages/{child}").json()["in_trash"] is True


def test_work_in_the_background_is_done_when_its_time_has_come(raw: httpx.Client, sandbox: Sandbox) -> None:
    body = {"parent": {"workspace": True}, "properties": {}, "markdown": "Later", "allow_async": True}
    answer = raw.post("/v1/pages", json=body)
    task = answer.json()
    assert (answer.status_code, task["object"], task["status"]) == (202, "async_task", "queued")
    assert task["operation"] == {"surface": "rest", "name": "create_page"} and task["poll_after_seconds"] > 0
    assert raw.get(task["status_url"]).json()["status"] == "running"
    done = raw.get(task["status_url"]).json()
    assert done["status"] == "succeeded" and "poll_after_seconds" not in done
    page_id = done["result"]["id"]
    assert text_of(raw, page_id) == "Later"

    late = {"type": "replace_content", "replace_content": {"new_str": "x"}, "allow_async": True}
    first = raw.patch(f"/v1/pages/{page_id}/markdown", json=late).json()
    assert text_of(raw, page_id) == "Later"
    sandbox.clock.advance(5)
    assert text_of(raw, page_id) == "x" and raw.get(first["status_url"]).json()["status"] == "succeeded"
    missing = {"type": "update_content", "update_content": {"content_updates": [{"old_str": "z", "new_str": "y"}]}}
    lost = raw.patch(f"/v1/pages/{page_id}/markdown", json={**missing, "allow_async": True}).json()
    sandbox.clock.advance(5)
    failed = raw.get(lost["status_url"]).json()
    assert (failed["status"], failed["error"]["code"]) == ("failed", "validation_error")
    assert raw.get("/v1/async_tasks/7855b161-f63e-4683-b7c7-8ca6e97ee266").status_code == 404


def test_a_comment_is_written_as_markdown(raw: httpx.Client) -> None:
    page_id = written(raw, "Discussed")
    comment = raw.post("/v1/comments", json={"parent": {"page_id": page_id}, "markdown": "So **true**"}).json()
    assert [(s["plain_text"], s["annotations"]["bold"]) for s in comment["rich_text"]] == [
        ("So ", False),
        ("true", True),
    ]

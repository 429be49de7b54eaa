"""Recordings as others may have made them: of any version, begun in the middle, with gaps, in strange spellings."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notion_backup.sandbox.conform import Exchange, Likeness, conform, read_traffic
from notion_backup_tests.sandbox.driving import MIDDLE, NEWEST, OLDEST, traffic_of

Raw = dict[str, Any]
VERSIONS = (OLDEST, MIDDLE, NEWEST)


@pytest.fixture(scope="module")
def traffic(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Exchange]]:
    """What a client that does everything heard, by the version it spoke."""
    folder = tmp_path_factory.mktemp("traffic")
    return {version: traffic_of(version, folder / f"{version}.jsonl", pages=3, every=9) for version in VERSIONS}


def _first(likeness: Likeness) -> Counter[str]:
    return Counter(
        f"{name}: {found['where'][0]}" for name, tally in likeness.endpoints.items() for found in tally.differences
    )


def _halves(exchanges: list[Exchange]) -> list[Exchange]:
    return exchanges[len(exchanges) // 2 :]


def _alone(exchanges: list[Exchange]) -> list[Exchange]:
    return [replace(one, session=str(number)) for number, one in enumerate(exchanges)]


def _backwards(exchanges: list[Exchange]) -> list[Exchange]:
    return [replace(one, step=number) for number, one in enumerate(reversed(exchanges))]


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_what_the_sandbox_answered_agrees_when_nothing_is_known_before(
    traffic: dict[str, list[Exchange]], version: str
) -> None:
    likeness = conform(traffic[version])
    assert likeness.agreed >= 0.99 * likeness.total, _first(likeness).most_common(20)


@pytest.mark.slow
@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize(
    ("name", "mutilate", "share"),
    [
        ("begun in the middle", _halves, 0.99),
        ("every exchange by itself", _alone, 0.99),
        ("every third", lambda exchanges: exchanges[::3], 0.88),
        ("backwards", _backwards, 0.88),
    ],
)
def test_a_workspace_is_inferred_from_what_is_left_of_a_recording(
    traffic: dict[str, list[Exchange]], version: str, name: str, mutilate: Callable[[Any], Any], share: float
) -> None:
    likeness = conform(mutilate(traffic[version]))
    assert likeness.agreed >= share * likeness.total, (
        likeness.agreed,
        likeness.total,
        _first(likeness).most_common(20),
    )


def test_a_recorder_may_spell_in_its_own_way(traffic: dict[str, list[Exchange]], tmp_path: Path) -> None:
    """Whole addresses, bodies as text, no session, no step, no version, headers nobody asked for."""
    told = []
    for one in traffic[MIDDLE][-150:]:
        line: Raw = asdict(one)
        pairs = "&".join(f"{name}={value}" for name, value in one.query.items())
        line |= {"path": f"https://api.notion.com{one.path}?{pairs}", "query": None, "headers": {"User-Agent": "x"}}
        if isinstance(one.request, dict):
            line["request"] = json.dumps(one.request)
        if not (isinstance(one.response, dict) and one.response.get("code") == "missing_version"):
            line["version"] = None
        del line["session"], line["step"]
        told.append(line)
    path = tmp_path / "odd.jsonl"
    path.write_text("\n\n".join(json.dumps(line) for line in told))
    likeness = conform(read_traffic(path))
    assert likeness.agreed >= 0.97 * likeness.total, _first(likeness).most_common(20)


def test_sessions_may_be_mixed(traffic: dict[str, list[Exchange]]) -> None:
    own = [replace(one, session="a") for one in traffic[NEWEST][-120:]]
    others = [replace(one, session="b") for one in traffic[OLDEST][-120:]]
    apart, mixed = conform([*own, *others]), conform([one for pair in zip(own, others, strict=True) for one in pair])
    assert (mixed.agreed, mixed.total) == (apart.agreed, apart.total)


def _exchange(method: str, path: str, status: int, response: Any, **more: Any) -> Exchange:
    told: Raw = {"session": "one", "step": 0, "query": {}, "version": NEWEST, "request": None}
    return Exchange(**(told | {"method": method, "path": path, "status": status, "response": response} | more))


def _error(status: int, code: str, message: str = "") -> Raw:
    return {"object": "error", "status": status, "code": code, "message": message}


def _agrees(*exchanges: Exchange) -> bool:
    likeness = conform(exchanges)
    return likeness.agreed == likeness.total


def test_notions_own_trouble_follows_from_no_state() -> None:
    for status, code in ((429, "rate_limited"), (500, "internal_server_error"), (503, "service_unavailable")):
        assert _agrees(_exchange("GET", "/v1/users/me", status, _error(status, code)))
    assert not _agrees(_exchange("GET", "/v1/users/me", 500, _error(500, "novelty")))
    assert _agrees(_exchange("GET", "/v1/users/me", 502, "<html>Bad gateway</html>"))


def test_refusals_tell_what_the_token_was() -> None:
    assert _agrees(_exchange("GET", "/v1/users/me", 401, _error(401, "unauthorized")))
    assert _agrees(_exchange("GET", "/v1/users", 403, _error(403, "restricted_resource")))
    assert _agrees(_exchange("GET", "/v1/users/me", 400, _error(400, "missing_version"), version=""))
    assert _agrees(_exchange("POST", "/v1/pages", 400, _error(400, "invalid_json")))


def test_an_unknown_endpoint_disagrees() -> None:
    likeness = conform([_exchange("POST", "/v1/novelties", 200, {"object": "novelty"})])
    assert (likeness.agreed, likeness.total) == (0, 1)
    assert not _agrees(_exchange("DELETE", "/v1/novelties", 204, None))


def test_an_id_that_was_put_there_by_hand_stands_for_one(traffic: dict[str, list[Exchange]]) -> None:
    page = next(one for one in traffic[NEWEST] if one.endpoint == "GET /v1/pages/{id}" and one.status == 200)
    text = json.dumps(page.response)
    for placed in ("11111111-2222-3333-4444-555555555555", "PAGE_ID"):
        response = json.loads(text.replace(page.response["id"], placed) if "-" in placed else text)
        assert _agrees(replace(page, path=f"/v1/pages/{placed}", response=response))


def test_what_notion_added_later_is_no_difference_and_everything_else_is(traffic: dict[str, list[Exchange]]) -> None:
    page = next(one for one in traffic[OLDEST] if one.endpoint == "GET /v1/pages/{id}" and one.status == 200)
    older = {name: value for name, value in page.response.items() if name not in ("in_trash", "public_url")}
    assert _agrees(replace(page, response=older))
    assert not _agrees(page, replace(page, step=page.step + 1, response=older))
    assert not _agrees(replace(page, response={name: value for name, value in older.items() if name != "url"}))


def test_a_file_sent_in_parts_needs_no_recorded_bytes(traffic: dict[str, list[Exchange]]) -> None:
    uploads = [one for one in traffic[MIDDLE] if "file_uploads" in one.path and not one.query and one.status == 200]
    assert all(one.request is None for one in uploads if one.path.endswith("/send"))
    assert _agrees(*uploads)
    assert all(_agrees(one) for one in uploads)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("0a1b2c3d-0000-8000-8000-00000000dead"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["object", "id", "type", "parent", "page_id", "results", "properties", "title", "x", "next_cursor", "children"]
    ), inner, max_size=5),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_recording_however_mad_breaks_the_measure(traffic: dict[str, list[Exchange]], data: st.DataObject) -> None:
    """Anything may stand anywhere: every exchange is counted, and a difference is all that comes of it."""
    begin = data.draw(st.integers(0, len(traffic[NEWEST]) - 5))
    chosen = traffic[NEWEST][begin : begin + 4]
    mad = [_spoilt(one, data) for one in chosen]
    assert conform(mad).total == len(mad)


def _spoilt(exchange: Exchange, data: st.DataObject) -> Exchange:
    response = json.loads(json.dumps(exchange.response))
    holders = [response]
    for one in holders:
        holders += [
            value for value in (one.values() if isinstance(one, dict) else one) if isinstance(value, dict | list)
        ]
    holder = data.draw(st.sampled_from(holders))
    places: list[Any] = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
    if places:
        holder[data.draw(st.sampled_from(places))] = data.draw(_JSON)
    return replace(
        exchange,
        response=response,
        request=data.draw(st.just(exchange.request) | _JSON),
        query=data.draw(st.just(exchange.query) | st.dictionaries(st.just("start_cursor"), _JSON)),
        status=data.draw(st.sampled_from((200, 200, 200, 204, 400, 404, 503))),
    )

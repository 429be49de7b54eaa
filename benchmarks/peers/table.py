"""The result as Markdown."""

from __future__ import annotations

from typing import Any

_CLASSES = {
    "pages": "pages",
    "pages_search_omits": "left out by search",
    "rows_over_cap": "rows over the cap",
    "top_blocks": "top blocks",
    "nested_blocks": "nested ≥ 1",
    "deep_blocks": "nested ≥ 3",
    "long_relations": "relations > 25",
    "page_comments": "page comments",
    "block_comments": "block comments",
    "files": "files",
    "views": "views",
    "users": "users",
}


def tables(result: dict[str, Any]) -> str:
    """One table a scene, and what was left out."""
    parts = [_scene(key, told, result["peers"]) for key, told in result["scenes"].items()]
    return "\n\n".join(parts + [f"Left out: {reason}." for reason in result["left_out"].values()])


def _scene(key: str, told: dict[str, Any], peers: dict[str, Any]) -> str:
    outcomes = [(peers[peer]["name"], outcome) for peer, runs in told["outcomes"].items() for outcome in runs]
    classes = [name for name in _CLASSES if any(outcome["classes"][name][1] for _, outcome in outcomes)]
    head = ["peer", "run", "requests", "failed / 429", "seconds", "process s", "CPU s", "blocks/s"]
    rows = [[*head, *(_CLASSES[name] for name in classes)]]
    rows.append(["---", *["---:"] * (len(rows[0]) - 1)])
    for name, outcome in outcomes:
        rows.append([*_measures(name, outcome), *(_share(outcome["classes"][one]) for one in classes)])
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return f"**{key}**: {told['title']}\n\n" + "\n".join(lines)


def _measures(name: str, outcome: dict[str, Any]) -> list[str]:
    ended = "" if outcome["status"] == "ended" else f" ({outcome['status']})"
    return [
        name,
        f"{outcome['run']}{ended}",
        f"{outcome['requests']:,}",
        f"{outcome['failed']} / {outcome['limited']}",
        f"{outcome['seconds']:.1f}",
        f"{outcome['process_seconds']:.1f}",
        f"{outcome['cpu_seconds']:.1f}",
        f"{blocks_a_second(outcome):,.0f}" if outcome["run"] == 1 else "",
    ]


def blocks_a_second(outcome: dict[str, Any]) -> float:
    """Blocks with text that were captured, for each second after the first request."""
    classes = outcome["classes"]
    return float((classes["top_blocks"][0] + classes["nested_blocks"][0]) / max(outcome["seconds"], 0.001))


def _share(found: list[int] | tuple[int, int]) -> str:
    held, wanted = found
    return "–" if not wanted else "all" if held == wanted else f"{held} of {wanted}"

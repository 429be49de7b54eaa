"""What a restore will do, and what it did, in forms for people and for programs."""

from __future__ import annotations

import csv
import html
import io
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from math import ceil
from pathlib import Path
from typing import Any

from notion_backup.restore.findings import Proof
from notion_backup.restore.job import Job
from notion_backup.restore.losses import LOSSES, Loss
from notion_backup.restore.planning import PlanTarget

ORDINARY_BUDGET = 180
"""Requests a minute on ordinary plans."""


def objects_of(job: Job) -> list[dict[str, Any]]:
    """Every object of a restore with how it comes back: ``exact``, ``with loss`` or ``impossible``."""
    lost: defaultdict[str, list[Loss]] = defaultdict(list)
    for loss in job.losses:
        lost[loss.id].append(loss)
    told = [
        {"kind": made.kind, "id": made.old, "outcome": _outcome(lost[made.old]), "losses": _codes(lost[made.old])}
        for made in job.made.values()
    ]
    others = (loss for loss in job.losses if loss.id not in job.made)
    by_id: dict[str, list[Loss]] = {}
    for loss in others:
        by_id.setdefault(loss.id, []).append(loss)
    told += [
        {"kind": losses[0].object_kind, "id": object_id, "outcome": _outcome(losses), "losses": _codes(losses)}
        for object_id, losses in by_id.items()
    ]
    return told


def plan_json(job: Job, budget: int | None) -> dict[str, Any]:
    """A plan as a JSON object."""
    target = job.target
    assert isinstance(target, PlanTarget), "a plan is a job at a target that counts"
    requests = dict(sorted(target.requests.items()))
    total = sum(requests.values())
    return {
        "into": job.facts.into,
        "objects": objects_of(job),
        "counts": dict(Counter(made.kind for made in job.made.values())) | {"block": target.blocks},
        "losses": loss_summary(job.losses),
        "requests": requests,
        "requests_total": total,
        "files": len(target.uploads),
        "upload_bytes": target.upload_bytes,
        "minutes": ceil(total / (budget or ORDINARY_BUDGET)),
    }


def loss_summary(losses: Iterable[Loss]) -> list[dict[str, Any]]:
    """Losses by kind: how many, why, and what stands in their place."""
    counted = Counter(loss.code for loss in losses)
    return [
        {
            "code": code,
            "count": number,
            "outcome": "with loss" if LOSSES[code].possible else "impossible",
            "why": LOSSES[code].why,
            "substitute": LOSSES[code].substitute,
        }
        for code, number in sorted(counted.items())
    ]


def result_json(job: Job, proof: Proof | None, requests: Mapping[str, int]) -> dict[str, Any]:
    """What came of a restore, as a JSON object."""
    unplanned = [loss.to_json() for loss in job.losses if not loss.planned]
    told: dict[str, Any] = {
        "into": job.facts.into,
        "made": dict(Counter(made.kind for made in job.made.values())),
        "ids": {made.old: made.new for made in job.made.values()},
        "objects": objects_of(job),
        "losses": loss_summary(job.losses),
        "unplanned": unplanned,
        "requests": dict(sorted(requests.items())),
        "requests_total": sum(requests.values()),
        "complete": not unplanned and (proof is None or not (proof.unplanned or proof.problems)),
    }
    if proof is not None:
        told |= {
            "score": round(proof.score, 6),
            "compared": proof.total,
            "exact": sum(number for (_, outcome), number in proof.counts.items() if outcome == "exact"),
            "files_compared": proof.files,
            "differences": [finding.to_json() for finding in proof.unplanned],
            "problems": proof.problems,
        }
    return told


def write_report(folder: Path, told: Mapping[str, Any], job: Job, proof: Proof | None) -> Path:
    """Write ``report.html``, ``report.json`` and ``ids.csv``; only the owner may read them. Gives the page's path."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(folder / "report.json", json.dumps(told, indent=2))
    _write(folder / "ids.csv", _ids(job))
    _write(folder / "report.html", _page(told, job, proof))
    return folder / "report.html"


def _outcome(losses: list[Loss]) -> str:
    if any(not LOSSES[loss.code].possible for loss in losses):
        return "impossible"
    return "with loss" if losses else "exact"


def _codes(losses: list[Loss]) -> list[dict[str, str]]:
    return [{"code": loss.code, "detail": loss.detail} for loss in losses]


def _ids(job: Job) -> str:
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(("kind", "old", "new", "old_url", "new_url"))
    for made in job.made.values():
        urls = (f"https://app.notion.com/p/{one.replace('-', '')}" for one in (made.old, made.new))
        lines.writerow((made.kind, made.old, made.new, *urls))
    return out.getvalue()


def _page(told: Mapping[str, Any], job: Job, proof: Proof | None) -> str:
    score = f"{proof.score:.2%} of {proof.total:,} objects as planned" if proof is not None else "not read back"
    losses = "".join(
        _row(one["code"], f"{one['count']:,}", one["outcome"], one["why"], one["substitute"]) for one in told["losses"]
    )
    findings = proof.findings if proof is not None else []
    objects = "".join(
        _row(one.kind, one.title or one.old, one.outcome, ", ".join(one.details), one.old, one.new or "")
        for one in sorted(findings, key=lambda one: (_ORDER.index(one.outcome), one.kind))
    )
    counts = ", ".join(f"{number:,} × {kind}" for kind, number in told["made"].items())
    return (
        "<!doctype html><meta charset=utf-8><title>Restore</title>"
        "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        "<style>body{font:15px/1.4 system-ui;margin:2em}table{border-collapse:collapse;margin:1em 0}"
        "td,th{border:1px solid #ccc;padding:.25em .6em;text-align:left;vertical-align:top}</style>"
        f"<h1>Restore</h1><p>{html.escape(score)}</p><p>Made: {html.escape(counts)}</p>"
        f"<h2>Losses</h2><table>{_head('code', 'number', 'comes back', 'why', 'in its place')}{losses}</table>"
        f"<h2>Objects</h2><table>{_head('kind', 'title', 'outcome', 'details', 'old id', 'new id')}{objects}</table>"
    )


_ORDER = ("missing", "different", "with loss", "exact")


def _row(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + "</tr>"


def _head(*cells: str) -> str:
    return "<tr>" + "".join(f"<th>{html.escape(cell)}</th>" for cell in cells) + "</tr>"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", errors="backslashreplace")
    path.chmod(0o600)

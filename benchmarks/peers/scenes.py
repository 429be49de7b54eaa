"""The scenes of the comparison, in the order in which they are played."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.peers.arena import Scene

_VARIANTS = ("elastic-no-comments",)
"""Asked for its speed alone."""
_SLOW = ("airbyte", "elastic")
"""Their variants are faster, or hold more."""

_QUIET = Scene(
    key="quiet",
    title="no limit, no faults, every answer after 20 ms",
    pages=45,
    rows=20,
    blocks_per_page=10,
    crowd=130,
    longest=70,
    row_cap=100,
    omissions=True,
    latency=0.02,
    not_invited=_VARIANTS,
)
_SMALL = replace(_QUIET, pages=12, rows=6, blocks_per_page=8, crowd=60, longest=34, row_cap=50, together=True)
_FAST = Scene(
    key="fast",
    title="no limit, no faults, no latency: what a computer can do",
    pages=1_000,
    rows=0,
    blocks_per_page=20,
    runs=1,
    not_invited=_SLOW,
)

SCENES = (
    _QUIET,
    replace(_SMALL, key="faults", title="8 % of the requests fail, every answer after 20 ms", faults=0.08),
    replace(
        _QUIET,
        key="limit-600",
        title="600 requests a minute, every answer after 20 ms",
        per_minute=600,
        runs=1,
        together=True,
    ),
    replace(_SMALL, key="limit-180", title="180 requests a minute, every answer after 20 ms", per_minute=180, runs=1),
    _FAST,
    replace(_FAST, key="far", title="no limit, no faults, every answer after 100 ms", pages=100, latency=0.1),
)

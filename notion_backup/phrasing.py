"""Numbers as people read them: counts, bytes, stretches of time."""

from __future__ import annotations


def count(number: int, one: str, many: str | None = None) -> str:
    """``1 page``, ``1,204 pages``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size(number: int) -> str:
    """Bytes for people: ``512 B``, ``1.2 MiB``."""
    amount = float(number)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < 1024:
            return f"{number} B" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TiB"


def lasting(seconds: float) -> str:
    """A stretch of time, two units at most: ``2 d 4 h``."""
    rest = max(1, round(seconds))
    parts: list[str] = []
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        amount, rest = divmod(rest, length)
        if amount:
            parts.append(f"{amount} {unit}")
    return " ".join(parts[:2])

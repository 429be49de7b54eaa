"""The recovery sheet: the root secret on paper, in a form that a person can copy without a mistake going unseen."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256

from notion_backup.errors import UsageError
from notion_backup.repository.crypto.secrets import ROOT_SECRET_BYTES, Keys

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32: no I, L, O, U
_VALUES = {symbol: value for value, symbol in enumerate(_ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_LINE_BYTES = 8
_LINES = ROOT_SECRET_BYTES // _LINE_BYTES
_DATA_SYMBOLS = 13
_CHECK_SYMBOLS = 2
_LAST_CHECK_SYMBOLS = 5
_LINE = re.compile(r"^\s*(?:\|\s*)?([1-5])\s*[:.)]\s*([0-9A-Za-z][0-9A-Za-z \t-]*?)\s*$", re.MULTILINE)
_ID_LINE = re.compile(r"^\s*Repository:\s*([0-9a-f]{32})\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class RecoverySheet:
    """The root secret of one repository. ``str(sheet)`` shows no secret; ``sheet.text`` is the page to print."""

    repository_id: str
    fingerprint: str
    where: str
    root_secret: bytes = field(repr=False)

    def __str__(self) -> str:
        return f"Recovery sheet of repository {self.repository_id}"

    @property
    def lines(self) -> list[str]:
        """The secret in five lines, each closed by a checksum of its own; the fifth is a checksum of all."""
        pieces = [self.root_secret[at : at + _LINE_BYTES] for at in range(0, ROOT_SECRET_BYTES, _LINE_BYTES)]
        lines = []
        for number, piece in enumerate(pieces, start=1):
            symbols = _symbols(int.from_bytes(piece, "big"), _DATA_SYMBOLS) + _line_check(number, piece)
            lines.append(f"{number}:  {_grouped(symbols)}")
        lines.append(f"5:  {_grouped(_whole_check(self.root_secret))}")
        return lines

    @property
    def text(self) -> str:
        """The page to print and keep off-line."""
        secret = "\n".join(f"    {line}" for line in self.lines)
        return f"""\
RECOVERY SHEET                                             notion-backup
========================================================================
Repository:       {self.repository_id}
Where:            {self.where}
Key fingerprint:  {self.fingerprint}

Whoever holds the five lines below can read every snapshot of this repository, without a passphrase. Whoever has
lost both them and every passphrase can read nothing, ever: nobody can help.

{secret}

Print this page, or copy it by hand (letters may be small; O is read as 0, I and L as 1). Keep it off-line, apart
from the backup, and never in a chat, a ticket or a note that is itself backed up here. The last two symbols of
each line check that line, the fifth line checks all.

To restore with it: install notion-backup, name the repository (its URL is above; any copy of it will do), and
hand this page in as the recovery file instead of a passphrase. Then set a new passphrase.
"""

    @classmethod
    def parse(cls, text: str) -> RecoverySheet:
        """Read a sheet, or its five lines alone. Raises UsageError naming the line that was miscopied."""
        found: dict[int, str] = {}
        for number, symbols in _LINE.findall(text):
            found.setdefault(int(number), re.sub(r"[\s-]", "", symbols).upper())
        missing = [number for number in range(1, _LINES + 2) if number not in found]
        if missing:
            raise UsageError(
                f"The recovery sheet lacks line {missing[0]}.",
                cure='Copy all five lines, each with its number, as in "1:  ABCDE-FGHJK-MNPQR".',
            )
        secret = b"".join(_piece(number, found[number]) for number in range(1, _LINES + 1))
        if _normal(_LINES + 1, found[_LINES + 1], _LAST_CHECK_SYMBOLS) != _whole_check(secret):
            raise UsageError(
                "Line 5 of the recovery sheet does not fit the other four.",
                cure="Check that all lines are of the same sheet and in their order.",
            )
        identity = _ID_LINE.search(text)
        return cls(repository_id=identity.group(1) if identity else "", fingerprint="", where="", root_secret=secret)


def sheet_for(root_secret: bytes, keys: Keys, where: str) -> RecoverySheet:
    """The sheet of a repository."""
    return RecoverySheet(keys.repository_id.hex(), keys.fingerprint, where, root_secret)


def _piece(number: int, symbols: str) -> bytes:
    normal = _normal(number, symbols, _DATA_SYMBOLS + _CHECK_SYMBOLS)
    value = 0
    for symbol in normal[:_DATA_SYMBOLS]:
        value = value * 32 + _VALUES[symbol]
    if value >= 1 << (8 * _LINE_BYTES):
        raise _miscopied(number)
    piece = value.to_bytes(_LINE_BYTES, "big")
    if _line_check(number, piece) != normal[_DATA_SYMBOLS:]:
        raise _miscopied(number)
    return piece


def _normal(number: int, symbols: str, length: int) -> str:
    if len(symbols) != length or any(symbol not in _VALUES for symbol in symbols):
        raise _miscopied(number)
    return "".join(_ALPHABET[_VALUES[symbol]] for symbol in symbols)


def _miscopied(number: int) -> UsageError:
    return UsageError(
        f"Line {number} of the recovery sheet is miscopied: its checksum does not fit.",
        cure="Compare that line with the paper, symbol by symbol.",
    )


def _line_check(number: int, piece: bytes) -> str:
    digest = sha256(b"notion-backup recovery line" + bytes((number,)) + piece).digest()
    return _symbols(int.from_bytes(digest[:4], "big") >> 22, _CHECK_SYMBOLS)


def _whole_check(secret: bytes) -> str:
    digest = sha256(b"notion-backup recovery sheet" + secret).digest()
    return _symbols(int.from_bytes(digest[:4], "big") >> 7, _LAST_CHECK_SYMBOLS)


def _symbols(value: int, count: int) -> str:
    return "".join(_ALPHABET[(value >> (5 * at)) & 31] for at in reversed(range(count)))


def _grouped(symbols: str) -> str:
    return "-".join(symbols[at : at + 5] for at in range(0, len(symbols), 5))

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notion_backup.export.names import Names, extension_of, file_name, harmless

DEVICES = {"con", "prn", "aux", "nul", *(f"{name}{number}" for name in ("com", "lpt") for number in range(10))}
HOSTILE = ["../../etc/passwd", "..", "CON", "nul.txt", "a. . .", " x ", "x" * 300, "\u202eexe.txt", "e" + "\u0301" * 99,
           "\x1b[2J", "a\x00b", "", "🧑‍🚀" * 90, "[[x|y#z^a]]", "漢" * 300, "a\ud800b"]  # fmt: skip


def _is_safe(name: str) -> bool:
    stem = name.split(".")[0].casefold()
    return (
        0 < len(name.encode("utf-8")) <= 120
        and not set(name) & set('\\/:*?"<>|#^[]')
        and name not in (".", "..")
        and not name.startswith((".", " ", "-", "~"))
        and not name.endswith((".", " "))
        and stem not in DEVICES
        and not any(unicodedata.category(one) in ("Cc", "Cs", "Zl", "Zp") for one in name)
        and not any("\u202a" <= one <= "\u202e" or "\u2066" <= one <= "\u2069" for one in name)
    )


@given(st.text(max_size=400) | st.sampled_from(HOSTILE), st.uuids())
def test_every_title_gives_a_name_that_every_system_takes(title: str, object_id: object) -> None:
    assert _is_safe(Names().name(title, str(object_id)))


@pytest.mark.parametrize("title", HOSTILE)
def test_files_keep_their_ending_and_nothing_else_of_it(title: str) -> None:
    name = file_name(title + ".PDF", "content")
    assert _is_safe(name)
    assert name.endswith(".pdf")
    assert extension_of("a.tar.gz") == ".gz"
    assert extension_of("readme") == extension_of("a.b c") == ""


def test_names_are_unique_whatever_the_case_and_stay_when_others_are_renamed() -> None:
    titles = {f"id{number}": "Twins" if number % 2 else "TWINS" for number in range(3000)}
    names = {object_id: name for names in [Names()] for object_id, title in titles.items()
             for name in [names.name(title, object_id)]}  # fmt: skip
    assert len({name.casefold() for name in names.values()}) == 3000
    again = Names()
    renamed = {object_id: again.name("Other" if object_id == "id7" else title, object_id)
               for object_id, title in titles.items()}  # fmt: skip
    assert {object_id for object_id in titles if names[object_id] != renamed[object_id]} == {"id7"}


def test_readable_titles_stay_readable() -> None:
    assert harmless("Q3 Plan (draft) – Ünïcode 漢字") == "Q3 Plan (draft) – Ünïcode 漢字"

"""What a document of an export asked for while it was made: see :mod:`.inputs`, which answers these questions."""

from __future__ import annotations

DAY = "day"
"""The question of which day the capture was."""


class Asked:
    """The questions that were asked while one document was made, each as one text."""

    def __init__(self) -> None:
        self.questions: set[str] = set()

    def place(self, object_id: str) -> None:
        """Where an object lies and what it is called, or that it is not in the export."""
        self.questions.add("@" + object_id)

    def content(self, object_id: str) -> None:
        """All that the snapshot keeps under an id."""
        self.questions.add("=" + object_id)

    def name(self, object_id: str) -> None:
        """The name of a user, or the title of a page wherever it is."""
        self.questions.add("~" + object_id)

    def day(self) -> None:
        """The day of the capture."""
        self.questions.add(DAY)

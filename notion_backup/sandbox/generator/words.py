"""Believable words: titles, sentences and names of a company that makes garden robots."""

from __future__ import annotations

import random


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


FIRST = _words(
    "Ada Amara Anton Bela Bruno Carla Chidi Clara Dario Deniz Elif Emil Esther Farah Felix Gita Greta Hana Hugo "
    "Ines Ivo Jana Jonas Kaito Kira Lars Leila Lena Luca Maja Malik Marta Milo Mina Nadia Nils Noor Olga Omar "
    "Paula Pia Quentin Rosa Ruben Sami Selma Sina Sven Tara Teo Uma Vera Wanda Xenia Yara Yusuf Zoe"
)
LAST = _words(
    "Abara Almeida Andersen Becker Bianchi Castillo Chen Demir Dubois Eriksen Fischer Fontaine Garcia Haddad "
    "Hansen Ito Ivanova Jensen Kaya Keller Kowalski Laurent Lehmann Lindqvist Maier Marino Moreau Nakamura Novak "
    "Okafor Olsen Petrov Rossi Sato Schmid Silva Tanaka Torres Vogel Weber Wolf Yilmaz Zimmer"
)
TEAMS = (
    "Product", "Engineering", "Design", "People", "Finance", "Support", "Marketing", "Operations", "Field Tests",
)  # fmt: skip
EMOJI = _words("🌱 🤖 🚀 📦 🧭 📚 🛠 🧪 🗓 💡 🔋 🌧 🪴 🐝 📈 🧾 🎯 🔍 🧯 🪛 ☕ 🏡")

_SUBJECTS = (
    "the mower", "our hedge trimmer", "the charging dock", "the field team", "the beta group",
    "our supplier in Porto", "the firmware branch", "the onboarding flow", "the new landing page",
    "customer support", "the battery pack", "the autumn release", "the pricing table", "the test garden",
    "our partner in Osaka", "the warehouse",
)  # fmt: skip
_VERBS = (
    "needs", "showed", "will get", "blocked", "improved", "waits for", "depends on", "replaced", "kept", "lost",
    "passed", "failed", "asked for", "agreed on", "measured", "surprised us with",
)  # fmt: skip
_OBJECTS = (
    "a second round of tests", "three open questions", "the rain sensor", "better documentation", "a clear owner",
    "twelve per cent less noise", "the legal review", "a cheaper blade", "the old schedule", "two more weeks",
    "a photo of every defect", "the map of the east lawn", "fewer alerts at night", "the contract from June",
    "an honest estimate", "the spare parts list", "more shade on the dock", "a training session",
)  # fmt: skip
_TAILS = (
    "", "", "", " before Friday", " after the last storm", " in the second quarter", " without anyone noticing",
    " because of the heat", " as agreed", ", which is good news", ", so we should talk", " once more",
)  # fmt: skip
_TITLES = (
    "Roadmap", "Retrospective", "Interview notes", "Launch checklist", "Incident review", "Hiring plan", "Budget",
    "Customer story", "Field report", "Design critique", "Release notes", "Weekly sync", "Onboarding", "Playbook",
    "Vendor comparison", "Research summary", "Risk register", "Style guide", "How we work", "Decision log",
    "Test protocol", "Travel guide", "Glossary", "Price list", "Battery study", "Noise measurements",
)  # fmt: skip
_TASKS = _words(
    "Order Fix Review Measure Write Call Plan Check Repair Translate Photograph Calibrate Approve Archive Compare Paint"
)
_THINGS = (
    "blade housing", "rain sensor", "dock cable", "left wheel motor", "help page", "press release", "return label",
    "garden map", "warranty text", "app icon", "spare battery", "night mode", "boundary wire", "trade fair stand",
)  # fmt: skip

NASTY_TITLES = (
    "../../etc/passwd",
    "a/b\\c: d?e*f|g",
    "..",
    "nul\u0000byte in the middle",
    "\u202egnp.ecnereffid eht togs\u202c right to left",
    "x" * 300,
    "\u001b[31mred\u001b[0m \u001b]0;owned\u0007 terminal",
    "🧑‍🚀👩🏽‍🔬🏳️‍🌈 family 👨‍👩‍👧‍👦",
    "漢字とかな・한국어・ไทย",
    "   leading, trailing and\ttab  ",
    "line\nbreak\r\nin title",
    "CON",
    "-rf ~",
    "e\u0301 and \u00e9 look alike",
    "مرحبا بالعالم",
    "<script>alert(1)</script>&amp;",
    "={{7*7}}${7*7}",
    "",
)
"""Titles that programs stumble over; each is a legal title in Notion."""


class Words:
    """Draws text from one random source."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        # Drawing from a stock keeps a hundred thousand blocks cheap; each sentence still turns up rarely.
        self._stock = [self._sentence() for _ in range(2000)]

    def _sentence(self) -> str:
        choice = self._rng.choice
        text = f"{choice(_SUBJECTS)} {choice(_VERBS)} {choice(_OBJECTS)}{choice(_TAILS)}."
        return text[0].upper() + text[1:]

    def sentence(self) -> str:
        """One sentence."""
        return self._rng.choice(self._stock)

    def paragraph(self) -> str:
        """One to four sentences."""
        return " ".join(self._rng.choice(self._stock) for _ in range(self._rng.randint(1, 4)))

    def title(self) -> str:
        """A page's title."""
        rng = self._rng
        form = rng.randrange(4)
        if form == 0:
            return f"{rng.choice(_TITLES)}: {rng.choice(_THINGS)}"
        if form == 1:
            return f"{rng.choice(TEAMS)} {rng.choice(_TITLES).lower()} {rng.randint(1, 52)}/2026"
        if form == 2:
            return rng.choice(_TITLES)
        return f"{rng.choice(_TITLES)} {rng.choice(('v', 'no. ', 'part '))}{rng.randint(1, 30)}"

    def task(self) -> str:
        """A row's title."""
        return f"{self._rng.choice(_TASKS)} the {self._rng.choice(_THINGS)} #{self._rng.randint(1, 999)}"

    def emoji(self) -> str:
        """One emoji for an icon."""
        return self._rng.choice(EMOJI)

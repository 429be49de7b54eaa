"""Makes the people, files and prose of generated workspaces; the shapes of the API are :mod:`..maker`'s business."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from urllib.parse import quote

from notion_backup.sandbox.clock import START_OF_STORY
from notion_backup.sandbox.generator.words import Words
from notion_backup.sandbox.maker import COLOURS, Maker, mention, parent_of, span, style, text
from notion_backup.sandbox.signing import PUBLIC_HOST, hosted_url
from notion_backup.sandbox.workspace import HostedFile, Raw, Workspace

__all__ = ["COLOURS", "Builder", "mention", "parent_of", "span", "style", "text"]


class Builder(Maker):
    """A maker with words, files and people: everything random comes from ``rng``."""

    def __init__(self, workspace: Workspace, rng: random.Random, now: datetime = START_OF_STORY) -> None:
        super().__init__(workspace, rng, now)
        self.words = Words(rng)
        self.hosted_files: list[Raw] = []
        self.media_bytes, self.big_bytes = 20_000, 3_000_000
        """Average size of a hosted file, and the size of the one big one."""
        self.depth = 2
        """Levels of blocks in an ordinary body."""

    def tick(self, most_minutes: float = 90) -> None:
        """Let some time pass, and let somebody else take over now and then."""
        self.now += timedelta(minutes=self.rng.random() * most_minutes)
        people = self.workspace.objects["user"]
        if people and self.rng.random() < 0.2:
            self.author = {"object": "user", "id": self.rng.choice(list(people))}

    # --- people, files, emojis ---------------------------------------------------------------------------------

    def user(self, name: str, *, email: str | None, listed: bool = True, bot: bool = False) -> Raw:
        """A person (or a bot); guests are not listed."""
        inner: Raw = {} if bot else {"email": email}
        kind = "bot" if bot else "person"
        raw = {"object": "user", "id": self.new_id(), "name": name, "avatar_url": None, "type": kind, kind: inner}
        self.workspace.put("user", raw)
        if not listed:
            self.workspace.unlisted_users.add(str(raw["id"]))
        return raw

    def hosted(self, name: str, size: int | None = None) -> Raw:
        """A freshly uploaded hosted file: its ``{url, expiry_time}``."""
        path = f"{self.workspace.id}/{self.new_id()}/{quote(name, safe='', errors='replace')}"
        drawn = int(self.rng.expovariate(1 / max(1, self.media_bytes))) + 200
        self.workspace.files[path] = HostedFile(size if size is not None else min(drawn, self.media_bytes * 8))
        file = hosted_url(path)
        self.hosted_files.append(file)
        return file

    def hosted_again(self, name: str) -> Raw:
        """A hosted file, quite often one that is used elsewhere already."""
        suffix = name.rpartition(".")[2]
        if self.hosted_files and self.rng.random() < 0.3:
            known = self.rng.choice(self.hosted_files)
            if str(known["url"]).endswith("." + suffix):
                return dict(known)
        return self.hosted(name)

    def custom_emoji(self, name: str) -> Raw:
        """A workspace emoji; its picture is a hosted file of its own kind."""
        path = f"{self.new_id()}/{name}.png"
        self.workspace.files[f"public/{path}"] = HostedFile(3000 + self.rng.randrange(3000))
        raw = {"id": self.new_id(), "name": name, "url": PUBLIC_HOST + path}
        return self.workspace.put("custom_emoji", raw)

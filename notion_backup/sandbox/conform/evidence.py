"""What a recording shows: the objects as first seen, what it made itself, what was absent, who writes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from notion_backup.sandbox.conform.newest import old_source
from notion_backup.sandbox.conform.traffic import Exchange
from notion_backup.sandbox.conform.undone import before
from notion_backup.sandbox.conform.words import (
    CHILDREN,
    CREATING,
    KINDS,
    MARKDOWN,
    NAMED,
    TEMPLATES,
    UUID,
    answer,
    created,
    id_in,
    ids_in,
    message,
    objects,
    parent_id,
    results,
    times,
    told,
)
from notion_backup.sandbox.ids import normalise
from notion_backup.sandbox.workspace import Raw


@dataclass
class Evidence:
    """What the exchanges of one recording show. Use ``Evidence.of``."""

    exchanges: list[Exchange]
    seen: dict[tuple[str, str], Raw] = field(default_factory=dict)
    """Kind and id -> the object as it was before the exchange that showed it first, in the order of showing."""
    first: dict[tuple[str, str], int] = field(default_factory=dict)
    """Kind and id -> the number of that exchange."""
    listed: dict[str, list[str]] = field(default_factory=dict)
    """Page or block -> its children as listed."""
    views: dict[str, list[str]] = field(default_factory=dict)
    """Database or data source -> its views as listed."""
    users: dict[str, Raw] = field(default_factory=dict)
    users_listed: list[str] | None = None
    """Who the list of users has; None when it was never asked for."""
    me: Raw | None = None
    emojis: dict[str, Raw] = field(default_factory=dict)
    templates: dict[str, list[Raw]] = field(default_factory=dict)
    """Data source -> its templates as listed."""
    named: dict[str, int] = field(default_factory=dict)
    """Every id -> the number of the first exchange, but refusals, that names it in any way."""
    made: set[str] = field(default_factory=set)
    """What the recording made."""
    remade: set[str] = field(default_factory=set)
    """What it made though it had spoken of it before: exchanges that did not follow each other."""
    absent: set[str] = field(default_factory=set)
    """What was asked for in vain before anything showed it, and what nothing showed later either."""
    unshared: dict[str, int] = field(default_factory=dict)
    """What was asked for in vain and shown later, though nothing made it -> the number of the last vain request."""
    horizon: list[str] = field(default_factory=list)
    """For each exchange, the newest time that it or one before it tells of."""
    came: dict[str, tuple[str, int]] = field(default_factory=dict)
    """What somebody made while the recording went on -> when, and the number of the exchange that first names it."""
    authors: Counter[str] = field(default_factory=Counter)
    """Who made what the recording made."""

    @classmethod
    def of(cls, exchanges: list[Exchange]) -> Evidence:
        """Read a recording."""
        found = cls(exchanges)
        found._note_made()
        for number, exchange in enumerate(exchanges):
            found._note_absent(exchange, number)
            found._note_seen(exchange, number)
        found._note_unshared()
        found._note_coming()
        found._note_authors()
        return found

    def is_made(self, object_id: str) -> bool:
        """Whether the recording made it, or made what it lies in."""
        current: str | None = object_id
        for _ in range(100):
            if current is None:
                return False
            if current in self.made:
                return True
            current = self._parent(current)
        return False

    def is_past(self, object_id: str) -> bool:
        """Whether it was there before: neither made by the recording nor absent."""
        return object_id not in self.absent and not self.is_made(object_id)

    def not_yet_there(self, number: int) -> set[str]:
        """What the connection could not see at an exchange, by its number, though later ones show it.

        That is what was asked for in vain, and what somebody made since the newest time told of so far.
        """
        later = {
            one for one, (created, first) in self.came.items() if number < first and created > self.horizon[number]
        }
        return later | {one for one, last in self.unshared.items() if number <= last}

    def _parent(self, object_id: str) -> str | None:
        for kind in KINDS:
            raw = self.seen.get((kind, object_id))
            if raw is not None:
                return parent_id(raw)
        return None

    def _note_made(self) -> None:
        """What the recording made; not what it spoke of before, which must have been there."""
        written: dict[str, bool] = {}
        for number, exchange in enumerate(self.exchanges):
            new = created(exchange.method, exchange.path, exchange.request, answer(exchange))
            new += self._listed_anew(exchange, written) + self._come_along(exchange)
            self.remade |= self.named.keys() & set(new)
            if "properties" in answer(exchange) and answer(exchange).get("object") == "database":
                new += [old_source(one) for one in new]
            self.made |= set(new) - self.named.keys()
            if exchange.status < 400:
                for one in ids_in([exchange.path, exchange.query, exchange.request, exchange.response]):
                    self.named.setdefault(one, number)

    def _come_along(self, exchange: Exchange) -> list[str]:
        """What came of the recording's work and was not named before: views of its databases, results of its tasks."""
        body = answer(exchange)
        if body.get("object") == "async_task" and body.get("id") in self.made and isinstance(body.get("result"), dict):
            return [one for one in (str(body["result"].get("id")),) if one not in self.named]
        owner = str(exchange.query.get("database_id") or exchange.query.get("data_source_id") or "")
        if exchange.path.rstrip("/") != "/v1/views" or exchange.method != "GET" or normalise(owner) not in self.made:
            return []
        return [str(one.get("id")) for one in results(exchange) if str(one.get("id")) not in self.named]

    def _listed_anew(self, exchange: Exchange, written: dict[str, bool]) -> list[str]:
        """The blocks of a page that was written as a text and is listed after: no answer named them before.

        ``written`` notes such pages, and whether the whole text was replaced. Else it made those of the newest minute.
        """
        text, listing = MARKDOWN.fullmatch(exchange.path), CHILDREN.fullmatch(exchange.path)
        if text and exchange.method == "PATCH" and exchange.status < 400:
            written[normalise(text.group(1)) or ""] = told(exchange).get("type") == "replace_content"
        holder = normalise(listing.group(1)) if listing and exchange.method == "GET" else None
        if holder is None or holder not in written:
            return []
        newest = max((str(block.get("created_time")) for block in results(exchange)), default="")
        blocks = [one for one in results(exchange) if written[holder] or str(one.get("created_time")) == newest]
        return [str(one.get("id")) for one in blocks if str(one.get("id")) not in self.named]

    def _note_absent(self, exchange: Exchange, number: int) -> None:
        if exchange.status != 404:
            return
        named = UUID.search(message(exchange))
        path = NAMED.fullmatch(exchange.path)
        missing = named.group(0) if named else normalise(path.group(2)) if path else None
        shown = {object_id for _, object_id in self.seen}
        if missing and missing not in shown and missing not in self.made:
            self.absent.add(missing)
            self.unshared[missing] = number

    def _note_unshared(self) -> None:
        shown = {object_id for _, object_id in self.seen}
        self.unshared = {one: step for one, step in self.unshared.items() if one in shown}
        self.absent -= set(self.unshared)

    def _note_seen(self, exchange: Exchange, number: int) -> None:
        body = answer(exchange)
        path = exchange.path.rstrip("/")
        if path == "/v1/users/me" and body:
            self.me = self.me or {name: value for name, value in body.items() if name != "request_id"}
        if path == "/v1/custom_emojis":
            self.emojis |= {str(one["id"]): one for one in results(exchange) if "id" in one}
        listed = TEMPLATES.fullmatch(path)
        if listed and isinstance(body.get("templates"), list):
            known_ones = self.templates.setdefault(normalise(listed.group(1)) or "", [])
            known_ones += [one for one in body["templates"] if isinstance(one, dict) and one not in known_ones]
        if path == "/v1/users":
            following = id_in(body.get("next_cursor"))
            ids = [str(one.get("id")) for one in results(exchange)] + ([following] if following else [])
            self.users_listed = (self.users_listed or []) + ids
        if path == "/v1/views" and exchange.method == "GET":
            owner = str(exchange.query.get("database_id") or exchange.query.get("data_source_id") or "")
            known = self.views.setdefault(normalise(owner) or "", [])
            known += [str(one.get("id")) for one in results(exchange) if str(one.get("id")) not in known]
        for raw in objects(body):
            self._note_object(raw, exchange, number)
        listing = CHILDREN.fullmatch(exchange.path)
        if exchange.method == "GET" and listing:
            known = self.listed.setdefault(normalise(listing.group(1)) or "", [])
            known += [i for b in results(exchange) if (i := str(b.get("id"))) not in known]
            # What the next part begins with is named before it is shown.
            following = id_in(body.get("next_cursor"))
            if following and following not in known:
                known.append(following)

    def _note_object(self, raw: Raw, exchange: Exchange, number: int) -> None:
        kind, object_id = str(raw.get("object")), str(raw.get("id"))
        if kind == "user":
            if "type" in raw and exchange.path.rstrip("/") != "/v1/users/me":
                user = {k: v for k, v in raw.items() if k != "request_id"}
                self.users[object_id] = max(user, self.users.get(object_id, {}), key=lambda one: len(str(one)))
            return
        if (
            kind not in KINDS
            or (kind, object_id) in self.seen
            or set(raw) <= {"object", "id", "request_id", "parent", "type"}
        ):
            return
        found = {name: value for name, value in raw.items() if name != "request_id"}
        own = exchange.method != "GET" and answer(exchange).get("id") == object_id
        self.seen[kind, object_id] = before(found, exchange) if own else found
        self.first[kind, object_id] = number

    def _note_coming(self) -> None:
        newest = ""
        for exchange in self.exchanges:
            newest = max([newest, *times(answer(exchange))])
            self.horizon.append(newest)
        for (kind, object_id), raw in self.seen.items():
            created = str(raw.get("created_time"))
            if kind == "page" and created >= (self.horizon[0] or "~") and self.is_past(object_id):
                self.came[object_id] = (created, self.named.get(object_id, 0))

    def _note_authors(self) -> None:
        """The connection is who made what was made, else who changed what was changed."""
        for (_, object_id), raw in self.seen.items():
            if self.is_made(object_id):
                self._author(raw.get("created_by"), 1)
        for exchange in self.exchanges:
            body = answer(exchange)
            if exchange.method == "POST" and CREATING.fullmatch(exchange.path):
                self._author(body.get("created_by"), 1)
        if not self.authors:
            for exchange in self.exchanges:
                body = answer(exchange)
                if exchange.method in ("PATCH", "DELETE"):
                    self._author(body.get("last_edited_by"), 1)
                    if body.get("object") == "comment":
                        self._author(body.get("created_by"), 1)

    def _author(self, told: object, weight: int) -> None:
        if isinstance(told, dict) and told.get("id"):
            self.authors[str(told["id"])] += weight

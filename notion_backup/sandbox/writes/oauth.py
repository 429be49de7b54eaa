"""``/oauth``: tokens of a public connection, with the id and secret of its application (authorization guide)."""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from notion_backup.sandbox.ask import Ask
from notion_backup.sandbox.checks import need_text, wrong
from notion_backup.sandbox.replies import Refusal
from notion_backup.sandbox.room import Room
from notion_backup.sandbox.workspace import Raw

CLIENT_ID = "5a3d0c8e-0000-4000-8000-00000000c11e"
CLIENT_SECRET = "secret_sandbox_oauth_client"
CODE = "sandbox-authorization-code"


@dataclass
class OAuth:
    """Issues and takes back tokens. ``tokens`` are those that requests are accepted with."""

    room: Room
    tokens: set[str]
    codes: set[str] = field(default_factory=lambda: {CODE})
    """Authorization codes that were not exchanged yet."""
    _issued: dict[str, datetime] = field(default_factory=dict)
    _refreshing: dict[str, str] = field(default_factory=dict)
    """Refresh token -> the access token it replaces."""

    def token(self, ask: Ask) -> Raw:
        """``POST /oauth/token``: by an authorization code, or by a refresh token, each of which serves once."""
        kind = ask.body.get("grant_type")
        if kind == "authorization_code":
            code = need_text(ask.body.get("code"), "body.code")
            if code not in self.codes:
                raise _invalid_grant("Invalid code: this code has been revoked.")
            self.codes.discard(code)
        elif kind == "refresh_token":
            given = need_text(ask.body.get("refresh_token"), "body.refresh_token")
            if given not in self._refreshing:
                raise _invalid_grant("Invalid refresh token.")
            self._take_back(self._refreshing.pop(given))
        else:
            raise wrong("body.grant_type", '`"authorization_code"` or `"refresh_token"`', kind)
        return self._issue()

    def introspect(self, ask: Ask) -> Raw:
        """``POST /oauth/introspect``: whether a token is in force, and since when."""
        given = need_text(ask.body.get("token"), "body.token")
        if given not in self.tokens:
            return {"active": False}
        since = self._issued.get(given, self.room.clock.now())
        return {"active": True, "scope": self._scope(), "iat": int(since.timestamp())}

    def revoke(self, ask: Ask) -> Raw:
        """``POST /oauth/revoke``."""
        given = need_text(ask.body.get("token"), "body.token")
        self._take_back(self._refreshing.pop(given, given))
        return {}

    def _issue(self) -> Raw:
        access, refresh = f"ntn_{secrets.token_hex(23)}", f"nrt_{secrets.token_hex(23)}"
        self.tokens.add(access)
        self._issued[access] = self.room.clock.now()
        self._refreshing[refresh] = access
        space = self.room.workspace
        return {
            "access_token": access,
            "token_type": "bearer",
            "refresh_token": refresh,
            "bot_id": space.bot_id,
            "workspace_icon": None,
            "workspace_name": space.name,
            "workspace_id": space.id,
            "owner": {"type": "workspace", "workspace": True},
            "duplicated_template_id": None,
        }

    def _take_back(self, token: str) -> None:
        self.tokens.discard(token)
        self._issued.pop(token, None)

    def _scope(self) -> str:
        access = self.room.access
        named = {"read_content": access.read, "insert_content": access.insert, "update_content": access.update,
                 "read_comments": access.comments, "insert_comments": access.comment_insert}  # fmt: skip
        return " ".join(name for name, is_given in named.items() if is_given)


def check_client(headers: dict[str, str]) -> None:
    """Basic authentication of the application. Raises a 401 refusal ``invalid_client``."""
    kind, _, given = headers.get("authorization", "").partition(" ")
    try:
        client: Any = base64.b64decode(given, validate=True).decode() if kind.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        client = ""
    if client != f"{CLIENT_ID}:{CLIENT_SECRET}":
        raise Refusal(401, "invalid_client", "Client authentication failed.")


def _invalid_grant(message: str) -> Refusal:
    return Refusal(400, "invalid_grant", message)

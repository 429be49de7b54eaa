"""Notion's refusals, word for word where they were recorded."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class Refusal(Exception):
    """An error answer: HTTP status, code, message, and what else the body and headers carry."""

    status: int
    code: str
    message: str
    additional: dict[str, Any] | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def body(self, request_id: str) -> str:
        """The JSON body, its keys in the recorded order."""
        document: dict[str, Any] = {
            "object": "error",
            "status": self.status,
            "code": self.code,
            "message": self.message,
        }
        if self.additional is not None:
            document["additional_data"] = self.additional
        document["request_id"] = request_id
        return json.dumps(document, ensure_ascii=False)


def validation(message: str) -> Refusal:
    """400 ``validation_error``."""
    return Refusal(400, "validation_error", message)


def bad_uuid(name: str, given: object, where: str = "path") -> Refusal:
    """A malformed id, as recorded for a page id in the path."""
    shown = json.dumps(given, ensure_ascii=False)
    return validation(f"{where} failed validation: {where}.{name} should be a valid uuid, instead was `{shown}`.")


def not_found(kind: str, object_id: str, integration: str, bot_id: str) -> Refusal:
    """Absent or not shared: the API does not tell the two apart."""
    if kind == "user":
        message = (
            f"Could not find user with ID: {object_id}. Make sure your integration has capabilities to read user "
            "information. With those capabilities, only members and guests in the integration's workspace are "
            "visible."
        )
    elif kind == "property":
        message = f"Could not find property with ID: {object_id}."
    else:
        message = (
            f"Could not find {kind} with ID: {object_id}. Make sure the relevant pages and databases are shared "
            f'with your integration "{integration}".'
        )
    return Refusal(404, "object_not_found", message, {"integration_id": bot_id})


def missing_version() -> Refusal:
    """The ``Notion-Version`` header is not there."""
    return Refusal(
        400,
        "missing_version",
        "Notion-Version header failed validation: Notion-Version header should be defined, instead was `undefined`.",
    )


def unauthorized() -> Refusal:
    """The token is wrong or was revoked."""
    return Refusal(401, "unauthorized", "API token is invalid.")


def restricted() -> Refusal:
    """The token lacks a capability."""
    return Refusal(403, "restricted_resource", "Insufficient permissions for this endpoint.")


def unknown_url() -> Refusal:
    """No such endpoint."""
    return Refusal(400, "invalid_request_url", "Invalid request URL.")


def invalid_json() -> Refusal:
    """The request's body is not JSON."""
    return Refusal(400, "invalid_json", "Error parsing JSON body.")


def rate_limited(retry_after: int, reason: str = "public_api_request_rate_limit") -> Refusal:
    """The budget of the window is spent."""
    return Refusal(
        429,
        "rate_limited",
        "You have been rate limited. Please try again in a few minutes.",
        {"retry_after": retry_after, "rate_limit_reason": reason},
        {"Retry-After": str(retry_after)},
    )


_BY_STATUS = {
    400: ("validation_error", "The request is not valid."),
    401: ("unauthorized", "API token is invalid."),
    403: ("restricted_resource", "Insufficient permissions for this endpoint."),
    404: ("object_not_found", "Could not find the object."),
    409: ("conflict_error", "Conflict occurred while saving. Please try again."),
    500: ("internal_server_error", "Unexpected error occurred."),
    502: ("bad_gateway", "Bad gateway."),
    503: ("service_unavailable", "Public API service is temporarily unavailable, please try again later."),
    504: ("gateway_timeout", "Gateway timeout."),
    529: ("service_overload", "Notion is overloaded. Please try again later."),
}


def committed(resource_id: str | None, child_ids: list[str]) -> Refusal:
    """503 after the work was done: what it names exists, and asking again would make it twice."""
    code, message = _BY_STATUS[503]
    told: dict[str, Any] = {
        "retry_guidance": "The request was committed. Read the resource instead of sending the request again."
    }
    if resource_id is not None:
        told["committed_resource_id"] = resource_id
    if child_ids:
        told["committed_child_ids"] = child_ids
    return Refusal(503, code, message, told)


def by_status(
    status: int, retry_after: int | None = None, code: str | None = None, reason: str | None = None
) -> Refusal:
    """The usual error of a status, for faults made on purpose; with another code or reason if wished."""
    if status == 429:
        found = rate_limited(retry_after if retry_after is not None else 1, reason or "public_api_request_rate_limit")
        return Refusal(429, code or found.code, found.message, found.additional, found.headers)
    usual, message = _BY_STATUS.get(status, ("internal_server_error", "Unexpected error occurred."))
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Refusal(status, code or usual, message, None, headers)

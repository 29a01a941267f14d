"""Where a row came from: the calls of its prompt, as the journal has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from knowledge.store import Database


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One model call: what it took, and the reply or the error."""

    model: str
    draw: int
    input_tokens: int
    output_tokens: int
    seconds: float
    finish: str
    reply: str
    error: str
    created: str
    money: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A prompt as it was sent: the template with its version, and the messages as (role, text)."""

    id: str
    template: str = ""
    messages: tuple[tuple[str, str], ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)


def asked(database: Database, prompt_id: str) -> Asked | None:
    """Return the prompt with this id, None when no call used it."""
    row = database.connection.execute("SELECT request FROM calls WHERE prompt_id = ? LIMIT 1", (prompt_id,)).fetchone()
    if row is None:
        return None
    request = json.loads(row["request"])
    return Asked(
        id=prompt_id,
        template=f"{request.get('template', '')} {request.get('template_version', '')}".strip(),
        messages=tuple((each["role"], each["content"]) for each in request.get("messages", ())),
        settings={name: request[name] for name in ("temperature", "max_tokens", "task") if name in request},
    )


def calls(database: Database, prompt_id: str, *, limit: int = 20) -> list[Call]:
    """Return the calls of a prompt by draw."""
    query = (
        "SELECT model, draw, input_tokens, output_tokens, seconds, finish, response AS reply, coalesce(error, '') AS error, "
        "created FROM calls WHERE prompt_id = ? ORDER BY draw, key LIMIT ?"
    )
    return [Call(**dict(row)) for row in database.connection.execute(query, (prompt_id, limit))]

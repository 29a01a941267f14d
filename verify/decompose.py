"""Claims taken apart by a language model, and the check that the parts add nothing and leave nothing out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from verify import rules
from verify.nli import EntailmentModel
from verify.words import content

ENTAILED = 0.7
COVERED = 0.9
MOST_PARTS = 8
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "parts": {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_PARTS,
            "items": {"type": "string", "minLength": 1, "maxLength": 400},
        }
    },
    "required": ["parts"],
    "additionalProperties": False,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Decomposition:
    """A claim's parts, the claim itself alone when the parts were refused; `refused` says why."""

    parts: tuple[str, ...]
    refused: str = ""


def read_parts(reply: str | None) -> tuple[str, ...]:
    """Return the parts a reply names, none when it is not exactly of SCHEMA's form."""
    try:
        found = json.loads(reply or "")
    except (json.JSONDecodeError, RecursionError):
        return ()
    parts = found.get("parts") if isinstance(found, dict) and set(found) == {"parts"} else None
    if not isinstance(parts, list) or not 0 < len(parts) <= MOST_PARTS:
        return ()
    if not all(isinstance(part, str) and part.strip() for part in parts):
        return ()
    return tuple(dict.fromkeys(" ".join(part.split()) for part in parts))


def checked(claims: Sequence[str], parts: Sequence[tuple[str, ...]], model: EntailmentModel) -> list[Decomposition]:
    """Return the decomposition of each claim, with one call of the model.

    Parts are taken when the claim entails each, no rule finds a difference, no part has a content word that is not
    the claim's, and together they hold COVERED of its content words. Otherwise the claim stays whole.
    """
    pairs = [(claim, part) for claim, some in zip(claims, parts, strict=True) for part in some]
    scores = dict(zip(pairs, model.entail(pairs), strict=True)) if pairs else {}
    return [
        _decided(claim, some, [scores[claim, part].entailment for part in some])
        for claim, some in zip(claims, parts, strict=True)
    ]


def _decided(claim: str, parts: tuple[str, ...], entailed: Sequence[float]) -> Decomposition:
    refused = _refusal(claim, parts, entailed)
    return Decomposition(parts=(claim,), refused=refused) if refused else Decomposition(parts=parts)


def _refusal(claim: str, parts: tuple[str, ...], entailed: Sequence[float]) -> str:
    if not parts:
        return "the reply names no parts"
    wanted = content(claim)
    held = frozenset().union(*(content(part) for part in parts))
    if held - wanted:
        return f"a part adds “{min(held - wanted)}”"
    if len(wanted & held) < COVERED * len(wanted):
        return f"the parts leave out “{min(wanted - held)}”"
    for part, score in zip(parts, entailed, strict=True):
        if score < ENTAILED or any(finding.conflict for finding in rules.check(part, claim)):
            return f"the claim does not entail “{part}”"
    return ""

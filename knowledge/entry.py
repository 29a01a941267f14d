"""What the library knows of a document besides its text: `Entry`, and `Refusal` for a file it could not read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A document on the library's list.

    `source` is the name shown to people and may change when a file moves; `origin` is the first source, from which
    `id` is made, and never changes. `location` is where the file lies: a path relative to the workspace, an
    absolute path, or a URL. `stage` is the digest of the settings it was split with. `duplicate_of` names the
    document that holds the same text; such an entry has no passages. `added` and `updated` are UTC, ISO 8601.
    """

    id: str
    source: str
    origin: str
    location: str
    title: str
    media_type: str
    language: str
    version: int
    text_digest: str
    bytes_digest: str = ""
    stage: str = ""
    duplicate_of: str | None = None
    warnings: tuple[str, ...] = ()
    passages: int = 0
    words: int = 0
    added: str = ""
    updated: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """A file that could not become a document, kept until it can or is gone.

    `kind` is the short word of `DocumentError.kind`; `reason` is the whole line for a person.
    """

    source: str
    location: str
    kind: str
    reason: str
    at: str = ""

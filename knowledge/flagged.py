"""Passages that read like instructions to a model, left out of the library for those who want none of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from knowledge.document import Document, Passage
from knowledge.sanitise import injection_flags
from knowledge.split import SPLIT_VERSION, split


@dataclass(frozen=True, kw_only=True, slots=True)
class UnflaggedSplit:
    """Splits as usual, and leaves out the passages that are flagged, with the title and headings above them.

    The document keeps its text, and its warning says what was found.
    """

    base: Callable[..., list[Passage]] = split

    @property
    def version(self) -> int:
        """Return the version of the usual splitting, negative: a stage of its own."""
        return -SPLIT_VERSION

    def __call__(
        self, document: Document, *, max_tokens: int = 160, count_tokens: Callable[[str], int] | None = None
    ) -> list[Passage]:
        """Return the passages of a document that are not flagged, numbered without gaps."""
        passages = self.base(document, max_tokens=max_tokens, count_tokens=count_tokens)
        kept = [passage for passage in passages if not is_flagged(passage)]
        return [replace(passage, ordinal=place) for place, passage in enumerate(kept)]


def is_flagged(passage: Passage) -> bool:
    """Return whether a passage, or a heading above it, reads like an instruction to a model."""
    return bool(injection_flags("\n".join([*passage.headings, passage.text]), most=1))

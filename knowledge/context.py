"""The passages around one that was found: its neighbours, or the section it stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from knowledge.document import Passage
    from knowledge.library import Library

Context = Literal["none", "neighbours", "section"]


def surroundings(library: Library, passage: Passage, context: Context, *, most: int) -> tuple[Passage, ...]:
    """Return the passages around `passage` in its version of the document, in order and without itself.

    "neighbours" are at most `most` before and `most` after it, whatever their headings; "section" are those of them that
    stand under the same headings or deeper ones, up to where another section begins.
    """
    if context == "none" or most < 1:
        return ()
    every = list(library.passages(passage.document_id, version=passage.version))
    here = next((place for place, each in enumerate(every) if each.id == passage.id), None)
    if here is None:
        return ()
    before, after = every[max(0, here - most) : here], every[here + 1 : here + 1 + most]
    if context == "section":
        before, after = _section(before[::-1], passage)[::-1], _section(after, passage)
    return (*before, *after)


def _section(passages: list[Passage], passage: Passage) -> list[Passage]:
    """Return the passages up to the first outside the section of `passage`."""
    depth = len(passage.headings)
    outside = (place for place, each in enumerate(passages) if each.headings[:depth] != passage.headings)
    return passages[: next(outside, len(passages))]

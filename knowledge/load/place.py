"""Where links and anchors stand in the words of a block that is being read.

Places are counted in characters that are no white space, in cleaned text: joining, folding and indenting words leaves that
count as it is, so the text of a block is the same whether or not there are marks in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from knowledge.sanitise import clean

LONGEST_TARGET: Final = 2_000
LONGEST_NAME: Final = 300
_SOLID: Final = re.compile(r"\S+")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_FORBIDDEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\\<>\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff]")
_FOLDED: Final = re.compile(r"[\t\r\n]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Marks:
    """The links (target, start, end) and anchors (name, place) of a block whose text has `solid` characters but white space."""

    solid: int = 0
    links: tuple[tuple[str, int, int], ...] = ()
    names: tuple[tuple[str, int], ...] = ()

    def after(self, first: Marks) -> Marks:
        """Return the marks of a text that is the first one's, a colon, and this."""
        shift = first.solid + 1
        links = tuple((target, start + shift, end + shift) for target, start, end in self.links)
        names = tuple((name, place + shift) for name, place in self.names)
        return Marks(solid=self.solid + shift, links=(*first.links, *links), names=(*first.names, *names))


NONE: Final = Marks()


def solid(text: str) -> int:
    """Return how many characters of a text, once cleaned, are no white space."""
    return len("".join(clean(text).split()))


def target_of(href: str) -> str | None:
    """Return where a link leads, as written; None for what leads to no page: script, mail, files, and control characters."""
    target = _FOLDED.sub("", href.strip())
    if not target or len(target) > LONGEST_TARGET or _FORBIDDEN.search(target):
        return None
    scheme = _SCHEME.match(target)
    return None if scheme and scheme[1].lower() not in ("http", "https") else target


def name_of(name: str) -> str | None:
    """Return the name of an anchor; None for an empty, an overlong or an unseen one."""
    name = name.strip()
    return name if name and len(name) <= LONGEST_NAME and not _FORBIDDEN.search(name) else None


def offsets(text: str, counts: Iterable[int]) -> dict[int, int]:
    """Return where in a text the characters stand that have these numbers among those that are no white space."""
    found: dict[int, int] = {}
    runs = _SOLID.finditer(text)
    before, run = 0, next(runs, None)
    for count in sorted(set(counts)):
        while run and count >= before + len(run[0]):
            before += len(run[0])
            run = next(runs, None)
        if run:
            found[count] = run.start() + count - before
    return found


class Places:
    """Keeps the marks of words that are gathered piece by piece; a link that is open at the end of a block goes on in the next."""

    def __init__(self) -> None:
        self._solid = 0
        self._counted = 0
        self._open: tuple[str, int] | None = None
        self._links: list[tuple[str, int, int]] = []
        self._names: list[tuple[str, int]] = []

    def name(self, name: str | None, words: Sequence[str]) -> None:
        """Note an anchor here, after the words so far."""
        if name and (kept := name_of(name)):
            self._names.append((kept, self._now(words)))

    def begin_link(self, href: str, words: Sequence[str]) -> None:
        """Note that a link begins here; one that is still open ends."""
        self.end_link(words)
        if target := target_of(href):
            self._open = (target, self._now(words))

    def end_link(self, words: Sequence[str]) -> None:
        """Note that the open link ends here; one without words is none."""
        if self._open:
            (target, start), self._open = self._open, None
            if (end := self._now(words)) > start:
                self._links.append((target, start, end))

    def replaced(self, before: Sequence[str], after: Sequence[str]) -> None:
        """Take note that the pieces so far were joined into others of the same words."""
        if self._marked or self._counted:
            self._now(before)
            self._counted = len(after)

    def take(self, words: Sequence[str]) -> Marks:
        """Return the marks of the words so far, and begin anew."""
        if not self._marked:
            self._solid = self._counted = 0
            return NONE
        opened = self._open
        self.end_link(words)
        marks = Marks(solid=self._now(words), links=tuple(self._links), names=tuple(self._names))
        self._solid = self._counted = 0
        self._links, self._names = [], []
        self._open = (opened[0], 0) if opened else None
        return marks

    @property
    def _marked(self) -> bool:
        return bool(self._open or self._links or self._names)

    def _now(self, words: Sequence[str]) -> int:
        self._solid += sum(solid(words[place]) for place in range(self._counted, len(words)))
        self._counted = len(words)
        return self._solid

"""Lead-ins: the words that a list item or a table row leans on, "The applicant must:" say, found from the marks of enumeration.

Lists are followed through every level, whether the loader knew them for lists or the text only marks them as statutes do:
"(c)(1) …", "(A) …", "(i) …". A block leads only when it is left open, by a colon or a dash for instance.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from knowledge.document import Block, BlockKind
from knowledge.sentence import sentences

MOST_TOKENS: Final = 72
"""A lead-in of several levels is cut to this many tokens, the innermost level first."""
_SHORT: Final = 12
"""A last sentence of fewer tokens takes the one before it along."""
_MARK: Final = re.compile(
    r"\((?P<round>[A-Za-z]{1,5}|\d{1,3}[A-Za-z]?)(?:-\d{1,2})?\)|(?P<open>[A-Za-z]|[ivxl]{1,5}|\d{1,3})[.)](?=\s)"
)
_LABEL: Final = re.compile(
    r"(?:(?:PART|Part|APP|CHAPTER|Chapter)\s?\w{1,3}\.)*(?:§\s?)?[A-Z]?\d+[A-Z]?(?:[.:–-][A-Z]?\d+[A-Za-z]?)*\.?\s*(?=\(\w{1,4}\))"
)
"""The number of a rule in front of its first mark: "8.3.3 (1) Where …"."""
_OPEN: Final = re.compile(r"(?:[:—–]|\bas follows\.?|\bthe following\.?|\bone of these\.?)[\s*_)\]]{0,4}$")
_STOP: Final = re.compile(r"[.!?;][\s*_\"”’)\]]{0,4}$")
_CAPTION: Final = re.compile(r"(?:Table|Figure|Exhibit)\s+[\w.-]{1,8}", re.IGNORECASE)
_ROMAN: Final = re.compile(r"(?:x{0,3})(?:ix|iv|v?i{0,3})$")
_ROMANS: Final = tuple("i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx".split())
_FOOTNOTE: Final = re.compile(r"\d{1,3}\s[^\n]{0,120}?https?://\S+\s*$")
_CELL: Final = re.compile(r"[^;\n]{1,160};")

Style = tuple[str, str]
"""The kind of a mark (number, small or capital letter, small or capital roman, bullet) and how it is set."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Level:
    """An open level of a list: `block` is the number of the block that stands at it, None when it has no words of its own."""

    style: Style
    value: str
    block: int | None


def lead_ins(text: str, blocks: Sequence[Block]) -> list[tuple[int, ...]]:
    """Return, for each block of one section, the numbers of the blocks that lead up to it, outermost first."""
    found: list[tuple[int, ...]] = []
    levels: list[_Level] = []
    base: int | None = None
    for number, block in enumerate(blocks):
        marks = _marks(text, block, levels)
        if marks:
            if _goes_on_unseen(levels, marks[0]):
                base, levels = None, []
            levels = _entered(levels, marks, number)
        elif block.kind != BlockKind.ROW and not _is_footnote(text, block):
            levels, base = [], number
        above = [each for each in (base, *(level.block for level in levels)) if each is not None and each != number]
        listed = bool(marks) or block.kind == BlockKind.ROW
        found.append(tuple(each for each in above if listed and _leads(text, blocks[each])))
    return found


def mark_paths(text: str, blocks: Sequence[Block]) -> list[tuple[str, ...]]:
    """Return, for each block of one section, the marks it stands under, its own last: ("c", "1"); a numbered line begins anew."""
    paths: list[tuple[str, ...]] = []
    levels: list[_Level] = []
    for number, block in enumerate(blocks):
        label = _LABEL.match(text, block.start, block.end)
        begun = replace(block, start=label.end()) if label else block
        marks = _marks(text, begun, [] if label else levels)
        if label:
            levels = []
        levels = _entered(levels, marks, number) if marks else []
        paths.append(tuple(level.value for level in levels))
    return paths


def lead_text(text: str, blocks: Sequence[Block], *, count: Callable[[str], int]) -> str:
    """Return the lead-in that blocks make together: the last sentence of each, as much as MOST_TOKENS allows.

    The innermost is kept first, then the outermost, since the one names what is asked for and the other who is meant. Of an
    innermost one that is too long by itself the end is kept, after an ellipsis.
    """
    said = [_last(text[block.start : block.end], count) for block in blocks]
    if said:
        said[-1] = _ending(said[-1], count)
    order = [len(said) - 1, *range(len(said) - 1)] if said else []
    kept, left = set[int](), MOST_TOKENS
    for number in order:
        tokens = count(said[number])
        if tokens <= left:
            kept.add(number)
            left -= tokens
    return " ".join(said[number] for number in sorted(kept))


def first_cell(text: str, block: Block) -> str:
    """Return the first cell of a table row, by which the rest of the row is known; empty when it cannot be told."""
    cell = _CELL.match(text, block.start, block.end)
    return cell[0].rstrip(";") if cell else ""


def _leads(text: str, block: Block) -> bool:
    """Return whether a block leads up to the list or table below it: left open, a caption, or a line without a full stop."""
    if _OPEN.search(text, max(block.start, block.end - 60), block.end) or _CAPTION.match(text, block.start, block.end):
        return True
    bare = block.kind == BlockKind.PARAGRAPH and not _STOP.search(text, max(block.start, block.end - 8), block.end)
    return bare and text[block.start].isalpha() and "://" not in text[block.start : block.end]


def _ending(text: str, count: Callable[[str], int]) -> str:
    """Return a text, or the words at its end that are at most MOST_TOKENS."""
    if count(text) <= MOST_TOKENS:
        return text
    words = text.split()[-MOST_TOKENS:]
    while len(words) > 1 and count(" ".join(words)) >= MOST_TOKENS:
        del words[: max(1, len(words) // 8)]
    ending = "… " + " ".join(words)
    return ending if count(ending) <= MOST_TOKENS else ""


def _last(text: str, count: Callable[[str], int]) -> str:
    spans = sentences(text)
    said = [text[span.start : span.end] for span in spans[-2:]] or [text]
    return said[-1] if count(said[-1]) >= _SHORT else " ".join(said)


def _entered(levels: Sequence[_Level], marks: Sequence[tuple[Style, str]], number: int) -> list[_Level]:
    """Return the open levels after a block with these marks; only the last of "(c)(1)" has words of its own."""
    opened = list(levels)
    for place, (style, value) in enumerate(marks):
        same = next((n for n, level in enumerate(opened) if level.style == style), len(opened))
        own = number if place == len(marks) - 1 else None
        opened = [*opened[:same], _Level(style=style, value=value, block=own)]
    return opened


def _marks(text: str, block: Block, levels: Sequence[_Level]) -> list[tuple[Style, str]]:
    """Return the marks a block begins with, and a bullet for an item without one; none for what is in no list."""
    if block.kind not in (BlockKind.ITEM, BlockKind.PARAGRAPH):
        return []
    found = list(_written(text, block, levels))
    return found or ([(("bullet", str(block.level)), "")] if block.kind == BlockKind.ITEM else [])


def _written(text: str, block: Block, levels: Sequence[_Level]) -> Iterator[tuple[Style, str]]:
    place = block.start
    while mark := _MARK.match(text, place, block.end):
        value = mark["round"] or mark["open"]
        setting = "()" if mark["round"] else mark[0][-1]
        kind = _kind(value, setting, levels)
        if kind is None:
            return
        yield (kind, setting), value
        place = mark.end()
        if not mark["round"]:
            return


def _kind(value: str, setting: str, levels: Sequence[_Level]) -> str | None:
    """Return what a mark counts with; "(i)" after "(h)" is a letter, else the first roman number. None for a word."""
    if value[0].isdigit():
        return "number"
    small = value.lower()
    case = "small" if value.islower() else "capital"
    if len(value) > 1 and not _is_roman(small) and len(set(small)) > 1:
        return None
    letter, roman = f"{case} letter", f"{case} roman"
    if not _is_roman(small):
        return letter
    open_now = {level.style: level.value.lower() for level in levels}
    if len(small) == 1 and ord(small) - 1 == ord(open_now.get((letter, setting), " ")[:1] or " "):
        return letter
    before = _ROMANS.index(small) - 1 if small in _ROMANS else -1
    return roman if len(small) > 1 or before < 0 or open_now.get((roman, setting)) == _ROMANS[before] else letter


def _goes_on_unseen(levels: Sequence[_Level], mark: tuple[Style, str]) -> bool:
    """Return whether a mark goes on with a list whose beginning is not among the open levels: they have all ended then."""
    return not _is_first(mark) and all(level.style != mark[0] for level in levels)


def _is_footnote(text: str, block: Block) -> bool:
    """Return whether a block is a note with an address at the foot of a page, which ends no list."""
    return bool(_FOOTNOTE.match(text, block.start, block.end))


def _is_first(mark: tuple[Style, str]) -> bool:
    """Return whether a mark begins a list; "45)" goes on with a count that runs through the whole document."""
    return mark[1].lower() in {"", "1", "a", "i"}


def _is_roman(value: str) -> bool:
    return bool(value) and bool(_ROMAN.match(value))

"""A JSON document read a value at a time, so that a file larger than memory can be gone through.

`Cursor` reads text in blocks and hands each whole value to the standard decoder. What is held is one block and one value.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, TextIO

BLOCK = 1 << 18
LONGEST_VALUE = 200_000_000
_SPACE = " \t\r\n"
_TAIL = 2
"""Characters after a number that may belong to it once more is read, as "e+" in "1e+5"."""
_MARGIN = 12
"""Characters at the end of a block within which an error may only mean that the value goes on in the next."""


class Cursor:
    """A place in a JSON text, read `block` characters at a time.

    Raises ValueError, with the character's place, where the text is not JSON.
    """

    def __init__(self, file: TextIO, *, block: int = BLOCK) -> None:
        self._file = file
        self._block = block
        self._text = ""
        self._at = 0
        self._before = 0
        self._ended = False
        self._decoder = json.JSONDecoder()

    def peek(self) -> str:
        """Return the next character that is no white space, without passing it; empty at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _SPACE:
                self._at += 1
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more(self._block):
                return ""

    def members(self) -> Iterator[str]:
        """Yield the keys of an object; the caller reads each key's value before asking for the next."""
        self._take("{")
        if self.peek() == "}":
            return self._take("}")
        while True:
            if self.peek() != '"':
                raise ValueError(f"a key is expected at character {self._place()}")
            key = self.value()
            self._take(":")
            yield str(key)
            if self.peek() != ",":
                return self._take("}")
            self._take(",")

    def items(self) -> Iterator[None]:
        """Yield once before each item of a list; the caller reads the item with `value` before going on."""
        self._take("[")
        if self.peek() == "]":
            return self._take("]")
        while True:
            yield None
            if self.peek() != ",":
                return self._take("]")
            self._take(",")

    def values(self) -> Iterator[Any]:
        """Yield the items of a list, one in memory at a time."""
        for _ in self.items():
            yield self.value()

    def value(self) -> Any:  # noqa: ANN401 - JSON
        """Return the whole value that begins here, of any kind."""
        self.peek()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                self._go_on(error)
                continue
            if end + _TAIL >= len(self._text) and self._more(self._block):
                continue
            self._at = end
            return value

    def finish(self) -> None:
        """Raise ValueError when anything but white space is left."""
        if self.peek():
            raise ValueError(f"more follows the end at character {self._place()}")

    def _go_on(self, error: json.JSONDecodeError) -> None:
        """Read on where the error may come from the end of the block; raise it where it cannot."""
        cut = error.msg.startswith("Unterminated") or error.pos >= len(self._text) - _MARGIN
        longest = len(self._text) - self._at > LONGEST_VALUE
        if not cut or longest or not self._more(max(self._block, len(self._text) - self._at)):
            raise ValueError(f"{error.msg} at character {self._before + error.pos}") from error

    def _more(self, size: int) -> bool:
        if self._ended:
            return False
        block = self._file.read(size)
        self._ended = not block
        if not block:
            return False
        self._before += self._at
        self._text, self._at = self._text[self._at :] + block, 0
        return True

    def _take(self, mark: str) -> None:
        if self.peek() != mark:
            raise ValueError(f"{mark!r} is expected at character {self._place()}")
        self._at += 1

    def _place(self) -> int:
        return self._before + self._at

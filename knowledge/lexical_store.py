"""The words of the current passages kept on disk, so that a process need not cut all texts into words before its first search.

What is kept is derived and may be deleted at any time. A folder is named after the passages it is made of, is put in its place
whole, and is left alone from then on; what cannot be read is made anew.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from knowledge.lexical import LexicalIndex

FEW = 2_000
"""Below so many passages their words are made in less time than anyone notices, and are not kept."""
_LOG = logging.getLogger(__name__)


class LexicalStore:
    """Keeps one index of words in `folder`: the latest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, key: str) -> LexicalIndex | None:
        """Return the words kept under this key, or None when there are none that can be read."""
        place = self.folder / key
        if not place.is_dir():
            return None
        try:
            return LexicalIndex.load(place)
        except (OSError, EOFError, ValueError, LookupError, TypeError) as error:
            _LOG.warning("%s: the words kept there cannot be read (%s) and are made anew", place, error)
            shutil.rmtree(place, ignore_errors=True)
            return None

    def put(self, words: LexicalIndex) -> None:
        """Keep words in the place of those kept before; a disk that is full or may not be written leaves all as it is."""
        if len(words) < FEW or not words.any:
            return
        key = words.key
        try:
            with self._new_folder() as made:
                words.save(made)
                made.replace(self.folder / key)
        except OSError as error:
            _LOG.info("%s: the words are not kept (%s)", self.folder, error)
            return
        for other in self.folder.iterdir():
            if other.name != key:
                shutil.rmtree(other, ignore_errors=True)

    def clear(self) -> None:
        """Remove what is kept."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def _new_folder(self) -> Iterator[Path]:
        """Give a folder to write into; what is left of it at the end is removed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        made = self.folder / f".{uuid4().hex}"  # readable to whoever may read the folder, which mkdtemp's is not
        made.mkdir()
        try:
            yield made
        finally:
            with suppress(OSError):
                shutil.rmtree(made)
